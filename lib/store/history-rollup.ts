import { isFromFuture } from "../base/clock.ts";
import { faultPoint } from "../base/fault-point.ts";
import { addDays, dayBounds, localTime } from "../base/local-time.ts";
import { EnergyFold, type Reading } from "../view/energy-fold.ts";
import type { Store } from "./database.ts";
import type { DeviceKind } from "./device-rows.ts";
import { EARLIEST_SANE, HISTORY, historyColumns, quarterOf, sumColumns } from "./history-fields.ts";
import { mergeRows } from "./history-merge.ts";
import {
  freshQuarters,
  type HistoryDevice,
  type HistoryRow,
  type HistoryState,
  readHistoryState,
  readingsBefore,
  sampleBefore,
  sampleFrom,
  storedQuarters,
  storedReadings,
} from "./history-rows.ts";

export interface RollUpOptions {
  /** UTC seconds; samples of the future wait. */
  readonly now: number;
  /** IANA zone of the day borders. */
  readonly time_zone: string;
}

/** A quarter hour is rolled up this long after its end, when every sample of it is stored, s. */
const LAG_S = 120;
/** Work of one transaction: what a small board does in some tenths of a second. */
const QUARTERS_AT_ONCE_S = 86400;
const DAYS_AT_ONCE = 31;

/**
 * Does one short transaction of the roll-up, samples to quarter hours or quarter hours to days. Restartable: whatever was cut off is
 * done by the next call. False = nothing is left to do.
 */
export function rollUpSome(store: Store, options: RollUpOptions): boolean {
  return historyDevices(store).some(
    (device) =>
      forgetFutureProgress(store, device, options.now) ||
      rollUpQuarters(store, device, options) ||
      rollUpDays(store, device, options),
  );
}

/**
 * Progress that a wrong clock wrote lies in the future, and what comes now would never be looked at: it begins anew behind the last
 * quarter hour that can be true. Returns whether there was any.
 */
function forgetFutureProgress(store: Store, device: HistoryDevice, now: number): boolean {
  const state = readHistoryState(store, device.id);
  if (state === null) return false;
  const marks = ["thinned_before", "pruned_before", "quarters_pruned_before"] as const;
  const wrong = marks.filter((mark) => isFromFuture(state[mark] ?? 0, now));
  if (wrong.length === 0 && !isFromFuture(state.through, now)) return false;
  return store.write(() => {
    const sql = `SELECT max(at) FROM ${device.kind.quarters} WHERE device = ? AND at <= ?`;
    const last = store.db.prepare(sql).pluck().get(device.id, now) as number | null;
    const from = Math.min(state.dirty_from ?? Number.POSITIVE_INFINITY, last ?? EARLIEST_SANE);
    const through = Math.min(state.through, quarterOf(now));
    const days_from = Math.min(state.days_from ?? from, from);
    const cleared = wrong.map((mark) => `, ${mark} = NULL`).join("");
    store.db
      .prepare(`UPDATE history_states SET through = ?, dirty_from = ?, days_from = ?${cleared} WHERE device = ?`)
      .run(through, from, days_from, device.id);
    return true;
  });
}

/** Rolls up everything at once; for tests and small amounts. */
export function rollUp(store: Store, options: RollUpOptions): void {
  while (rollUpSome(store, options));
}

/** Every device that was ever seen. */
export function historyDevices(store: Store): (HistoryDevice & { readonly name: string })[] {
  const rows = store.read(() => store.db.prepare("SELECT id, name, kind FROM devices ORDER BY id").all());
  return (rows as { id: number; name: string; kind: DeviceKind }[]).map(({ id, name, kind }) => ({
    id,
    name,
    kind: HISTORY[kind],
  }));
}

/** Where the next transaction works; null = nothing to do. */
function nextSpan(store: Store, device: HistoryDevice, state: HistoryState | null, now: number) {
  const limit = quarterOf(now - LAG_S);
  const restart = state?.dirty_from !== null && state !== null ? restartPoint(store, device, state) : null;
  const after = restart ?? state?.through ?? EARLIEST_SANE;
  const first = sampleFrom(store, device, after, limit);
  if (first === null && restart === null) return null;
  const from = restart ?? Math.max(after, quarterOf(first as number));
  const to = Math.min(limit, from + QUARTERS_AT_ONCE_S);
  return { from, to: Math.max(from, to), restart: restart !== null };
}

/** The quarter hour of the last sample before the late one: what lies across its border is as it was. */
function restartPoint(store: Store, device: HistoryDevice, state: HistoryState): number {
  const dirty = state.dirty_from ?? state.through;
  const before = sampleBefore(store, device, dirty);
  return Math.max(quarterOf(before ?? dirty), state.pruned_before ?? EARLIEST_SANE);
}

function rollUpQuarters(store: Store, device: HistoryDevice, { now }: RollUpOptions): boolean {
  if (nextSpan(store, device, readHistoryState(store, device.id), now) === null) return false;
  return store.write(() => {
    const state = readHistoryState(store, device.id);
    const span = nextSpan(store, device, state, now);
    if (span === null) return false;
    const { from, to, restart } = span;
    if (restart) {
      store.db.prepare(`DELETE FROM ${device.kind.quarters} WHERE device = ? AND at >= ?`).run(device.id, from);
    }
    const readings = restart ? readingsBefore(store, device, from) : storedReadings(store, device.id);
    const floor = Math.max(restart ? from : EARLIEST_SANE, state?.quarters_pruned_before ?? EARLIEST_SANE);
    const fold = new EnergyFold(device.kind, readings, floor);
    const quarters = freshQuarters(store, device, from, to, fold);
    faultPoint("rollup_read");
    addQuarters(store, device, quarters);
    faultPoint("rollup_half_written");
    saveReadings(store, device.id, fold.readings);
    const touched = Math.min(from, ...quarters.keys());
    saveProgress(store, device.id, state, { through: to, touched, restart });
    return true;
  });
}

