import assert from "node:assert/strict";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { StateError } from "../../lib/base/errors.ts";
import { said } from "../../lib/base/failure/failure.ts";
import { stationDoctor } from "../../lib/jobs/station/doctor.ts";
import { MEMORY } from "../../lib/station/rule-memory.ts";
import { backupName } from "../../lib/store/backup-files.ts";
import { recordJobRun } from "../../lib/store/jobs.ts";
import { saveRuleState } from "../../lib/store/rules.ts";
import { stateChecks } from "../../lib/support/state-checks.ts";
import { told } from "../support/doctor.ts";
import { type OrderStation, orderStation } from "../support/orders.ts";
import { savePlantSamples } from "../support/plant-samples.ts";

const DAY_S = 86_400;

function look({ context, store }: OrderStation, name: string) {
  const { level, text, hint } = told(context, stateChecks(context, store)).find((check) => check.name === name) ?? {};
  return [level, text ?? "", hint ?? ""] as const;
}

function stationWithSamples(t: TestContext, ages_s: readonly number[]): OrderStation {
  const station = orderStation(t);
  station.store.write(() => {
    for (const age of ages_s) savePlantSamples(station.store, station.now - age);
  });
  return station;
}

test("the state file: its size, what it grows by a day, and when that is too much", (t) => {
  const empty = orderStation(t);
  assert.match(look(empty, "state file")[1], /^[\d.]+ MiB, 0 samples, no damage found$/);
  const week = stationWithSamples(t, [8 * DAY_S, 60]);
  assert.match(look(week, "state file")[1], /, 4 samples, no damage found, [\d.]+ MiB a day$/);
  assert.equal(look(week, "state file")[0], "ok");
  truncateSync(week.store.path, 26 * 1024 * 1024);
  const [level, text, hint] = look(week, "state file");
  assert.deepEqual([level, hint], ["warn", "does backup-stats run? It rolls up and prunes"]);
  assert.match(text, /^26\.0 MiB, .*, 3\.25 MiB a day$/);
});

test("the state file: SQLite's first complaint, with what to do", (t) => {
  const station = orderStation(t);
  station.store.db.pragma("ignore_check_constraints = ON");
  station.store.db.prepare("INSERT INTO devices (kind, name) VALUES ('toaster', 'x')").run();
  station.store.db.pragma("ignore_check_constraints = OFF");
  const [level, text, hint] = look(station, "state file");
  assert.deepEqual([level, text], ["fail", "damaged: CHECK constraint failed in devices"]);
  assert.match(hint, /backup-stats restore FILE/);
});

test("samples ahead of the clock are its fault", (t) => {
  const station = stationWithSamples(t, [-7200]);
  assert.deepEqual(look(station, "clock").slice(0, 2), ["fail", "samples lie 2 h ahead of it"]);
});

test("a job: never started, late, failing without a word, well", (t) => {
  const station = orderStation(t);
  const { store, now } = station;
  assert.deepEqual(look(station, "job batmon").slice(0, 2), ["warn", "never ran"]);
  const ran = (started_at: number, failing_since: number | null) =>
    store.write(() =>
      recordJobRun(
        store,
        { job: "batmon", started_at, duration_ms: 120, exit_code: failing_since === null ? 0 : 74, message: null },
        { last_ok_at: null, failing_since, failing_code: null, last_told_at: null },
      ),
    );
  ran(now - 7260, null);
  const [level, text, hint] = look(station, "job batmon");
  assert.deepEqual([level, text], ["fail", "last ran 2 h 1 min ago"]);
  assert.match(hint, /^is cron running .* The line is: \* \* \* \* \* {2}batmon$/);
  ran(now - 30, now - 600);
  assert.deepEqual(look(station, "job batmon").slice(0, 2), ["fail", "failing for 10 min: no message"]);
  ran(now - 30, null);
  assert.deepEqual(look(station, "job batmon"), ["ok", "ran 30 s ago in 120 ms", ""]);
});

test("a backup: none, one that is old, a fresh one, and one whose name lies in the future", (t) => {
  const station = orderStation(t);
  const folder = join(station.folder, "backups");
  const made = (at: number) => writeFileSync(join(folder, backupName(at)), "");
  assert.deepEqual(look(station, "backup").slice(0, 2), ["warn", `none in ${folder}`]);
  mkdirSync(folder);
  made(station.now - 4 * DAY_S);
  const old = ["fail", "the last is 4 d old", "run backup-stats -v by hand"];
  assert.deepEqual(look(station, "backup"), old);
  made(station.now + DAY_S);
  assert.deepEqual(look(station, "backup"), old);
  made(station.now - DAY_S);
  assert.deepEqual(look(station, "backup").slice(0, 2), ["ok", `${backupName(station.now - DAY_S)}, 24 h old`]);
});

test("alerts: the worst that is open decides", (t) => {
  const station = orderStation(t);
  assert.deepEqual(look(station, "alerts").slice(0, 2), ["skip", "batmon has not run yet"]);
  const raise = (tracks: Readonly<Record<string, unknown>>) =>
    station.store.write(() => saveRuleState(station.store, MEMORY.alerts, station.now, { tracks }));
  raise({});
  assert.deepEqual(look(station, "alerts").slice(0, 2), ["ok", "none open"]);
  const soc_low = { id: "soc_low", severity: "warning", active_since: station.now - 60 };
  raise({ soc_low });
  assert.equal(look(station, "alerts")[0], "warn");
  assert.match(look(station, "alerts")[1], /\(warning\)$/);
  raise({ soc_low, cell_low: { id: "cell_low", severity: "critical", active_since: station.now - 60 } });
  const [level, text, hint] = look(station, "alerts");
  assert.deepEqual([level, hint], ["fail", "station status tells more"]);
  assert.match(text, /\(critical\), .* \(warning\)$/);
});

test("without a usable state file the doctor says so, looks at the rest, and ends as not well", async (t) => {
  const { context } = orderStation(t, { inverter: { enabled: false }, bms: [] });
  const openStore = () => {
    throw new StateError(said("state file /x/station.db: file is not a database\nsecond line"));
  };
  const answer = await stationDoctor({ ...context, openStore });
  const text = answer.text?.(false) ?? "";
  assert.match(text, /^FAIL {2}state file +state file \/x\/station\.db: file is not a database$/m);
  assert.match(text, /→ let cron run the dump commands once/);
  assert.match(text, /^ok +node /m);
  assert.match(answer.failure?.message ?? "", /^\d+ of \d+ checks failed$/);
  const bug = () => {
    throw new TypeError("a bug");
  };
  await assert.rejects(stationDoctor({ ...context, openStore: bug }), /a bug/);
});
