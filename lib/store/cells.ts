import { cellSpread } from "../jkbms/derived.ts";

/** Columns of the cells in a BMS sample: the lowest and how far the highest is above it, mV, and all of them packed. */
export interface CellColumns {
  readonly cell_min: number | null;
  readonly cell_spread: number | null;
  readonly cells: Buffer | null;
}

/** Cells a pack may have: both protocols of the BMS end at 32. */
export const CELL_SLOTS = 32;

/** First byte of the wide form: then two bytes a cell, high byte first, mV. */
const WIDE = 0xfe;
const WIDE_MISSING = 0xffff;
/** In the narrow form a byte is a cell's mV above the lowest one. */
const NARROW_MISSING = 0xff;
const NARROW_MOST = 0xfd;

/**
 * Packs cells (mV, null = not reported): one byte each while they lie close together, else two. As columns of their own they were a
 * third of the whole state file.
 */
export function packCells(given: readonly (number | null)[]): CellColumns {
  const cells = given.slice(0, CELL_SLOTS);
  const spread = cellSpread(cells);
  if (spread === null) return { cell_min: null, cell_spread: null, cells: null };
  const { min, spread: cell_spread } = spread;
  return { cell_min: min, cell_spread, cells: cell_spread <= NARROW_MOST ? narrow(cells, min) : wide(cells) };
}

/** The cells of a stored row, mV; trailing ones that were not reported are left out. */
export function unpackCells(cell_min: number | null, packed: Uint8Array | null): (number | null)[] {
  if (packed === null || cell_min === null) return [];
  if (packed[0] !== WIDE) return [...packed].map((byte) => (byte === NARROW_MISSING ? null : cell_min + byte));
  const view = Buffer.from(packed);
  return Array.from({ length: (view.length - 1) / 2 }, (_, index) => {
    const mv = view.readUInt16BE(1 + 2 * index);
    return mv === WIDE_MISSING ? null : mv;
  });
}

/** SQL for the volts of cell `number` (1-based) of a row, for the view that people read. */
export function cellVoltageSql(row: string, number: number): string {
  const nibble = (index: number) => `(instr('0123456789ABCDEF', substr(hex(${row}.cells), ${index}, 1)) - 1)`;
  const byte = (index: number) => `(${nibble(2 * index + 1)} * 16 + ${nibble(2 * index + 2)})`;
  const word = `(${byte(2 * number - 1)} * 256 + ${byte(2 * number)})`;
  const isWide = `substr(hex(${row}.cells), 1, 2) = 'FE'`;
  return (
    `CASE WHEN ${row}.cells IS NULL THEN NULL ` +
    `WHEN ${isWide} THEN CASE WHEN length(${row}.cells) > ${2 * number} THEN nullif(${word}, ${WIDE_MISSING}) / 1000.0 END ` +
    `WHEN length(${row}.cells) >= ${number} THEN (${row}.cell_min + nullif(${byte(number - 1)}, ${NARROW_MISSING})) / 1000.0 END`
  );
}

function narrow(cells: readonly (number | null)[], min: number): Buffer {
  return Buffer.from(cells.map((mv) => (mv === null ? NARROW_MISSING : mv - min)));
}

function wide(cells: readonly (number | null)[]): Buffer {
  const packed = Buffer.alloc(1 + 2 * cells.length);
  packed.writeUInt8(WIDE);
  for (const [index, mv] of cells.entries()) packed.writeUInt16BE(mv ?? WIDE_MISSING, 1 + 2 * index);
  return packed;
}