function addQuarters(store: Store, device: HistoryDevice, quarters: ReadonlyMap<number, HistoryRow>): void {
  const columns = historyColumns(device.kind);
  const sums = new Set<string>(["samples", "covered_s", ...sumColumns(device.kind)]);
  const names = columns.map((column) => `"${column}"`);
  const updates = columns.map((column) =>
    sums.has(column)
      ? `"${column}" = CASE WHEN excluded."${column}" IS NULL THEN "${column}" ELSE coalesce("${column}", 0) + excluded."${column}" END`
      : `"${column}" = coalesce(excluded."${column}", "${column}")`,
  );
  const insert = store.db.prepare(
    `INSERT INTO ${device.kind.quarters} (at, device, ${names.join(", ")}) VALUES (?, ?, ${names.map(() => "?").join(", ")}) ` +
      `ON CONFLICT (at, device) DO UPDATE SET ${updates.join(", ")}`,
  );
  for (const [at, row] of quarters) insert.run(at, device.id, ...columns.map((column) => row[column] ?? null));
}

function saveReadings(store: Store, device: number, readings: ReadonlyMap<string, Reading>): void {
  store.db.prepare("DELETE FROM history_readings WHERE device = ?").run(device);
  const insert = store.db.prepare("INSERT INTO history_readings (device, key, at, raw) VALUES (?, ?, ?, ?)");
  for (const [key, { at, raw }] of readings) insert.run(device, key, at, raw);
}

function saveProgress(
  store: Store,
  device: number,
  state: HistoryState | null,
  done: { readonly through: number; readonly touched: number; readonly restart: boolean },
): void {
  const days_from = Math.min(state?.days_from ?? done.touched, done.touched);
  const thinned = state?.thinned_before ?? null;
  store.db
    .prepare(
      "INSERT INTO history_states (device, through, days_from, thinned_before) VALUES (?, ?, ?, ?) ON CONFLICT (device) DO UPDATE " +
        "SET through = excluded.through, days_from = excluded.days_from, dirty_from = NULL, thinned_before = excluded.thinned_before",
    )
    .run(device, done.through, days_from, done.restart && thinned !== null ? Math.min(thinned, done.touched) : thinned);
}

function rollUpDays(store: Store, device: HistoryDevice, { time_zone }: RollUpOptions): boolean {
  const due = (state: HistoryState | null) =>
    state !== null && (state.days_from !== null || state.time_zone !== time_zone);
  if (!due(readHistoryState(store, device.id))) return false;
  return store.write(() => {
    const state = readHistoryState(store, device.id);
    if (state === null || !due(state)) return false;
    const other_zone = state.time_zone !== null && state.time_zone !== time_zone;
    const earliest = wholeDayFrom(state.quarters_pruned_before, time_zone);
    const from = other_zone || state.days_from === null ? earliest : Math.max(state.days_from, earliest);
    const next = sumDaysFrom(store, device, { from, through: state.through, time_zone });
    faultPoint("days_half_written");
    store.db
      .prepare("UPDATE history_states SET days_from = ?, time_zone = ? WHERE device = ?")
      .run(next, time_zone, device.id);
    return true;
  });
}

/** First local midnight whose day still has all its quarter hours. */
function wholeDayFrom(pruned_before: number | null, time_zone: string): number {
  if (pruned_before === null) return EARLIEST_SANE;
  const { start, end } = dayBounds(localTime(pruned_before, time_zone).day, time_zone);
  return start >= pruned_before ? start : end;
}

/** Writes the day rows of some days; returns where to go on, or null at the end. */
function sumDaysFrom(
  store: Store,
  device: HistoryDevice,
  work: { readonly from: number; readonly through: number; readonly time_zone: string },
): number | null {
  const { time_zone, through } = work;
  const { quarters, days } = device.kind;
  const firstFrom = (at: number) =>
    store.db.prepare(`SELECT min(at) FROM ${quarters} WHERE device = ? AND at >= ?`).pluck().get(device.id, at) as
      | number
      | null;
  let first = firstFrom(Math.max(EARLIEST_SANE, dayBounds(localTime(work.from, time_zone).day, time_zone).start));
  let cleared = dayBounds(localTime(work.from, time_zone).day, time_zone).start;
  for (let count = 0; count < DAYS_AT_ONCE && first !== null && first < through; count++) {
    const day = localTime(first, time_zone).day;
    const { start, end } = dayBounds(day, time_zone);
    deleteDays(store, device, cleared, end);
    const merged = mergeRows(device.kind, storedQuarters(store, device, start, end));
    const columns = historyColumns(device.kind);
    store.db
      .prepare(
        `INSERT OR REPLACE INTO ${days} (day, device, from_at, until_at, ${columns.map((c) => `"${c}"`).join(", ")}) ` +
          `VALUES (?, ?, ?, ?, ${columns.map(() => "?").join(", ")})`,
      )
      .run(day, device.id, start, end, ...columns.map((column) => merged[column] ?? null));
    cleared = end;
    first = firstFrom(dayBounds(addDays(day, 1), time_zone).start);
  }
  if (first !== null && first < through) return first;
  deleteDays(store, device, cleared, Number.MAX_SAFE_INTEGER);
  return null;
}

function deleteDays(store: Store, device: HistoryDevice, from: number, to: number): void {
  store.db
    .prepare(`DELETE FROM ${device.kind.days} WHERE device = ? AND until_at > ? AND from_at < ?`)
    .run(device.id, from, to);
}
