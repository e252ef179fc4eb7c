import assert from "node:assert/strict";
import { test } from "node:test";
import { localTime } from "../../lib/base/local-time.ts";
import { valueFromRaw } from "../../lib/codec/values.ts";
import { BMS_FIELDS } from "../../lib/devices/bms/sample.ts";
import { devicesNow } from "../../lib/home/published-devices.ts";
import { stationView } from "../../lib/home/station-view.ts";
import { why } from "../../lib/jobs/batmon/why.ts";
import { stationExport } from "../../lib/jobs/station/export.ts";
import { stationReport } from "../../lib/jobs/station/report.ts";
import { reportOf } from "../../lib/judge/day-report.ts";
import { renderPage } from "../../lib/page/page.ts";
import { cellKey } from "../../lib/publish/homeassistant/battery-rows.ts";
import { stateOf } from "../../lib/publish/homeassistant/device.ts";
import { pageModel } from "../../lib/station/page-model.ts";
import type { DecisionRecord } from "../../lib/station/rule-memory.ts";
import { statusJson } from "../../lib/station/status-json.ts";
import { alertViews, decisionSentence, storedRules } from "../../lib/station/stored-judgement.ts";
import { speechOfStation } from "../../lib/station/voice.ts";
import { latestDecision } from "../../lib/store/decisions.ts";
import { inverterSamples, saveBmsSample, saveInverterSample } from "../../lib/store/samples.ts";
import { becauseText } from "../../lib/terminal/why-text.ts";
import { ownShare } from "../../lib/view/shares.ts";
import { speech } from "../../lib/words/index.ts";
import { batmonStation } from "../support/batmon.ts";
import { orderStation } from "../support/orders.ts";
import { recordedBms } from "../support/recorded-samples.ts";
import { storeSunnyDays } from "../support/sunny-days.ts";

/** 2026-06-21 19:00 UTC: 21:00 in Berlin. */
const EVENING = Date.UTC(2026, 5, 21, 19) / 1000;
const DAY = "2026-06-21";

