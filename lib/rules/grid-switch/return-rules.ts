/** S1–S5: reasons to go back to the grid. */
import { cellWords, doubtedCell, reportsEmpty } from "./cells.ts";
import type { Derived } from "./derive.ts";
import type { Parameters } from "./parameters.ts";
import type { ReturnId } from "./rule-ids.ts";
import type { GridSwitchState, RuleResult } from "./types.ts";

/** Lowest and highest of the known temperatures; null when none is known. */
export function temperatureRange(values: readonly (number | null)[]): { low: number; high: number } | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : { low: Math.min(...known), high: Math.max(...known) };
}

/** What the newest records call a fault; empty = none. */
export function faults(derived: Derived): string[] {
  const found: string[] = [];
  for (const warning of derived.bms?.record.warnings ?? []) {
    if (warning.ends_off_grid) found.push(`BMS: ${warning.label ?? `warning bit ${warning.bit}`}`);
  }
  if (derived.bms?.record.discharge_mosfet_on === false) found.push("BMS: discharge switch is off");
  for (const error of derived.inverter?.errors ?? []) {
    if (error.ends_off_grid) found.push(`inverter: ${error.label ?? `${error.word} bit ${error.bit}`}`);
  }
  return found;
}

/** Which temperature limits the records break; empty = none. */
export function overheated(
  bms: Derived["bms"],
  inverter: Derived["inverter"],
  parameters: Parameters,
): { bms: string | null; inverter: string | null } {
  const battery = temperatureRange([
    bms?.record.battery_temperature_1 ?? null,
    bms?.record.battery_temperature_2 ?? null,
  ]);
  const mosfet = bms?.record.mosfet_temperature ?? null;
  const radiator = inverter?.inverter_temperature ?? null;
  let bmsText: string | null = null;
  if (battery && battery.high > parameters.battery_temperature_high) bmsText = `battery at ${battery.high} °C`;
  else if (mosfet !== null && mosfet > parameters.mosfet_temperature_high) bmsText = `BMS MOSFET at ${mosfet} °C`;
  const hot = radiator !== null && radiator > parameters.inverter_temperature_high;
  return { bms: bmsText, inverter: hot ? `inverter at ${radiator} °C` : null };
}

function minutes(seconds: number): number | null {
  return Number.isFinite(seconds) ? Math.round(seconds / 6) / 10 : null;
}

function ageText(seconds: number): string {
  const age = minutes(seconds);
  return age === null ? "missing" : `${age} min old`;
}

function returning(
  id: ReturnId,
  met: boolean | null,
  value: RuleResult["value"],
  threshold: RuleResult["threshold"],
  text: string,
): RuleResult {
  return { id, kind: "return", met, value, threshold, text };
}

function ruleFault(derived: Derived): RuleResult {
  const found = faults(derived);
  const words = found.join(", ");
  const text = found.length > 0 ? `fault reported: ${words}` : "no fault reported";
  return returning("S1", found.length > 0, found.length > 0 ? words : null, null, text);
}

/** The last charge known with BMS data was near the reserve. */
function lastChargeLow(state: GridSwitchState, parameters: Parameters): boolean {
  return state.last_soc !== null && state.last_soc.soc <= parameters.reserve + parameters.margin / 2;
}

/** Blind: too little is known to stay off the grid. The wait is short when what is known looks bad, and never beyond the limit. */
function ruleBlind(derived: Derived, parameters: Parameters, state: GridSwitchState): RuleResult {
  const { now, times, bms_age_s: bms, inverter_age_s: inverter, terminal_now: terminal } = derived;
  const bad = terminal === null || terminal < parameters.blind_voltage || lastChargeLow(state, parameters);
  const bmsGone = bms > times.stale_bms;
  const inverterGone = inverter > times.stale_inverter;
  const beyond = bms > times.stale_limit || inverter > times.stale_limit;
  const young = now - state.started_at < parameters.stale * 60;
  const grace = now < state.grace_until || (state.on_grid === null && young);
  const met = !grace && (beyond || (bmsGone && (inverterGone || bad)));
  const repeated = derived.bms_repeats_since === null ? "" : " (it repeats one answer)";
  let text = `BMS data ${ageText(bms)}${repeated}, inverter data ${ageText(inverter)}`;
  if (bmsGone && terminal !== null) text += `, pack at ${terminal.toFixed(2)} V per cell by the inverter`;
  if (bmsGone && state.last_soc !== null) text += `, charge was ${Math.round(state.last_soc.soc)} % when last known`;
  if (grace) text += "; waiting after a clock jump or start";
  const limit_s = bmsGone && !bad ? times.stale_limit : times.stale_bms;
  return returning("S2", met, minutes(bms), minutes(limit_s), text);
}

