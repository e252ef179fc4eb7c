import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { crc16Modbus } from "../../lib/codec/checksum.ts";
import { fromHex } from "../../lib/codec/hex.ts";
import type { Explanation } from "../../lib/devices/frame-parts.ts";

type Explained = Omit<Explanation, "values">;

import { explain, explainAll } from "../../lib/jobs/station/decode.ts";

const CAPTURES = join(import.meta.dirname, "../captures");

/** Every frame in hex of every capture, with where it stands. */
function* recordedFrames(): Generator<{ name: string; hex: string }> {
  for (const device of readdirSync(CAPTURES)) {
    for (const file of readdirSync(join(CAPTURES, device)).filter((name) => name.endsWith(".json"))) {
      yield* hexIn(JSON.parse(readFileSync(join(CAPTURES, device, file), "utf8")), file);
    }
  }
}

function* hexIn(value: unknown, name: string): Generator<{ name: string; hex: string }> {
  if (value === null || typeof value !== "object") return;
  for (const [key, inner] of Object.entries(value)) {
    if (/_hex$/.test(key) && typeof inner === "string" && /^([0-9a-f]{2})+$/i.test(inner)) {
      yield { name: `${name} ${key}`, hex: inner };
    } else yield* hexIn(inner, name);
  }
}

function assertCovered({ parts }: Explained, hex: string, name: string): void {
  let at = 0;
  for (const part of parts) {
    assert.equal(part.offset, at, `${name}: byte ${at} is explained once`);
    if (!part.hex.includes("·"))
      assert.equal(part.hex, hex.slice(2 * at, 2 * at + part.hex.length).toLowerCase(), name);
    at += part.hex.length / 2;
  }
  assert.equal(at, hex.length / 2, `${name}: every byte is explained`);
}

test("every byte of every recorded frame is explained once, in order", () => {
  let frames = 0;
  for (const { name, hex } of recordedFrames()) {
    assertCovered(explain(fromHex(hex), null), hex, name);
    frames += 1;
  }
  assert.ok(frames > 15, `${frames} frames`);
});

test("cut, damaged and foreign bytes are explained as far as they go, and said to be so", () => {
  for (const { name, hex } of recordedFrames()) {
    for (const length of [1, 2, 5, 11, 12, 40, hex.length / 2 - 1]) {
      const cut = hex.slice(0, 2 * length);
      if (cut.length === hex.length || cut === "") continue;
      assertCovered(explain(fromHex(cut), null), cut, `${name} cut to ${length}`);
    }
  }
  for (let seed = 1; seed < 300; seed++) {
    const bytes = Uint8Array.from({ length: 1 + (seed % 60) }, (_, index) => (seed * 7919 + index * index * 31) % 256);
    if (seed % 3 === 0) bytes.set([0x4e, 0x57].slice(0, bytes.length));
    const hex = Buffer.from(bytes).toString("hex");
    assertCovered(explain(bytes, null), hex, hex);
  }
});

const find = (explanation: Explained | undefined, name: string) =>
  explanation?.parts.find((part) => part.name.includes(name))?.value;

test("a 4E57 answer reads as values; its password does not", () => {
  const capture = JSON.parse(readFileSync(join(CAPTURES, "jkbms/nw02_syssi_bd6a17s6p_710h_16s.json"), "utf8"));
  const [answer] = explainAll([capture.response_hex], null);
  assert.deepEqual(answer?.problems, []);
  assert.match(find(answer, "cell 1") ?? "", /^3\.\d{3} V$/);
  assert.match(find(answer, "SoC") ?? "", /^\d+ %$/);
  assert.equal(find(answer, "checksum"), "right: the sum of all bytes before");
  for (const part of answer?.parts ?? []) {
    if (/password/i.test(part.name)) assert.match(part.hex, /^·+$/);
  }
});

test("a Modbus request tells what the answer behind it is about", () => {
  const answer = withCrc("0403020001");
  const [request, reply] = explainAll([withCrc("04034e890001"), answer], null);
  assert.deepEqual(request?.problems, []);
  assert.equal(find(request, "register"), "20105 ongrid_switch");
  assert.match(
    reply?.parts.map(({ name, value }) => `${name}: ${value}`).join("\n") ?? "",
    /20105 On-grid switch: yes/,
  );
});

test("an answer alone: --start says the register, a length of one block is a guess that says so", () => {
  const alone = withCrc("0403020001");
  assert.match(explain(fromHex(alone), null).problems[0] ?? "", /names no register/);
  assert.equal(find(explain(fromHex(alone), 25201), "25201"), "self_test");
  const block = withCrc(`04032a${"0000".repeat(21)}`);
  const guessed = explain(fromHex(block), null);
  assert.match(guessed.problems[0] ?? "", /15201.*assumed from the length/);
  assert.equal(find(guessed, "15205"), "0.0 V");
});

test("refusals and forbidden registers are named", () => {
  assert.equal(find(explain(fromHex(withCrc("048302")), null), "exception"), "illegal register");
  assert.match(find(explain(fromHex(withCrc("040327190001")), null), "register") ?? "", /must never be touched/);
});

