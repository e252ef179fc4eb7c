import assert from "node:assert/strict";
import { test } from "node:test";
import { BadFrame } from "../../../lib/base/errors.ts";
import { fromHex, toHex } from "../../../lib/codec/hex.ts";
import { decodeRecords } from "../../../lib/devices/jkbms/decode.ts";
import {
  buildFrame,
  buildRequest,
  COMMAND,
  type Frame,
  JkFrameScanner,
  parseReply,
} from "../../../lib/devices/jkbms/frame.ts";
import { answerOf, capture, GOOD_4E57 } from "./captures.ts";
import { join, randomBytes } from "./random.ts";

const whole = answerOf(capture("nw07"));
const other = answerOf(capture("nw01"));
const request = buildRequest(COMMAND.read_all);

function scanAll(...chunks: Uint8Array[]): Frame[] {
  const scanner = new JkFrameScanner("reply");
  return [...chunks.flatMap((chunk) => scanner.push(chunk)), ...scanner.finish()];
}
const bytesOf = (frames: readonly Frame[]) => frames.map((frame) => toHex(frame.bytes));

const SHEET_EXAMPLES: readonly (readonly [string, Uint8Array, string])[] = [
  ["read all", buildRequest(COMMAND.read_all), "4e5700130000000006030000000000006800000129"],
  ["activate", buildRequest(COMMAND.activate), "4e5700130000000001030000000000006800000124"],
  ["read one id", buildRequest(COMMAND.read, 0x84), "4e57001300000000030300840000000068000001aa"],
  ["write 1 byte", buildRequest(COMMAND.write, 0xab, [0]), "4e57001400000000020300ab000000000068000001d1"],
  ["write 2 bytes", buildRequest(COMMAND.write, 0x9c, [0, 10]), "4e570015000000000203009c000a0000000068000001cd"],
];
for (const [name, built, wanted] of SHEET_EXAMPLES) {
  test(`request: ${name}`, () => assert.equal(toHex(built), wanted));
}

test("whole frame", () => {
  assert.deepEqual(bytesOf(scanAll(whole)), [toHex(whole)]);
});

test("two frames in one chunk", () => {
  assert.deepEqual(bytesOf(scanAll(join(whole, other))), [toHex(whole), toHex(other)]);
});

test("one and a half: the half is refused as short", () => {
  const scanner = new JkFrameScanner("reply");
  assert.equal(scanner.push(join(whole, other.subarray(0, 100))).length, 1);
  assert.equal(scanner.pending, true);
  assert.deepEqual(scanner.finish(), []);
  assert.equal(scanner.rejections.at(-1)?.kind, "short");
});

test("split at every byte", () => {
  for (let at = 1; at < whole.length; at++) {
    assert.deepEqual(bytesOf(scanAll(whole.subarray(0, at), whole.subarray(at))), [toHex(whole)], `split at ${at}`);
  }
});

test("byte by byte", () => {
  assert.deepEqual(bytesOf(scanAll(...Array.from(whole, (byte) => Uint8Array.of(byte)))), [toHex(whole)]);
});

test("noise before, between and after", () => {
  const noise = fromHex("00ff4edf4e4e57");
  const scanner = new JkFrameScanner("reply");
  const frames = [...scanner.push(join(noise, whole, noise, other, fromHex("dfff"))), ...scanner.finish()];
  assert.deepEqual(bytesOf(frames), [toHex(whole), toHex(other)]);
  assert.equal(scanner.noiseBytes, 2 * noise.length + 2);
});

test("bad sum, then a good frame", () => {
  const bad = whole.slice();
  bad[40] = (bad[40] as number) ^ 1;
  const scanner = new JkFrameScanner("reply");
  assert.deepEqual(bytesOf(scanner.push(join(bad, other))), [toHex(other)]);
  assert.equal(scanner.rejections[0]?.kind, "corrupt");
});

test("truncated at every length: BadFrame short, or nothing at all to see", () => {
  for (let length = 0; length < whole.length; length++) {
    assert.throws(
      () => parseReply(whole.subarray(0, length), "test"),
      (error) => error instanceof BadFrame && error.kind === (length < 4 ? "malformed" : "short"),
      `length ${length}`,
    );
  }
});

