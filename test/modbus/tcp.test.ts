import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { describe, it } from "node:test";
import { BadFrame, DeviceTimeout, ModbusException, PortGone, UsageError } from "../../lib/base/errors.ts";
import { TcpMaster } from "../../lib/modbus/tcp-master.ts";
import { refuse, serveModbusTcp } from "../../lib/modbus/tcp-server.ts";

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function withServer(work: (master: TcpMaster, words: Map<number, number>, port: number) => Promise<void>) {
  const words = new Map<number, number>();
  const port = await freePort();
  const store = {
    get: (addr: number) => {
      if (addr === 9999) throw refuse(2);
      return words.get(addr) ?? addr;
    },
    set: (addr: number, word: number) => void words.set(addr, word),
  };
  const server = await serveModbusTcp(store, { port, slave: 4 });
  const master = new TcpMaster(`modbus-tcp://127.0.0.1:${port}`, { timeout_ms: 200, retries: 2 });
  try {
    await work(master, words, port);
  } finally {
    await master.close();
    await server.close();
  }
}

describe("Modbus/TCP", () => {
  it("reads and writes", () =>
    withServer(async (master, words) => {
      assert.deepEqual([...(await master.readHoldingRegisters(4, 15201, 3))], [15201, 15202, 15203]);
      await master.writeSingle(4, 20105, 1);
      await master.writeMultiple(4, 20113, [50, 51]);
      assert.deepEqual(
        [...words],
        [
          [20105, 1],
          [20113, 50],
          [20114, 51],
        ],
      );
    }));
  it("says exceptions by code and goes on working", () =>
    withServer(async (master) => {
      await assert.rejects(
        master.readHoldingRegisters(4, 9999, 1),
        (error: Error) => error instanceof ModbusException && error.code === 2,
      );
      assert.equal(master.stats.exceptions, 1);
      assert.deepEqual([...(await master.readHoldingRegisters(4, 7, 1))], [7]);
    }));
  it("times out on a slave that is not there, counting tries", () =>
    withServer(async (master) => {
      await assert.rejects(master.readHoldingRegisters(5, 1, 1), (error: Error) => {
        assert.ok(error instanceof DeviceTimeout);
        assert.match(error.message, /slave 5 in 200 ms \(2 tries\)/);
        return true;
      });
    }));
  it("asks the guard before anything else", () =>
    withServer(async (_, words, port) => {
      const forbid = () => {
        throw new RangeError("no");
      };
      const guarded = new TcpMaster(`modbus-tcp://127.0.0.1:${port}`, { allowed: forbid });
      await assert.rejects(guarded.readHoldingRegisters(4, 20017, 1), RangeError);
      await assert.rejects(guarded.writeSingle(4, 20017, 1), RangeError);
      assert.equal(words.size, 0);
      assert.equal(guarded.stats.requests, 0);
    }));
  it("names a gateway that is away, and comes back with it", async () => {
    const port = await freePort();
    const master = new TcpMaster(`modbus-tcp://127.0.0.1:${port}`, { timeout_ms: 200, retries: 2 });
    await assert.rejects(master.readHoldingRegisters(4, 1, 1), PortGone);
    const server = await serveModbusTcp({ get: () => 3, set: () => undefined }, { port });
    assert.deepEqual([...(await master.readHoldingRegisters(4, 1, 2))], [3, 3]);
    await server.close();
    await assert.rejects(master.readHoldingRegisters(4, 1, 2), PortGone);
    await master.close();
  });
  it("asks at port 502 where the name says none", async () => {
    const master = new TcpMaster("modbus-tcp://127.0.0.1", { timeout_ms: 200, retries: 1 });
    await assert.rejects(master.readHoldingRegisters(4, 1, 1), /127\.0\.0\.1 cannot be used: .*127\.0\.0\.1:502/);
  });
  it("says a code that no standard has by its number", async () => {
    const port = await freePort();
    const get = () => {
      throw refuse(77);
    };
    const server = await serveModbusTcp({ get, set: get }, { port });
    const master = new TcpMaster(`modbus-tcp://127.0.0.1:${port}`, { timeout_ms: 1000 });
    await assert.rejects(master.readHoldingRegisters(4, 1, 1), /slave 4: exception 77 \(unknown code\)/);
    await master.close();
    await server.close();
  });
  it("believes no answer of another length than asked for, nor one that is broken", async () => {
    for (const [told, words, text] of [
      [2, 2, /answer of 1 registers instead of 2/],
      [2, 1, /slave 4: .*length/i],
    ] as const) {
      const gateway = net.createServer((socket) =>
        socket.on("data", (request) => {
          const answer = Buffer.alloc(9 + 2 * words);
          request.copy(answer, 0, 0, 8);
          answer.writeUInt16BE(3 + 2 * words, 4);
          answer[8] = told;
          socket.write(answer);
        }),
      );
      gateway.listen(0, "127.0.0.1");
      await once(gateway, "listening");
      const { port } = gateway.address() as net.AddressInfo;
      const master = new TcpMaster(`modbus-tcp://127.0.0.1:${port}`, { timeout_ms: 1000, retries: 2 });
      await assert.rejects(
        master.readHoldingRegisters(4, 1, 2),
        (error) => error instanceof BadFrame && text.test(error.message),
      );
      assert.deepEqual([master.stats.bad_frames, master.stats.retries], [2, 1]);
      await master.close();
      gateway.close();
    }
  });
  it("refuses a taken port and a wrong name", () =>
    withServer(async (_, __, port) => {
      await assert.rejects(serveModbusTcp({ get: () => 0, set: () => undefined }, { port }), PortGone);
      for (const name of ["tcp://host:1", "modbus-tcp://", "modbus-tcp://host:x"]) {
        assert.throws(() => new TcpMaster(name), UsageError);
      }
    }));
});

