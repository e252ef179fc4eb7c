import { crc16Modbus } from "../codec/checksum.ts";
import { toHex } from "../codec/hex.ts";
import type { Field } from "../codec/table.ts";
import { fieldName } from "../codec/values.ts";
import { bigEndian, type Explanation, halfOf, PartWriter, shown } from "./frame-parts.ts";
import { explainBlock } from "./jkbms/explain-pb.ts";
import { PB_BLOCKS, PB_READS, type PbBlock } from "./jkbms/pb-registers.ts";
import { ALL_BLOCKS, FORBIDDEN } from "./pv1800/blocks.ts";
import { decodeRow, wordsOf } from "./pv1800/decode.ts";
import { type At, REGISTERS } from "./pv1800/registers.ts";

const READ = 3;
const WRITE_ONE = 6;
const WRITE_MANY = 16;
const EXCEPTIONS: Readonly<Record<number, string>> = {
  1: "illegal function",
  2: "illegal register",
  3: "illegal value",
  4: "device failure",
  5: "acknowledged, still working",
  6: "busy",
};

const ROW_AT: ReadonlyMap<number, readonly [string, Field & At]> = new Map(
  Object.entries<Field & At>(REGISTERS).map(([key, field]) => [field.addr, [key, field]]),
);

/** True when the bytes end in the right CRC of a Modbus RTU frame. */
export function isModbus(bytes: Uint8Array): boolean {
  return bytes.length >= 5 && crc16Modbus(bytes) === 0;
}

/** Every byte of a Modbus RTU frame. An answer names no register: `start` says which was asked for, else its length is the only hint. */
export function explainModbus(bytes: Uint8Array, start: number | null): Explanation {
  const w = new PartWriter(bytes);
  const body = bytes.length - 2;
  w.take(1, "slave", ([slave]) => `${slave}${slave === 4 ? ", the PV18 series' id" : ""}`);
  const [code = 0] = w.take(1, "function", ([value = 0]) => functionText(value));
  if (code >= 0x80) w.take(1, "exception", ([value = 0]) => EXCEPTIONS[value] ?? `code ${value}`);
  else if (code === READ && bytes.length !== 8) explainAnswer(w, body, start);
  else if (code === READ) explainAddress(w, "registers");
  else if (code === WRITE_ONE) explainWriteOne(w);
  else if (code === WRITE_MANY) explainWriteMany(w, body);
  if (w.at < body) w.take(body - w.at, "data");
  w.take(2, "CRC", () => (crc16Modbus(bytes) === 0 ? "right" : "wrong"));
  if (crc16Modbus(bytes) !== 0) {
    const crc = crc16Modbus(bytes, 0, Math.max(0, body));
    const right = toHex(Uint8Array.of(crc & 0xff, crc >>> 8));
    w.problems.push(`CRC wrong (${right} would be right): bytes were damaged, cut off, or this is no Modbus RTU frame`);
  }
  return w.done("Modbus RTU");
}

function functionText(code: number): string {
  if (code >= 0x80) return `refusal of function ${code - 0x80}`;
  const names: Readonly<Record<number, string>> = {
    [READ]: "read registers",
    [WRITE_ONE]: "write one register",
    [WRITE_MANY]: "write registers",
  };
  return names[code] ?? `function ${code}`;
}

function explainAddress(w: PartWriter, what: string): number {
  const address = bigEndian(w.take(2, "register", (part) => registerText(bigEndian(part))));
  w.take(2, "count", (part) => `${bigEndian(part)} ${what}`);
  return address;
}

function explainWriteOne(w: PartWriter): void {
  const address = bigEndian(w.take(2, "register", (part) => registerText(bigEndian(part))));
  w.take(2, "value", (part) => wordText(address, bigEndian(part)));
}

