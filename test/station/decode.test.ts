import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { crc16Modbus } from "../../lib/codec/checksum.ts";
import { fromHex, toHex } from "../../lib/codec/hex.ts";
import type { Explanation } from "../../lib/devices/frame-parts.ts";
import { buildFrame, COMMAND } from "../../lib/devices/jkbms/frame.ts";
import { RECORDED_BMS_16S } from "../../lib/devices/jkbms/recording-16s.ts";

type Explained = Omit<Explanation, "values">;

import { explain, explainAll, stationDecode } from "../../lib/jobs/station/decode.ts";

import { orderStation } from "../support/orders.ts";

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

const linesOf = ({ parts, problems }: Explained) => [
  ...parts.map(({ name, value }) => `${name}: ${value}`),
  ...problems.map((problem) => `! ${problem}`),
];
const STATUS = (JSON.parse(readFileSync(join(CAPTURES, "jkbms/pb03_mppsolar_status.json"), "utf8")) as CapturedPb)
  .response_hex;
const ACKNOWLEDGED = withCrc("011016200001");
interface CapturedPb {
  readonly response_hex: string;
}

/** A request of one record as the program for computers sends it, its sum and end mark right. */
function request4e57(command: number, data: readonly number[]): string {
  return Buffer.from(buildFrame({ command, data })).toString("hex");
}

test("a frame is found behind noise, and the noise is said to be so", () => {
  const frame = request4e57(COMMAND.read, [0x85]);
  const noisy = explain(fromHex(`00ff${frame}`), null);
  assertCovered(noisy, `00ff${frame}`, "noise");
  assert.deepEqual([noisy.protocol, noisy.problems], ["JK BMS 4E57", []]);
  assert.deepEqual(linesOf(noisy).slice(0, 2), ["noise before the frame: ", "start: 4E57"]);
  assert.equal(find(noisy, "identification code"), "85 soc");
});

test("what is wrong with a damaged frame stands at the byte where it is wrong", () => {
  const whole = request4e57(COMMAND.read_all, [0]);
  const endMark = `${whole.slice(0, -10)}00${whole.slice(-8)}`;
  const damagedPb = `${STATUS.slice(0, 200)}ffff${STATUS.slice(204, 600)}`;
  const unknownPb = `${STATUS.slice(0, 8)}09${STATUS.slice(10, 600)}`;
  for (const { hex, want } of [
    { hex: `${whole}00ff`, want: ["identification code: 00 everything", "behind the frame: "] },
    { hex: endMark, want: ["end mark: wrong, should be 68", "! no end mark 68 where the length says"] },
    { hex: request4e57(COMMAND.read, [0x01, 0x02]), want: ["identification code: 01", "data: "] },
    { hex: damagedPb, want: ["checksum: wrong", "! checksum wrong: bytes were damaged"] },
    { hex: unknownPb, want: ["type: unknown 9", "data: ", "checksum: wrong"] },
    { hex: STATUS.slice(0, 80), want: ["! 40 of 300 bytes: the frame is cut off"] },
  ]) {
    const explained = explain(fromHex(hex), null);
    assertCovered(explained, hex, hex);
    for (const line of want) assert.ok(linesOf(explained).includes(line), `${hex}: ${line}`);
  }
});

test("a calibration record of one byte ends where the next record begins", () => {
  const frame = Buffer.from(buildFrame({ command: COMMAND.read_all, data: [0xad, 0x07, 0xae, 0x01], transport: 1 }));
  const [calibration, address] = explain(frame, null).parts.filter(({ name }) => name === "identification code");
  assert.equal(calibration?.value, "AD current_calibration");
  assert.equal(address?.value, "AE board_address");
});