test("bytes without any sense are said to be so, with the CRC that would be right", () => {
  const { problems } = explain(fromHex("0403627100 4f4bc9"), null);
  assert.match(problems[0] ?? "", /CRC wrong \(4bc8 would be right\)/);
});

function withCrc(hex: string): string {
  const crc = crc16Modbus(fromHex(hex));
  return hex + Buffer.from([crc & 0xff, crc >>> 8]).toString("hex");
}

test("one answer in chunks, a line each as -vv prints it, is one frame among the talk around it", () => {
  const capture = JSON.parse(readFileSync(join(CAPTURES, "jkbms/nw02_syssi_bd6a17s6p_710h_16s.json"), "utf8"));
  const chunks = capture.response_hex.match(/.{1,16}/g).map((chunk: string) => `< ${chunk}`);
  const trace = [
    "jkbms-dump: info: polling port=/dev/ttyUSB1",
    `> ${capture.request_hex}`,
    ...chunks,
    "jkbms-dump: info: stored",
  ];
  const frames = explainAll([trace.join("\n")], null);
  assert.deepEqual(
    frames.map(({ protocol, problems }) => [protocol, problems]),
    [
      ["JK BMS 4E57", []],
      ["JK BMS 4E57", []],
    ],
  );
});

test("hex in the forms in which people have it", () => {
  const hex = withCrc("0403020001");
  const bytes = hex.match(/../g) as string[];
  const forms = {
    "0x and commas": bytes.map((byte) => `0x${byte}`).join(", "),
    "0x without a leading zero": bytes.map((byte) => `0x${Number.parseInt(byte, 16).toString(16)}`).join(","),
    dots: bytes.join("."),
    dollars: bytes.map((byte) => `$${byte.toUpperCase()}`).join(" "),
    "a string of C": `"${bytes.map((byte) => `\\x${byte}`).join("")}"`,
    colons: bytes.join(":"),
    "an array": `[${bytes.map((byte) => `0x${byte}`).join(", ")}]`,
    "one word after 0x": `0x${hex}`,
    "suffix h": bytes.map((byte) => `${byte}h`).join(" "),
    "ESPHome, debug": `[12:34:56][D][uart_debug:114]: <<< ${bytes.join(":").toUpperCase()}`,
    "ESPHome, pretty": `[12:34:56.789][VV][jk_modbus:042]: Frame: ${bytes.join(".").toUpperCase()} (${bytes.length})`,
    "a hex dump": `00000000  ${bytes.join(" ")}                              |.......|`,
    "RX:": `RX: ${bytes.join(" ")}`,
    coloured: `\u001b[0;36m[D][uart_debug:114]: <<< ${bytes.join(":")}\u001b[0m`,
  };
  for (const [name, text] of Object.entries(forms)) {
    const frames = explainAll([text], 20105);
    assert.deepEqual(
      frames.map(({ problems, parts }) => [problems, parts.map((part) => part.hex).join("")]),
      [[[], hex]],
      name,
    );
  }
  assert.throws(() => explainAll(["04 03 xyz 00"], null), /"xyz" is no hex/);
  assert.throws(() => explainAll(["04030"], null), /5 hex digits: an odd number/);
  assert.throws(() => explainAll(["# nothing"], null), /expected the bytes/);
});

test("frames that stand together are taken apart: in one word, in lines, one of them damaged", () => {
  const request = withCrc("04034e890001");
  const answer = withCrc("0403020001");
  const counts = (args: readonly string[]) => explainAll(args, null).map(({ problems }) => problems.length);
  assert.deepEqual(counts([request + answer]), [0, 0]);
  assert.deepEqual(counts([`${request}\n${answer}`]), [0, 0]);
  assert.deepEqual(counts([request, "0403020001ffff", answer]), [0, 1, 0]);
  assert.deepEqual(counts([`> ${request} < ${answer}`]), [0, 0]);
});

test("of a value that began before the answer, or ends behind it, no figure is given", () => {
  // 25269 is the first of the two registers of the serial number.
  const first = explain(fromHex(withCrc("0403021234")), 25269);
  const second = explain(fromHex(withCrc("0403025678")), 25270);
  const pb = explain(fromHex(withCrc("0103020001")), 0x1298);
  for (const { parts } of [first, second, pb]) {
    assert.match(
      parts.map(({ value }) => value).join("; "),
      /half of a value \([0-9a-f]{4}\): the other half is not in this frame/,
    );
  }
});

test("a checksum says that the bytes came so, not that they mean this: an impossible current is doubted", () => {
  const { response_hex } = JSON.parse(readFileSync(join(CAPTURES, "jkbms/pb03_mppsolar_status.json"), "utf8")) as {
    response_hex: string;
  };
  const good = fromHex(response_hex).slice(0, 300);
  assert.deepEqual(explain(good, null).problems, []);
  // Where this layout has the current, the one of 24 cells has something else.
  const other = Uint8Array.from(good);
  new DataView(other.buffer).setInt32(6 + 0x98, 112_000_000, true);
  other[299] = other.subarray(0, 299).reduce((sum, byte) => (sum + byte) & 0xff, 0);
  const { problems, parts } = explain(other, null);
  assert.match(problems.join(), /^doubtful: no battery has battery_current 112000.*another layout/);
  assert.match(parts.find(({ name }) => name === "checksum")?.value ?? "", /^right/);
});