function explainWriteMany(w: PartWriter, body: number): void {
  const address = explainAddress(w, "registers");
  if (w.at >= body) return;
  w.take(1, "bytes", ([count]) => `${count} bytes of values`);
  let register = address;
  while (w.at + 2 <= body) {
    const here = register;
    w.take(2, `register ${here}`, (part) => wordText(here, bigEndian(part)));
    register += isBms(address) ? 2 : 1;
  }
}

function explainAnswer(w: PartWriter, body: number, given: number | null): void {
  const [count = 0] = w.take(1, "bytes", ([bytes = 0]) => `${bytes / 2} registers`);
  const words = Math.floor(Math.min(count, body - w.at) / 2);
  const start = given ?? guessStart(words);
  if (start === null) {
    w.problems.push("an answer names no register; give the first one with --start, or the request before it");
    while (w.at + 2 <= body) w.take(2, "word", (part) => String(bigEndian(part)));
    return;
  }
  if (given === null)
    w.problems.push(`register ${registerText(start)} is assumed from the length; --start says it for sure`);
  const block = blockOf(start);
  if (block) {
    const from = start - PB_BLOCKS[block];
    explainBlock(w, block, { from, to: from + 2 * words, littleEndian: false });
    return;
  }
  explainRegisters(w, start, words);
}

function explainRegisters(w: PartWriter, start: number, count: number): void {
  const image = new Map<number, number>();
  for (let i = 0; i < count; i++) image.set(start + i, bigEndian(w.bytes.subarray(w.at + 2 * i, w.at + 2 * i + 2)));
  for (let register = start; register < start + count; ) {
    const row = ROW_AT.get(register);
    if (!row) {
      const begun = register === start ? rowBegunBefore(register) : null;
      if (begun) w.take(2, `${register} rest of ${begun[0]}`, halfOf);
      else w.take(2, `${register}`, (part) => `${bigEndian(part)}, not described`);
      register += 1;
      continue;
    }
    const [key, field] = row;
    const name = `${register} ${fieldName(key, field)}`;
    const length = Math.min(wordsOf(field), start + count - register);
    if (length < wordsOf(field)) w.take(2 * length, name, halfOf);
    else w.take(2 * length, name, () => shown(field, decodeRow(field, image)));
    register += length;
  }
}

/** The row of several registers whose first one stands before `register`. */
function rowBegunBefore(register: number): readonly [string, Field & At] | null {
  for (let before = register - 1; before > register - 16; before--) {
    const row = ROW_AT.get(before);
    if (row) return before + wordsOf(row[1]) > register ? row : null;
  }
  return null;
}

/** Lengths of answers that belong to one block only of either device. */
function guessStart(count: number): number | null {
  const inverter = ALL_BLOCKS.filter((block) => block.count === count && count > 1).map((block) => block.start);
  const bms = Object.values(PB_READS).flatMap((reads) =>
    reads.filter((read) => read.count === count).map((read) => read.start),
  );
  const all = [...inverter, ...bms];
  return all.length === 1 ? (all[0] as number) : null;
}

function blockOf(address: number): PbBlock | null {
  const found = Object.entries(PB_BLOCKS).find(([, base]) => address >= base && address < base + 0x130);
  return found ? (found[0] as PbBlock) : null;
}

function isBms(address: number): boolean {
  return address >= 0x1000 && address < 0x1700;
}

function registerText(address: number): string {
  const row = ROW_AT.get(address);
  const hex = `0x${address.toString(16).toUpperCase()}`;
  if (FORBIDDEN.some(({ start, count }) => address >= start && address < start + count)) {
    return `${address}, one that must never be touched`;
  }
  if (isBms(address)) return `${hex} (JK BMS)`;
  return row ? `${address} ${row[0]}` : `${address} (${hex})`;
}

function wordText(address: number, word: number): string {
  const row = ROW_AT.get(address);
  if (!row) return String(word);
  if (wordsOf(row[1]) !== 1) return `${word}, half of a value`;
  return `${word} = ${shown(row[1], decodeRow(row[1], new Map([[address, word]])))}`;
}
