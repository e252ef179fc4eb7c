import { byteSum } from "../../codec/checksum.ts";
import type { DecodeContext, Field } from "../../codec/table.ts";
import { fieldName, rawFromWire, valueFromRaw, wireBits } from "../../codec/values.ts";
import { bigEndian, type Explanation, PartWriter, shown } from "../frame-parts.ts";
import { asciiText, codingOf } from "./decode.ts";
import { COMMAND, HEADER_BYTES, SOURCE, TAIL_BYTES, TRANSPORT } from "./frame.ts";
import { CELLS_RECORD, RECORDS, type RecordKey, recordOfTag } from "./records.ts";

/** Every byte of a 4E57 frame, good or damaged; passwords are blanked. */
export function explain4e57(bytes: Uint8Array): Explanation {
  const w = new PartWriter(bytes);
  const total = bytes.length >= 4 ? bigEndian(bytes.subarray(2, 4)) + 2 : 0;
  w.take(2, "start", "4E57");
  w.take(2, "length", (part) => `${bigEndian(part)} bytes after the start`);
  w.take(4, "terminal", (part) => String(bigEndian(part)));
  const [command = 0] = w.take(1, "command", ([code]) => nameOf(COMMAND, code));
  w.take(1, "source", ([code]) => nameOf(SOURCE, code));
  const [transport = 0] = w.take(1, "transport", ([code]) => nameOf(TRANSPORT, code));
  const end = Math.min(bytes.length, Math.max(HEADER_BYTES, total - TAIL_BYTES));
  if (command === COMMAND.password) w.take(end - w.at, "password", "(hidden)", true);
  else explainData(w, end, transport === TRANSPORT.request && command !== COMMAND.write);
  w.take(4, "record number", (part) => String(bigEndian(part)));
  w.take(1, "end mark", ([mark]) => (mark === 0x68 ? "68" : "wrong, should be 68"));
  w.take(4, "checksum", (part) => checksumText(bytes, total, bigEndian(part)));
  if (w.left > 0) w.take(w.left, "behind the frame");
  judge(w, bytes, total);
  return w.done("JK BMS 4E57");
}

function judge(w: PartWriter, bytes: Uint8Array, total: number): void {
  if (bytes.length < total) w.problems.push(`${bytes.length} of ${total} bytes: the frame is cut off`);
  if (bytes.length < total || total < HEADER_BYTES + TAIL_BYTES) return;
  if (bytes[total - 5] !== 0x68) w.problems.push("no end mark 68 where the length says");
  const received = bigEndian(bytes.subarray(total - 4, total));
  const computed = byteSum(bytes, 0, total - 4, 16);
  if (received !== computed) w.problems.push(`checksum ${received}, computed ${computed}: bytes were damaged`);
}

function checksumText(bytes: Uint8Array, total: number, received: number): string {
  const computed = byteSum(bytes, 0, Math.min(bytes.length, total - 4), 16);
  return received === computed ? "right: the sum of all bytes before" : `wrong: the sum is ${computed}`;
}

function explainData(w: PartWriter, end: number, isBareRequest: boolean): void {
  const version = codingOf(w.bytes.subarray(w.at, end));
  while (w.at < end) {
    const tag = w.bytes[w.at] as number;
    const code = tag.toString(16).toUpperCase().padStart(2, "0");
    if (isBareRequest) {
      const asked = recordOfTag(tag);
      w.take(1, "identification code", asked ? `${code} ${asked}` : tag === 0 ? "00 everything" : code);
      if (w.at < end) w.take(end - w.at, "data");
      return;
    }
    if (tag === CELLS_RECORD.tag) {
      explainCells(w, end);
      continue;
    }
    const key = recordOfTag(tag);
    if (key === undefined) {
      w.problems.push(`record ${code} is in no table; its length is not known, what follows cannot be read`);
      w.take(end - w.at, `unknown record ${code}`);
      return;
    }
    w.take(1, "identification code", `${code} ${key}`);
    explainRecord(w, key, Math.min(recordBytes(w, key), end - w.at), version);
  }
}

/** AD has two bytes; one only when AE stands right behind it. */
function recordBytes(w: PartWriter, key: RecordKey): number {
  const next = RECORDS.board_address.tag;
  if (key === "current_calibration" && w.bytes[w.at + 2] !== next && w.bytes[w.at + 1] === next) return 1;
  return wireBits(RECORDS[key]) / 8;
}

function explainRecord(w: PartWriter, key: RecordKey, length: number, context: DecodeContext): void {
  const field: Field = RECORDS[key];
  const name = fieldName(key, field);
  if (field.role === "secret") w.take(length, name, "(hidden)", true);
  else if (field.kind === "ascii") w.take(length, name, (part) => JSON.stringify(asciiText(part)));
  else {
    w.take(length, name, (part) => {
      const raw = rawFromWire(field, bigEndian(part), context);
      w.weigh(key, valueFromRaw(field, raw));
      return shown(field, raw);
    });
  }
}

function explainCells(w: PartWriter, end: number): void {
  w.take(1, "identification code", "79 cell voltages");
  const [size = 0] = w.take(1, "length", ([count = 0]) => `${count} bytes, ${count / 3} cells`);
  const last = Math.min(end, w.at + size);
  while (w.at < last) {
    w.take(
      Math.min(3, last - w.at),
      `cell ${w.bytes[w.at]}`,
      (part) => `${(bigEndian(part.subarray(1)) / 1000).toFixed(3)} V`,
    );
  }
}

function nameOf(table: Readonly<Record<string, number>>, code: number | undefined): string {
  const found = Object.entries(table).find(([, value]) => value === code);
  return found ? (found[0] as string).replaceAll("_", " ") : `unknown ${code}`;
}