test("our own echo is no reply, and the reply behind it is", () => {
  assert.throws(
    () => parseReply(request, "test"),
    (error) => error instanceof BadFrame && error.kind === "echo",
  );
  assert.deepEqual(bytesOf(scanAll(join(request, whole))), [toHex(whole)]);
});

test("a scanner for requests refuses replies", () => {
  const scanner = new JkFrameScanner("request");
  assert.deepEqual(bytesOf(scanner.push(join(whole, request))), [toHex(request)]);
  assert.equal(scanner.rejections[0]?.kind, "foreign");
});

test("an unsolicited upload (transport 2) is from the BMS", () => {
  const upload = buildFrame({ command: 6, data: [0x85, 50], source: 0, transport: 2 });
  assert.equal(scanAll(upload).length, 1);
});

for (const [name, falseStart] of [
  ["an implausible length", "4e57ffff"],
  ["a length one too short", "4e570012"],
  ["a plausible length and no end mark", "4e570020"],
  ["a plausible length that swallows the frame's end", "4e570190"],
  ["a length that ends where an end mark happens to be", "4e57001b0000"],
] as const) {
  test(`false start with ${name} does not swallow the frame behind it`, () => {
    assert.deepEqual(bytesOf(scanAll(join(fromHex(falseStart), whole))), [toHex(whole)]);
  });
}

test("every plausible false length in front of a frame", () => {
  for (let length = 0; length <= 450; length++) {
    const falseStart = Uint8Array.of(0x4e, 0x57, length >>> 8, length & 0xff);
    assert.deepEqual(bytesOf(scanAll(join(falseStart, whole))), [toHex(whole)], `length ${length}`);
  }
});

test("a start inside the frame is data: a software version beginning with NW", () => {
  const version = new TextEncoder().encode("NW_1_0_0_200428");
  const frame = buildFrame({ command: 6, data: join([0x85, 50, 0xb7], version), source: 0, transport: 1 });
  const found = scanAll(frame);
  assert.deepEqual(bytesOf(found), [toHex(frame)]);
  const { records } = decodeRecords((found[0] as Frame).data, "test");
  assert.equal(records.software_version, "NW_1_0_0_200428");
});

test("a single flipped bit anywhere in a recorded frame is never accepted", () => {
  for (const one of GOOD_4E57) {
    const good = answerOf(one);
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bad = good.slice();
      bad[bit >>> 3] = (bad[bit >>> 3] as number) ^ (1 << (bit & 7));
      assert.deepEqual(scanAll(bad), [], `${one.name} bit ${bit}`);
    }
  }
});

test("20000 seeds of random bytes: only BadFrame escapes, and little is kept", () => {
  for (let seed = 0; seed < 20_000; seed++) {
    const bytes = randomBytes(seed, 64 + (seed % 512));
    // Half of the seeds begin like a frame, so that the deeper checks are reached.
    if (seed % 2 === 0) bytes.set([0x4e, 0x57, 0, 19 + (seed % 200)], seed % 32);
    assert.throws(() => parseReply(bytes, "test"), BadFrame, `seed ${seed}`);
  }
});

test("20000 seeds of random data with a right checksum: decoded or BadFrame", () => {
  let decoded = 0;
  for (let seed = 0; seed < 20_000; seed++) {
    const data = randomBytes(seed, seed % 120);
    if (seed % 3 === 0) data.set([0x79, 3 * (seed % 9)].slice(0, data.length));
    try {
      decodeRecords(data, "test");
      decoded++;
    } catch (error) {
      assert.ok(error instanceof BadFrame, `seed ${seed}: ${error}`);
    }
  }
  assert.ok(decoded > 0 && decoded < 20_000);
});

test("an endless flood keeps at most one frame's worth of bytes and few reasons", () => {
  const scanner = new JkFrameScanner("reply");
  const flood = join(...Array.from({ length: 2000 }, () => [0x4e, 0x57, 0x01, 0x90, 0xff]));
  for (let i = 0; i < 5; i++) assert.deepEqual(scanner.push(flood), []);
  assert.ok(scanner.rejections.length <= 16);
  scanner.finish();
  assert.equal(scanner.pending, false);
  assert.equal(scanner.noiseBytes, 5 * flood.length);
});
