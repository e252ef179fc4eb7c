import { type HistoryKind, sumColumns } from "./history-fields.ts";
import type { HistoryRow } from "./history-rows.ts";

/** One row from several: averages weighted by covered time, lowest of the lowest, highest of the highest, sums; null where none knows. */
export function mergeRows(
  kind: HistoryKind,
  rows: readonly HistoryRow[],
  keys: readonly string[] = Object.keys(kind.fields),
): HistoryRow {
  const merged: Record<string, number | null> = {
    samples: total(rows, "samples") ?? 0,
    covered_s: total(rows, "covered_s") ?? 0,
  };
  for (const key of keys) {
    merged[`${key}_avg`] = average(rows, `${key}_avg`);
    merged[`${key}_min`] = extreme(rows, `${key}_min`, Math.min);
    merged[`${key}_max`] = extreme(rows, `${key}_max`, Math.max);
  }
  for (const column of sumColumns(kind)) merged[column] = total(rows, column);
  return merged;
}

function total(rows: readonly HistoryRow[], column: string): number | null {
  let sum: number | null = null;
  for (const row of rows) {
    const value = row[column] ?? null;
    if (value !== null) sum = (sum ?? 0) + value;
  }
  return sum;
}

/** A quarter hour with one lonely sample covers no time, but weighs a little. */
const LEAST_WEIGHT_S = 1;

function average(rows: readonly HistoryRow[], column: string): number | null {
  let sum = 0;
  let weights = 0;
  for (const row of rows) {
    const value = row[column] ?? null;
    if (value === null) continue;
    const weight = Math.max(row.covered_s ?? 0, LEAST_WEIGHT_S);
    sum += value * weight;
    weights += weight;
  }
  return weights === 0 ? null : Math.round(sum / weights);
}

function extreme(rows: readonly HistoryRow[], column: string, choose: (a: number, b: number) => number): number | null {
  let found: number | null = null;
  for (const row of rows) {
    const value = row[column] ?? null;
    if (value !== null) found = found === null ? value : choose(found, value);
  }
  return found;
}