test("registers that no row describes are shown as numbers; half of a value is none", () => {
  const answer = withCrc("0403041234abcd");
  // Near 1000 stands no row; right before 25220 stands one of a single register.
  for (const start of [1000, 25_220])
    assert.equal(find(explain(fromHex(answer), start), String(start)), "4660, not described", String(start));
  assert.equal(find(explain(fromHex(withCrc("040662b51234")), null), "value"), "4660, half of a value");
  assert.equal(find(explain(fromHex(withCrc("04064e890001")), null), "value"), "1 = yes");
});

test("of a text or number of a BMS that began before the answer only the rest is there, and of a password nothing", () => {
  assert.match(
    find(explain(fromHex(withCrc("0103020001")), 0x129a), "rest of Battery current") ?? "",
    /^half of a value/,
  );
  const password = explain(fromHex(withCrc("010304313233ff")), 0x143a);
  assert.equal(find(password, "rest of Bluetooth password"), "(hidden)");
  assert.ok(!JSON.stringify(password).includes("3132"));
});

test("a 55AAEB90 frame and its acknowledgement are one, alone or before the next", () => {
  const frame = STATUS.slice(0, 600);
  for (const { pasted, bytes } of [
    { pasted: frame, bytes: [300] },
    { pasted: frame + ACKNOWLEDGED, bytes: [308] },
    { pasted: frame + ACKNOWLEDGED + frame, bytes: [308, 300] },
    { pasted: frame + frame, bytes: [300, 300] },
    { pasted: `${frame}\n${frame.slice(0, 100)}`, bytes: [300, 50] },
  ]) {
    const frames = explainAll([pasted], null);
    assert.deepEqual(
      frames.map(({ parts }) => parts.reduce((sum, { hex }) => sum + hex.length / 2, 0)),
      bytes,
    );
    for (const { protocol } of frames) assert.equal(protocol, "JK BMS 55AAEB90");
  }
  const [both] = explainAll([frame + ACKNOWLEDGED], null);
  assert.equal(find(both, "acknowledgement"), "Modbus answer to the trigger");
});

test("requests and answers of every function are taken apart where they end", () => {
  const writeMany = withCrc("04104e890001020001");
  const written = withCrc("04104e890001");
  const writeOne = withCrc("04064e890001");
  const refused = withCrc("048302");
  const sizes = (text: string) =>
    explainAll([text], null).map(({ parts }) => parts.reduce((sum, { hex }) => sum + hex.length / 2, 0));
  assert.deepEqual(sizes(writeMany + written + writeOne + writeOne + refused + refused), [11, 8, 8, 8, 5, 5]);
  // What is too short to end anywhere stays together.
  for (const rest of ["04", "0410", "0403", "4e57", "4e5700"])
    assert.deepEqual(sizes(writeOne + rest), [8, rest.length / 2]);
});

test("one byte a line, and rules between the lines, are the bytes of one frame", () => {
  const answer = withCrc("0403020001");
  const bytes = answer.match(/../g) as string[];
  for (const text of [bytes.join("\n"), `------\n${bytes.join(" ")}\n------`]) {
    const [frame, ...others] = explainAll([text], 20105);
    assert.deepEqual([find(frame, "20105"), others], ["yes", []]);
  }
});

test("a frame on the screen: its parts one below the other, long ones cut, and what is wrong with it behind", async (t) => {
  const { context } = orderStation(t);
  const read = async (hex: string) => {
    const { text, failure } = await stationDecode({ ...context, args: [hex] });
    return { lines: text?.(false).split("\n") ?? [], failure };
  };
  const whole = await read(toHex(RECORDED_BMS_16S));
  assert.equal(whole.failure, undefined);
  assert.ok(
    whole.lines.some((line) => /^ +\d+ {2}[0-9a-f]{23}… {2}\S/.test(line)),
    "cells and texts are long",
  );
  assert.ok(whole.lines.every((line) => !/[0-9a-f]{25}/.test(line)));
  const broken = await read("04 03 00 00 00 01 00 00");
  assert.match(broken.lines.at(-1) ?? "", /^! /);
  assert.equal(broken.failure?.name, "BadFrame");
});
