import assert from "node:assert/strict";
import { test } from "node:test";
import { BadFrame } from "../../../lib/base/errors.ts";
import type { Field } from "../../../lib/codec/table.ts";
import {
  asciiText,
  countersAreCoarse,
  decodeRecords,
  encodeRecord,
  HIDDEN,
} from "../../../lib/devices/jkbms/decode.ts";
import { parseReply } from "../../../lib/devices/jkbms/frame.ts";
import { currentFromWire, RECORDS, statusBits, temperatureFromCode } from "../../../lib/devices/jkbms/records.ts";
import { sampleFromRecords } from "../../../lib/devices/jkbms/sample.ts";
import { answerOf, capture, GOOD_4E57 } from "./captures.ts";
import { join } from "./random.ts";

for (const [code, celsius] of [
  [0, 0],
  [99, 99],
  [100, 0],
  [101, -1],
  [140, -40],
  [141, null],
  [0x8000, null],
  [0xffff, null],
] as const) {
  test(`temperature code ${code} is ${celsius}`, () => assert.equal(temperatureFromCode(code), celsius));
}

for (const [wire, version, hundredths] of [
  [10000, undefined, null],
  [10000, 0, 0],
  [9500, 0, 500],
  [11000, 0, -1000],
  [0xffff, 0, -55535],
  [0x87d0, 1, 2000],
  [0x07d0, 1, -2000],
  [0x0000, 1, 0],
  [0x8000, 1, 0],
  [0x7fff, 1, -32767],
  [0xffff, 1, 32767],
  [0x87d0, 2, null],
] as const) {
  test(`current word 0x${wire.toString(16)} of version ${version} is ${hundredths}`, () =>
    assert.equal(currentFromWire(wire, version), hundredths));
}

test("A5-A8 are two's complement: FFEC is -20", () => {
  const { records } = decodeRecords(Uint8Array.of(0xa7, 0xff, 0xec, 0xa5, 0x80, 0x00, 0xa4, 0x00, 0x46), "test");
  assert.equal(records.discharge_undertemperature_limit, -20);
  assert.equal(records.charge_undertemperature_limit, -32768);
  assert.equal(records.discharge_overtemperature_limit, 70);
});

test("status bits, and bit 3 says nothing", () => {
  assert.deepEqual(statusBits(0x0b), { charge: true, discharge: true, balancing: false });
  assert.deepEqual(statusBits(0x04), { charge: false, discharge: false, balancing: true });
  assert.deepEqual(statusBits(0x00), { charge: false, discharge: false, balancing: false });
});

test("a word that means nothing is null, not a number", () => {
  const { records } = decodeRecords(Uint8Array.of(0x80, 0x00, 0x8d, 0x81, 0x00, 0x65), "test");
  assert.equal(records.mosfet_temperature, null);
  assert.equal(records.battery_temperature_1, -1);
});

const nw07 = parseReply(answerOf(capture("nw07")), "nw07").data;
const insertAt = (data: Uint8Array, tag: number, what: readonly number[]) => {
  let at = 0;
  while (data[at] !== tag) at++;
  return join(data.subarray(0, at), what, data.subarray(at));
};

test("an unknown tag behind everything is only reported", () => {
  const decoded = decodeRecords(join(nw07, [0xc1, 1]), "test");
  assert.deepEqual(decoded.unknown, { tag: 0xc1, offset: nw07.length });
  assert.equal(decoded.records.battery_current, 586);
  assert.equal(sampleFromRecords(decoded, "test").soc, 2);
});

/** nw07 without record C0, its current replaced by `word`. */
const withoutVersion = (word: number) => {
  const data = nw07.slice(0, nw07.length - 2);
  data.set([word >>> 8, word & 0xff], insertAt(nw07, 0x84, []).indexOf(0x84, 50) + 1);
  return data;
};

// The old coding would say +100.00 A, or beyond -227 A: no BMS of this kind carries that without its records saying so.
for (const [word, hundredths] of [
  [0, 0],
  [0x824a, 586],
  [0x8000, 0],
] as const) {
  test(`an answer without record C0 whose current is 0x${word.toString(16)} can only be version 1`, () => {
    const decoded = decodeRecords(withoutVersion(word), "test");
    assert.equal(decoded.records.battery_current, hundredths);
    assert.equal(decoded.protocolVersion, 1);
    assert.equal(sampleFromRecords(decoded, "test").undecodable, undefined);
  });
}

