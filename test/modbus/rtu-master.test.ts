import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BadFrame, DeviceTimeout, ModbusException } from "../../lib/base/errors.ts";
import { withCrc } from "../../lib/modbus/frame.ts";
import { RtuMaster, type RtuOptions } from "../../lib/modbus/rtu-master.ts";
import { answerTo, exceptionTo, FakeWire, type Respond } from "./fake-wire.ts";

const TIMEOUT = 30;
/** Every register holds its own address: a wrong answer shows at once. */
const ownAddress = (addr: number) => addr;
const good = (request: Uint8Array, after_ms = 2) => ({ after_ms, bytes: answerTo(request, ownAddress) });
const span = (start: number, count: number) => Array.from({ length: count }, (_, i) => start + i);

function setUp(respond: Respond, options: RtuOptions = {}) {
  const wire = new FakeWire(respond);
  const resync = { start: 25201, counts: [1, 2, 3, 4] };
  const master = new RtuMaster(wire, { gap_ms: 10, timeout_ms: TIMEOUT, byte_ms: 0, resync, clock: wire, ...options });
  return { wire, master };
}

function without<K extends keyof RtuOptions>(_key: K): RtuOptions {
  return { resync: undefined } as unknown as RtuOptions;
}

describe("reading", () => {
  it("ends with the last byte, not with the time limit", async () => {
    const { wire, master } = setUp((request) => [good(request)]);
    assert.deepEqual([...(await master.readHoldingRegisters(4, 15201, 21))], span(15201, 21));
    assert.equal(wire.monotonic(), 12);
  });
  it("puts chunks together wherever they are split", async () => {
    for (let cut = 1; cut < 47; cut++) {
      const { master } = setUp((request) => {
        const { bytes } = good(request);
        return [
          { after_ms: 1, bytes: bytes.subarray(0, cut) },
          { after_ms: 20, bytes: bytes.subarray(cut) },
        ];
      });
      assert.deepEqual([...(await master.readHoldingRegisters(4, 15201, 21))], span(15201, 21));
    }
  });
  it("keeps the gap from the end of the last traffic", async () => {
    const { wire, master } = setUp((request) => [good(request, 7)]);
    await master.readHoldingRegisters(4, 1, 1);
    await master.readHoldingRegisters(4, 2, 1);
    assert.deepEqual(
      wire.sent.map((sent) => sent.at),
      [10, 27],
    );
  });
  it("serves simultaneous callers one after another", async () => {
    const { master } = setUp((request) => [good(request)]);
    const [one, two] = await Promise.all([
      master.readHoldingRegisters(4, 10, 2),
      master.readHoldingRegisters(4, 20, 2),
    ]);
    assert.deepEqual(
      [[...one], [...two]],
      [
        [10, 11],
        [20, 21],
      ],
    );
  });
  it("names device, slave, time and tries when nothing answers", async () => {
    const { wire, master } = setUp(() => []);
    await assert.rejects(master.readHoldingRegisters(4, 15201, 21), (error: Error) => {
      assert.ok(error instanceof DeviceTimeout);
      assert.equal(error.message, "no reply from fake slave 4 in 30 ms (3 tries)");
      return true;
    });
    assert.equal(wire.sent.length, 3);
  });
  it("does not repeat after an exception", async () => {
    const { wire, master } = setUp((request) => [{ after_ms: 1, bytes: exceptionTo(request, 2) }]);
    await assert.rejects(master.readHoldingRegisters(4, 20101, 43), (error: Error) => {
      assert.ok(error instanceof ModbusException);
      assert.equal(error.code, 2);
      assert.equal(error.message, "fake slave 4 reading 20101-20143: exception 2 (no such register)");
      return true;
    });
    assert.equal(wire.sent.length, 1);
  });
  it("works behind an adapter that echoes", async () => {
    const { master } = setUp((request) => [{ after_ms: 0, bytes: request }, good(request)]);
    assert.deepEqual([...(await master.readHoldingRegisters(4, 15201, 3))], span(15201, 3));
    await master.writeSingle(4, 20105, 1);
    await master.writeMultiple(4, 20105, [1]);
    assert.equal(master.stats.echoes, 3);
    assert.equal(master.stats.noise_bytes, 0);
  });
  it("does not take the echo of a write for its answer once the adapter is known to echo", async () => {
    const { master } = setUp((request) => [
      { after_ms: 0, bytes: request },
      ...(request[1] === 3 ? [good(request)] : []),
    ]);
    await master.readHoldingRegisters(4, 15201, 3);
    await assert.rejects(master.writeSingle(4, 20105, 1), DeviceTimeout);
  });
  it("throws away and counts bytes that came unasked", async () => {
    const { wire, master } = setUp((request) => [good(request)]);
    await master.readHoldingRegisters(4, 1, 1);
    wire.inject(3, Uint8Array.of(4, 3, 2, 9, 9));
    assert.deepEqual([...(await master.readHoldingRegisters(4, 2, 1))], [2]);
    assert.equal(master.stats.noise_bytes, 5);
    assert.equal(master.stats.second_master_signs, 1);
  });
  it("takes bytes behind an answer for a sign of a second master, and the answer for what it is", async () => {
    const { master } = setUp((request) => [
      { after_ms: 2, bytes: Buffer.concat([answerTo(request, ownAddress), Uint8Array.of(7, 7)]) },
    ]);
    assert.deepEqual([...(await master.readHoldingRegisters(4, 5, 1))], [5]);
    assert.deepEqual([master.stats.second_master_signs, master.stats.noise_bytes], [1, 2]);
  });
  it("shows what came unasked, and what came late, among the frames", async () => {
    const frames: string[] = [];
    const trace = (direction: string, bytes: Uint8Array) => void frames.push(`${direction}${bytes.length}`);
    const { wire, master } = setUp((request, index) => [good(request, index === 0 ? TIMEOUT + 3 : 2)], { trace });
    wire.inject(3, Uint8Array.of(9, 9, 9));
    assert.deepEqual([...(await master.readHoldingRegisters(4, 2, 5))], span(2, 5));
    assert.deepEqual(frames, ["<3", ">8", "<15", ">8", "<7", ">8", "<15"]);
  });
  it("waits as long, and asks as often, as it says where nothing else is set", async () => {
    const wire = new FakeWire(() => []);
    const master = new RtuMaster(wire, { clock: wire });
    await assert.rejects(master.readHoldingRegisters(4, 1, 1), /no reply from fake slave 4 in 1200 ms \(3 tries\)/);
    assert.equal(wire.sent.length, 3);
  });
  it("gives up on a line that is never quiet", async () => {
    const { wire, master } = setUp(() => []);
    for (let ms = 0; ms < 2000; ms += 5) wire.inject(ms, Uint8Array.of(0x55));
    await assert.rejects(master.readHoldingRegisters(4, 1, 1), /never quiet/);
    assert.equal(wire.sent.length, 0);
  });
  it("gives up on a flood", async () => {
    const flood = (_: Uint8Array) => span(0, 30).map((after_ms) => ({ after_ms, bytes: new Uint8Array(500) }));
    const { master } = setUp(flood);
    await assert.rejects(master.readHoldingRegisters(4, 1, 1), BadFrame);
  });
});

