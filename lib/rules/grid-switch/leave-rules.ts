/** Guards and triggers G1–G3: what must be true, and what may start a spell off the grid. */
import type { Doubt } from "../../view/doubt.ts";
import type { Derived } from "./derive.ts";
import type { Parameters } from "./parameters.ts";
import { faults, overheated, temperatureRange } from "./return-rules.ts";
import type { GuardId } from "./rule-ids.ts";
import { physicalMismatch } from "./state.ts";
import type { GridSwitchState, RuleResult } from "./types.ts";

function age(seconds: number): number | null {
  return Number.isFinite(seconds) ? Math.round(seconds / 6) / 10 : null;
}

function guard(
  id: GuardId,
  met: boolean | null,
  value: RuleResult["value"],
  threshold: RuleResult["threshold"],
  text: string,
): RuleResult {
  return { id, kind: "guard", met, value, threshold, text };
}

function freshGuard(id: GuardId, what: string, seconds: number, limit_s: number): RuleResult {
  const minutes = age(seconds);
  const text = minutes === null ? `${what} data is missing` : `${what} data is ${minutes} min old`;
  return guard(id, seconds <= limit_s, minutes, age(limit_s), text);
}

/** " (sent: 65535)" when a value is missing because it is not believed. */
function doubted(doubts: readonly Doubt[] | undefined, ...keys: readonly string[]): string {
  const found = (doubts ?? []).find(({ key }) => keys.includes(key));
  return found ? ` (not believed: ${found.code.replaceAll("_", " ")}, sent as ${found.raw ?? "nothing"})` : "";
}

/** The words for a value that a guard needs and nobody knows. */
function unknown(what: string, doubts: readonly Doubt[] | undefined, ...keys: readonly string[]): string {
  return `${what} not known${doubted(doubts, ...keys)}`;
}

function cellsGuard(derived: Derived): RuleResult {
  const { bms } = derived;
  const silent = bms?.record.missing ?? [];
  const count = derived.cell_count * Math.max(1, (bms?.record.packs?.length ?? 1) + silent.length);
  const known = bms?.record.cells.filter((cell) => cell !== null).length ?? 0;
  const complete = bms?.cells?.complete ?? false;
  const doubt = (bms?.record.doubts ?? []).find(({ key }) => key.startsWith("cell_"));
  if (silent.length > 0) return guard("cells", false, known, count, `no data of ${silent.join(", ")}`);
  const missing = `${known} of ${count} cells known${doubt ? `: ${doubt.key.replace("_", " ")}${doubted([doubt], doubt.key)}` : ""}`;
  return guard("cells", complete, known, count, complete ? `all ${count} cells known` : missing);
}

function currentGuard(derived: Derived): RuleResult {
  const record = derived.bms?.record;
  const amps = record?.battery_current ?? null;
  const text = amps === null ? unknown("battery current", record?.doubts, "battery_current") : `${amps} A`;
  return guard("current", amps === null ? null : true, amps, null, text);
}

/** On the plateau only the counter knows the charge: one that is not believed leads nowhere. */
function chargeGuard(derived: Derived): RuleResult {
  const { soc, soc_source: source, bms } = derived;
  const doubts = bms?.record.doubts;
  const counterDoubted = (doubts ?? []).some(({ key }) => key === "soc");
  const known = soc !== null && !(source === "neither" && counterDoubted);
  const text = known ? `state of charge by ${source}` : unknown("state of charge", doubts, "soc");
  return guard("charge", known ? true : null, known ? percent(soc) : null, null, text);
}

/** Keys whose doubt of being contradicted is about the battery's voltage. */
function isVoltage(key: string): boolean {
  return key === "pack_voltage" || key === "battery_voltage" || key.startsWith("cell_");
}

function sensorsGuard(derived: Derived): RuleResult {
  const { disagreement, bms, inverter } = derived;
  const doubts = [...(bms?.record.doubts ?? []), ...(inverter?.doubts ?? [])];
  const contradicted = doubts.find(({ key, code }) => code === "contradicts" && isVoltage(key));
  if (disagreement) {
    const apart = `cells add up to ${disagreement.bms.toFixed(2)} V, the inverter reads ${disagreement.inverter.toFixed(1)} V`;
    const volts = Math.round((disagreement.bms - disagreement.inverter) * 100) / 100;
    return guard("sensors", false, volts, null, `sensors disagree: ${apart}`);
  }
  const met = contradicted === undefined;
  return guard(
    "sensors",
    met,
    null,
    null,
    met ? "sensors agree" : `sensors disagree${doubted(doubts, contradicted.key)}`,
  );
}

function faultGuard(derived: Derived): RuleResult {
  const found = faults(derived);
  const bmsKnown = (derived.bms?.record.warnings ?? null) !== null;
  const known = bmsKnown && (derived.inverter?.errors ?? null) !== null;
  const silent = bmsKnown ? "the inverter's errors are not known" : "the BMS's warnings are not known";
  const text = found.length > 0 ? `fault: ${found.join(", ")}` : known ? "no fault reported" : silent;
  return guard("faults", found.length > 0 ? false : known ? true : null, found.length, 0, text);
}