test("without record C0 and without evidence the device's own version counts; without one only the current is lost", () => {
  const data = withoutVersion(0x0045);
  assert.equal(decodeRecords(data, "test", { protocol_version: 1 }).records.battery_current, -69);
  assert.equal(decodeRecords(data, "test", { protocol_version: 0 }).records.battery_current, 9931);
  const decoded = decodeRecords(data, "test");
  assert.deepEqual([decoded.records.battery_current, decoded.undecodableCurrent], [null, 0x45]);
  const sample = sampleFromRecords(decoded, "test");
  assert.deepEqual([sample.battery_current, sample.soc, sample.pack_voltage], [null, 2, 51_980]);
  assert.deepEqual(sample.undecodable, { battery_current: 0x45 });
});

test("what the answer says goes before what is remembered", () => {
  assert.equal(decodeRecords(nw07, "test", { protocol_version: 0 }).records.battery_current, 586);
  assert.equal(decodeRecords(withoutVersion(0), "test", { protocol_version: 0 }).records.battery_current, 0);
});

test("firmware older than the version record counts down from 10000", () => {
  // Its answers have none of the records B8, B9, BA and C0.
  for (const [low, hundredths] of [
    [0x10, 0],
    [0x1c, -12],
  ] as const) {
    const decoded = decodeRecords(Uint8Array.of(0x84, 0x27, low, 0x85, 50), "test");
    assert.deepEqual([decoded.protocolVersion, decoded.records.battery_current], [0, hundredths]);
  }
  assert.equal(decodeRecords(Uint8Array.of(0x84, 0x25, 0x1c, 0xc0, 0), "test").records.battery_current, 500);
  assert.equal(decodeRecords(Uint8Array.of(0x84, 0x25, 0x1c, 0xc0, 1), "test").records.battery_current, -9500);
});

test("a version that nobody has described loses the current only", () => {
  const decoded = decodeRecords(Uint8Array.of(0x84, 0x25, 0x1c, 0xc0, 2), "test");
  assert.deepEqual([decoded.records.battery_current, decoded.undecodableCurrent], [null, 0x251c]);
});

test("an unknown tag before the protocol version hides the coding of a discharge, and nothing else", () => {
  const data = insertAt(nw07, 0xc0, [0xc1, 7]);
  const charging = decodeRecords(data, "test");
  assert.equal(charging.unknown?.tag, 0xc1);
  assert.equal(charging.records.battery_current, 586);
  const at = insertAt(nw07, 0x84, []).indexOf(0x84, 50) + 1;
  const discharging = data.slice();
  discharging.set([0, 0x45], at);
  const sample = sampleFromRecords(decodeRecords(discharging, "test"), "test");
  assert.deepEqual([sample.battery_current, sample.soc, sample.undecodable], [null, 2, { battery_current: 0x45 }]);
});

test("a missing record without an unknown one is malformed, and named", () => {
  assert.throws(
    () => sampleFromRecords(decodeRecords(Uint8Array.of(0x85, 50, 0xc0, 1), "test"), "test"),
    (error) => error instanceof BadFrame && error.kind === "malformed" && /cells, pack_voltage/.test(error.message),
  );
});

test("AD has two bytes; one only when AE follows at once", () => {
  const long = decodeRecords(Uint8Array.of(0xad, 0x04, 0x11, 0xae, 1), "test");
  assert.equal(long.records.current_calibration, 1041);
  assert.equal(long.shortCalibration, false);
  const short = decodeRecords(Uint8Array.of(0xad, 0x64, 0xae, 1, 0xaf, 0), "test");
  assert.equal(short.records.current_calibration, 100);
  assert.equal(short.records.board_address, 1);
  assert.equal(short.shortCalibration, true);
  // AE as the low byte of the value, and AE after it.
  const inside = decodeRecords(Uint8Array.of(0xad, 0x04, 0xae, 0xae, 1), "test");
  assert.equal(inside.records.current_calibration, 0x04ae);
});

