import assert from "node:assert/strict";
import { test } from "node:test";
import { showAlerts } from "../../lib/jobs/batmon/hand.ts";
import { stationExport } from "../../lib/jobs/station/export.ts";
import { stateChecks } from "../../lib/support/state-checks.ts";
import { type BatmonStation, batmonStation } from "../support/batmon.ts";
import { told } from "../support/doctor.ts";

/** What doctor, the metrics and `batmon --alerts` say of the open alerts. */
async function readAll({ context, store }: BatmonStation) {
  const doctor = told(context, stateChecks(context, store)).find(({ name }) => name === "alerts");
  const exported = await stationExport({ ...context, options: { format: "prometheus", output: "-" } });
  const listed = await showAlerts(context);
  return {
    doctor: `${doctor?.level} ${doctor?.text}`,
    metrics: String((exported?.json as { readonly text?: string } | undefined)?.text),
    text: listed.text?.(false) ?? "",
    state: (listed.json as { readonly judgement: { readonly state: string } }).judgement.state,
  };
}

test("rules that have stopped: no reader says calm or lists old alerts as open", async (t) => {
  const station = batmonStation(t);
  await station.pass(5);
  const calm = await readAll(station);
  assert.equal(calm.doctor, "ok none open");
  assert.match(calm.metrics, /^solar_station_open_alerts\{severity="critical"\} 0$/m);
  assert.equal(calm.text, "no open alerts");
  assert.equal(calm.state, "fresh");

  station.now += 2 * 3600;
  const silent = await readAll(station);
  assert.match(silent.doctor, /^fail The rules have not run for 2.*not known/);
  assert.ok(!silent.metrics.includes("solar_station_open_alerts"), "an old 0 would look like calm");
  assert.match(silent.text, /^The rules have not run for 2.*Open when they stopped: none$/);
  assert.equal(silent.state, "old");
});

test("alerts that were open when the rules stopped are told in the past", async (t) => {
  const station = batmonStation(t);
  await station.pass(5);
  await station.pass(20, { without: ["bms"] });
  const open = await readAll(station);
  assert.match(open.doctor, /^(warn|fail) /);
  assert.match(open.text, /^(critical|warning) +since /);

  station.now += 2 * 3600;
  const silent = await readAll(station);
  assert.match(silent.doctor, /^fail The rules have not run for 2/);
  assert.match(silent.text, /^The rules have not run for 2.*Open when they stopped: [1-9]\n(critical|warning) +since /);

  station.now -= 30 * 86_400;
  const undated = await readAll(station);
  assert.match(undated.doctor, /^fail The rules run by another clock/);
  assert.ok(!undated.metrics.includes("solar_station_open_alerts"));
});
