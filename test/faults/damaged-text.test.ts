/** Long texts lie on pages of their own, which nothing but their text fills: bytes that change there raise no error of SQLite's. */
import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { EXIT } from "../../lib/base/errors.ts";
import { plantDevices } from "../../lib/devices/plant-devices.ts";
import { drivePlant } from "../../lib/sim/day-drive.ts";
import { openStore, type Store } from "../../lib/store/database.ts";
import { saveDeviceEvent } from "../../lib/store/device-events.ts";
import { insertPlan } from "../../lib/store/plans.ts";
import { insertAlertEvents, saveReport } from "../../lib/store/rules.ts";
import { startBroker } from "../support/broker.ts";
import { testStation } from "../support/command.ts";
import { type JobName, runJob } from "../support/cron-jobs.ts";
import { startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";

const JOBS: readonly JobName[] = ["jkbms-dump", "pv1800-dump", "batmon", "mqtt-push", "status-page", "backup-stats"];
/** What people type. */
const LOOKS = [
  ["station", "status"],
  ["station", "history"],
  ["station", "report", "day"],
  ["station", "doctor"],
  ["batmon", "--why"],
  ["batmon", "--plan"],
  ["batmon", "--plan", "--score"],
  ["inverter-cmd", "list"],
  ["jkbms-dump", "--text"],
] as const;

/** Tables and columns that hold texts of JSON, or packed ones. */
function longTexts(store: Store): string[][] {
  const tables = store.db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all() as string[];
  return tables.flatMap((table) =>
    (store.db.pragma(`table_info(${table})`) as { name: string }[])
      .map(({ name }) => [table, name])
      .filter(([, column]) =>
        store.db
          .prepare(
            `SELECT 1 FROM ${table} WHERE typeof(${column}) = 'text' AND substr(${column}, 1, 1) IN ('{', '[') ` +
              `OR typeof(${column}) = 'blob' LIMIT 1`,
          )
          .get(),
      ),
  );
}

test("a text that a bad card changed in the state file costs itself alone: every command does the rest", async (t) => {
  const { epoch, advanceTo, plant } = drivePlant({ scenario: "clear_summer", seed: 1, capacity_ah: 200, days: 2 });
  const sources = plantDevices(plant);
  const inverter = await startSimulatedInverter(t, { source: sources.inverter });
  const bms = await startSimulatedBms(t, { source: sources.bms });
  const broker = await startBroker(t);
  const station = testStation(
    t,
    `inverter: {port: "${inverter.url}", gap_ms: 5, timeout_ms: 150, retries: 1}
bms: [{port: "${bms.url}", protocol: "4e57", polls: 1, timeout_ms: 150, retries: 1}]
mqtt: {enabled: true, url: "${broker.url}", timeout_s: 2}`,
  );
  const minute = async (number: number, code: (name: JobName) => unknown) => {
    advanceTo(number);
    for (const name of JOBS) {
      const done = await runJob(name, station.configPath, epoch + 60 * number);
      assert.equal(done.code, code(name), `${name}: ${done.stderr}`);
    }
  };
  const ok = () => EXIT.ok;
  for (const number of [600, 601]) {
    appendFileSync(join(station.folder, "inverter_cmd.lst"), "20113=900\n");
    await minute(number, (name) => (name === "pv1800-dump" ? EXIT.data : EXIT.ok));
  }
  await minute(602, ok);

  const path = join(station.folder, "station.db");
  const store = openStore(path);
  const at = epoch + 60 * 601;
  store.write(() => {
    saveReport(store, { day: new Date(1000 * at).toISOString().slice(0, 10), at, report: { day: "today" } });
    insertPlan(store, {
      ...{ at, input: { now: at }, on_grid: true, soc: 50 },
      ...{ next_switch_at: null, full_at: null, reserve_at: null, bought: 0 },
    });
    const told = { alert: "cell_low", key: "cell_low:main", kind: "raised", severity: "warning", text: "low" };
    insertAlertEvents(store, [{ at, ...told, since: at, dated: true, details: { cell: 3 } }]);
    saveDeviceEvent(store, "inverter", "inverter", { at, code: "counter_reset", evidence: [] });
  });
  const texts = longTexts(store);
  for (const [table, column] of texts)
    store.db.exec(`UPDATE ${table} SET ${column} = CASE typeof(${column})
      WHEN 'blob' THEN CAST(x'0711ff' || ${column} AS BLOB) ELSE substr(${column}, 1, length(${column}) / 2) || char(1, 34) END`);
  store.close();
  assert.ok(texts.length >= 10, `${texts.map((one) => one.join(".")).join(" ")}`);

  for (const [name, ...args] of LOOKS) {
    const { code, stdout, stderr } = await station.run(name, args, { now: epoch + 60 * 602 + 30 });
    assert.notEqual(code, EXIT.software, `${name} ${args.join(" ")}: ${stderr}`);
    assert.doesNotMatch(stdout + stderr, /SyntaxError|undefined|\bat JSON/);
  }
  await minute(603, ok);
  await minute(604, ok);
  const samples = station.look(({ db }) => db.prepare("SELECT count(*) FROM inverter_samples").pluck().get());
  assert.equal(samples, 5);
});
