import { cellSpread } from "../devices/bms/derived.ts";

/** Columns of the cells in a BMS sample: the lowest and how far the highest is above it, mV, and all of them packed. */
export interface CellColumns {
  readonly cell_min: number | null;
  readonly cell_spread: number | null;
  readonly cells: Buffer | null;
}

/** Cells a pack may have: both protocols of the BMS end at 32. */
export const CELL_SLOTS = 32;

/*
 * Two forms, made so that plain SQL can take a cell out with unicode(): no byte is 0, and those of a cell are below 128.
 * Narrow: a byte a cell, its mV above the lowest one, plus 1; 127 = not reported.
 * Wide: FF, then two bytes a cell, both plus 1, first the 126s of mV; 127 127 = not reported.
 */
const MISSING = 127;
const NARROW_MOST = 125;
const WIDE = 0xff;
const WIDE_BASE = 126;
const WIDE_MISSING = (MISSING - 1) * WIDE_BASE + MISSING - 1;

/**
 * Packs cells (mV, null = not reported): one byte each while they lie close together, else two. Stored as columns of their own they
 * were a third of the whole state file.
 */
export function packCells(given: readonly (number | null)[]): CellColumns {
  const cells = given.slice(0, CELL_SLOTS);
  const spread = cellSpread(cells);
  if (spread === null) return { cell_min: null, cell_spread: null, cells: null };
  const { min, spread: cell_spread } = spread;
  return { cell_min: min, cell_spread, cells: cell_spread <= NARROW_MOST ? narrow(cells, min) : wide(cells) };
}

/** The cells of a stored row, mV. */
export function unpackCells(cell_min: number | null, packed: Uint8Array | null): (number | null)[] {
  if (packed === null || cell_min === null) return [];
  if (packed[0] !== WIDE) return [...packed].map((byte) => (byte === MISSING ? null : cell_min + byte - 1));
  return Array.from({ length: (packed.length - 1) / 2 }, (_, index) => {
    const [high, low] = packed.subarray(1 + 2 * index, 3 + 2 * index) as unknown as [number, number];
    const mv = (high - 1) * WIDE_BASE + low - 1;
    return mv === WIDE_MISSING ? null : mv;
  });
}

/** SQL of the generated column of cell `number` (1-based), mV: not stored, for queries and the view. */
export function cellSql(number: number): string {
  const byte = (place: number) => `(unicode(substr(cells, ${place}, 1)) - 1)`;
  const wide = `${byte(2 * number)} * ${WIDE_BASE} + ${byte(2 * number + 1)}`;
  return `CASE WHEN cells < x'80' THEN cell_min + nullif(${byte(number)}, ${MISSING - 1}) ELSE nullif(${wide}, ${WIDE_MISSING}) END`;
}

function narrow(cells: readonly (number | null)[], min: number): Buffer {
  return Buffer.from(cells.map((mv) => (mv === null ? MISSING : mv - min + 1)));
}

function wide(cells: readonly (number | null)[]): Buffer {
  const pairs = cells.flatMap((mv) =>
    mv === null ? [MISSING, MISSING] : [Math.floor(mv / WIDE_BASE) + 1, (mv % WIDE_BASE) + 1],
  );
  return Buffer.from([WIDE, ...pairs]);
}
