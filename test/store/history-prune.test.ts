import assert from "node:assert/strict";
import { test } from "node:test";
import { noteBoot } from "../../lib/store/boots.ts";
import type { Store } from "../../lib/store/database.ts";
import { historyDays } from "../../lib/store/history.ts";
import { prune, pruneShare, type Retention, samplesOfWrongTime } from "../../lib/store/history-prune.ts";
import { rollUp } from "../../lib/store/history-rollup.ts";
import { tidySome } from "../../lib/store/housekeeping.ts";
import { recordJobRun } from "../../lib/store/jobs.ts";
import { allRows, DAY, every, MONDAY, newStore, storeInverter } from "./history-support.ts";

const KEEP = { time_zone: "UTC", every_sample_days: 1, samples_days: 5, quarters_days: 20 };
const retention = (now: number): Retention => ({ ...KEEP, now });

function count(store: Store, from = 0, to = Number.MAX_SAFE_INTEGER): number {
  const sql = "SELECT count(*) FROM inverter_samples WHERE at >= ? AND at < ?";
  return Number(store.db.prepare(sql).pluck().get(from, to));
}

/** Ten days at one sample a minute, or at the distance given. */
function tenDays(store: Store, step = 60): number {
  storeInverter(store, every(step, MONDAY, MONDAY + 10 * DAY), (at) => ({
    pv_energy: Math.floor((at - MONDAY) / 900),
  }));
  return MONDAY + 10 * DAY;
}

test("old samples go once they are rolled up, and the totals stay", (t) => {
  const store = newStore(t);
  const now = tenDays(store);
  rollUp(store, { now, time_zone: "UTC" });
  const request = { first_day: "2026-06-01", last_day: "2026-06-10", time_zone: "UTC" };
  const before = historyDays(store, "inverter", request);
  const rows = allRows(store);
  const pruned = prune(store, retention(now));
  assert.equal(pruned.samples, 5 * 1440);
  assert.equal(count(store, 0, MONDAY + 5 * DAY), 0);
  assert.equal(count(store), 5 * 1440);
  assert.deepEqual(historyDays(store, "inverter", request), before);
  assert.deepEqual(allRows(store), rows);
  assert.deepEqual(prune(store, retention(now)), { thinned: 0, samples: 0, quarters: 0 });
});

test("what is not rolled up is not pruned", (t) => {
  const store = newStore(t);
  const now = tenDays(store);
  assert.equal(prune(store, retention(now)).samples, 0);
  rollUp(store, { now: MONDAY + 2 * DAY, time_zone: "UTC" });
  prune(store, retention(now));
  assert.equal(count(store, MONDAY + 2 * DAY), 8 * 1440);
});

test("a late sample keeps everything until it is rolled up too", (t) => {
  const store = newStore(t);
  const now = tenDays(store);
  rollUp(store, { now, time_zone: "UTC" });
  storeInverter(store, [MONDAY + 2 * DAY + 7], () => ({ pv_energy: 800 }));
  assert.deepEqual(prune(store, retention(now)), { thinned: 0, samples: 0, quarters: 0 });
  rollUp(store, { now, time_zone: "UTC" });
  assert.ok(prune(store, retention(now)).samples > 0);
});

test("of several samples a minute one is left after a day, and averages stay those of all", (t) => {
  const store = newStore(t);
  storeInverter(store, every(7200, MONDAY - 3 * DAY, MONDAY), () => ({}));
  storeInverter(store, every(5, MONDAY, MONDAY + 2 * 3600), (at) => ({ pv_power: at % 60 }));
  const now = MONDAY + 36 * 3600;
  storeInverter(store, every(5, now - 3600, now), () => ({}));
  rollUp(store, { now, time_zone: "UTC" });
  const rows = allRows(store);
  assert.equal(prune(store, { ...retention(now), samples_days: 90 }).thinned, 120 * 11);
  assert.equal(count(store, MONDAY, MONDAY + 7200), 120);
  assert.equal(count(store, now - 3600, now), 720, "the last day keeps all");
  assert.deepEqual(allRows(store), rows);
});

test("a clock that leapt ahead ten years prunes nothing", (t) => {
  const store = newStore(t);
  tenDays(store);
  const wrong = MONDAY + 3660 * DAY;
  storeInverter(store, [wrong - 120, wrong - 60], () => ({}));
  rollUp(store, { now: wrong, time_zone: "UTC" });
  assert.deepEqual(prune(store, retention(wrong)), { thinned: 0, samples: 0, quarters: 0 });
  assert.equal(count(store), 10 * 1440 + 2);
});

test("samples that a jump of this boot's clock moved prove no clock: nothing goes by them", (t) => {
  const store = newStore(t);
  const now = tenDays(store);
  const boot = (uptime_s: number, at: number) => store.write(() => noteBoot(store, { boot_id: "b", uptime_s }, at)).id;
  const id = boot(0, now - 6 * DAY);
  store.write(() => store.db.prepare("UPDATE inverter_samples SET boot = ? WHERE at >= ?").run(id, now - 6 * DAY));
  const wrong = now + 365 * DAY;
  boot(6 * DAY, wrong);
  assert.equal(count(store, wrong - 6 * DAY, wrong), 6 * 1440, "the jump took six days along");
  // A day goes on, so that something leads up to the last week.
  storeInverter(store, every(60, wrong, wrong + 2 * DAY), () => ({}));
  store.write(() => store.db.prepare("UPDATE inverter_samples SET boot = ? WHERE at >= ?").run(id, wrong));
  rollUp(store, { now: wrong + 2 * DAY, time_zone: "UTC" });
  assert.deepEqual([...pruneShare(store, retention(wrong + 2 * DAY))], []);
  assert.equal(count(store, 0, now), 4 * 1440);
});

