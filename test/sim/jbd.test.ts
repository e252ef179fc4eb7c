import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex } from "../../lib/codec/hex.ts";
import { buildAnswer, buildRead, REGISTER } from "../../lib/devices/jbd/jbd-frame.ts";
import { RECORDED_JBD_4S, SimulatedJbd } from "../../lib/devices/jbd/jbd-simulator.ts";
import type { Twist } from "../../lib/sim/answer.ts";

const CELLS = buildRead(REGISTER.cells);
/** Writes 01 to register E1, the MOSFET switches. */
const WRITE = fromHex("dd5ae1020001ff1c77");

function answer(device: SimulatedJbd, request: Uint8Array, twist: Twist = {}): string | null {
  const heard = device.hear(request);
  const bytes = heard.ignored === null ? heard.answer(twist) : null;
  return bytes && toHex(bytes);
}
const told = (register: number, data: string, status = 0) => toHex(buildAnswer(register, fromHex(data), status));

test("requests are cut out of noise, glued and half ones as they come", () => {
  const device = new SimulatedJbd();
  assert.deepEqual(device.cut(Uint8Array.of(0, 1, ...CELLS)), { used: 2, frame: null });
  assert.deepEqual(device.cut(Uint8Array.of(0, 1)), { used: 2, frame: null });
  assert.deepEqual(device.cut(Uint8Array.of(0xdd, 3, 0, 0)), { used: 1, frame: null }, "an answer is no request");
  assert.deepEqual(device.cut(Uint8Array.of(...CELLS, ...CELLS)), { used: 7, frame: CELLS });
  assert.deepEqual(device.cut(WRITE), { used: 9, frame: WRITE });
  for (let length = 0; length < CELLS.length; length++) assert.equal(device.cut(CELLS.slice(0, length)), null);
});

test("a write is noted, refused and changes nothing; a wrong sum is not heard", () => {
  const device = new SimulatedJbd();
  const heard = device.hear(WRITE);
  assert.deepEqual([heard.info?.what, heard.info?.start, heard.info?.values], ["write", 0xe1, [0, 1]]);
  assert.deepEqual(heard.ignored === null && heard.notes, ["FORBIDDEN"]);
  assert.equal(answer(device, WRITE), told(0xe1, "", 0x80));
  assert.equal(answer(device, CELLS), told(4, "0f450f3d0f370f3d"));
  assert.equal(device.hear(fromHex("dda50400fffb77")).ignored, "bad_checksum");
});

test("a register that a board does not have is refused", () => {
  const device = new SimulatedJbd();
  device.setData(REGISTER.name, null);
  assert.equal(answer(device, buildRead(REGISTER.name)), told(5, "", 0x80));
});

test("faults change an answer as they say", () => {
  const device = new SimulatedJbd(RECORDED_JBD_4S);
  assert.equal(answer(device, CELLS, { exception: 0x81 }), told(4, "", 0x81));
  assert.equal(answer(device, CELLS, { zeros: true }), told(4, "0000000000000000"));
  assert.equal(answer(device, CELLS, { registers: 1 }), told(4, "0f450f3d0f370f3d0000"));
  assert.equal(answer(device, CELLS, { registers: -3 }), told(4, "0f45"));
  assert.equal(answer(device, CELLS, { wrongSlave: true }), told(5, "0f450f3d0f370f3d"));
});

test("frozen values stay while the board goes on", () => {
  const device = new SimulatedJbd();
  answer(device, CELLS, { freeze: true });
  device.setData(REGISTER.cells, fromHex("0fff"));
  assert.equal(answer(device, CELLS, { freeze: true }), told(4, "0f450f3d0f370f3d"));
  assert.equal(answer(device, CELLS), told(4, "0fff"));
});