for (const [name, data] of [
  ["a value past the end", [0x83, 0x14]],
  ["a record twice", [0x85, 1, 0x85, 2]],
  ["a cell list past the end", [0x79, 6, 1, 12, 0]],
  ["a cell list of a broken length", [0x79, 4, 1, 12, 0, 2]],
  ["a cell list without length", [0x79]],
  ["cell number 0", [0x79, 3, 0, 12, 0]],
  ["cell number 33", [0x79, 3, 33, 12, 0]],
  ["a cell twice", [0x79, 6, 1, 12, 0, 1, 12, 0]],
] as const) {
  test(`malformed: ${name}`, () =>
    assert.throws(
      () => decodeRecords(Uint8Array.from(data), "test"),
      (error) => error instanceof BadFrame && error.kind === "malformed",
    ));
}

test("a gap in the cell numbers is null, never 0", () => {
  const { cells } = decodeRecords(Uint8Array.of(0x79, 6, 1, 0x0c, 0xb2, 3, 0x0c, 0xb0), "test");
  assert.deepEqual(cells, [3250, null, 3248]);
});

test("the password never leaves the decoder", () => {
  const password = new TextEncoder().encode("s3cr3t\0\0\0\0");
  const { records } = decodeRecords(join([0xb2], password), "test");
  assert.equal(records.password, HIDDEN);
});

test("every record goes there and back", () => {
  for (const one of GOOD_4E57) {
    const { data } = parseReply(answerOf(one), one.name);
    const { records, order } = decodeRecords(data, one.name);
    for (const key of order) {
      const field: Field & { tag: number } = RECORDS[key];
      const raw = records[key];
      if (field.kind === "custom" || field.role === "secret" || raw === null) continue;
      assert.equal(decodeRecords(join([field.tag], encodeRecord(key, raw)), "test").records[key], raw, key);
    }
  }
});

test("encoding refuses what does not fit", () => {
  assert.deepEqual([...encodeRecord("discharge_undertemperature_limit", -20)], [0xff, 0xec]);
  assert.deepEqual([...encodeRecord("device_id", "abc")], [97, 98, 99, 0, 0, 0, 0, 0]);
  assert.throws(() => encodeRecord("low_soc_alarm", 256), RangeError);
  assert.throws(() => encodeRecord("low_soc_alarm", -1), RangeError);
  assert.throws(() => encodeRecord("low_soc_alarm", "20"), RangeError);
  assert.throws(() => encodeRecord("device_id", "123456789"), RangeError);
  assert.throws(() => encodeRecord("device_id", "ä"), RangeError);
});

test("text stops at 00 and keeps nothing unprintable", () => {
  assert.equal(asciiText(Uint8Array.of(65, 95, 66, 95, 95)), "A_B");
  assert.equal(asciiText(Uint8Array.of(65, 0, 66)), "A");
  assert.equal(asciiText(Uint8Array.of(65, 7, 200, 66)), "A??B");
});

test("counters without their low byte are called coarse on old firmware only", () => {
  const coarse = (prefix: string) =>
    countersAreCoarse(decodeRecords(parseReply(answerOf(capture(prefix)), prefix).data, prefix).records);
  assert.equal(coarse("nw01"), true);
  assert.equal(coarse("nw02"), true);
  assert.equal(coarse("nw05"), false);
  assert.equal(coarse("nw07"), false);
});

test("a whole recorded answer decodes alike with AD of two bytes and of one, as some boards send it", () => {
  const at = insertAt(nw07, 0xad, []).lastIndexOf(0xad);
  assert.deepEqual([nw07[at], nw07[at + 3]], [0xad, 0xae]);
  const short = join(nw07.subarray(0, at + 1), nw07.subarray(at + 2));
  const [two, one] = [nw07, short].map((data) => decodeRecords(data, "test"));
  assert.deepEqual([two?.shortCalibration, one?.shortCalibration], [false, true]);
  const { current_calibration: long, ...rest } = two?.records ?? {};
  const { current_calibration: low, ...same } = one?.records ?? {};
  assert.deepEqual(same, rest);
  assert.equal(low, Number(long) % 256);
  assert.deepEqual(one?.order, two?.order);
});
