import type { AnyValue, Field, Raw, RawSnapshot, Snapshot } from "../../codec/table.ts";
import { rawFromWire, snapshotFromRaw, valueFromRaw, wireBits } from "../../codec/values.ts";
import type { At } from "./registers.ts";

/** Sparse image of the registers: wire address to 16-bit word. */
export type Words = ReadonlyMap<number, number>;
type Rows = Readonly<Record<string, Field & At>>;

/** Puts the words of one answer into an image. */
export function addWords(image: Map<number, number>, start: number, words: Iterable<number>): void {
  let addr = start;
  for (const word of words) image.set(addr++, word);
}

/** Registers that a row spans: 1, or 2 for counters and serial numbers. */
export function wordsOf(field: Field): number {
  return wireBits(field) > 16 ? 2 : 1;
}

/** Scaled integer of one row, sign normalised; null when a word is missing or means nothing. */
export function decodeRow(field: Field & At, words: Words): Raw {
  const high = words.get(field.addr);
  if (high === undefined) return null;
  if (field.kind === "ascii") return asciiWord(high);
  if (wordsOf(field) === 1) return rawFromWire(field, high);
  const low = words.get(field.addr + 1);
  if (low === undefined) return null;
  // The counters are no 32-bit numbers: the high word counts 1000 kWh, the low word 0.1 kWh.
  return rawFromWire(field, field.kind === "thousands" ? high * 10_000 + low : high * 65_536 + low);
}

/** Scaled integers of a whole table from an image; null where the image has no word. */
export function decodeWords<T extends Rows>(table: T, words: Words): RawSnapshot<T> {
  return Object.fromEntries(
    Object.entries(table).map(([key, field]) => [key, decodeRow(field, words)]),
  ) as RawSnapshot<T>;
}

/** Engineering values of a whole table from an image. */
export function decodeValues<T extends Rows>(table: T, words: Words): Snapshot<T> {
  return snapshotFromRaw(table, decodeWords(table, words));
}

/** Engineering value of one row. */
export function decodeValue(field: Field & At, words: Words): AnyValue {
  return valueFromRaw(field, decodeRow(field, words));
}

function asciiWord(word: number): string | null {
  const text = String.fromCharCode(word >>> 8, word & 0xff);
  return /^[\x20-\x7e]{2}$/.test(text) ? text : null;
}
