import { BadFrame } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import type { DecodeContext, Field, Raw } from "../../codec/table.ts";
import { rawFromWire, valueFromRaw, wireBits, wireFromRaw } from "../../codec/values.ts";
import { CELLS_RECORD, RECORDS, type RecordKey, recordOfTag } from "./records.ts";

/** What stands for a secret wherever its value would be. */
export const HIDDEN = "(hidden)";

/** A 4E57 answer as scaled integers; null = the record was not in it, or its value means nothing. */
export interface DecodedRecords {
  readonly records: { readonly [K in RecordKey]: Raw };
  /** Which records were in the answer, in its order (79 is not among them). */
  readonly order: readonly RecordKey[];
  /** mV, index 0 = cell 1, null = a gap; null when record 79 was not in the answer. */
  readonly cells: readonly (number | null)[] | null;
  /** Where the walk had to stop, since the length of an unknown record is unknown; null = everything was read. */
  readonly unknown: { readonly tag: number; readonly offset: number } | null;
  /** AD came with one byte instead of two, as some boards send it. */
  readonly shortCalibration: boolean;
  /** Coding of the current: as sent, else as the answer itself or the memory of this device tells; null = nobody knows. */
  readonly protocolVersion: number | null;
  /** Word of the current when nobody knows how it is coded; battery_current is null then. */
  readonly undecodableCurrent: number | null;
}

/** What is remembered of a device. */
export interface Known4e57 {
  /** Its protocol version, once it has told or shown one. */
  readonly protocol_version?: number | null;
}

const MAX_CELLS = 32;

/** Where a record's value is in a data field. */
interface Slice {
  readonly key: RecordKey;
  readonly start: number;
  readonly length: number;
}

/** Where the secret values lie in a data field, for blanking them; stops silently where the walk stops. */
export function secretSlices(data: Uint8Array): readonly { start: number; length: number }[] {
  try {
    return walk(data, "").slices.filter((slice) => RECORDS[slice.key].kind === "ascii" && isSecret(slice.key));
  } catch (error) {
    if (error instanceof BadFrame) return [];
    throw error;
  }
}

/**
 * Walks the records of a reply's data field. An unknown tag ends the walk and is reported in `unknown`.
 * @throws BadFrame malformed when a value runs past the end, a record comes twice or the cell list is inconsistent
 */
export function decodeRecords(data: Uint8Array, where: string, known: Known4e57 = {}): DecodedRecords {
  const found = walk(data, where);
  const { slices, cells, unknown, shortCalibration } = found;
  const current = wordOf(found, data, "battery_current");
  const protocolVersion = versionOf(found, data, current, known);
  const context = protocolVersion === null ? {} : { protocolVersion };
  const records = Object.fromEntries(Object.keys(RECORDS).map((key) => [key, null])) as Record<RecordKey, Raw>;
  for (const { key, start, length } of slices) {
    const field: Field = RECORDS[key];
    if (isSecret(key)) records[key] = HIDDEN;
    else if (field.kind === "ascii") records[key] = asciiText(data.subarray(start, start + length));
    else records[key] = rawFromWire(field, bigEndian(data, start, length), context);
  }
  const undecodableCurrent = records.battery_current === null ? current : null;
  const order = slices.map((slice) => slice.key);
  return { records, order, cells, unknown, shortCalibration, protocolVersion, undecodableCurrent };
}

/** How the current of a data field is coded, damaged fields included, for reading by hand. */
export function codingOf(data: Uint8Array): DecodeContext {
  try {
    const found = walk(data, "");
    const version = versionOf(found, data, wordOf(found, data, "battery_current"), {});
    return version === null ? {} : { protocolVersion: version };
  } catch (error) {
    if (error instanceof BadFrame) return {};
    throw error;
  }
}

/** Records that came with the protocol version (V2.4 of the sheet): firmware that sends none of them is older than it. */
const SINCE_VERSIONS = ["current_calibration_start", "actual_capacity", "manufacturer_id"] as const;

/**
 * How this answer codes its current. Where record C0 is missing, bit 15 or an idle 0 can only be version 1 (the old coding would
 * say beyond -227 A, or +100.00 A); then what the device once said; else an answer of the old firmware's records alone is version 0.
 */
function versionOf(found: Walk, data: Uint8Array, current: number | null, known: Known4e57): number | null {
  const told = wordOf(found, data, "protocol_version");
  if (told !== null) return told;
  if (current === 0 || (current !== null && current >= 0x8000)) return 1;
  if (known.protocol_version !== undefined && known.protocol_version !== null) return known.protocol_version;
  // A record that was asked for alone tells nothing of the others.
  const isWhole = found.unknown === null && found.slices.length > 1;
  const isOld = isWhole && !found.slices.some(({ key }) => SINCE_VERSIONS.some((one) => one === key));
  return isOld ? 0 : null;
}

function wordOf(found: Walk, data: Uint8Array, key: RecordKey): number | null {
  const slice = found.slices.find((one) => one.key === key);
  return slice ? bigEndian(data, slice.start, slice.length) : null;
}