describe("faults in the first answer, then good ones", () => {
  const faults: { name: string; bytes: (good: Uint8Array) => Uint8Array; signs: number }[] = [
    { name: "broken checksum", bytes: (b) => b.with(5, (b[5] as number) ^ 1), signs: 0 },
    { name: "cut to 20 bytes", bytes: (b) => b.subarray(0, 20), signs: 0 },
    { name: "cut to 3 bytes", bytes: (b) => b.subarray(0, 3), signs: 0 },
    { name: "foreign slave", bytes: () => withCrc([5, 3, 2, 0, 1]), signs: 1 },
    { name: "fewer registers", bytes: () => withCrc([4, 3, 2, 0, 1]), signs: 1 },
    { name: "30 bytes of nothing", bytes: () => new Uint8Array(30).fill(0xa7), signs: 0 },
  ];
  for (const fault of faults) {
    it(`recovers from: ${fault.name}`, async () => {
      const { wire, master } = setUp((request, index) => {
        const { bytes } = good(request);
        return [{ after_ms: 2, bytes: index === 0 ? fault.bytes(bytes) : bytes }];
      });
      assert.deepEqual([...(await master.readHoldingRegisters(4, 15201, 21))], span(15201, 21));
      assert.equal(wire.sent.length, 3);
      assert.equal(master.stats.resyncs, 1);
      assert.equal(master.stats.bad_frames, 1);
      assert.equal(master.stats.second_master_signs, fault.signs);
    });
  }
});

