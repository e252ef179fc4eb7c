import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex } from "../../lib/codec/hex.ts";
import { RECORDED_BMS_16S } from "../../lib/devices/jkbms/recording-16s.ts";
import { RECORDED_PB_ABOUT, RECORDED_PB_STATUS } from "../../lib/devices/jkbms/recording-pb-8s.ts";
import { publicTrace, replayedDevice } from "../../lib/devices/trace.ts";
import { withCrc } from "../../lib/modbus/frame.ts";

const SERIAL = [0x12, 0x34, 0x56, 0x78];
const ASKED = toHex(withCrc([4, 3, 0x4e, 0x22, 0, 2]));
const ANSWERED = toHex(withCrc([4, 3, 4, ...SERIAL]));
/** What becomes public of an answer to the question for the serial number. */
const answerOf = (...chunks: readonly string[]) =>
  publicTrace([`> ${ASKED}`, ...chunks.map((chunk) => `< ${chunk}`)]).at(-1);

test("a serial number goes out with no answer, however it came", () => {
  const blank = `< ${toHex(withCrc([4, 3, 4, 0xff, 0xff, 0xff, 0xff]))}`;
  for (const { name, chunks, want } of [
    { name: "whole", chunks: [ANSWERED], want: blank },
    { name: "in chunks", chunks: [ANSWERED.slice(0, 8), ANSWERED.slice(8)], want: blank },
    { name: "cut", chunks: [ANSWERED.slice(0, -4)], want: "< 040304" },
    { name: "behind its own echo", chunks: [ASKED, ANSWERED], want: "< 04034e" },
    { name: "behind noise", chunks: [`00${ANSWERED}`], want: "< 000403" },
    { name: "before noise", chunks: [`${ANSWERED}ff`], want: "< 040304" },
    { name: "one byte", chunks: ["04"], want: "< 04" },
    { name: "a refusal", chunks: [toHex(withCrc([4, 0x83, 2]))], want: `< ${toHex(withCrc([4, 0x83, 2]))}` },
  ])
    assert.equal(answerOf(...chunks), want, name);
});

test("what was asked last says what an answer holds: values of other registers go out as they are", () => {
  const other = toHex(withCrc([4, 3, 4, ...SERIAL]));
  const lines = [`> ${ASKED}`, `> ${toHex(withCrc([4, 3, 0x62, 0x71, 0, 2]))}`, `< ${other}`];
  assert.equal(publicTrace(lines).at(-1), `< ${other}`);
  const written = toHex(withCrc([4, 6, 0x4e, 0x89, 0, 1]));
  assert.equal(publicTrace([`> ${ASKED}`, `> ${written}`, `< ${written}`]).at(-1), `< ${written}`);
});

test("lines that are no frame are left out", () => {
  assert.deepEqual(publicTrace(["pv1800-dump: info: stored", "", "> 0103", "< 00"]), ["> 0103", "< 00"]);
});

test("of a damaged answer of a 4E57 board only its head goes out", () => {
  const cut = toHex(RECORDED_BMS_16S.subarray(0, 200));
  assert.deepEqual(publicTrace([`< ${cut}`]), [`< ${cut.slice(0, 22)}`]);
});

test("of a 55AAEB90 board its values go out, and of what names its owner nothing", () => {
  assert.equal(publicTrace([`< ${toHex(RECORDED_PB_STATUS)}`])[0], `< ${toHex(RECORDED_PB_STATUS)}`);
  const about = fromHex(publicTrace([`< ${toHex(RECORDED_PB_ABOUT)}`])[0]?.slice(2) as string);
  const text = (from: number, length: number) =>
    Buffer.from(about.subarray(6 + from, 6 + from + length)).toString("latin1");
  assert.equal(text(0, 16), Buffer.from(RECORDED_PB_ABOUT.subarray(6, 22)).toString("latin1"));
  for (const { from, length } of [
    { from: 0x28, length: 16 },
    { from: 0x38, length: 16 },
    { from: 0x48, length: 8 },
    { from: 0x50, length: 16 },
    { from: 0x60, length: 16 },
    { from: 0x70, length: 16 },
    { from: 0x80, length: 16 },
  ])
    assert.equal(text(from, length), "\0".repeat(length), `offset ${from}`);
  assert.equal(
    about.at(-1),
    about.subarray(0, -1).reduce((sum, byte) => (sum + byte) & 255, 0),
    "its sum is right",
  );
  const cut = publicTrace([`< ${toHex(RECORDED_PB_ABOUT.subarray(0, 100))}`])[0] as string;
  assert.equal(cut.slice(2 + 2 * (6 + 0x50)), "00".repeat(100 - 6 - 0x50), "a cut one is as long as it was");
});

test("a trace is played again by a simulator of its protocol, or by none", () => {
  const inverter = replayedDevice("inverter", null, 4, [`> ${ASKED}`, `< ${ANSWERED}`]);
  const heard = inverter?.hear(fromHex(ASKED));
  assert.equal(heard?.ignored === null && toHex(heard.answer({}) as Uint8Array), ANSWERED);
  const board = replayedDevice("bms", "4e57", 1, [`< ${toHex(RECORDED_BMS_16S)}`]);
  const asked = board?.hear(fromHex("4e5700130000000006030000000000006800000129"));
  assert.equal(asked?.ignored === null && toHex(asked.answer({}) as Uint8Array), toHex(RECORDED_BMS_16S));
  for (const dialect of ["modbus", "jbd", null]) assert.equal(replayedDevice("bms", dialect, 1, []), null);
});
