/** S1–S5: reasons to go back to the grid. */
import { cellOf } from "../../view/whole.ts";
import { doubtedCell, reportsEmpty } from "./cells.ts";
import type { Derived } from "./derive.ts";
import type { Parameters } from "./parameters.ts";
import type { ReturnId } from "./rule-ids.ts";
import type { GridSwitchState, HotPart, RuleFacts, RuleResult, SeenFault } from "./types.ts";

/** Lowest and highest of the known temperatures; null when none is known. */
export function temperatureRange(values: readonly (number | null)[]): { low: number; high: number } | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : { low: Math.min(...known), high: Math.max(...known) };
}

/** What the newest records call a fault; empty = none. A discharge switch that is off is none of these. */
export function faults(derived: Derived): SeenFault[] {
  const found: SeenFault[] = [];
  for (const { ends_off_grid, label, bit } of derived.bms?.record.warnings ?? []) {
    if (ends_off_grid) found.push({ device: "bms", label: label ?? null, bit });
  }
  for (const { ends_off_grid, label, bit } of derived.inverter?.errors ?? []) {
    if (ends_off_grid) found.push({ device: "inverter", label: label ?? null, bit });
  }
  return found;
}

/** The BMS has switched discharging off: as good as a fault. */
export function cutOff(derived: Derived): boolean {
  return derived.bms?.record.discharge_mosfet_on === false;
}

/** A temperature that is out of its limits. */
export type Hot = NonNullable<RuleFacts["hot"]>;

/** Which temperature limits the records break; null = none. */
export function overheated(
  bms: Derived["bms"],
  inverter: Derived["inverter"],
  parameters: Parameters,
): { bms: Hot | null; inverter: Hot | null } {
  const battery = temperatureRange([
    bms?.record.battery_temperature_1 ?? null,
    bms?.record.battery_temperature_2 ?? null,
  ]);
  const above = (part: HotPart, temperature: number | null, limit: number): Hot | null =>
    temperature !== null && temperature > limit ? { part, temperature } : null;
  return {
    bms:
      above("battery", battery?.high ?? null, parameters.battery_temperature_high) ??
      above("mosfet", bms?.record.mosfet_temperature ?? null, parameters.mosfet_temperature_high),
    inverter: above("inverter", inverter?.inverter_temperature ?? null, parameters.inverter_temperature_high),
  };
}

function minutes(seconds: number): number | null {
  return Number.isFinite(seconds) ? Math.round(seconds / 6) / 10 : null;
}

function returning(
  id: ReturnId,
  met: boolean | null,
  value: RuleResult["value"],
  threshold: RuleResult["threshold"],
  facts: RuleFacts,
): RuleResult {
  return { id, kind: "return", met, value, threshold, facts };
}

function ruleFault(derived: Derived): RuleResult {
  const found = faults(derived);
  const off = cutOff(derived);
  const count = found.length + (off ? 1 : 0);
  return returning("S1", count > 0, count, 0, { faults: found, ...(off ? { discharging_on: false } : {}) });
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
  const limit_s = bmsGone && !bad ? times.stale_limit : times.stale_bms;
  return returning("S2", met, minutes(bms), minutes(limit_s), {
    inverter_age: minutes(inverter),
    ...(derived.bms_repeats_since === null ? {} : { repeats: true }),
    ...(bmsGone && terminal !== null ? { by_inverter: terminal } : {}),
    ...(bmsGone && state.last_soc !== null ? { last_soc: state.last_soc.soc } : {}),
    ...(grace ? { grace: true } : {}),
  });
}

function ruleLowCell(derived: Derived, parameters: Parameters): RuleResult {
  const { cell_emergency: limit, cell_panic: panic } = parameters;
  const { bms, bms_before: before, level_source: source } = derived;
  const told = (met: boolean | null, value: number | null, facts: RuleFacts) =>
    returning("S3", met, value, limit, { ...facts, panic });
  const doubted = bms ? doubtedCell(bms.record) : null;
  if (bms && doubted !== null && reportsEmpty(bms.record)) {
    return told(true, null, { level: "nonsense", cell: cellOf(bms.record, doubted) });
  }
  if (source === "terminal") {
    const now = derived.terminal_now ?? derived.terminal_voltage;
    const met = now !== null && (now <= panic || (derived.terminal_voltage ?? now) <= limit);
    return told(met, now, { level: "terminal" });
  }
  const level = bms?.level ?? null;
  if (!bms || level === null) return told(null, null, {});
  const twice = level <= limit && (before?.level ?? null) !== null && (before?.level as number) <= limit;
  const known = bms.cells?.lowest === level ? bms.cells : null;
  const facts: RuleFacts = known ? { level: "cell", cell: cellOf(bms.record, known.lowest_cell) } : { level: "mean" };
  return told(level <= panic || twice, level, facts);
}

function ruleHot(derived: Derived, parameters: Parameters): RuleResult {
  const now = overheated(derived.bms, derived.inverter, parameters);
  const before = overheated(derived.bms_before, derived.inverter_before, parameters);
  const bms = now.bms !== null && before.bms !== null;
  const inverter = now.inverter !== null && before.inverter !== null;
  const hot = now.bms ?? now.inverter;
  return returning("S4", bms || inverter, hot?.temperature ?? null, null, hot ? { hot } : {});
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
  const met = reached === null && !held ? null : held && spell >= parameters.dwell_off;
  const lower = derived.reserve_soc !== derived.soc ? "lower" : null;
  const by = derived.level_source === "terminal" ? "terminal" : lower;
  return returning("S5", met, soc, parameters.reserve, {
    held: Math.round(state.reserve_minutes * 10) / 10,
    hold: parameters.reserve_hold,
    ...(soc !== null && by !== null ? { soc_by: by } : {}),
    ...(held && spell < parameters.dwell_off ? { spell: Math.floor(spell), least_spell: parameters.dwell_off } : {}),
  });
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
