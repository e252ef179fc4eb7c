import assert from "node:assert/strict";
import { test } from "node:test";
import { type BootInfo, noteBoot } from "../../lib/store/boots.ts";
import type { Store } from "../../lib/store/database.ts";
import { historyDays } from "../../lib/store/history.ts";
import { rollUp } from "../../lib/store/history-rollup.ts";
import { DAY, every, MONDAY, newStore, storeInverter } from "./history-support.ts";

const HOUR = 3600;

/** Stores a sample a minute as a board would that came up `uptime_s` ago and whose clock shows `at`. */
function live(store: Store, boot_id: string, moments: Iterable<number>, clockOffset: (uptime: number) => number): void {
  for (const uptime_s of moments) {
    const now = clockOffset(uptime_s) + uptime_s;
    const info: BootInfo = { boot_id, uptime_s };
    const { id } = store.write(() => noteBoot(store, info, now));
    storeInverter(store, [now], () => ({ pv_energy: Math.floor(uptime_s / 400) }));
    store.write(() => store.db.prepare("UPDATE inverter_samples SET boot = ? WHERE at = ?").run(id, now));
  }
}

const times = (store: Store) => store.db.prepare("SELECT at FROM inverter_samples ORDER BY at").pluck().all();

test("a board that starts in the past moves its samples to their time when the clock is set", (t) => {
  const store = newStore(t);
  const boot = MONDAY + 8 * HOUR;
  live(store, "b", every(60, 30, 1230), (uptime) => (uptime < 450 ? 5_000 : boot));
  assert.deepEqual(times(store), [...every(60, boot + 30, boot + 1230)]);
});

test("samples of the boot before that carry the same times stay where they are", (t) => {
  const store = newStore(t);
  live(store, "a", every(60, 0, HOUR), () => MONDAY);
  // Power cut: the clock goes on from what was saved half an hour before the cut, and is set after ten minutes.
  live(store, "b", every(60, 20, 1220), (uptime) => (uptime < 600 ? MONDAY + 1800 : MONDAY + 9 * HOUR));
  const want = [...every(60, MONDAY, MONDAY + HOUR), ...every(60, MONDAY + 9 * HOUR + 20, MONDAY + 9 * HOUR + 1220)];
  assert.deepEqual(times(store), want);
});

test("a clock that ran ahead and is set back: moved, and the roll-up done anew", (t) => {
  const store = newStore(t);
  live(store, "b", every(60, 0, 4 * HOUR), () => MONDAY + 2 * DAY);
  rollUp(store, { now: MONDAY + 3 * DAY, time_zone: "UTC" });
  live(store, "b", every(60, 4 * HOUR, 8 * HOUR), () => MONDAY);
  assert.deepEqual(times(store), [...every(60, MONDAY, MONDAY + 8 * HOUR)]);
  rollUp(store, { now: MONDAY + 3 * DAY, time_zone: "UTC" });
  const days = historyDays(store, "inverter", { first_day: "2026-06-01", last_day: "2026-06-03", time_zone: "UTC" });
  assert.deepEqual(
    days.map(({ samples, energy }) => [samples, energy.pv_energy]),
    [
      [480, 7.1],
      [0, null],
      [0, null],
    ],
  );
});

test("drift is no jump; a jump after a week moves nothing", (t) => {
  const store = newStore(t);
  live(store, "b", every(60, 0, 600), (uptime) => MONDAY + Math.floor(uptime / 20));
  assert.equal(times(store)[0], MONDAY);
  live(store, "c", [0, 8 * DAY], (uptime) => MONDAY + 10 * DAY + (uptime > DAY ? HOUR : 0));
  assert.ok(times(store).includes(MONDAY + 10 * DAY));
  assert.equal(store.db.prepare("SELECT count(*) FROM boots WHERE boot_id = 'c'").pluck().get(), 2);
});

test("two samples that fall on the same second are both kept", (t) => {
  const store = newStore(t);
  storeInverter(store, [MONDAY + 60], () => ({}));
  live(store, "b", [60, 120], (uptime) => (uptime < 100 ? 5000 : MONDAY));
  assert.deepEqual(times(store), [MONDAY + 60, MONDAY + 61, MONDAY + 120]);
});