function mosfetGuard(derived: Derived): RuleResult {
  const { charge_mosfet_on: charge = null, discharge_mosfet_on: discharge = null } = derived.bms?.record ?? {};
  const met = charge === null || discharge === null ? null : charge && discharge;
  const word = (on: boolean | null): string => (on === null ? "unknown" : on ? "on" : "off");
  const text = `BMS charge switch ${word(charge)}, discharge switch ${word(discharge)}`;
  return guard("bms_switches", met, `${word(charge)}/${word(discharge)}`, "on/on", text);
}

function temperatureGuard(derived: Derived, parameters: Parameters): RuleResult {
  const hot = overheated(derived.bms, derived.inverter, parameters);
  const record = derived.bms?.record;
  const battery = temperatureRange([record?.battery_temperature_1 ?? null, record?.battery_temperature_2 ?? null]);
  const cold = battery !== null && battery.low < parameters.battery_temperature_low;
  const problem = hot.bms ?? hot.inverter ?? (cold ? `battery at ${battery.low} °C` : null);
  const unread = unreadTemperature(derived, battery !== null);
  const text = problem ?? unread ?? "temperatures inside their limits";
  return guard("temperature", problem ? false : unread ? null : true, problem ?? battery?.high ?? null, null, text);
}

/** A temperature that must be known: any of the battery's, and each other one that the device has but nobody believes. */
function unreadTemperature(derived: Derived, batteryKnown: boolean): string | null {
  const { record } = derived.bms ?? {};
  if (!batteryKnown) {
    return unknown("battery temperature", record?.doubts, "battery_temperature_1", "battery_temperature_2");
  }
  const isDoubted = (doubts: readonly Doubt[] | undefined, key: string) =>
    (doubts ?? []).some((one) => one.key === key);
  if (record?.mosfet_temperature === null && isDoubted(record.doubts, "mosfet_temperature")) {
    return unknown("BMS MOSFET temperature", record.doubts, "mosfet_temperature");
  }
  const { inverter } = derived;
  if (
    inverter?.inverter_temperature === null &&
    (inverter.doubts ?? []).some(({ key }) => key.endsWith("_temperature"))
  ) {
    return "inverter temperature not known (not believed)";
  }
  return null;
}

function gridGuard(derived: Derived, parameters: Parameters): RuleResult {
  const { inverter } = derived;
  const grid = inverter?.grid_voltage ?? null;
  const met = grid === null ? null : grid >= parameters.grid_voltage_low;
  const text =
    grid === null ? unknown("grid voltage", inverter?.doubts, "grid_voltage") : `grid at ${Math.round(grid)} V`;
  return guard("grid", met, grid, parameters.grid_voltage_low, text);
}

/** A machine is not given the house alone while that asks for more than this share of its rating. */
const LOAD_SHARE = 0.8;
/** Rating of the machines of a class, W, where one does not tell its own. */
const USUAL_RATING = { 12: 1500, 24: 3200, 48: 5000 } as const;

/** Highest load with which the grid may be left, W. */
function ratedLoad(inverter: Derived["inverter"]): number {
  return LOAD_SHARE * (inverter?.rated_power ?? USUAL_RATING[inverter?.battery_class ?? 48]);
}

function loadGuard(derived: Derived, parameters: Parameters): RuleResult {
  const { inverter, load_max: top } = derived;
  // The highest of the window may be known while the newest is not: that one could be anything.
  const now = inverter?.load_power ?? null;
  const limit = parameters.load_limit ?? ratedLoad(inverter);
  const met = now === null || top === null ? null : top <= limit;
  const text =
    met === null ? unknown("load", inverter?.doubts, "load_power") : `highest load ${Math.round(top as number)} W`;
  return guard("load", met, met === null ? null : top, limit, text);
}

/** Minutes that remain of a hold-off, at least 0. */
function remaining(until: number, now: number): number {
  return Math.max(0, Math.ceil((until - now) / 60));
}