describe("late answers", () => {
  for (const factor of [1.1, 1.5, 2, 3]) {
    it(`never become the data of the next request of the same length (${factor} x time limit)`, async () => {
      const { master } = setUp((request, index) => [good(request, index === 0 ? factor * TIMEOUT : 2)], { retries: 1 });
      await assert.rejects(master.readHoldingRegisters(4, 15201, 21), DeviceTimeout);
      const next = await retried(() => master.readHoldingRegisters(4, 20000, 21));
      assert.deepEqual(next, span(20000, 21));
    });
    it(`of one register do not fool the probe (${factor} x time limit)`, async () => {
      const { master } = setUp((request, index) => [good(request, index === 0 ? factor * TIMEOUT : 2)], { retries: 1 });
      await assert.rejects(master.readHoldingRegisters(4, 20144, 1), DeviceTimeout);
      assert.deepEqual(await retried(() => master.readHoldingRegisters(4, 20109, 1)), [20109]);
    });
    it(`of a slow device, in order, never mix (${factor} x time limit)`, async () => {
      // The device answers strictly one after another; the first answers take long, then it is itself again.
      let free = 0;
      const { wire, master } = setUp((request, index) => {
        const starts = Math.max(wire.monotonic(), free);
        free = starts + (index < 4 ? factor * TIMEOUT : 2);
        return [good(request, free - wire.monotonic())];
      });
      const right = [];
      for (const start of [10001, 15201, 20101, 25201, 10101]) {
        const words = await master.readHoldingRegisters(4, start, 8).catch((error: unknown) => {
          assert.ok(error instanceof DeviceTimeout || error instanceof BadFrame);
          return null;
        });
        if (words) {
          assert.deepEqual([...words], span(start, 8));
          right.push(start);
        }
      }
      assert.ok(right.includes(10101), "in step again at the end");
    });
  }
  it("never mix at random delays", async () => {
    const random = seeded(7);
    let answered = 0;
    for (let round = 0; round < 150; round++) {
      let free = 0;
      const { wire, master } = setUp((request) => {
        if (random() < 0.1) return [];
        const starts = Math.max(wire.monotonic(), free);
        free = starts + (random() < 0.5 ? 2 : random() * 3 * TIMEOUT);
        return [good(request, free - wire.monotonic())];
      });
      for (let i = 0; i < 12; i++) {
        const start = Math.floor(random() * 60000);
        const count = 1 + Math.floor(random() * 3);
        const words = await master.readHoldingRegisters(4, start, count).catch(() => null);
        if (!words) continue;
        answered++;
        assert.deepEqual([...words], span(start, count), `round ${round}`);
      }
    }
    assert.ok(answered > 500, `only ${answered} answers`);
  });
  it("without a probe are waited out for the time limit", async () => {
    const { wire, master } = setUp((request, index) => [good(request, index === 0 ? 1.8 * TIMEOUT : 2)], {
      ...without("resync"),
      retries: 1,
    });
    await assert.rejects(master.readHoldingRegisters(1, 100, 5), DeviceTimeout);
    assert.deepEqual([...(await master.readHoldingRegisters(1, 200, 5))], span(200, 5));
    assert.equal(wire.sent.length, 2);
  });
});

describe("writing", () => {
  it("sends FC 06 and FC 16 once and checks the acknowledgement", async () => {
    const { wire, master } = setUp((request) => [good(request)]);
    await master.writeSingle(4, 20113, 50);
    await master.writeMultiple(4, 20113, [50]);
    assert.deepEqual(
      wire.sent.map((sent) => Buffer.from(sent.bytes).toString("hex")),
      ["04064e9100324e8f", "04104e91000102" + "0032aa50"],
    );
  });
  it("is never repeated by itself", async () => {
    for (const reply of [[], [{ after_ms: 1, bytes: Uint8Array.of(4, 6, 1, 2) }]]) {
      const { wire, master } = setUp(() => reply);
      await assert.rejects(master.writeSingle(4, 20105, 0));
      assert.equal(wire.sent.length, 1);
    }
  });
  it("does not take a late acknowledgement for that of the next, equal write", async () => {
    const { wire, master } = setUp((request, index) => {
      if (index === 0) return [good(request, 1.5 * TIMEOUT)];
      return request[1] === 6 ? [] : [good(request)];
    });
    await assert.rejects(master.writeSingle(4, 20105, 0), DeviceTimeout);
    await assert.rejects(master.writeSingle(4, 20105, 0), DeviceTimeout);
    assert.deepEqual(
      wire.sent.map((sent) => sent.bytes[1]),
      [6, 3, 6],
    );
  });
});

