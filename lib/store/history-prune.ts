import { faultPoint } from "../base/fault-point.ts";
import { dayBounds, localTime } from "../base/local-time.ts";
import { movedByThisBoot } from "./boots.ts";
import type { Store } from "./database.ts";
import { EARLIEST_SANE, quarterOf } from "./history-fields.ts";
import { historyDevices } from "./history-rollup.ts";
import { type HistoryDevice, type HistoryState, readHistoryState, sampleFrom } from "./history-rows.ts";
import { DEVICES_MOST, keyFrom, OF_DEVICE_IN_SPAN } from "./sample-key.ts";

export interface Retention {
  readonly now: number;
  readonly time_zone: string;
  /** Days for which every sample is kept, then one a minute. */
  readonly every_sample_days: number;
  /** Days for which samples are kept at all. */
  readonly samples_days: number;
  /** Days for which quarter hours are kept; days stay for ever. */
  readonly quarters_days: number;
}

/** How many rows went. */
export interface Pruned {
  readonly thinned: number;
  readonly samples: number;
  readonly quarters: number;
}

const DAY_S = 86400;
/** Of the last week, so many days must hold samples: a clock that leapt ahead makes everything look old. */
const WEEK_DAYS = 7;
const DAYS_WITH_SAMPLES = 3;
/** A hole before the last week: the station was off, or the clock has leapt. When the hole is a week old it was the former, s. */
const LEAP_S = 2 * DAY_S;
/** Samples with no neighbour for so long after them are an island in time: the clock was wrong, or nobody knows. */
const ISLAND_S = 14 * DAY_S;

/** Nothing was pruned. */
export const NOTHING_PRUNED: Pruned = { thinned: 0, samples: 0, quarters: 0 };

/**
 * One run's share of thinning and pruning, in short transactions: of each device and each kind of rows at most one day goes, the oldest.
 * Only what is rolled up goes, and only while the clock is believed; samples of a clock that was never set, of the future, and islands in
 * time stay. A wrong clock makes everything look old, and a run under it must not cost the history.
 */
export function* pruneShare(store: Store, retention: Retention): Generator<Pruned> {
  for (const device of historyDevices(store)) {
    for (const work of [thin, pruneSamples, pruneQuarters]) {
      const state = readHistoryState(store, device.id);
      if (state === null || state.dirty_from !== null || !isClockBelieved(store, device, state, retention.now)) break;
      const pruned = work(store, device, state, retention);
      if (pruned !== null) yield pruned;
    }
  }
}

/** As many runs' shares as there are; for tests and small amounts. */
export function prune(store: Store, retention: Retention): Pruned {
  let total = NOTHING_PRUNED;
  for (;;) {
    const shares = [...pruneShare(store, retention)];
    if (shares.length === 0) return total;
    total = shares.reduce(addPruned, total);
  }
}

export function addPruned(a: Pruned, b: Pruned): Pruned {
  return { thinned: a.thinned + b.thinned, samples: a.samples + b.samples, quarters: a.quarters + b.quarters };
}

/**
 * False when `now` may be wrong: there are hardly any samples of the week before it, they are those that a jump of this boot's clock took
 * along, or nothing leads up to them from the time before.
 */
function isClockBelieved(store: Store, device: HistoryDevice, { pruned_before }: HistoryState, now: number): boolean {
  const { samples } = device.kind;
  const moved = movedByThisBoot(store);
  const sql =
    `SELECT count(DISTINCT at / ${DAY_S}) AS days, min(at) AS first FROM ${samples} ` +
    `WHERE ${OF_DEVICE_IN_SPAN} AND (boot IS NULL OR boot <> ? OR at >= ?)`;
  const from = now - WEEK_DAYS * DAY_S + 1;
  const { days, first } = store.read(() =>
    store.db.prepare(sql).get(device.id, from, now + 1, moved.boot, moved.until),
  ) as { days: number; first: number | null };
  if (first === null || days < DAYS_WITH_SAMPLES) return false;
  const before = store.read(() =>
    store.db
      .prepare(`SELECT max(id) / ${DEVICES_MOST} FROM ${samples} WHERE ${OF_DEVICE_IN_SPAN}`)
      .pluck()
      .get(device.id, pruned_before ?? EARLIEST_SANE, first),
  ) as number | null;
  return before === null || first - before < LEAP_S;
}

