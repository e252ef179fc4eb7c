import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { PortGone, UsageError } from "../../lib/base/errors.ts";
import { toHex } from "../../lib/codec/hex.ts";
import { KINDS } from "../../lib/devices/index.ts";
import { RECORDED_BMS_16S } from "../../lib/devices/jkbms/recording-16s.ts";
import { makeInverter } from "../../lib/devices/simulators.ts";
import { readRequest, registersOf, withCrc, writeSingleRequest } from "../../lib/modbus/frame.ts";
import { faultText, parseFault } from "../../lib/sim/fault.ts";
import { wireMs } from "../../lib/sim/pacing.ts";
import { openPty } from "../../lib/sim/pty.ts";
import { listenTcp } from "../../lib/sim/tcp.ts";
import { WireLog, type WireLogEntry } from "../../lib/sim/wire-log.ts";
import { requirePart } from "../support/parts.ts";
import { rawClient } from "../support/raw-client.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { startPty, startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";
import { waitFor } from "../support/wait.ts";

const INVERTER_BAUD = KINDS.pv1800.baud;
const BMS_BAUD = KINDS["jk-4e57"].baud;

const READ_STATE = readRequest(4, 25201, 1).bytes;
const STATE = toHex(withCrc([4, 3, 2, 0, 3]));
const READ_GRADE = readRequest(4, 25202, 1).bytes;
const GRADE = toHex(withCrc([4, 3, 2, 0, 230]));
const READ_ALL = Uint8Array.from(Buffer.from("4e5700130000000006030000000000006800000129", "hex"));

test("a paced inverter answer takes at least its time on the wire", async (t) => {
  const inverter = await startSimulatedInverter(t, { baud: INVERTER_BAUD, turnaroundMs: 5 });
  const client = await rawClient(t, inverter.port);
  const began = performance.now();
  client.send(readRequest(4, 25201, 79).bytes);
  const answer = await client.atLeast(163);
  const took = performance.now() - began;
  assert.ok(took >= wireMs(8, INVERTER_BAUD) + 5 + wireMs(163, INVERTER_BAUD), `${took} ms`);
  assert.equal(registersOf(answer).length, 79);
  assert.ok(client.chunks.length > 1, "it comes in pieces");
});

test("a paced BMS answer takes at least its time on the wire", async (t) => {
  const bms = await startSimulatedBms(t, { baud: BMS_BAUD });
  const client = await rawClient(t, bms.port);
  const began = performance.now();
  client.send(READ_ALL);
  assert.deepEqual(await client.atLeast(RECORDED_BMS_16S.length), RECORDED_BMS_16S);
  const took = performance.now() - began;
  assert.ok(took >= wireMs(21, BMS_BAUD) + 1 + wireMs(291, BMS_BAUD), `${took} ms`);
});

test("the wire log holds request and answer with what they mean, in memory and as JSON lines", async (t) => {
  const file = join(scratchDirectory(t), "wire.jsonl");
  const inverter = await startSimulatedInverter(t, { log: new WireLog(file) });
  const client = await rawClient(t, inverter.port);
  client.send(READ_STATE);
  await client.atLeast(7);
  client.send(writeSingleRequest(4, 20105, 0).bytes);
  await client.atLeast(15);
  await waitFor(() => inverter.log.answers().length === 2);
  const [read, write] = inverter.log.requests();
  assert.deepEqual(read?.info, { what: "read", unit: 4, start: 25201, count: 1, values: null });
  assert.deepEqual(write?.info, { what: "write", unit: 4, start: 20105, count: 1, values: [0] });
  assert.equal(read?.hex, toHex(READ_STATE));
  assert.deepEqual([read?.request, write?.request], [1, 2]);
  assert.equal(inverter.log.writes().length, 1);
  assert.deepEqual(inverter.log.forbidden(), []);
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  const fromFile = lines.map((line) => JSON.parse(line) as WireLogEntry);
  assert.deepEqual(fromFile, inverter.log.entries);
});

test("a forbidden read stands in the wire log", async (t) => {
  const inverter = await startSimulatedInverter(t);
  const client = await rawClient(t, inverter.port);
  client.send(readRequest(4, 10001, 100).bytes);
  await client.atLeast(205);
  assert.equal(inverter.log.forbidden().length, 1);
  assert.equal(inverter.device.wedged, true);
});

const SPOILT = toHex(withCrc([5, 3, 2, 0, 3]));
const FAULTS: { fault: string; want: string }[] = [
  { fault: "noise_before=x00ff", want: `00ff${STATE}` },
  { fault: "noise_after=xff", want: `${STATE}ff` },
  { fault: "noise_inside=xff", want: `${STATE.slice(0, 6)}ff${STATE.slice(6)}` },
  { fault: "truncated=4", want: STATE.slice(0, 8) },
  { fault: "wrong_slave", want: SPOILT },
  { fault: "exception=2", want: toHex(withCrc([4, 0x83, 2])) },
  { fault: "extra_registers", want: toHex(withCrc([4, 3, 4, 0, 3, 0, 230])) },
  { fault: "fewer_registers", want: toHex(withCrc([4, 3, 0])) },
  { fault: "echo", want: toHex(READ_STATE) + STATE },
  { fault: "duplicate", want: STATE + STATE },
  { fault: "zeros", want: toHex(withCrc([4, 3, 2, 0, 0])) },
  { fault: "freeze", want: STATE },
  { fault: "split=2", want: STATE },
  { fault: "hole=20", want: STATE },
  { fault: "late=20", want: STATE },
  { fault: "bit_flip=-8", want: STATE.slice(0, 12) + (Number.parseInt(STATE.slice(12), 16) ^ 0x80).toString(16) },
];