/** All guards; each must be met (unknown is not met). `switches` = switch-overs of the last 24 h. */
export function guards(
  derived: Derived,
  parameters: Parameters,
  state: GridSwitchState,
  switches: number,
  extraAllowed: boolean,
): RuleResult[] {
  const { now, inverter, times } = derived;
  const dwell = Math.floor((now - state.since) / 60);
  const budget = parameters.switch_budget - 1 + (extraAllowed ? 1 : 0);
  const locked = remaining(state.lock_until, now);
  const manual = remaining(state.manual_until, now);
  const mismatch = physicalMismatch(derived, parameters);
  const read = inverter?.ongrid_switch ?? null;
  const few = `${derived.samples} BMS samples in ${Math.round(times.voltage_window / 60)} min`;
  return [
    freshGuard("fresh_bms", "BMS", derived.bms_age_s, times.fresh_bms),
    freshGuard("fresh_inverter", "inverter", derived.inverter_age_s, times.fresh_inverter),
    guard("samples", derived.samples >= parameters.minimum_samples, derived.samples, parameters.minimum_samples, few),
    cellsGuard(derived),
    currentGuard(derived),
    chargeGuard(derived),
    sensorsGuard(derived),
    faultGuard(derived),
    mosfetGuard(derived),
    guard(
      "position",
      read,
      null,
      null,
      read === null
        ? unknown("position of the grid switch", inverter?.doubts, "ongrid_switch")
        : `grid switch ${read ? "on" : "off"}`,
    ),
    gridGuard(derived, parameters),
    guard(
      "physical",
      !mismatch,
      inverter?.work_state ?? null,
      null,
      mismatch ? "relay or work state contradict the grid switch" : "relay and work state agree with the grid switch",
    ),
    temperatureGuard(derived, parameters),
    loadGuard(derived, parameters),
    guard(
      "lock",
      locked === 0,
      locked,
      0,
      locked === 0 ? "not locked" : `locked for ${locked} min more: ${state.lock_cause ?? "fault"}`,
    ),
    guard(
      "manual",
      manual === 0,
      manual,
      0,
      manual === 0
        ? "nobody else moved the switch"
        : `somebody else moved the switch: hands off for ${manual} min more`,
    ),
    guard(
      "dwell",
      dwell >= parameters.dwell_on,
      dwell,
      parameters.dwell_on,
      `on the grid for ${dwell} of at least ${parameters.dwell_on} min`,
    ),
    guard(
      "budget",
      switches < budget,
      switches,
      budget,
      `${switches} switch-overs in 24 h, fewer than ${budget} needed`,
    ),
    guard(
      "clock",
      now >= state.grace_until,
      null,
      null,
      now >= state.grace_until ? "clock steady" : "the clock jumped a moment ago",
    ),
  ];
}

/** Is PV enough for this state of charge right now? null = not known. */
export function sunEnough(derived: Derived, parameters: Parameters): boolean | null {
  const { pv_mean: pv, sun_needed: needed, soc } = derived;
  if (pv === null || needed === null || soc === null) return null;
  if (derived.fill_hours !== null && derived.fill_hours > parameters.fill_hours) return false;
  return pv >= needed && pv >= parameters.arm_power && soc >= derived.start_soc;
}

/** Is the pack as good as full, and above the start charge? null = not known. */
export function fullEnough(derived: Derived): boolean | null {
  return derived.nearly_full === null || derived.soc === null
    ? null
    : derived.nearly_full && derived.soc >= derived.start_soc;
}

function percent(value: number | null): number | null {
  return value === null ? null : Math.round(value * 10) / 10;
}

/** G1–G3 in order of rank. */
export function triggers(derived: Derived, parameters: Parameters, state: GridSwitchState): RuleResult[] {
  const soc = percent(derived.soc);
  const full = fullEnough(derived);
  const sun = sunEnough(derived, parameters);
  const pv = derived.pv_mean === null ? null : Math.round(derived.pv_mean);
  const needed = derived.sun_needed === null ? null : Math.round(Math.max(derived.sun_needed, parameters.arm_power));
  const dusk = parameters.reserve + parameters.dusk + state.backoff;
  const dark = state.dark_minutes >= parameters.dark_hold;
  const armed = state.daylight_minutes >= parameters.arm_minutes;
  const duskMet = derived.soc === null ? null : dark && armed && derived.soc >= dusk;
  const start = percent(derived.start_soc);
  const slow = derived.fill_hours !== null && derived.fill_hours > parameters.fill_hours;
  const filling = slow ? `, the pack would take ${derived.fill_hours?.toFixed(1)} h to fill` : "";
  return [
    {
      id: "G1",
      kind: "trigger",
      met: full === null ? null : full && state.full_minutes >= parameters.full_hold,
      value: soc,
      threshold: Math.max(parameters.nearly_full, derived.start_soc),
      text: `${full ? "the pack is as good as full" : "the pack is not full"} (${soc ?? "unknown"} %), held ${Math.floor(state.full_minutes)} of ${parameters.full_hold} min`,
    },
    {
      id: "G2",
      kind: "trigger",
      met: !parameters.sun_rule ? false : sun === null ? null : sun && state.sun_minutes >= parameters.sun_hold,
      value: pv,
      threshold: needed,
      text: `PV ${pv ?? "unknown"} W of ${needed ?? "unknown"} W needed, charge ${soc ?? "unknown"} % of ${start} % needed, held ${Math.floor(state.sun_minutes)} of ${parameters.sun_hold} min${filling}`,
    },
    {
      id: "G3",
      kind: "trigger",
      met: !parameters.dusk_rule ? false : duskMet,
      value: soc,
      threshold: dusk,
      text: `${dark ? "dark" : "not dark"}, ${armed ? "after daylight" : "no daylight since the last time"}, charge ${soc ?? "unknown"} % of ${dusk} % needed`,
    },
  ];
}