test("days of samples right behind a leap prove nothing before they are a week", (t) => {
  const store = newStore(t);
  tenDays(store);
  const wrong = MONDAY + 100 * DAY;
  storeInverter(store, every(600, wrong - 5 * DAY, wrong), () => ({}));
  rollUp(store, { now: wrong, time_zone: "UTC" });
  assert.deepEqual([...pruneShare(store, retention(wrong))], []);
  storeInverter(store, every(600, wrong, wrong + 4 * DAY), () => ({}));
  rollUp(store, { now: wrong + 4 * DAY, time_zone: "UTC" });
  assert.notDeepEqual([...pruneShare(store, retention(wrong + 4 * DAY))], [], "the station had only been off");
});

test("one run takes one day of each kind of rows, the oldest", (t) => {
  const store = newStore(t);
  const now = tenDays(store, 20);
  rollUp(store, { now, time_zone: "Europe/Berlin" });
  const share = { ...retention(now), quarters_days: 6, time_zone: "Europe/Berlin" };
  const [thinned, samples, quarters, ...more] = [...pruneShare(store, share)];
  assert.deepEqual(thinned, { thinned: 2 * 1440, samples: 0, quarters: 0 });
  assert.deepEqual(samples, { thinned: 0, samples: 1440, quarters: 0 });
  assert.equal(quarters?.quarters, 22 * 4, "the first local day begins at two in the night");
  assert.deepEqual(more, []);
  assert.equal(count(store, MONDAY + DAY), 9 * 4320);
  assert.equal([...pruneShare(store, share)][1]?.samples, 1440);
  assert.equal(count(store, MONDAY + 2 * DAY), 8 * 4320);
});

test("samples of a wrong clock are never pruned: before 2020, of the future, and islands in time", (t) => {
  const store = newStore(t);
  const island = MONDAY - 800 * DAY;
  const wrong = [1000, 1060, island, island + 60, MONDAY + 900 * DAY];
  storeInverter(store, wrong, () => ({}));
  const now = tenDays(store);
  rollUp(store, { now, time_zone: "UTC" });
  prune(store, retention(now));
  for (const at of wrong) assert.equal(count(store, at, at + 1), 1, `${at}`);
  assert.equal(samplesOfWrongTime(store, now), wrong.length);
});

test("quarter hours go later, days stay for ever and are not computed anew from half a day", (t) => {
  const store = newStore(t);
  const now = tenDays(store);
  rollUp(store, { now, time_zone: "UTC" });
  const request = { first_day: "2026-06-01", last_day: "2026-06-10", time_zone: "UTC" };
  const before = historyDays(store, "inverter", request);
  assert.ok(prune(store, { ...retention(now), quarters_days: 6 }).quarters >= 3 * 96);
  const left = store.db.prepare("SELECT count(*) FROM inverter_quarters").pluck().get();
  // The last one is not over yet.
  assert.ok(Number(left) >= 6 * 96 - 1, `${left} quarter hours are left`);
  assert.deepEqual(historyDays(store, "inverter", request), before);
  storeInverter(store, every(600, now, now + DAY), () => ({}));
  rollUp(store, { now: now + 2 * DAY, time_zone: "UTC" });
  assert.deepEqual(historyDays(store, "inverter", request).slice(0, 9), before.slice(0, 9));
  rollUp(store, { now, time_zone: "Europe/Berlin" });
  const days = store.db.prepare("SELECT count(*) FROM inverter_days").pluck().get();
  assert.ok(Number(days) >= 10);
});

test("the second run finds nothing left to do, also after late samples", (t) => {
  const store = newStore(t);
  const now = tenDays(store);
  rollUp(store, { now, time_zone: "UTC" });
  prune(store, retention(now));
  storeInverter(store, [MONDAY + 8 * DAY + 7, MONDAY + 1 * DAY + 7], () => ({ pv_energy: 800 }));
  rollUp(store, { now, time_zone: "UTC" });
  assert.equal(prune(store, retention(now)).thinned, 1);
  assert.equal(count(store, MONDAY + DAY, MONDAY + DAY + 60), 1, "too late for its roll-up: kept, not pruned");
});

test("failed job runs of more than two days go, the newest stay", (t) => {
  const store = newStore(t);
  const state = { last_ok_at: null, failing_since: null, failing_code: null, last_told_at: null };
  const run = (started_at: number) => ({ job: "j", started_at, duration_ms: 1, exit_code: 69, message: "away" });
  store.write(() => {
    for (let i = 0; i < 5500; i++) recordJobRun(store, run(MONDAY + i * 60), state);
  });
  const now = MONDAY + 5500 * 60;
  while (tidySome(store, now) > 0);
  assert.equal(store.db.prepare("SELECT min(started_at) FROM job_runs").pluck().get(), now - 48 * 3600);
  while (tidySome(store, now + 3650 * DAY) > 0);
  assert.equal(store.db.prepare("SELECT count(*) FROM job_runs").pluck().get(), 200);
});