test("one day: page, report, status, MQTT and export say the same, value by value", async (t) => {
  const station = orderStation(t, { mqtt: { enabled: true } });
  station.now = EVENING;
  const { store, context } = station;
  storeSunnyDays(store, EVENING - 3 * 86_400, EVENING);
  // The grid helps: 3.6 kWh bought over the day, of which 1.2 go into the battery.
  const { start } = { start: Date.UTC(2026, 5, 20, 22) / 1000 };
  store.write(() => {
    for (const { at, sample } of inverterSamples(store, "inverter", start - 600, EVENING)) {
      const hours = Math.max(0, at - start) / 3600;
      const raw = {
        ...sample.raw,
        grid_import_energy: 1000 + Math.floor(1.8 * hours),
        grid_charge_energy: 200 + Math.floor(0.6 * hours),
      };
      saveInverterSample(store, "inverter", at, { raw });
    }
  });

  // A pack that tells all it has: the made-up one knows only what the sums need.
  store.write(() => saveBmsSample(store, "bms", EVENING - 30, recordedBms()));

  const model = pageModel(context, store);
  const today = model.energy.today;
  assert.ok(today);
  const daily = reportOf(context, store, DAY);
  const answer = await stationReport({ ...context, args: ["day", DAY] });
  const report = answer.json as {
    readonly total: Record<string, number | null>;
    readonly self_supplied_percent: number;
  };
  const status = statusJson(context, store) as Record<string, Record<string, unknown>>;

  const energies = [
    ["pv_energy", daily.energy.pv],
    ["load_energy", daily.energy.load],
    ["grid_import_energy", daily.energy.bought],
    ["grid_export_energy", daily.energy.sold],
    ["grid_charge_energy", daily.energy.grid_charged],
  ] as const;
  for (const [key, of_daily] of energies) {
    assert.equal(of_daily, today[key], `${key}: daily report and page`);
    assert.equal(report.total[key], today[key], `${key}: station report and page`);
    assert.equal(
      (status.energy?.today as Record<string, unknown> | undefined)?.[key],
      today[key],
      `${key}: status and page`,
    );
  }
  assert.ok((daily.off_grid_s ?? 0) > 3600);
  assert.equal(daily.off_grid_s, report.total.off_grid_s, "hours off the grid: daily report and station report");
  assert.equal(daily.on_grid_s, report.total.on_grid_s, "hours on the grid: daily report and station report");
  assert.ok(
    (today.grid_import_energy ?? 0) > 3 && (today.grid_charge_energy ?? 0) > 1,
    "there is something to disagree about",
  );
  const share = ownShare(today.load_energy, today.grid_import_energy);
  assert.equal(daily.self_sufficiency, share);
  assert.equal(report.self_supplied_percent, share);
  const page = renderPage(model).replace(/[\u00a0\u202f]/g, " ");
  assert.ok(page.includes(`Own share</th><td>${share} %</td>`), "the page shows the same share");

  // The present moment: every field of the newest sample.
  const printed: string[] = [];
  const options = { format: "jsonl", from: "1min", to: "now", output: "-" };
  await stationExport({ ...context, options, print: (text: string) => void printed.push(text) });
  const exported = printed
    .join("")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const devices = devicesNow({ ...context, dryRun: true }, store, new Map());
  for (const kind of ["inverter", "bms"] as const) {
    const row = exported.filter((one) => one.kind === kind).at(-1);
    const device = devices.find(({ home }) => home.key === kind);
    assert.ok(row && device?.at);
    const mqtt = stateOf(device.rows, device.at, speech("en"), device.doubts);
    let compared = 0;
    for (const [key, value] of Object.entries(row)) {
      if (["time", "at", "kind", "device", "cells"].includes(key)) continue;
      assert.deepEqual(status[kind]?.[key], value, `${kind} ${key}: status and export`);
      if (typeof value !== "number" || !(key in mqtt)) continue;
      assert.equal(mqtt[key], value, `${kind} ${key}: MQTT and export`);
      compared += 1;
    }
    const shown = (status[kind]?.cells ?? []) as readonly (number | null)[];
    for (const [index, volts] of shown.entries()) {
      assert.equal((row.cells as readonly (number | null)[])[index], volts, `cell ${index + 1}: status and export`);
      assert.equal(mqtt[cellKey(index + 1)], volts, `cell ${index + 1}: MQTT and status`);
      compared += 1;
    }
    assert.ok(compared > 15, `${kind}: ${compared} numbers compared`);
  }
  // The page has every value as well, of its own reading of the same sample.
  for (const [key, value] of Object.entries({ ...model.inverter?.values, ...model.inverter?.derived })) {
    if (typeof value === "number" && key in (status.inverter ?? {})) {
      assert.equal(value, status.inverter?.[key], `${key}: page and status`);
    }
  }
  const sample = model.bms[0]?.sample;
  for (const key of Object.keys(BMS_FIELDS) as (keyof typeof BMS_FIELDS)[]) {
    if (typeof status.bms?.[key] !== "number") continue;
    assert.equal(valueFromRaw(BMS_FIELDS[key], sample?.[key] ?? null), status.bms[key], `${key}: page and status`);
  }
  const inverter = devices.find(({ home }) => home.key === "inverter");
  const home = stateOf(inverter?.rows ?? [], EVENING, speech("en"));
  for (const key of [
    "grid_net_power",
    "grid_import_power",
    "grid_export_power",
    "grid_power_estimated",
    "inverter_temperature",
  ]) {
    assert.deepEqual(home[key], status.inverter?.[key], `${key}: MQTT and status`);
  }
});

test("one judgement: page, status, MQTT, --why and the reports' alerts say the same of it", async (t) => {
  const station = batmonStation(t, { mqtt: { enabled: true } });
  // A cell far too low, and the house is to go back to the grid.
  await station.pass(12, { cell: 2850, soc: 20, on_grid: false });
  const { context, store } = station;
  const model = pageModel(context, store);
  const status = statusJson(context, store) as Record<string, unknown>;
  const view = stationView(context, store);
  const decision = latestDecision<DecisionRecord>(store)?.record.decision;
  assert.ok(decision && model.grid_switch);
  assert.equal(model.grid_switch.why, decisionSentence(context, decision));
  assert.equal(view.why?.text, model.grid_switch.why);
  assert.deepEqual(status.grid_switch, model.grid_switch);
  const [sentence, , , reason] = String((await why({ ...context, options: { why: true } })).text?.(false)).split("\n");
  assert.equal(sentence, model.grid_switch.why);
  assert.ok(reason?.includes(becauseText(decision, speechOfStation(context))), reason);
  const titles = model.alerts?.map(({ title }) => title) ?? [];
  assert.ok(titles.length > 1, "there is something to disagree about");
  assert.deepEqual(
    view.alerts?.map(({ title }) => title),
    titles,
  );
  assert.deepEqual(status.alerts, model.alerts);
  const day = localTime(station.now, context.config.station.time_zone).day;
  const reported = reportOf(context, store, day).open_alerts.map(({ key }) => key);
  assert.deepEqual(
    [...reported].sort(),
    (alertViews(context, storedRules(context, store)) ?? []).map(({ key }) => key).sort(),
  );
  assert.deepEqual(status.judgement, model.judgement);
});
