import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Answer, Context } from "../../cli/spec.ts";
import { type NutInput, nutText } from "../../export/nut.ts";
import { totalSoc } from "../../export/packs.ts";
import type { Store } from "../../store/database.ts";
import { writeAtomically } from "../atomic-file.ts";
import { ruleSet } from "../batmon/rule-settings.ts";
import { storedAlerts, storedJudgement } from "./judgement.ts";
import { liveBms, liveInverters, wholeLive } from "./live.ts";

/** How often the driver looks into the file again, s. */
const TIMER_S = 5;

/**
 * `station export --format nut`: the battery as a UPS for dummy-ups. Without a fresh sample of the inverter the file is removed: the
 * driver ends then, and upsd tells its clients that nothing is known, instead of the last good news. @throws StateError
 */
export function exportNut(context: Context): Answer {
  const { config, options, dryRun } = context;
  const store = context.openStore({ readonly: true });
  const input = nutInput(context, store);
  const path = String(
    options.output ?? config.export.nut_file ?? join(config.station.state_dir, "export", "solar.dev"),
  );
  const text = input === null ? null : nutText(input);
  if (path === "-") return { json: { path: null, text }, text: () => text ?? "", always: true };
  if (!dryRun) {
    if (text === null) rmSync(path, { force: true });
    else writeAtomically(path, text);
  }
  const said = text === null ? `${path}: removed, there is no fresh sample of the inverter` : path;
  return { json: { path, fresh: text !== null }, text: () => said };
}

function nutInput(context: Context, store: Store): NutInput | null {
  const { config } = context;
  const inverters = liveInverters(context, store);
  const inverter = wholeLive(inverters);
  const values = inverter?.values;
  if (!inverter || !values) return null;
  const packs = liveBms(context, store).flatMap(({ sample }) => (sample ? [sample] : []));
  const pack = packs.length === config.bms.length ? totalSoc(packs) : null;
  const { parameters } = ruleSet(config);
  const isJudged = storedJudgement(context, store).state === "fresh";
  const critical = isJudged
    ? (storedAlerts(context, store) ?? []).filter(({ severity }) => severity === "critical")
    : [];
  const rated = inverters.map(
    ({ facts }) => (facts.ratings as { rated_apparent_power?: number })?.rated_apparent_power,
  );
  return {
    timer_s: TIMER_S,
    low_charge: config.export.nut_low_charge ?? parameters.reserve,
    grid_voltage_low: parameters.grid_voltage_low,
    station: config.station.name,
    soc: pack?.soc ?? null,
    capacity: pack?.capacity ?? null,
    battery_voltage: pack?.voltage ?? values.battery_voltage,
    battery_current: pack?.current ?? values.battery_current,
    battery_temperature: pack?.temperature ?? null,
    discharge_mosfet_on: pack?.discharge_mosfet_on ?? null,
    ongrid_switch: values.ongrid_switch,
    work_state: values.work_state,
    grid_voltage: values.grid_voltage,
    grid_frequency: values.grid_frequency,
    inverter_voltage: values.inverter_voltage,
    inverter_frequency: values.inverter_frequency,
    load_power: values.load_power,
    load_apparent_power: values.load_apparent_power,
    load_percent: values.load_percent,
    rated_apparent_power: rated.reduce<number | null>((sum, va) => (sum === null || !va ? null : sum + va), 0),
    battery_low_warning: [...(values.inverter_warnings_1 ?? []), ...(values.inverter_errors_1 ?? [])].some(
      ({ label }) => /^battery_(voltage_)?low$/.test(label ?? ""),
    ),
    alarms: critical.map(({ title }) => title),
  };
}
