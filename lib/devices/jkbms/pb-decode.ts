import type { Field, Raw, Table } from "../../codec/table.ts";
import { rawFromWire, wireBits, wireFromRaw } from "../../codec/values.ts";
import { asciiText, HIDDEN } from "./decode.ts";
import { PB_BLOCKS, PB_CELLS, type PbBlock } from "./pb-registers.ts";
import { PB_STATUS } from "./pb-status.ts";

/** Bytes of one block by their byte offset, gaps marked; `littleEndian` as in the 55AAEB90 frames, else as over Modbus. */
export interface BlockImage {
  readonly bytes: Uint8Array;
  /** 1 = this byte was read. */
  readonly covered: Uint8Array;
  readonly littleEndian: boolean;
}

/** Words read at register addresses of one block. */
export interface WordRead {
  readonly start: number;
  readonly words: Uint16Array;
}

/** Scaled integers of one PB table; null = not read. */
export type PbRaw<T> = { readonly [K in keyof T]: Raw };
/** Status block with its cells: mV, index 0 = cell 1, null = no such cell. */
export interface PbStatus {
  readonly raw: PbRaw<typeof PB_STATUS>;
  readonly cells: readonly (number | null)[];
}

const BLOCK_BYTES = 0x130;

/** Image of a block from Modbus reads. The address of a read counts bytes: word i of it stands at start − base + 2i. */
export function imageFromReads(block: PbBlock, reads: readonly WordRead[]): BlockImage {
  const bytes = new Uint8Array(BLOCK_BYTES);
  const covered = new Uint8Array(BLOCK_BYTES);
  for (const { start, words } of reads) {
    const offset = start - PB_BLOCKS[block];
    for (const [i, word] of words.entries()) {
      bytes.set([word >>> 8, word & 0xff], offset + 2 * i);
      covered.fill(1, offset + 2 * i, offset + 2 * i + 2);
    }
  }
  return { bytes, covered, littleEndian: false };
}

/** Image of a block from the data part of a 55AAEB90 frame, where byte i is the block's byte i. */
export function imageFromFrameData(data: Uint8Array): BlockImage {
  return { bytes: data, covered: new Uint8Array(data.length).fill(1), littleEndian: true };
}

/** Scaled integers of a table from an image; rows outside of what was read are null, secrets stay hidden. */
export function decodeBlock<T extends Table<{ offset: number }>>(table: T, image: BlockImage): PbRaw<T> {
  const raw: Record<string, Raw> = {};
  for (const key of Object.keys(table)) raw[key] = decodeRow(table[key] as Field & { offset: number }, image);
  return raw as PbRaw<T>;
}

/** Status block with the cells that the presence bits name. */
export function decodeStatus(image: BlockImage): PbStatus {
  const raw = decodeBlock(PB_STATUS, image);
  const presence = typeof raw.cell_presence === "number" ? raw.cell_presence : 0;
  const cells: (number | null)[] = [];
  for (let cell = 0; cell < PB_CELLS.count; cell++) {
    if (Math.floor(presence / 2 ** cell) % 2 === 0) continue;
    while (cells.length < cell) cells.push(null);
    cells.push(wireInteger(image, PB_CELLS.offset + 2 * cell, 2));
  }
  return { raw, cells };
}

/**
 * Words of a row for an FC10 write, high word first.
 * @throws RangeError when the value does not fit, or the row shares its word with another one or is text
 */
export function encodeWords(field: Field, raw: number): number[] {
  const bits = wireBits(field);
  if (field.kind === "ascii" || (bits !== 16 && bits !== 32)) throw new RangeError("this row cannot be written alone");
  const wire = wireFromRaw(field, raw);
  return bits === 16 ? [wire] : [Math.floor(wire / 0x10000), wire % 0x10000];
}

function decodeRow(field: Field & { offset: number }, image: BlockImage): Raw {
  const length = wireBits(field) / 8;
  if (!isCovered(image, field.offset, length)) return null;
  if (field.role === "secret") return HIDDEN;
  if (field.kind === "ascii") return asciiText(image.bytes.subarray(field.offset, field.offset + length));
  const wire = wireInteger(image, field.offset, length);
  return wire === null ? null : rawFromWire(field, wire);
}

function isCovered(image: BlockImage, offset: number, length: number): boolean {
  for (let at = offset; at < offset + length; at++) if (image.covered[at] !== 1) return false;
  return true;
}

function wireInteger(image: BlockImage, offset: number, length: number): number | null {
  if (!isCovered(image, offset, length)) return null;
  let value = 0;
  for (let i = 0; i < length; i++) {
    const at = image.littleEndian ? offset + length - 1 - i : offset + i;
    value = value * 256 + (image.bytes[at] as number);
  }
  return value;
}
