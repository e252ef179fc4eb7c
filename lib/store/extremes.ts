import type { Store } from "./database.ts";
import { OF_NAMED_IN_SPAN } from "./sample-key.ts";
import { SAMPLE_COLUMNS, type SampleTable } from "./schema.ts";

/** Highest scaled value of a column over several spans (from <= at < to); null without any. @throws RangeError */
export function highestIn(
  store: Store,
  table: SampleTable,
  device: string,
  column: string,
  spans: readonly { readonly from: number; readonly to: number }[],
): number | null {
  const known: readonly string[] = SAMPLE_COLUMNS[table];
  if (!known.includes(column)) throw new RangeError(`no column ${column} in ${table}`);
  const statement = store.db.prepare(`SELECT max("${column}") FROM ${table} WHERE ${OF_NAMED_IN_SPAN}`).pluck();
  const found = store.read(() => spans.map(({ from, to }) => statement.get(device, from, to)));
  const numbers = found.filter((value): value is number => typeof value === "number");
  return numbers.length === 0 ? null : Math.max(...numbers);
}
