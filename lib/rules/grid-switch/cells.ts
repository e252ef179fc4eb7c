/** What a BMS record says about the voltage of its cells: the known ones are ranked, a missing one costs only itself. */
import type { BmsInput, InverterInput } from "../../view/record.ts";
import { DEFAULTS, type Parameters } from "./parameters.ts";

/** Lowest and highest of the known cells (numbers from 1). */
export interface CellRange {
  readonly lowest: number;
  readonly lowest_cell: number;
  readonly highest: number;
  readonly highest_cell: number;
  /** V, of the known cells; of several packs the mean of their sums. */
  readonly sum: number;
  /** Every cell in series is known, and no more. */
  readonly complete: boolean;
}

/** Lowest, highest and sum of the known cells; null when none is known. `count` = cells in series, `packs` = how many of them. */
export function cellRange(cells: readonly (number | null)[], count: number, packs = 1): CellRange | null {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  let lowestCell = 0;
  let highestCell = 0;
  let sum = 0;
  let known = 0;
  for (let index = 0; index < cells.length; index += 1) {
    const voltage = cells[index] ?? null;
    if (voltage === null || !Number.isFinite(voltage)) continue;
    known += 1;
    sum += voltage;
    if (voltage < lowest) {
      lowest = voltage;
      lowestCell = index + 1;
    }
    if (voltage > highest) {
      highest = voltage;
      highestCell = index + 1;
    }
  }
  if (known === 0) return null;
  const complete = known === count * packs && cells.length === count * packs;
  // Packs in parallel have one voltage: the mean of their sums.
  return { lowest, lowest_cell: lowestCell, highest, highest_cell: highestCell, sum: sum / packs, complete };
}

/** A BMS record as the rules see it. */
export interface SeenBms {
  readonly record: BmsInput;
  /** Of the known cells; null = none is known. */
  readonly cells: CellRange | null;
  /** V, what stands for the lowest cell: the lowest known one, or the pack by its number of cells; null = nothing is known. */
  readonly level: number | null;
}

/** Ranks the cells of a record. Where some are missing, the mean of the pack counts when it is lower. */
export function seeBms(record: BmsInput, count: number): SeenBms {
  const range = cellRange(record.cells, count, record.packs?.length);
  const cells = range && record.missing ? { ...range, complete: false } : range;
  const mean = record.pack_voltage === null ? null : record.pack_voltage / count;
  if (cells === null) return { record, cells, level: mean };
  return { record, cells, level: cells.complete || mean === null ? cells.lowest : Math.min(cells.lowest, mean) };
}

/** The classes of batteries by the highest voltage at their terminals, V, with their usual LiFePO4 cells in series. */
const CLASSES: readonly (readonly [below: number, cells: number])[] = [
  [18, 4],
  [36, 8],
  [62, 16],
  [70, 20],
  [90, 24],
];

/**
 * Cells in series: as configured; where that is the default, as most of the recent records have them, or as remembered; without
 * any of these by the class that the inverter's voltage, or the pack's, belongs to.
 */
export function cellsInSeries(
  records: readonly BmsInput[],
  inverters: readonly InverterInput[],
  remembered: number | null,
  parameters: Parameters,
): number {
  if (parameters.cell_count !== DEFAULTS.cell_count) return parameters.cell_count;
  const votes = new Map<number, number>();
  let best = 0;
  for (const record of records) {
    // The last cells may be missing from the list because they are not believed.
    const longest = record.packs?.map(({ cells }) => cells) ?? [record.cells.length, ...doubtedCells(record)];
    const length = Math.max(...longest);
    if (record.cells.length === 0) continue;
    const count = (votes.get(length) ?? 0) + 1;
    votes.set(length, count);
    if (count >= (votes.get(best) ?? 0)) best = length;
  }
  if (best > 0) return best;
  if (remembered !== null) return remembered;
  const volts =
    inverters.findLast((row) => row.battery_voltage !== null)?.battery_voltage ??
    records.findLast((row) => row.pack_voltage !== null)?.pack_voltage ??
    null;
  if (volts === null) return DEFAULTS.cell_count;
  return CLASSES.find(([below]) => volts < below)?.[1] ?? DEFAULTS.cell_count;
}

/** Warning bits that say a cell or the pack is empty. */
const UNDER_VOLTAGE_BITS: readonly number[] = [3, 11];

/** The BMS itself says that the pack is empty, or has switched it off. */
export function reportsEmpty({
  warnings,
  discharge_mosfet_on,
}: Pick<BmsInput, "warnings" | "discharge_mosfet_on">): boolean {
  return discharge_mosfet_on === false || (warnings ?? []).some(({ bit }) => UNDER_VOLTAGE_BITS.includes(bit));
}

/** Numbers of the cells whose value is doubted. */
function doubtedCells({ doubts }: Pick<BmsInput, "doubts">): number[] {
  return (doubts ?? []).flatMap(({ key }) => {
    const match = /^cell_(\d+)$/.exec(key);
    return match ? [Number(match[1])] : [];
  });
}

/** Number of the first cell whose value is doubted, or null. */
export function doubtedCell(record: Pick<BmsInput, "doubts">): number | null {
  return doubtedCells(record)[0] ?? null;
}
