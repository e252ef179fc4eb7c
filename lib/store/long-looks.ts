/** Looks at weeks and months that a command can afford every minute: a few hundred rows each. */

import { unpackCells } from "./cells.ts";
import type { Store } from "./database.ts";
import { type HistoryRow, historyDevice } from "./history-rows.ts";
import { OF_NAMED_IN_SPAN } from "./sample-key.ts";

/** Mean of lines over hours of the roll-up, scaled; `offset_s` puts the borders on full hours of a zone with odd minutes. */
export function hourMeans(
  store: Store,
  name: string,
  keys: readonly string[],
  span: { readonly from: number; readonly to: number; readonly offset_s: number },
): (HistoryRow & { readonly at: number })[] {
  const device = historyDevice(store, name);
  if (device === null) return [];
  const { from, to, offset_s } = span;
  const means = keys.map((key) => `avg("${key}_avg") AS "${key}"`).join(", ");
  const hour = `(at + ${Math.trunc(offset_s)}) / 3600`;
  const sql =
    `SELECT ${hour} * 3600 - ${Math.trunc(offset_s)} AS at, ${means} FROM ${device.kind.quarters} ` +
    `WHERE device = ? AND at >= ? AND at < ? GROUP BY ${hour} ORDER BY 1`;
  return store.read(() => store.db.prepare(sql).all(device.id, from, to)) as (HistoryRow & { at: number })[];
}

/** The cells of the first sample of each stretch, mV; empty where it has none. */
export function firstCells(
  store: Store,
  name: string,
  stretches: readonly { readonly from: number; readonly to: number }[],
): (number | null)[][] {
  const statement = store.db.prepare(
    `SELECT cell_min, cells FROM bms_samples WHERE ${OF_NAMED_IN_SPAN} AND cells IS NOT NULL ORDER BY id LIMIT 1`,
  );
  return store.read(() =>
    stretches.map(({ from, to }) => {
      const row = statement.get(name, from, to) as { cell_min: number | null; cells: Buffer | null } | undefined;
      return row ? unpackCells(row.cell_min, row.cells) : [];
    }),
  );
}

/** Local days from `first_day` on that are rolled up and have samples, oldest first. */
export function daysKept(store: Store, first_day: string): string[] {
  const sql = ["inverter_days", "bms_days"]
    .map((table) => `SELECT day FROM ${table} WHERE day >= ? AND samples > 0`)
    .join(" UNION ");
  return store.read(() => store.db.prepare(`${sql} ORDER BY day`).pluck().all(first_day, first_day)) as string[];
}
