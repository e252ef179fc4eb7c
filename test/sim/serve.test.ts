import assert from "node:assert/strict";
import { existsSync, symlinkSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { BadCommand, PortGone, UsageError } from "../../lib/base/errors.ts";
import { toHex } from "../../lib/codec/hex.ts";
import { RECORDED_BMS_16S } from "../../lib/devices/jkbms/recording-16s.ts";
import { recordsOfFrame } from "../../lib/devices/jkbms/sim-records.ts";
import { makeBms4e57, makeInverter } from "../../lib/devices/simulators.ts";
import { readRequest } from "../../lib/modbus/frame.ts";
import { onOneBus } from "../../lib/sim/one-bus.ts";
import { serveDevice } from "../../lib/sim/serve.ts";
import { simulatedBms } from "../../lib/sim/simulated-bms.ts";
import { requirePart } from "../support/parts.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { freePort } from "../support/simulated.ts";

const READ_ALL = Uint8Array.from(Buffer.from("4e5700130000000006030000000000006800000129", "hex"));

test("a served device tells both its places, and takes them along when it goes", {
  skip: requirePart("socat"),
}, async (t) => {
  const path = join(scratchDirectory(t), "tty");
  // What a run that was killed left behind.
  symlinkSync("/dev/pts/nobody", path);
  const served = await serveDevice(makeInverter(), { ptyPath: path });
  assert.equal(served.where, `${served.line.url}, ${path}`);
  assert.ok(served.pty?.isThere() && existsSync(path));
  await served.close();
  assert.ok(!served.pty?.isThere() && !existsSync(path));
});

test("a pty that cannot be made leaves no line behind", { skip: requirePart("socat") }, async (t) => {
  const port = await freePort();
  const ptyPath = join(scratchDirectory(t), "missing", "tty");
  await assert.rejects(serveDevice(makeInverter(), { port, ptyPath }), PortGone);
  const refused = await new Promise((resolve) =>
    connect(port, "127.0.0.1").once("error", resolve).once("connect", resolve),
  );
  assert.equal((refused as NodeJS.ErrnoException | undefined)?.code, "ECONNREFUSED");
});

test("what has no simulator is refused, and a recording that a kind cannot replay", async () => {
  const capture = { text: `< ${toHex(RECORDED_BMS_16S)}`, name: "my.cap" };
  await assert.rejects(simulatedBms("daly", {}), (error: Error) => {
    assert.ok(error instanceof UsageError);
    assert.equal(error.message, 'there is no simulator of "daly"');
    return true;
  });
  await assert.rejects(simulatedBms("modbus", { capture }), /--capture is for 4e57; the other dialects replay/);
  await assert.rejects(simulatedBms("4e57", { capture: { text: "{}", name: "my.json" } }), (error: Error) => {
    assert.ok(error instanceof BadCommand);
    assert.match(error.message, /my\.json: no 4E57 frame in it/);
    return true;
  });
  const { device } = await simulatedBms("4e57", { capture });
  const heard = device.hear(READ_ALL);
  assert.equal(heard.ignored === null && toHex(heard.answer({}) as Uint8Array), toHex(RECORDED_BMS_16S));
});

test("a board may be simulated as one that takes no settings, or as one of the old firmware", async () => {
  const balancerOff = Uint8Array.from(Buffer.from("4e570014000000000203009d000000000068000001c3", "hex"));
  const after = async (choice: Parameters<typeof simulatedBms>[1]) => {
    const { device } = await simulatedBms("4e57", choice);
    const ask = (request: Uint8Array) => {
      const heard = device.hear(request);
      return heard.ignored === null ? (heard.answer({}) as Uint8Array) : new Uint8Array();
    };
    ask(balancerOff);
    const records = recordsOfFrame(ask(READ_ALL), "answer");
    return { balancer: records.get(0x9d)?.[0], tellsVersion: records.has(0xc0) };
  };
  assert.deepEqual(await after({}), { balancer: 0, tellsVersion: true });
  assert.deepEqual(await after({ refuses: true }), { balancer: 1, tellsVersion: true });
  assert.deepEqual(await after({ old_protocol: true }), { balancer: 0, tellsVersion: false });
});

test("of several machines on one pair of wires the one that is meant answers, and of a stranger's request none", () => {
  const bus = onOneBus([makeInverter({ slave: 4 }), makeInverter({ slave: 5 })]);
  for (const slave of [4, 5]) {
    const heard = bus.hear(readRequest(slave, 25201, 1).bytes);
    assert.equal(heard.ignored === null && heard.answer({})?.[0], slave);
  }
  assert.equal(bus.hear(readRequest(6, 25201, 1).bytes).ignored, "wrong_slave");
  assert.equal(makeBms4e57().hear(READ_ALL).ignored, null);
});
