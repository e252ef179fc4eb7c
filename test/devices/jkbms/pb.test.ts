import assert from "node:assert/strict";
import { test } from "node:test";
import { BadFrame } from "../../../lib/base/errors.ts";
import { toHex } from "../../../lib/codec/hex.ts";
import { HIDDEN } from "../../../lib/devices/jkbms/decode.ts";
import {
  decodeBlock,
  decodeStatus,
  encodeWords,
  imageFromFrameData,
  imageFromReads,
} from "../../../lib/devices/jkbms/pb-decode.ts";
import { PB_DEVICE_INFO } from "../../../lib/devices/jkbms/pb-device-info.ts";
import {
  buildAck,
  buildPbFrame,
  buildTrigger,
  exceptionCode,
  type PbFrame,
  PbFrameScanner,
  parsePbFrame,
} from "../../../lib/devices/jkbms/pb-frame.ts";
import { PB_READS } from "../../../lib/devices/jkbms/pb-registers.ts";
import { PB_SETTINGS } from "../../../lib/devices/jkbms/pb-settings.ts";
import { sampleFromPbStatus } from "../../../lib/devices/jkbms/sample.ts";
import { answerOf, answerWithAck, capture, GOOD_PB } from "./captures.ts";
import { join, randomBytes } from "./random.ts";

const status = answerWithAck(capture("pb03"));
const settings = answerWithAck(capture("pb02"));

function scanAll(...chunks: Uint8Array[]): PbFrame[] {
  const scanner = new PbFrameScanner();
  return [...chunks.flatMap((chunk) => scanner.push(chunk)), ...scanner.finish()];
}
const bytesOf = (frames: readonly PbFrame[]) => frames.map((frame) => toHex(frame.bytes));

test("two frames in one chunk, with noise, echo and pads around", () => {
  const bytes = join([0, 0x55, 0xaa], buildTrigger(1, "status"), status, [0], settings, [0]);
  assert.deepEqual(bytesOf(scanAll(bytes)), [toHex(status), toHex(settings)]);
});

test("split at every byte", () => {
  for (let at = 1; at < status.length; at++) {
    const scanner = new PbFrameScanner();
    const frames = [...scanner.push(status.subarray(0, at)), ...scanner.push(status.subarray(at))];
    assert.deepEqual(bytesOf(frames), [toHex(status)], `split at ${at}`);
  }
});

test("up to two 00 before the acknowledgement", () => {
  const frame = status.subarray(0, 300);
  const ack = status.subarray(300);
  for (const pads of [0, 1, 2]) {
    const [found] = scanAll(join(frame, new Uint8Array(pads), ack, [0]));
    assert.equal(found?.address, 1, `${pads} pads`);
  }
  assert.equal(scanAll(join(frame, new Uint8Array(3), ack))[0]?.address, null);
});

test("address 0 of a bus master is not taken for a pad", () => {
  assert.equal(scanAll(answerWithAck(capture("pb08")))[0]?.address, 0);
});

test("without acknowledgement, or with one of another block or a bad CRC, the sender is unknown", () => {
  const frame = status.subarray(0, 300);
  assert.equal(scanAll(frame)[0]?.address, null);
  assert.equal(scanAll(join(frame, buildAck(1, "settings")))[0]?.address, null);
  const bad = buildAck(1, "status");
  bad[7] = (bad[7] as number) ^ 1;
  assert.equal(scanAll(join(frame, bad))[0]?.address, null);
});

test("truncated at every length", () => {
  const frame = answerOf(capture("pb03"));
  for (let length = 0; length < frame.length; length++) {
    assert.throws(
      () => parsePbFrame(frame.subarray(0, length), "test"),
      (error) => error instanceof BadFrame && error.kind === (length < 4 ? "malformed" : "short"),
      `length ${length}`,
    );
  }
});

test("bad sum, then a good frame; a false start in front of a frame", () => {
  const bad = status.slice();
  bad[50] = (bad[50] as number) ^ 1;
  const scanner = new PbFrameScanner();
  assert.deepEqual(bytesOf(scanner.push(join(bad, status))), [toHex(status)]);
  assert.equal(scanner.rejections[0]?.kind, "corrupt");
  assert.deepEqual(bytesOf(scanAll(join([0x55, 0xaa, 0xeb, 0x90, 2], status))), [toHex(status)]);
  assert.deepEqual(bytesOf(scanAll(join(status.subarray(0, 200), status))), [toHex(status)]);
});

test("a single flipped bit anywhere in a recorded frame or its acknowledgement is never accepted", () => {
  for (const one of GOOD_PB) {
    const good = answerWithAck(one);
    const [wanted] = scanAll(good);
    assert.ok(wanted);
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bad = good.slice();
      bad[bit >>> 3] = (bad[bit >>> 3] as number) ^ (1 << (bit & 7));
      const [found] = scanAll(bad);
      assert.ok(found === undefined || found.address === null, `${one.name} bit ${bit}`);
    }
  }
});

