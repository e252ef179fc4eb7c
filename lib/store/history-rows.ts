import { EnergyFold, type EnergyRow, type Reading } from "../view/energy-fold.ts";
import type { Store } from "./database.ts";
import type { DeviceKind } from "./device-rows.ts";
import { CLASS_MARK } from "./grid-sql.ts";
import {
  EARLIEST_SANE,
  HISTORY,
  type HistoryField,
  type HistoryKind,
  historyColumns,
  QUARTER_S,
  quarterOf,
  sumColumns,
} from "./history-fields.ts";
import { DEVICES_MOST, OF_DEVICE_IN_SPAN } from "./sample-key.ts";
import { rememberedMachine } from "./view.ts";

/** A roll-up row as scaled integers: `samples`, `covered_s`, `<key>_avg|_min|_max`, energies and seconds. */
export type HistoryRow = Readonly<Record<string, number | null>>;

/** A device and what its history is made of. */
export interface HistoryDevice {
  readonly id: number;
  readonly kind: HistoryKind;
}

/** How far the history of a device is; times UTC seconds. */
export interface HistoryState {
  /** Samples before this moment are rolled up. */
  readonly through: number;
  /** A sample older than `through` arrived or was moved: from here the roll-up is done anew. */
  readonly dirty_from: number | null;
  /** Days from this moment on have to be summed (again). */
  readonly days_from: number | null;
  /** Zone of the day rows. */
  readonly time_zone: string | null;
  readonly thinned_before: number | null;
  readonly pruned_before: number | null;
  readonly quarters_pruned_before: number | null;
}

/** Counters that are missing for longer than this (a charger that sleeps) begin anew when nothing else is remembered. */
const LOOK_BACK_S = 2 * 86400;

/** Null when the device was never seen. */
export function historyDevice(store: Store, name: string): HistoryDevice | null {
  const row = store.read(() => store.db.prepare("SELECT id, kind FROM devices WHERE name = ?").get(name));
  if (row === undefined) return null;
  const { id, kind } = row as { id: number; kind: DeviceKind };
  return { id, kind: HISTORY[kind] };
}

/** Null before the first roll-up. */
export function readHistoryState(store: Store, device: number): HistoryState | null {
  const sql =
    "SELECT through, dirty_from, days_from, time_zone, thinned_before, pruned_before, quarters_pruned_before " +
    "FROM history_states WHERE device = ?";
  return (store.read(() => store.db.prepare(sql).get(device)) as HistoryState | undefined) ?? null;
}

/** Lines of [from, to) by equal steps from `origin`, straight from the samples: `at`, `samples`, `<key>_avg|_min|_max`. */
export function sampleLines(
  store: Store,
  device: HistoryDevice,
  range: { readonly from: number; readonly to: number; readonly step_s: number; readonly origin: number },
  keys: readonly string[],
): (HistoryRow & { readonly at: number })[] {
  const fields = keys.map((key) => [key, device.kind.fields[key] as HistoryField] as const);
  const inner = withClass(store, device, range.to, fields.map(([key, { sql }]) => `, ${sql} AS "${key}"`).join(""));
  const outer = fields.map(
    ([key]) =>
      `, CAST(round(avg("${key}")) AS INTEGER) AS "${key}_avg", min("${key}") AS "${key}_min", max("${key}") AS "${key}_max"`,
  );
  const [origin, step] = [Math.trunc(range.origin), Math.trunc(range.step_s)];
  // MATERIALIZED computes each expression once for the three aggregates; literals keep the division whole.
  const sql =
    `WITH line AS MATERIALIZED (SELECT (at - ${origin}) / ${step} AS step${inner} FROM ${device.kind.samples} ` +
    `WHERE ${OF_DEVICE_IN_SPAN}) ` +
    `SELECT ${origin} + step * ${step} AS at, count(*) AS samples${outer.join("")} FROM line GROUP BY step ORDER BY step`;
  return store.read(() => store.db.prepare(sql).all(device.id, sane(range.from), range.to)) as (HistoryRow & {
    at: number;
  })[];
}

/** Puts the class that is remembered of the machine where lines depend on it. */
function withClass(store: Store, { id }: HistoryDevice, now: number, sql: string): string {
  if (!sql.includes(CLASS_MARK)) return sql;
  const name = store.read(() => store.db.prepare("SELECT name FROM devices WHERE id = ?").pluck().get(id)) as string;
  return sql.replaceAll(CLASS_MARK, String(rememberedMachine(store, name, now).battery_class ?? "NULL"));
}

