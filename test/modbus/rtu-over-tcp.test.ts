import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { it } from "node:test";
import { RtuMaster } from "../../lib/modbus/rtu-master.ts";
import { openWire } from "../../lib/port/open.ts";
import { answerTo } from "./fake-wire.ts";

it("RtuMaster reads through a real socket, in pieces, and recovers from a lost answer", async () => {
  let requests = 0;
  const server = net.createServer((socket) =>
    socket.on("data", (request) => {
      if (++requests === 2) return;
      const answer = answerTo(request, (addr) => addr);
      socket.write(answer.subarray(0, 4));
      setImmediate(() => socket.write(answer.subarray(4)));
    }),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  const wire = await openWire({ port: `tcp://127.0.0.1:${port}`, baud: 19200 });
  const resync = { start: 25201, counts: [1, 2] };
  const master = new RtuMaster(wire, { gap_ms: 5, timeout_ms: 100, resync });
  try {
    assert.deepEqual([...(await master.readHoldingRegisters(4, 15201, 3))], [15201, 15202, 15203]);
    assert.deepEqual([...(await master.readHoldingRegisters(4, 25201, 3))], [25201, 25202, 25203]);
    assert.equal(master.stats.timeouts, 1);
    assert.equal(master.stats.resyncs, 1);
    assert.equal(requests, 4);
  } finally {
    await master.close();
    server.close();
  }
});