describe("the guard", () => {
  it("stands before every request, and nothing goes out behind it", async () => {
    const asked: [number, number][] = [];
    const { wire, master } = setUp((request) => [good(request)], {
      allowed: (start, count) => {
        asked.push([start, count]);
        throw new RangeError("no");
      },
    });
    await assert.rejects(master.readHoldingRegisters(4, 20017, 2), RangeError);
    await assert.rejects(master.writeSingle(4, 20018, 1), RangeError);
    await assert.rejects(master.writeMultiple(4, 20019, [1, 2]), RangeError);
    assert.deepEqual(asked, [
      [20017, 2],
      [20018, 1],
      [20019, 2],
    ]);
    assert.equal(wire.sent.length, 0);
  });
});

/** A caller that comes again after DeviceTimeout, as the next run does. */
async function retried(read: () => Promise<Uint16Array>): Promise<number[]> {
  for (let tries = 0; tries < 5; tries++) {
    try {
      return [...(await read())];
    } catch (error) {
      assert.ok(error instanceof DeviceTimeout);
    }
  }
  throw new Error("never in step again");
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("a busy device", () => {
  const busy = (request: Uint8Array) => [{ after_ms: 2, bytes: exceptionTo(request, 6) }];

  it("is asked again after a rest, reads and writes alike, without probes and without using up the tries", async () => {
    for (const work of [
      (master: RtuMaster) => master.readHoldingRegisters(4, 15201, 21),
      (master: RtuMaster) => master.writeSingle(4, 20105, 1),
    ]) {
      const { wire, master } = setUp((request, index) => (index < 3 ? busy(request) : [good(request)]), {
        retries: 1,
        busy_pause_ms: 100,
      });
      await work(master);
      assert.equal(wire.sent.length, 4);
      const requests = new Set(wire.sent.map(({ bytes }) => bytes.join()));
      assert.equal(requests.size, 1, "nothing but the request itself was sent");
      for (const [i, { at }] of wire.sent.entries()) assert.ok(i === 0 || at - (wire.sent[i - 1]?.at ?? 0) >= 100);
      const { exceptions, busy: said, retries, timeouts, bad_frames } = master.stats;
      assert.deepEqual(
        { exceptions, said, retries, timeouts, bad_frames },
        { exceptions: 3, said: 3, retries: 0, timeouts: 0, bad_frames: 0 },
      );
    }
  });
  it("that stays busy is told as busy after its own limit, and the line stays in step", async () => {
    const { wire, master } = setUp((request, index) => (index < 3 ? busy(request) : [good(request)]), {
      busy_tries: 2,
      busy_pause_ms: 5,
    });
    await assert.rejects(
      master.readHoldingRegisters(4, 15201, 21),
      (error) => error instanceof ModbusException && error.code === 6,
    );
    assert.equal(wire.sent.length, 3);
    assert.deepEqual([...(await master.readHoldingRegisters(4, 1, 2))], [1, 2]);
    assert.equal(wire.sent.length, 4);
  });
  it("busy at the probe is waited for as well", async () => {
    const { master } = setUp((request, index) => (index === 0 ? [] : index < 3 ? busy(request) : [good(request)]), {
      retries: 2,
      busy_pause_ms: 5,
    });
    assert.deepEqual([...(await master.readHoldingRegisters(4, 10, 2))], [10, 11]);
    assert.equal(master.stats.busy, 2);
  });
});

describe("a probe that is refused", () => {
  const refusesProbes = (request: Uint8Array, index: number) => {
    if (index === 0) return [];
    const isProbe = Buffer.from(request).readUInt16BE(2) === 25201;
    return isProbe ? [{ after_ms: 2, bytes: exceptionTo(request, 2) }] : [good(request)];
  };
  it("is no silence: after a long quiet the request is sent again", async () => {
    const { master } = setUp(refusesProbes);
    assert.deepEqual([...(await master.readHoldingRegisters(4, 10, 2))], [10, 11]);
    assert.deepEqual([master.stats.timeouts, master.stats.exceptions], [1, 1]);
  });
  it("is told as a refusal when no try is left", async () => {
    const { master } = setUp(
      (request, index) => (index === 0 ? [] : [{ after_ms: 2, bytes: exceptionTo(request, 6) }]),
      { retries: 2, busy_tries: 0 },
    );
    await assert.rejects(
      master.readHoldingRegisters(4, 10, 2),
      (error) => error instanceof ModbusException && error.code === 6,
    );
  });
});
