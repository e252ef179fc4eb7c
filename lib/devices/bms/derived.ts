/** Values computed from a sample; each is null when what it needs is missing. */

/** Lowest and highest cell. Voltages in mV, numbers from 1 as the vendor's app counts. */
export interface CellSpread {
  readonly min: number;
  readonly min_cell: number;
  readonly max: number;
  readonly max_cell: number;
  /** mV. */
  readonly spread: number;
  /** mV, not rounded. */
  readonly average: number;
}

/** Lowest, highest, spread and average of the reported cells (mV, index 0 = cell 1); null when there is none. */
export function cellSpread(cells: readonly (number | null)[]): CellSpread | null {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let minCell = 0;
  let maxCell = 0;
  let sum = 0;
  let count = 0;
  for (const [index, cell] of cells.entries()) {
    if (cell === null) continue;
    if (cell < min) [min, minCell] = [cell, index + 1];
    if (cell > max) [max, maxCell] = [cell, index + 1];
    sum += cell;
    count += 1;
  }
  if (count === 0) return null;
  return { min, min_cell: minCell, max, max_cell: maxCell, spread: max - min, average: sum / count };
}

/** Cells in V, index 0 = cell 1. */
export function cellVolts(cells: readonly (number | null)[]): (number | null)[] {
  return cells.map((mv) => (mv === null ? null : mv / 1000));
}

/** Lowest and highest cell (V) with their numbers, and the spread (V), as `--json` tells them everywhere. */
export function cellsJson(cells: readonly (number | null)[]): Readonly<Record<string, number | null>> {
  const found = cellSpread(cells);
  const volts = (mv: number | undefined) => (mv === undefined ? null : mv / 1000);
  return {
    cell_min: volts(found?.min),
    cell_min_number: found?.min_cell ?? null,
    cell_max: volts(found?.max),
    cell_max_number: found?.max_cell ?? null,
    cell_spread: volts(found?.spread),
  };
}

/** Battery power in W, + = charging, from scaled integers (mV and mA). */
export function batteryPower(sample: { pack_voltage: number | null; battery_current: number | null }): number | null {
  if (sample.pack_voltage === null || sample.battery_current === null) return null;
  return (sample.pack_voltage * sample.battery_current) / 1_000_000;
}

/** Sum of the cells in mV; null as soon as one of them is not reported. */
export function cellSum(cells: readonly (number | null)[]): number | null {
  let sum = 0;
  for (const cell of cells) {
    if (cell === null) return null;
    sum += cell;
  }
  return cells.length === 0 ? null : sum;
}

/** V of a cell, mean of a discharge: what Ah are worth. */
export const NOMINAL_CELL_V = 51 / 16;

/** What the pack holds above empty, from scaled integers (mAh): Ah as the BMS counts it, or of its state of charge; kWh by the number of cells. */
export function remainingCharge(sample: {
  readonly remaining_capacity: number | null;
  readonly soc: number | null;
  readonly capacity: number | null;
  readonly cells: readonly unknown[];
}): { readonly charge: number | null; readonly energy: number | null } {
  const { remaining_capacity, soc, capacity, cells } = sample;
  const counted = soc === null || capacity === null ? null : (soc / 100) * capacity;
  const charge = remaining_capacity ?? counted;
  if (charge === null) return { charge: null, energy: null };
  const volts = cells.length * NOMINAL_CELL_V;
  return { charge: charge / 1000, energy: volts === 0 ? null : (charge * volts) / 1_000_000 };
}