function ruleLowCell(derived: Derived, parameters: Parameters): RuleResult {
  const { cell_emergency: limit, cell_panic: panic } = parameters;
  const { bms, bms_before: before, level_source: source } = derived;
  const doubted = bms ? doubtedCell(bms.record) : null;
  if (bms && doubted !== null && reportsEmpty(bms.record)) {
    return returning(
      "S3",
      true,
      null,
      limit,
      `${cellWords(bms.record, doubted)} reads nonsense while the BMS reports an empty battery`,
    );
  }
  if (source === "terminal") {
    const now = derived.terminal_now ?? derived.terminal_voltage;
    const met = now !== null && (now <= panic || (derived.terminal_voltage ?? now) <= limit);
    const text = `the inverter reads ${now?.toFixed(2)} V a cell; limit ${panic} V once or ${limit} V on average`;
    return returning("S3", met, now, limit, text);
  }
  const level = bms?.level ?? null;
  if (!bms || level === null) return returning("S3", null, null, limit, "no cell voltages");
  const twice = level <= limit && (before?.level ?? null) !== null && (before?.level as number) <= limit;
  const name =
    bms.cells?.lowest === level ? `lowest ${cellWords(bms.record, bms.cells.lowest_cell)}` : "a cell on average";
  const text = `${name} at ${level.toFixed(3)} V; limit ${panic} V once or ${limit} V twice`;
  return returning("S3", level <= panic || twice, level, limit, text);
}

function ruleHot(derived: Derived, parameters: Parameters): RuleResult {
  const now = overheated(derived.bms, derived.inverter, parameters);
  const before = overheated(derived.bms_before, derived.inverter_before, parameters);
  const bms = now.bms !== null && before.bms !== null;
  const inverter = now.inverter !== null && before.inverter !== null;
  const what = now.bms ?? now.inverter;
  return returning("S4", bms || inverter, what, null, what ?? "temperatures inside their limits");
}

/** Is the charge at or below the reserve right now, by whatever is known of it? null = nothing is. */
export function reserveReached(derived: Derived, parameters: Parameters): boolean | null {
  const { reserve_soc: soc } = derived;
  return soc === null ? null : soc <= parameters.reserve;
}

function ruleReserve(derived: Derived, parameters: Parameters, state: GridSwitchState): RuleResult {
  const reached = reserveReached(derived, parameters);
  const spell = (derived.now - state.since) / 60;
  const held = state.reserve_minutes >= parameters.reserve_hold;
  const soc = derived.reserve_soc === null ? null : Math.round(derived.reserve_soc * 10) / 10;
  let text = soc === null ? "state of charge not known" : `state of charge ${soc} %, reserve ${parameters.reserve} %`;
  if (derived.level_source === "terminal") text += " by the inverter's voltage";
  else if (derived.reserve_soc !== derived.soc) text += ", by the inverter, the lower of two readings";
  text += `, held ${Math.round(state.reserve_minutes * 10) / 10} of ${parameters.reserve_hold} min`;
  if (held && spell < parameters.dwell_off)
    text += `, off the grid for ${Math.floor(spell)} of ${parameters.dwell_off} min`;
  const met = reached === null && !held ? null : held && spell >= parameters.dwell_off;
  return returning("S5", met, soc, parameters.reserve, text);
}

/** S1–S5 in order of rank; the first one met wins. */
export function returnRules(derived: Derived, parameters: Parameters, state: GridSwitchState): RuleResult[] {
  return [
    ruleFault(derived),
    ruleBlind(derived, parameters, state),
    ruleLowCell(derived, parameters),
    ruleHot(derived, parameters),
    ruleReserve(derived, parameters, state),
  ];
}
