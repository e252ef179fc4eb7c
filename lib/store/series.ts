import type { Store } from "./database.ts";
import { keyFrom, OF_NAMED_IN_SPAN } from "./sample-key.ts";
import { SAMPLE_COLUMNS, type SampleTable } from "./schema.ts";

/** A stretch of time in equal steps. */
export interface Steps {
  /** UTC s, inclusive. */
  readonly from: number;
  /** UTC s, exclusive. */
  readonly to: number;
  readonly step_s: number;
}

/** One step that has samples: its start, how many samples, and a number or null for each column asked for (scaled). */
export interface SeriesRow {
  readonly at: number;
  readonly samples: number;
  readonly values: Readonly<Record<string, number | null>>;
}

/**
 * Means of columns over equal steps, oldest first; steps without samples are absent. Columns in `last` are not averaged (states,
 * words of bits): they hold the step's last sample. Computed by SQLite, so that a day costs hundreds of rows and not thousands.
 * @throws RangeError for a column that the table does not have
 */
export function seriesMeans(
  store: Store,
  table: SampleTable,
  device: string,
  steps: Steps,
  columns: readonly string[],
  last: readonly string[] = [],
): SeriesRow[] {
  const asked = [...columns, ...last];
  const known = new Set<string>(SAMPLE_COLUMNS[table]);
  for (const column of asked) if (!known.has(column)) throw new RangeError(`no column ${column} in ${table}`);
  const means = columns.map((column) => `avg("${column}") AS "${column}"`);
  // Numbers are bound as REAL, hence the cast. Beside max(at) SQLite takes plain columns from the row that holds the maximum.
  const lasts = last.map((column) => `"${column}"`);
  const select = [
    "max(at) AS newest",
    "count(*) AS samples",
    "CAST((at - ?) / ? AS INTEGER) AS slot",
    ...means,
    ...lasts,
  ].join(", ");
  const sql = `SELECT ${select} FROM ${table} WHERE ${OF_NAMED_IN_SPAN} GROUP BY slot ORDER BY slot`;
  const { from, to, step_s } = steps;
  const rows = store.read(() => store.db.prepare(sql).all(from, step_s, device, from, to)) as Record<
    string,
    number | null
  >[];
  return rows.map((row) => ({
    at: from + Number(row.slot) * step_s,
    samples: Number(row.samples),
    values: Object.fromEntries(asked.map((column) => [column, row[column] ?? null])),
  }));
}

/** Time of the first sample at or after `from`, or null. */
export function firstSampleAt(store: Store, table: SampleTable, device: string, from: number): number | null {
  const sql = `SELECT at FROM ${table} WHERE device = (SELECT id FROM devices WHERE name = ?) AND id >= ${keyFrom()} ORDER BY id LIMIT 1`;
  const at = store.read(() => store.db.prepare(sql).pluck().get(device, from));
  return at === undefined ? null : Number(at);
}