for (const { fault, want } of FAULTS) {
  test(`${fault} hits the first answer on the line and leaves the second alone`, async (t) => {
    const inverter = await startSimulatedInverter(t, { faults: [parseFault(`${fault}:1`)] });
    const client = await rawClient(t, inverter.port);
    client.send(READ_STATE);
    assert.equal(toHex(await client.atLeast(want.length / 2)), want);
    client.send(READ_GRADE);
    assert.equal(toHex(await client.atLeast(want.length / 2 + 7)), want + GRADE);
    assert.deepEqual(inverter.log.requests()[0]?.notes, [faultText(parseFault(`${fault}:1`))]);
  });
}

test("a wrong checksum leaves the rest of the answer alone", async (t) => {
  const inverter = await startSimulatedInverter(t, { faults: [parseFault("wrong_checksum")] });
  const client = await rawClient(t, inverter.port);
  client.send(READ_STATE);
  const answer = toHex(await client.atLeast(7));
  assert.equal(answer.slice(0, 10), STATE.slice(0, 10));
  assert.notEqual(answer.slice(10), STATE.slice(10));
});

test("silent does not even carry the write out; the next request is answered", async (t) => {
  const inverter = await startSimulatedInverter(t, { faults: [parseFault("silent:1")] });
  const client = await rawClient(t, inverter.port);
  client.send(writeSingleRequest(4, 20105, 0).bytes);
  await waitFor(() => inverter.log.requests().length === 1);
  client.send(READ_STATE);
  assert.equal(toHex(await client.atLeast(7)), STATE);
  assert.equal(inverter.device.source.read(20105), 1);
});

test("a late answer is overtaken by the answer to the next request", async (t) => {
  const inverter = await startSimulatedInverter(t, { faults: [parseFault("late=300@1")] });
  const client = await rawClient(t, inverter.port);
  client.send(READ_STATE);
  await waitFor(() => inverter.log.requests().length === 1);
  client.send(READ_GRADE);
  assert.equal(toHex(await client.atLeast(14)), GRADE + STATE);
});

test("a dropped port closes after the bytes given, and a new connection works", async (t) => {
  const inverter = await startSimulatedInverter(t, { faults: [parseFault("drop_port=3:1")] });
  const client = await rawClient(t, inverter.port);
  client.send(READ_STATE);
  await waitFor(() => client.isClosed());
  assert.equal(toHex(client.received()), STATE.slice(0, 6));
  const again = await rawClient(t, inverter.port);
  again.send(READ_STATE);
  assert.equal(toHex(await again.atLeast(7)), STATE);
});

test("a flood goes on until its client leaves, and the next client is served", async (t) => {
  const inverter = await startSimulatedInverter(t, { faults: [parseFault("flood=600000:1")] });
  const client = await rawClient(t, inverter.port);
  client.send(READ_STATE);
  await client.atLeast(2000);
  client.socket.destroy();
  await waitFor(() => inverter.clients() === 0);
  const again = await rawClient(t, inverter.port);
  again.send(READ_STATE);
  assert.equal(toHex(await again.atLeast(7)), STATE);
});

test("faults can be changed while the line runs", async (t) => {
  const inverter = await startSimulatedInverter(t);
  const client = await rawClient(t, inverter.port);
  inverter.setFaults([parseFault("exception=6")]);
  client.send(READ_STATE);
  assert.equal(toHex(await client.atLeast(5)), toHex(withCrc([4, 0x83, 6])));
  inverter.setFaults([]);
  client.send(READ_STATE);
  assert.equal(toHex(await client.atLeast(12)).slice(10), STATE);
});

test("half a request is thrown away after a gap", async (t) => {
  const inverter = await startSimulatedInverter(t);
  const client = await rawClient(t, inverter.port);
  client.send(READ_STATE.slice(0, 5));
  await waitFor(() => inverter.log.entries.some((entry) => entry.notes.includes("incomplete")));
  client.send(READ_STATE);
  assert.equal(toHex(await client.atLeast(7)), STATE);
});

test("several clients share a line; a one-client line turns the second away", async (t) => {
  const shared = await startSimulatedInverter(t);
  const clients = [await rawClient(t, shared.port), await rawClient(t, shared.port)];
  for (const client of clients) client.send(READ_STATE);
  for (const client of clients) assert.equal(toHex(await client.atLeast(7)), STATE);
  const single = await startSimulatedInverter(t, { oneClient: true });
  const first = await rawClient(t, single.port);
  const second = await rawClient(t, single.port);
  await waitFor(() => second.isClosed());
  first.send(READ_STATE);
  assert.equal(toHex(await first.atLeast(7)), STATE);
});

test("a taken port is told as such", async (t) => {
  const inverter = await startSimulatedInverter(t);
  await assert.rejects(listenTcp(makeInverter(), { port: inverter.port }), PortGone);
});

test("a pty vanishes with a dropped port and comes back", { skip: requirePart("socat") }, async (t) => {
  const inverter = await startSimulatedInverter(t);
  const pty = await startPty(t, inverter);
  assert.ok(pty.isThere() && existsSync(pty.path));
  inverter.dropClients();
  await waitFor(() => !pty.isThere() && !existsSync(pty.path));
  await pty.replug();
  assert.ok(pty.isThere() && existsSync(pty.path));
});

test("a pty path that socat would misread is refused", async () => {
  await assert.rejects(openPty("a,b", { port: 1, connections: () => 0 }), UsageError);
});
