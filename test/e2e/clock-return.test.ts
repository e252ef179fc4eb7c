import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { speechFor } from "../../lib/cli/speech.ts";
import { openStore } from "../../lib/store/database.ts";
import { historyDays } from "../../lib/store/history.ts";
import { rollUp } from "../../lib/store/history-rollup.ts";
import { setCursor, timeCursor } from "../../lib/store/publish.ts";
import { DAY, every, MONDAY, newStore, storeInverter } from "../store/history-support.ts";
import { testStation } from "../support/command.ts";
import { feed } from "../support/plant-samples.ts";

const NOON = Date.UTC(2026, 5, 21, 12) / 1000;
const YEAR = 365 * DAY;

for (const key of ["last_ok_at", "failing_since", "last_told_at"] as const) {
  test(`a job's ${key} of the future keeps no failure from being told`, () => {
    const now = MONDAY;
    const before = { last_ok_at: now - 60, failing_since: now - 60, failing_code: 69, last_told_at: now - 60 };
    const { state, tellFailure } = speechFor({ ...before, [key]: now + YEAR }, { exit_code: 69, at: now });
    assert.equal(tellFailure, key === "last_told_at");
    for (const time of [state.last_ok_at, state.failing_since, state.last_told_at])
      assert.ok(time === null || time <= now, JSON.stringify(state));
  });
}

test("a cursor of the future is lost, one of now is not", (t) => {
  const store = newStore(t);
  store.write(() => setCursor(store, "c", MONDAY + YEAR));
  assert.deepEqual(timeCursor(store, "c"), { at: null, lost: true });
  store.write(() => setCursor(store, "c", MONDAY - 5));
  assert.deepEqual(timeCursor(store, "c"), { at: MONDAY - 5, lost: false });
});

test("history goes on after its progress was written a year ahead", (t) => {
  const store = newStore(t);
  storeInverter(store, every(600, MONDAY, MONDAY + DAY), () => ({}));
  storeInverter(store, every(600, MONDAY + YEAR, MONDAY + YEAR + DAY), () => ({}));
  rollUp(store, { now: MONDAY + YEAR + DAY, time_zone: "UTC" });
  storeInverter(store, every(600, MONDAY + DAY, MONDAY + 3 * DAY), () => ({}));
  rollUp(store, { now: MONDAY + 3 * DAY, time_zone: "UTC" });
  const days = historyDays(store, "inverter", { first_day: "2026-06-01", last_day: "2026-06-03", time_zone: "UTC" });
  assert.deepEqual(
    days.map(({ samples }) => samples),
    [144, 144, 144],
  );
});

test("a named export goes on after its cursor was a year ahead", async (t) => {
  const station = testStation(t, "");
  const store = openStore(join(station.folder, "station.db"), { clock: { now: () => MONDAY, monotonic: () => 0 } });
  storeInverter(store, every(600, MONDAY - 3600, MONDAY), () => ({}));
  store.write(() => setCursor(store, "export:later", MONDAY + YEAR));
  store.close();
  const first = await station.run("station", ["export", "--format", "influx", "--cursor", "later"], { now: MONDAY });
  assert.equal(first.code, 0, first.stderr);
  assert.ok(first.stdout.trim().split("\n").length >= 6, first.stdout);
});

for (const lang of ["en", "ru"]) {
  test(`a fresh station only observes, says so once a day (${lang}), and still does without its state file`, async (t) => {
    const station = testStation(t, "");
    writeFileSync(
      station.configPath,
      `station: {state_dir: ${JSON.stringify(station.folder)}, lang: ${lang}}\nbatmon: {report_hour: 12, rules: {dwell_on: 5, full_hold: 1}}\n`,
    );
    const reading = { cell: 3400, soc: 99, pv: 900, load: 500, float: true };
    feed(station, NOON - 3600, NOON, reading);
    for (const minute of [0, 1]) {
      feed(station, NOON + 60 * minute, NOON + 60 * minute + 1, reading);
      const { code, stderr } = await station.run("batmon", ["-v"], { now: NOON + 60 * minute + 5 });
      assert.equal(code, 0, stderr);
      assert.equal(/only observing/.test(stderr), minute === 0, stderr);
    }
    assert.equal(existsSync(join(station.folder, "inverter_cmd.lst")), false);
    // All of it goes, its mark that it once was there too; the mode beside it stays.
    for (const name of readdirSync(station.folder)) {
      if (name.startsWith("station.db") && name !== "station.db.mode") rmSync(join(station.folder, name));
    }
    feed(station, NOON + 7000, NOON + 7200, reading);
    const { stdout } = await station.run("batmon", ["--json"], { now: NOON + 7205 });
    assert.equal(JSON.parse(stdout).decision.mode, "observe", stdout);
  });
}
