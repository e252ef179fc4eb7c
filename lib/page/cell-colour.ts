import { median } from "../base/numbers.ts";

/** -3..3: how far a cell is from the median, in thirds of the full colour. */
export function colourStep(deviation_mv: number, full_mv: number): number {
  const step = Math.round((3 * deviation_mv) / full_mv);
  return Math.max(-3, Math.min(3, step)) + 0;
}

/** The median, because one cell that runs away must not colour all the others. */
export function medianOf(values: readonly (number | null)[]): number {
  return median(values.filter((value) => value !== null)) ?? 0;
}