/** Value bytes of each record of a data field as they came, secrets left out. @throws BadFrame as decodeRecords */
export function recordBytes(data: Uint8Array, where: string): ReadonlyMap<RecordKey, Uint8Array> {
  const shown = walk(data, where).slices.filter(({ key }) => !isSecret(key));
  return new Map(shown.map(({ key, start, length }) => [key, data.slice(start, start + length)]));
}

/** Engineering value of one record for people and JSON; a secret stays hidden. */
export function recordValue(key: RecordKey, raw: Raw) {
  return isSecret(key) && raw !== null ? HIDDEN : valueFromRaw(RECORDS[key], raw);
}

/**
 * Value bytes of a record for a write: a scaled integer, or text for the ascii rows (padded with 00).
 * @throws RangeError when it does not fit the record
 */
export function encodeRecord(key: RecordKey, raw: number | string): Uint8Array {
  const field: Field = RECORDS[key];
  const bytes = new Uint8Array(wireBits(field) / 8);
  if (field.kind === "ascii") {
    const text = String(raw);
    if (!/^[\x20-\x7e]*$/.test(text) || text.length > bytes.length) {
      throw new RangeError(`${key} takes up to ${bytes.length} printable ASCII characters`);
    }
    bytes.set(new TextEncoder().encode(text));
    return bytes;
  }
  if (typeof raw !== "number") throw new RangeError(`${key} takes a number`);
  const wire = wireFromRaw(field, raw);
  for (let i = 0; i < bytes.length; i++) bytes[bytes.length - 1 - i] = Math.floor(wire / 256 ** i) % 256;
  return bytes;
}

/**
 * Firmware up to 10.08 zeroes the low byte of its 32-bit counters: true when cycle_capacity, working_time and actual_capacity
 * of this answer look like that (JK-2.5 §8a), so that they are only good to 256.
 */
export function countersAreCoarse(records: DecodedRecords["records"]): boolean {
  const { cycle_capacity, working_time, actual_capacity, capacity } = records;
  const lowByteZero = (raw: Raw) => typeof raw !== "number" || raw % 256 === 0;
  return actual_capacity !== capacity && [cycle_capacity, working_time, actual_capacity].every(lowByteZero);
}

/** Text up to the first 00, without the vendor's `_` padding; bytes that are no printable ASCII become `?`. */
export function asciiText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    if (byte === 0) break;
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "?";
  }
  return text.replace(/[_ ]+$/, "");
}

function isSecret(key: RecordKey): boolean {
  const field: Field = RECORDS[key];
  return field.role === "secret";
}

interface Walk {
  slices: Slice[];
  cells: (number | null)[] | null;
  unknown: { tag: number; offset: number } | null;
  shortCalibration: boolean;
}

function walk(data: Uint8Array, where: string): Walk {
  const result: Walk = { slices: [], cells: null, unknown: null, shortCalibration: false };
  const seen = new Set<number>();
  let at = 0;
  while (at < data.length) {
    const tag = data[at] as number;
    if (seen.has(tag)) throw malformed("record_twice", where, tag, at);
    seen.add(tag);
    const value = at + 1;
    if (tag === CELLS_RECORD.tag) {
      const size = data[value] ?? -1;
      if (size < 0 || size % 3 !== 0 || value + 1 + size > data.length) {
        throw malformed("record_length", where, tag, at);
      }
      result.cells = cellList(data.subarray(value + 1, value + 1 + size), where, at);
      at = value + 1 + size;
      continue;
    }
    const key = recordOfTag(tag);
    if (key === undefined) {
      result.unknown = { tag, offset: at };
      return result;
    }
    let length = wireBits(RECORDS[key]) / 8;
    if (key === "current_calibration" && comesWithOneByte(data, value)) {
      length = 1;
      result.shortCalibration = true;
    }
    if (value + length > data.length) throw malformed("record_too_long", where, tag, at);
    result.slices.push({ key, start: value, length });
    at = value + length;
  }
  return result;
}

/** AD has two bytes and AE follows it; one byte only when AE stands after one and not after two. */
function comesWithOneByte(data: Uint8Array, value: number): boolean {
  const next = RECORDS.board_address.tag;
  return value + 2 < data.length && data[value + 2] !== next && data[value + 1] === next;
}

function cellList(bytes: Uint8Array, where: string, offset: number): (number | null)[] {
  const cells: (number | null)[] = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const number = bytes[at] as number;
    if (number < 1 || number > MAX_CELLS || (cells[number - 1] ?? null) !== null) {
      const about = { place: where, tag: tagText(CELLS_RECORD.tag), offset, cell: number };
      throw new BadFrame("malformed", failure("record_cell_number", about));
    }
    while (cells.length < number) cells.push(null);
    cells[number - 1] = bigEndian(bytes, at + 1, 2);
  }
  return cells;
}

function bigEndian(bytes: Uint8Array, start: number, length: number): number {
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + (bytes[start + i] as number);
  return value;
}

function malformed(
  code: "record_twice" | "record_length" | "record_too_long",
  place: string,
  tag: number,
  offset: number,
): BadFrame {
  return new BadFrame("malformed", failure(code, { place, tag: tagText(tag), offset }));
}

/** As the sheet writes tags. */
export function tagText(tag: number): string {
  return tag.toString(16).toUpperCase().padStart(2, "0");
}
