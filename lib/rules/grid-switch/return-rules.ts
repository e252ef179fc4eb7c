/** S1–S5: reasons to go back to the grid. */
import type { Derived } from "./derive.ts";
import type { Parameters } from "./parameters.ts";
import type { GridSwitchState, RuleResult } from "./types.ts";

/** BMS warning bits that end a spell off the grid; the others only alert. */
const FAULT_BITS: readonly number[] = [1, 3, 4, 6, 8, 11];

/** Lowest and highest of the known temperatures; null when none is known. */
export function temperatureRange(values: readonly (number | null)[]): { low: number; high: number } | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : { low: Math.min(...known), high: Math.max(...known) };
}

/** What the newest records call a fault; empty = none. */
export function faults(derived: Derived): string[] {
  const found: string[] = [];
  for (const warning of derived.bms?.record.warnings ?? []) {
    if (FAULT_BITS.includes(warning.bit)) found.push(`BMS: ${warning.label ?? `warning bit ${warning.bit}`}`);
  }
  if (derived.bms?.record.discharge_mosfet_on === false) found.push("BMS: discharge switch is off");
  for (const error of derived.inverter?.errors ?? []) {
    found.push(`inverter: ${error.label ?? `${error.word} bit ${error.bit}`}`);
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

function ruleFault(derived: Derived): RuleResult {
  const found = faults(derived);
  return {
    id: "S1",
    met: found.length > 0,
    value: found.length > 0 ? found.join(", ") : null,
    threshold: null,
    text: found.length > 0 ? `fault reported: ${found.join(", ")}` : "no fault reported",
  };
}

function ruleBlind(derived: Derived, parameters: Parameters, state: GridSwitchState): RuleResult {
  const { now } = derived;
  const bms = derived.bms_age_s / 60;
  const inverter = derived.inverter_age_s / 60;
  const terminal = derived.inverter?.battery_voltage ?? null;
  const perCell = terminal === null ? null : terminal / parameters.cell_count;
  const lowOrUnknown = perCell === null || perCell < parameters.blind_voltage;
  const bmsGone = bms > parameters.stale;
  const inverterGone = inverter > parameters.stale;
  let met = (bmsGone && (inverterGone || lowOrUnknown)) || bms > parameters.stale_limit;
  if (inverter > parameters.stale_limit) met = true;
  const grace = now < state.grace_until || (state.on_grid === null && now - state.started_at < parameters.stale * 60);
  if (grace) met = false;
  let text = `BMS data ${ageText(derived.bms_age_s)}, inverter data ${ageText(derived.inverter_age_s)}`;
  if (bmsGone && perCell !== null) text += `, pack at ${perCell.toFixed(2)} V per cell by the inverter`;
  if (grace) text += "; waiting after a clock jump or start";
  return {
    id: "S2",
    met,
    value: minutes(derived.bms_age_s),
    threshold: bmsGone && !lowOrUnknown ? parameters.stale_limit : parameters.stale,
    text,
  };
}

function ruleLowCell(derived: Derived, parameters: Parameters): RuleResult {
  const cells = derived.bms?.cells;
  if (!cells)
    return { id: "S3", met: null, value: null, threshold: parameters.cell_emergency, text: "no cell voltages" };
  const before = derived.bms_before?.cells;
  const twice =
    cells.lowest <= parameters.cell_emergency && before !== undefined && before.lowest <= parameters.cell_emergency;
  const met = cells.lowest <= parameters.cell_panic || twice;
  return {
    id: "S3",
    met,
    value: cells.lowest,
    threshold: parameters.cell_emergency,
    text: `lowest cell ${cells.lowest_cell} at ${cells.lowest.toFixed(3)} V; limit ${parameters.cell_panic} V once or ${parameters.cell_emergency} V twice`,
  };
}

function ruleHot(derived: Derived, parameters: Parameters): RuleResult {
  const now = overheated(derived.bms, derived.inverter, parameters);
  const before = overheated(derived.bms_before, derived.inverter_before, parameters);
  const bms = now.bms !== null && before.bms !== null;
  const inverter = now.inverter !== null && before.inverter !== null;
  const what = now.bms ?? now.inverter;
  return {
    id: "S4",
    met: bms || inverter,
    value: what,
    threshold: null,
    text: what ?? "temperatures inside their limits",
  };
}

/** Is the charge at or below the reserve right now? null = not known. */
export function reserveReached(derived: Derived, parameters: Parameters): boolean | null {
  if (derived.soc === null || derived.samples < parameters.minimum_samples) return null;
  return derived.soc <= parameters.reserve;
}

function ruleReserve(derived: Derived, parameters: Parameters, state: GridSwitchState): RuleResult {
  const reached = reserveReached(derived, parameters);
  const spell = (derived.now - state.since) / 60;
  const held = state.reserve_minutes >= parameters.reserve_hold;
  const soc = derived.soc === null ? null : Math.round(derived.soc * 10) / 10;
  let text = soc === null ? "state of charge not known" : `state of charge ${soc} %, reserve ${parameters.reserve} %`;
  text += `, held ${Math.round(state.reserve_minutes * 10) / 10} of ${parameters.reserve_hold} min`;
  if (held && spell < parameters.dwell_off)
    text += `, off the grid for ${Math.floor(spell)} of ${parameters.dwell_off} min`;
  return {
    id: "S5",
    met: reached === null && !held ? null : held && spell >= parameters.dwell_off,
    value: soc,
    threshold: parameters.reserve,
    text,
  };
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
