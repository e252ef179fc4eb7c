import type { Raw } from "../codec/table.ts";
import type { Store } from "./database.ts";
import { CELL_SLOTS, cellColumn, SAMPLE_COLUMNS, type SampleTable } from "./schema.ts";

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
  // Beside max(at) SQLite takes plain columns from the row that holds the maximum.
  const lasts = last.map((column) => `"${column}"`);
  const select = ["max(at) AS newest", "count(*) AS samples", "(at - ?) / ? AS slot", ...means, ...lasts].join(", ");
  const sql =
    `SELECT ${select} FROM ${table} WHERE device = (SELECT id FROM devices WHERE name = ?) ` +
    "AND at >= ? AND at < ? GROUP BY slot ORDER BY slot";
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

/** Battery power in W (+ = charging), lowest and highest cell in mV of each step, from one BMS. */
export interface PackStep {
  readonly at: number;
  readonly power: number | null;
  readonly soc: number | null;
  readonly cell_min: number | null;
  readonly cell_max: number | null;
}

/** No cell has this many mV; it stands for a cell that is not there. */
const NO_CELL = 1_000_000;

/** What the charts need of one BMS, over equal steps, oldest first. */
export function packSteps(store: Store, device: string, steps: Steps): PackStep[] {
  const cells = Array.from({ length: CELL_SLOTS }, (_, index) => cellColumn(index + 1));
  const lowest = `min(${cells.map((column) => `coalesce(${column}, ${NO_CELL})`).join(", ")})`;
  const highest = `max(${cells.map((column) => `coalesce(${column}, 0)`).join(", ")})`;
  const sql =
    "SELECT (at - ?) / ? AS slot, avg(pack_voltage * battery_current) / 1000000.0 AS power, avg(soc) AS soc, " +
    `min(${lowest}) AS cell_min, max(${highest}) AS cell_max FROM bms_samples ` +
    "WHERE device = (SELECT id FROM devices WHERE name = ?) AND at >= ? AND at < ? GROUP BY slot ORDER BY slot";
  const { from, to, step_s } = steps;
  const rows = store.read(() => store.db.prepare(sql).all(from, step_s, device, from, to)) as {
    slot: number;
    power: number | null;
    soc: number | null;
    cell_min: number;
    cell_max: number;
  }[];
  return rows.map(({ slot, power, soc, cell_min, cell_max }) => ({
    at: from + slot * step_s,
    power,
    soc,
    cell_min: cell_min === NO_CELL ? null : cell_min,
    cell_max: cell_max === 0 ? null : cell_max,
  }));
}

/** A sample's scaled integers at a moment. */
export interface Reading {
  readonly at: number;
  readonly raw: Readonly<Record<string, Raw>>;
}

/** The last sample before each moment, and not more than `max_age_s` before it; moments without one are left out. */
export function readingsAt(
  store: Store,
  table: SampleTable,
  device: string,
  columns: readonly string[],
  moments: readonly number[],
  max_age_s: number,
): Reading[] {
  const known = new Set<string>(SAMPLE_COLUMNS[table]);
  const list = columns.filter((column) => known.has(column)).map((column) => `"${column}"`);
  const statement = store.db.prepare(
    `SELECT ${["at", ...list].join(", ")} FROM ${table} WHERE device = (SELECT id FROM devices WHERE name = ?) ` +
      "AND at <= ? AND at > ? ORDER BY at DESC LIMIT 1",
  );
  return store.read(() =>
    moments.flatMap((moment) => {
      const row = statement.get(device, moment, moment - max_age_s) as Record<string, Raw> | undefined;
      if (!row) return [];
      const { at, ...raw } = row;
      return [{ at: Number(at), raw }];
    }),
  );
}

/** Time of the first sample at or after `from`, or null. */
export function firstSampleAt(store: Store, table: SampleTable, device: string, from: number): number | null {
  const sql = `SELECT at FROM ${table} WHERE device = (SELECT id FROM devices WHERE name = ?) AND at >= ? ORDER BY at LIMIT 1`;
  const at = store.read(() => store.db.prepare(sql).pluck().get(device, from));
  return at === undefined ? null : Number(at);
}