/** Samples that no roll-up and no pruning touches: of a clock that was never set, of the future, or older than what is pruned. */
export function samplesOfWrongTime(store: Store, now: number): number {
  let count = 0;
  for (const device of historyDevices(store)) {
    const before = readHistoryState(store, device.id)?.pruned_before ?? EARLIEST_SANE;
    const sql = `SELECT count(*) FROM ${device.kind.samples} WHERE device = ? AND (id < ${keyFrom()} OR id >= ${keyFrom("? + 1")})`;
    count += Number(
      store.read(() =>
        store.db
          .prepare(sql)
          .pluck()
          .get(device.id, before, now + DAY_S),
      ),
    );
  }
  return count;
}

function thin(store: Store, device: HistoryDevice, state: HistoryState, retention: Retention): Pruned | null {
  const before = Math.min(quarterOf(retention.now - retention.every_sample_days * DAY_S), state.through);
  const span = nextDay(store, device, state.thinned_before ?? state.pruned_before, before);
  if (span === null) return null;
  const { samples } = device.kind;
  const inSpan = OF_DEVICE_IN_SPAN;
  const bounds = [device.id, span.from, span.to];
  const sql = `DELETE FROM ${samples} WHERE ${inSpan} AND id NOT IN (SELECT min(id) FROM ${samples} WHERE ${inSpan} GROUP BY at / 60)`;
  return store.write(() => {
    const thinned = store.db.prepare(sql).run(...bounds, ...bounds).changes;
    faultPoint("thin_half_written");
    remember(store, device, "thinned_before", span.to);
    return { ...NOTHING_PRUNED, thinned };
  });
}

function pruneSamples(store: Store, device: HistoryDevice, state: HistoryState, retention: Retention): Pruned | null {
  const done = Math.min(state.through, state.days_from ?? state.through);
  const before = Math.min(quarterOf(retention.now - retention.samples_days * DAY_S), done);
  const span = nextDay(store, device, state.pruned_before, before);
  if (span === null) return null;
  const island = sampleFrom(store, device, span.to, span.to + ISLAND_S) === null;
  const sql = `DELETE FROM ${device.kind.samples} WHERE ${OF_DEVICE_IN_SPAN}`;
  return store.write(() => {
    const samples = island ? 0 : store.db.prepare(sql).run(device.id, span.from, span.to).changes;
    faultPoint("prune_half_written");
    remember(store, device, "pruned_before", span.to);
    return { ...NOTHING_PRUNED, samples };
  });
}

function pruneQuarters(store: Store, device: HistoryDevice, state: HistoryState, retention: Retention): Pruned | null {
  const { now, time_zone, quarters_days } = retention;
  const sql = `SELECT min(at) FROM ${device.kind.quarters} WHERE device = ?`;
  const first = store.read(() => store.db.prepare(sql).pluck().get(device.id)) as number | null;
  // The midnight after the first quarter hour, however long its day is.
  const horizon = Math.min(
    now - quarters_days * DAY_S,
    dayBounds(localTime(first ?? now, time_zone).day, time_zone).end,
  );
  const done = Math.min(state.through, state.days_from ?? state.through);
  const before = dayBounds(localTime(Math.min(horizon, done), time_zone).day, time_zone).start;
  if (first === null || first >= before) return null;
  if (before <= (state.quarters_pruned_before ?? EARLIEST_SANE)) return null;
  return store.write(() => {
    const sql = `DELETE FROM ${device.kind.quarters} WHERE device = ? AND at < ?`;
    const quarters = store.db.prepare(sql).run(device.id, before).changes;
    remember(store, device, "quarters_pruned_before", before);
    return { ...NOTHING_PRUNED, quarters };
  });
}

/** The next day of samples before `before`, or null. Spans begin at the first sample, so that long gaps cost nothing. */
function nextDay(
  store: Store,
  device: HistoryDevice,
  from: number | null,
  before: number,
): { readonly from: number; readonly to: number } | null {
  const first = sampleFrom(store, device, from ?? EARLIEST_SANE, before);
  if (first === null) return null;
  const start = Math.max(from ?? EARLIEST_SANE, quarterOf(first));
  return { from: start, to: Math.min(before, start + DAY_S) };
}

function remember(
  store: Store,
  device: HistoryDevice,
  column: "thinned_before" | "pruned_before" | "quarters_pruned_before",
  at: number,
): void {
  store.db.prepare(`UPDATE history_states SET ${column} = ? WHERE device = ?`).run(at, device.id);
}