/** Quarter hours of [from, to) from the samples, with the energies of `fold`, which is fed the samples of the same span. */
export function freshQuarters(
  store: Store,
  device: HistoryDevice,
  from: number,
  to: number,
  fold: EnergyFold,
  keys: readonly string[] = Object.keys(device.kind.fields),
): Map<number, HistoryRow> {
  for (const row of energyRows(store, device, from, to)) fold.add(row);
  const lines = sampleLines(store, device, { from, to, step_s: QUARTER_S, origin: quarterOf(from) }, keys);
  const quarters = new Map<number, HistoryRow>(lines.map((line) => [line.at, line]));
  const columns = ["covered_s", ...sumColumns(device.kind)];
  for (const [at, amounts] of fold.quarters) {
    const sums = Object.fromEntries(columns.map((column) => [column, amounts[column] ?? null]));
    quarters.set(at, { ...(quarters.get(at) ?? { at, samples: 0 }), ...sums, covered_s: sums.covered_s ?? 0 });
  }
  return quarters;
}

/** Stored quarter hours of [from, to) in order of time; only `columns`. */
export function storedQuarters(
  store: Store,
  device: HistoryDevice,
  from: number,
  to: number,
  columns: readonly string[] = historyColumns(device.kind),
): (HistoryRow & { readonly at: number })[] {
  const sql =
    `SELECT at, ${columns.map((column) => `"${column}"`).join(", ")} FROM ${device.kind.quarters} ` +
    "WHERE device = ? AND at >= ? AND at < ? ORDER BY at";
  return store.read(() => store.db.prepare(sql).all(device.id, from, to)) as (HistoryRow & { at: number })[];
}

/** What is remembered of counters and states at the end of the roll-up. */
export function storedReadings(store: Store, device: number): Map<string, Reading> {
  const rows = store.read(() =>
    store.db.prepare("SELECT key, at, raw FROM history_readings WHERE device = ?").all(device),
  );
  return new Map((rows as ({ key: string } & Reading)[]).map(({ key, at, raw }) => [key, { at, raw }]));
}

/** Samples whose two distances say how often this station is polled. */
const HABIT_SAMPLES = 3;

/** The same for any moment, from the samples before it: each counter's last reading, and state and distances of the last samples. */
export function readingsBefore(store: Store, device: HistoryDevice, moment: number): Map<string, Reading> {
  const fold = new EnergyFold(device.kind, new Map());
  const earliest = Math.max(moment - LOOK_BACK_S, EARLIEST_SANE);
  const rowAt = (at: number) => energyRows(store, device, at, at + 1)[0];
  const lastKnown = (key: string) => {
    const sql = `SELECT max(id) / ${DEVICES_MOST} FROM ${device.kind.samples} WHERE ${OF_DEVICE_IN_SPAN} AND "${key}" IS NOT NULL`;
    return store.read(() => store.db.prepare(sql).pluck().get(device.id, earliest, moment)) as number | null;
  };
  const counters = Object.keys(device.kind.energy).filter((key) => device.kind.energy[key]?.from === "counter");
  const known = counters.map(lastKnown);
  const newest = store.read(() =>
    store.db
      .prepare(`SELECT at FROM ${device.kind.samples} WHERE ${OF_DEVICE_IN_SPAN} ORDER BY id DESC LIMIT ?`)
      .pluck()
      .all(device.id, earliest, moment, HABIT_SAMPLES),
  ) as number[];
  const moments = [...new Set([...known, ...newest].filter((at) => at !== null))].sort((a, b) => a - b);
  for (const at of moments) {
    const row = rowAt(at);
    if (row) fold.add(row);
  }
  return fold.readings;
}

/** The last sample before a moment, or null. */
export function sampleBefore(store: Store, device: HistoryDevice, moment: number): number | null {
  const sql = `SELECT max(id) / ${DEVICES_MOST} FROM ${device.kind.samples} WHERE ${OF_DEVICE_IN_SPAN}`;
  return store.read(() => store.db.prepare(sql).pluck().get(device.id, EARLIEST_SANE, moment)) as number | null;
}

/** The first sample of [from, to), or null. */
export function sampleFrom(store: Store, device: HistoryDevice, from: number, to: number): number | null {
  const sql = `SELECT min(id) / ${DEVICES_MOST} FROM ${device.kind.samples} WHERE ${OF_DEVICE_IN_SPAN}`;
  return store.read(() => store.db.prepare(sql).pluck().get(device.id, sane(from), to)) as number | null;
}

function energyRows(store: Store, device: HistoryDevice, from: number, to: number): EnergyRow[] {
  const counters = Object.keys(device.kind.energy).filter((key) => device.kind.energy[key]?.from === "counter");
  const columns =
    counters.length > 0
      ? [...counters.map((key) => `"${key}"`), "rated_power", "grid_relay_closed AS relay"]
      : ["CAST(round(pack_voltage * battery_current / 1000.0) AS INTEGER) AS power"];
  const sql = `SELECT at, ${columns.join(", ")} FROM ${device.kind.samples} WHERE ${OF_DEVICE_IN_SPAN} ORDER BY id`;
  return store.read(() => store.db.prepare(sql).all(device.id, sane(from), to)) as EnergyRow[];
}

function sane(from: number): number {
  return Math.max(from, EARLIEST_SANE);
}