describe("Modbus/TCP: a busy device, and a gateway that speaks for a silent one", () => {
  async function answering(
    code: number,
    times: number,
    work: (master: TcpMaster, asked: () => number) => Promise<void>,
  ) {
    const port = await freePort();
    let asked = 0;
    const answer = () => {
      asked++;
      if (asked <= times) throw refuse(code);
    };
    const store = {
      get: (addr: number) => {
        answer();
        return addr;
      },
      set: answer,
    };
    const server = await serveModbusTcp(store, { port, slave: 4 });
    const master = new TcpMaster(`modbus-tcp://127.0.0.1:${port}`, { timeout_ms: 1000, retries: 2, busy_pause_ms: 5 });
    try {
      await work(master, () => asked);
    } finally {
      await master.close();
      await server.close();
    }
  }

  it("busy is asked again after a rest, reads and writes alike, and uses up no try", () =>
    answering(6, 3, async (master) => {
      assert.deepEqual([...(await master.readHoldingRegisters(4, 7, 1))], [7]);
      assert.deepEqual([master.stats.busy, master.stats.retries, master.stats.timeouts], [3, 0, 0]);
    }));
  it("a write that finds it busy is sent again, for a busy device has done nothing", () =>
    answering(6, 1, async (master, asked) => {
      await master.writeSingle(4, 20105, 1);
      assert.equal(asked(), 2);
    }));
  it("busy for good is told as busy", () =>
    answering(6, 99, async (master, asked) => {
      await assert.rejects(
        master.readHoldingRegisters(4, 7, 1),
        (error) => error instanceof ModbusException && error.code === 6,
      );
      assert.equal(asked(), 5);
    }));
  it("a gateway's word for silence is tried again like a silence", () =>
    answering(11, 1, async (master) => {
      assert.deepEqual([...(await master.readHoldingRegisters(4, 7, 1))], [7]);
      assert.equal(master.stats.retries, 1);
    }));
});