test("20000 seeds of random bytes: only BadFrame escapes", () => {
  for (let seed = 0; seed < 20_000; seed++) {
    const bytes = randomBytes(seed, 64 + (seed % 512));
    if (seed % 2 === 0) bytes.set([0x55, 0xaa, 0xeb, 0x90, 2], seed % 32);
    // A sum of 8 bits lets one heap of random bytes in 256 through; what counts is that nothing says who sent it.
    try {
      assert.equal(parsePbFrame(bytes, "test").address, null, `seed ${seed}`);
    } catch (error) {
      assert.ok(error instanceof BadFrame, `seed ${seed}: ${error}`);
    }
  }
});

test("the exception answer to a trigger is found, and only that of our slave", () => {
  const answer = Uint8Array.of(0x02, 0x90, 0x03, 0xfc, 0x01);
  assert.equal(exceptionCode(join([0, 0xff], answer), 2), 3);
  assert.equal(exceptionCode(answer, 1), null);
  assert.equal(exceptionCode(answer.subarray(0, 4), 2), null);
});

/** Recorded status with some bytes of the block replaced, as little-endian frame data. */
function statusWith(changes: readonly (readonly [number, readonly number[]])[]) {
  const data = parsePbFrame(status, "pb03").data.slice();
  for (const [offset, bytes] of changes) data.set(bytes, offset);
  const frame = buildPbFrame(2, data, 5);
  return decodeStatus(imageFromFrameData(parsePbFrame(frame, "test").data));
}

test("synthetic: negative current and temperatures", () => {
  const found = statusWith([
    [0x98, [0x4f, 0xba, 0xff, 0xff]],
    [0x8a, [0x9c, 0xff]],
    [0x9c, [0xff, 0xff]],
    [0xa4, [0x01, 0xff]],
  ]);
  const sample = sampleFromPbStatus(found, "test");
  assert.equal(sample.battery_current, -17841);
  assert.equal(sample.mosfet_temperature, -100);
  assert.equal(sample.battery_temperature_1, -1);
  assert.equal(sample.balance_current, -255);
});

test("synthetic: a probe that is not there is null; the copy of the MOSFET is no probe", () => {
  const all = sampleFromPbStatus(statusWith([]), "test");
  assert.deepEqual(
    [all.battery_temperature_1, all.battery_temperature_2, all.battery_temperature_3, all.battery_temperature_4],
    [296, 294, 286, 286],
  );
  const few = sampleFromPbStatus(statusWith([[0xd0, [0x03]]]), "test");
  assert.deepEqual(
    [few.mosfet_temperature, few.battery_temperature_1, few.battery_temperature_2],
    [all.mosfet_temperature, 296, null],
  );
  assert.deepEqual([few.battery_temperature_3, few.battery_temperature_4], [null, null]);
});

test("synthetic: cells follow the presence bits, a hole is null", () => {
  const { cells } = statusWith([[0x40, [0b0000_1101, 0, 0, 0]]]);
  assert.deepEqual(cells, [3357, null, 3357, 3356]);
  assert.throws(() => sampleFromPbStatus(statusWith([[0x40, [0, 0, 0, 0]]]), "test"), BadFrame);
});

test("the same block over FC03 is big-endian with the same result", () => {
  const data = parsePbFrame(settings, "pb02").data;
  const fromFrame = decodeBlock(PB_SETTINGS, imageFromFrameData(data));
  const big = new Uint8Array(data.length + 1);
  big.set(data);
  for (const field of Object.values(PB_SETTINGS)) {
    const length = field.kind === "u32" || field.kind === "s32" || ("bytes" in field && field.bytes === 4) ? 4 : 2;
    if (field.kind !== "u8" && field.kind !== "s8") big.subarray(field.offset, field.offset + length).reverse();
  }
  const reads = PB_READS.settings.map(({ start, count }) => ({
    start,
    words: Uint16Array.from({ length: count }, (_, i) => {
      const at = start - 0x1000 + 2 * i;
      return ((big[at] ?? 0) << 8) | (big[at + 1] ?? 0);
    }),
  }));
  assert.deepEqual(decodeBlock(PB_SETTINGS, imageFromReads("settings", reads)), fromFrame);
});

test("what was not read is null", () => {
  const raw = decodeBlock(PB_SETTINGS, imageFromReads("settings", []));
  assert.ok(Object.values(raw).every((found) => found === null));
});

test("passwords stay hidden", () => {
  const raw = decodeBlock(PB_DEVICE_INFO, imageFromFrameData(parsePbFrame(answerOf(capture("pb01")), "pb01").data));
  assert.equal(raw.bluetooth_password, HIDDEN);
  assert.equal(raw.password, HIDDEN);
});

test("words of a write: high word first, sign kept, no half words", () => {
  assert.deepEqual(encodeWords(PB_SETTINGS.charge_undertemperature_limit, -100), [0xffff, 0xff9c]);
  assert.deepEqual(encodeWords(PB_SETTINGS.capacity, 280_000), [4, 17_856]);
  assert.deepEqual(encodeWords({ kind: "u16", doc: "", source: "" }, 0x0210), [0x0210]);
  assert.throws(() => encodeWords(PB_SETTINGS.smart_sleep_time, 5), RangeError);
  assert.throws(() => encodeWords(PB_SETTINGS.smart_sleep_voltage, -1), RangeError);
});
