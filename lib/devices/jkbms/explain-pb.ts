import { byteSum } from "../../codec/checksum.ts";
import type { Field, Table } from "../../codec/table.ts";
import { fieldName, rawFromWire, valueFromRaw, wireBits } from "../../codec/values.ts";
import { bigEndian, type Explanation, halfOf, littleEndian, PartWriter, shown } from "../frame-parts.ts";
import { asciiText } from "./decode.ts";
import { PB_DEVICE_INFO } from "./pb-device-info.ts";
import { PB_FRAME_BYTES, PB_HEADER_BYTES } from "./pb-frame.ts";
import { PB_CELLS, type PbBlock } from "./pb-registers.ts";
import { PB_SETTINGS, PB_WIRE_RESISTANCES } from "./pb-settings.ts";
import { PB_STATUS } from "./pb-status.ts";

type Row = Field & { readonly offset: number };

export const PB_TABLES: Readonly<Record<PbBlock, Table<{ offset: number }>>> = {
  settings: PB_SETTINGS,
  status: PB_STATUS,
  device_info: PB_DEVICE_INFO,
};
const BLOCK_OF_TYPE: Readonly<Record<number, PbBlock>> = { 1: "settings", 2: "status", 3: "device_info" };

/** Every byte of a 55AAEB90 frame with what follows it; passwords are blanked. */
export function explainPb(bytes: Uint8Array): Explanation {
  const w = new PartWriter(bytes);
  w.take(4, "start", "55AAEB90");
  const [type = 0] = w.take(1, "type", ([code = 0]) => BLOCK_OF_TYPE[code]?.replace("_", " ") ?? `unknown ${code}`);
  w.take(1, "counter", ([count]) => String(count));
  const block = BLOCK_OF_TYPE[type];
  const end = Math.min(bytes.length, PB_FRAME_BYTES - 1);
  if (block) explainBlock(w, block, { from: 0, to: end - PB_HEADER_BYTES, littleEndian: true });
  else w.take(end - w.at, "data");
  w.take(1, "checksum", ([sum]) =>
    sum === byteSum(bytes, 0, PB_FRAME_BYTES - 1, 8) ? "right: the sum of all bytes before" : "wrong",
  );
  if (w.left > 0) w.take(w.left, "acknowledgement", "Modbus answer to the trigger");
  if (bytes.length < PB_FRAME_BYTES)
    w.problems.push(`${bytes.length} of ${PB_FRAME_BYTES} bytes: the frame is cut off`);
  else if (bytes[PB_FRAME_BYTES - 1] !== byteSum(bytes, 0, PB_FRAME_BYTES - 1, 8))
    w.problems.push("checksum wrong: bytes were damaged");
  return w.done("JK BMS 55AAEB90");
}

/** Rows of a block between two of its offsets, gaps named; the writer stands at `from`. */
export function explainBlock(
  w: PartWriter,
  block: PbBlock,
  span: { readonly from: number; readonly to: number; readonly littleEndian: boolean },
): void {
  const rows = [...rowsOf(block)].sort((a, b) => a.offset - b.offset);
  let at = span.from;
  for (const { key, field, offset, length } of rows) {
    // The answer began in the middle of it.
    if (at === span.from && offset < at && offset + length > at) {
      const rest = Math.min(offset + length, span.to) - at;
      w.take(
        rest,
        `rest of ${fieldName(key, field)}`,
        field.role === "secret" ? "(hidden)" : halfOf,
        field.role === "secret",
      );
      at += rest;
      continue;
    }
    if (offset < at || offset >= span.to) continue;
    if (offset > at) w.take(offset - at, "not described");
    const there = Math.min(length, span.to - offset);
    const isCut = there < length && field.role !== "secret" && field.kind !== "ascii";
    if (isCut) w.take(there, fieldName(key, field), halfOf);
    else explainRow(w, key, field, there, span.littleEndian);
    at = Math.min(offset + length, span.to);
  }
  if (at < span.to) w.take(span.to - at, "not described");
}

function explainRow(w: PartWriter, key: string, field: Field, length: number, isLittle: boolean): void {
  const name = fieldName(key, field);
  if (field.role === "secret") w.take(length, name, "(hidden)", true);
  else if (field.kind === "ascii") w.take(length, name, (part) => JSON.stringify(asciiText(part)));
  else {
    w.take(length, name, (part) => {
      const raw = rawFromWire(field, isLittle ? littleEndian(part) : bigEndian(part));
      w.weigh(key, valueFromRaw(field, raw));
      return shown(field, raw);
    });
  }
}

function* rowsOf(block: PbBlock): Generator<{ key: string; field: Field; offset: number; length: number }> {
  for (const [key, field] of Object.entries(PB_TABLES[block]) as [string, Row][]) {
    yield { key, field, offset: field.offset, length: wireBits(field) / 8 };
  }
  if (block === "status") yield* list("cell", PB_CELLS, VOLTS);
  if (block === "settings") yield* list("wire_resistance_cell", PB_WIRE_RESISTANCES, RESISTANCE);
}

const VOLTS: Field = { kind: "u16", div: 1000, unit: "V", doc: "Cell", source: "M10 0x1200" };
const RESISTANCE: Field = { kind: "u32", unit: "uOhm", doc: "Balance wire of a cell", source: "M10 0x1088" };

function* list(name: string, place: { readonly offset: number; readonly count: number }, field: Field) {
  const length = wireBits(field) / 8;
  for (let index = 0; index < place.count; index++) {
    yield { key: `${name}_${index + 1}`, field, offset: place.offset + length * index, length };
  }
}
