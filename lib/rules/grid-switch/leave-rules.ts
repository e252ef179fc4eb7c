/** Guards and triggers G1–G3: what must be true, and what may start a spell off the grid. */
import type { Doubt } from "../../view/doubt.ts";
import type { Derived } from "./derive.ts";
import type { Parameters } from "./parameters.ts";
import { cutOff, faults, overheated, temperatureRange } from "./return-rules.ts";
import type { GuardId } from "./rule-ids.ts";
import { physicalMismatch } from "./state.ts";
import type { GridSwitchState, RuleFacts, RuleResult } from "./types.ts";

function age(seconds: number): number | null {
  return Number.isFinite(seconds) ? Math.round(seconds / 6) / 10 : null;
}

function guard(
  id: GuardId,
  met: boolean | null,
  value: RuleResult["value"],
  threshold: RuleResult["threshold"],
  facts: RuleFacts = {},
): RuleResult {
  return { id, kind: "guard", met, value, threshold, facts };
}

function freshGuard(id: GuardId, seconds: number, limit_s: number): RuleResult {
  return guard(id, seconds <= limit_s, age(seconds), age(limit_s));
}

/** The first doubt about one of these values: it is missing because it is not believed. */
function doubted(doubts: readonly Doubt[] | undefined, ...keys: readonly string[]): Pick<RuleFacts, "doubt"> {
  const doubt = doubts?.find(({ key }) => keys.includes(key));
  return doubt ? { doubt } : {};
}

/** A value that a guard needs and nobody knows; `keys`: it, and what else may stand for it. */
function unknown(doubts: readonly Doubt[] | undefined, ...keys: readonly [string, ...string[]]): RuleFacts {
  return { unknown: keys[0], ...doubted(doubts, ...keys) };
}

function cellsGuard(derived: Derived): RuleResult {
  const { bms } = derived;
  const silent = bms?.record.missing ?? [];
  const count = derived.cell_count * Math.max(1, (bms?.record.packs?.length ?? 1) + silent.length);
  const known = bms?.record.cells.filter((cell) => cell !== null).length ?? 0;
  if (silent.length > 0) return guard("cells", false, known, count, { silent });
  const complete = bms?.cells?.complete ?? false;
  const doubt = bms?.record.doubts?.find(({ key }) => key.startsWith("cell_"));
  return guard("cells", complete, known, count, !complete && doubt ? { doubt } : {});
}

function currentGuard(derived: Derived): RuleResult {
  const record = derived.bms?.record;
  const amps = record?.battery_current ?? null;
  const facts = amps === null ? unknown(record?.doubts, "battery_current") : {};
  return guard("current", amps === null ? null : true, amps, null, facts);
}

/** On the plateau only the counter knows the charge: one that is not believed leads nowhere. */
function chargeGuard(derived: Derived): RuleResult {
  const { soc, soc_source: source, bms } = derived;
  const doubts = bms?.record.doubts;
  const counterDoubted = (doubts ?? []).some(({ key }) => key === "soc");
  const known = soc !== null && !(source === "neither" && counterDoubted);
  if (!known) return guard("charge", null, null, null, unknown(doubts, "soc"));
  return guard("charge", true, percent(soc), null, source === null ? {} : { soc_source: source });
}

/** Keys whose doubt of being contradicted is about the battery's voltage. */
function isVoltage(key: string): boolean {
  return key === "pack_voltage" || key === "battery_voltage" || key.startsWith("cell_");
}

function sensorsGuard(derived: Derived): RuleResult {
  const { disagreement, bms, inverter } = derived;
  const doubts = [...(bms?.record.doubts ?? []), ...(inverter?.doubts ?? [])];
  if (disagreement) {
    const apart = Math.round((disagreement.bms - disagreement.inverter) * 100) / 100;
    const volts = { bms: rounded(disagreement.bms, 100), inverter: rounded(disagreement.inverter, 10) };
    return guard("sensors", false, apart, null, { volts });
  }
  const doubt = doubts.find(({ key, code }) => code === "contradicts" && isVoltage(key));
  return guard("sensors", doubt === undefined, null, null, doubt ? { doubt } : {});
}

function faultGuard(derived: Derived): RuleResult {
  const found = faults(derived);
  const off = cutOff(derived);
  const count = found.length + (off ? 1 : 0);
  const untold = (derived.bms?.record.warnings ?? null) === null ? "bms" : "inverter";
  const known = untold === "inverter" && (derived.inverter?.errors ?? null) !== null;
  return guard("faults", count > 0 ? false : known ? true : null, count > 0 || known ? count : null, 0, {
    ...(found.length > 0 ? { faults: found } : {}),
    ...(off ? { discharging_on: false } : {}),
    ...(count === 0 && !known ? { untold } : {}),
  });
}

function mosfetGuard(derived: Derived): RuleResult {
  const { charge_mosfet_on: charge = null, discharge_mosfet_on: discharge = null } = derived.bms?.record ?? {};
  const met = charge === null || discharge === null ? null : charge && discharge;
  const word = (on: boolean | null): string => (on === null ? "unknown" : on ? "on" : "off");
  const facts = { charging_on: charge, discharging_on: discharge };
  return guard("bms_switches", met, `${word(charge)}/${word(discharge)}`, "on/on", facts);
}

function temperatureGuard(derived: Derived, parameters: Parameters): RuleResult {
  const broken = overheated(derived.bms, derived.inverter, parameters);
  const record = derived.bms?.record;
  const battery = temperatureRange([record?.battery_temperature_1 ?? null, record?.battery_temperature_2 ?? null]);
  const cold = battery !== null && battery.low < parameters.battery_temperature_low;
  const hot = broken.bms ?? broken.inverter ?? (cold ? { part: "battery" as const, temperature: battery.low } : null);
  if (hot) return guard("temperature", false, hot.temperature, null, { hot });
  const unread = unreadTemperature(derived, battery !== null);
  return guard("temperature", unread ? null : true, battery?.high ?? null, null, unread ?? {});
}

/** A temperature that must be known: any of the battery's, and each other one that the device has but nobody believes. */
function unreadTemperature(derived: Derived, batteryKnown: boolean): RuleFacts | null {
  const { record } = derived.bms ?? {};
  if (!batteryKnown) return unknown(record?.doubts, "battery_temperature_1", "battery_temperature_2");
  const mosfet = unknown(record?.doubts, "mosfet_temperature");
  if (record?.mosfet_temperature === null && mosfet.doubt) return mosfet;
  const { inverter } = derived;
  const doubt = inverter?.doubts?.find(({ key }) => key.endsWith("_temperature"));
  return inverter?.inverter_temperature === null && doubt ? { unknown: doubt.key, doubt } : null;
}

function gridGuard(derived: Derived, parameters: Parameters): RuleResult {
  const { inverter } = derived;
  const grid = inverter?.grid_voltage ?? null;
  const met = grid === null ? null : grid >= parameters.grid_voltage_low;
  const facts = grid === null ? unknown(inverter?.doubts, "grid_voltage") : {};
  return guard("grid", met, grid, parameters.grid_voltage_low, facts);
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
  const facts = met === null ? unknown(inverter?.doubts, "load_power") : {};
  return guard("load", met, met === null ? null : top, limit, facts);
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
  const window = Math.round(times.voltage_window / 60);
  return [
    freshGuard("fresh_bms", derived.bms_age_s, times.fresh_bms),
    freshGuard("fresh_inverter", derived.inverter_age_s, times.fresh_inverter),
    guard("samples", derived.samples >= parameters.minimum_samples, derived.samples, parameters.minimum_samples, {
      window,
    }),
    cellsGuard(derived),
    currentGuard(derived),
    chargeGuard(derived),
    sensorsGuard(derived),
    faultGuard(derived),
    mosfetGuard(derived),
    guard("position", read, null, null, read === null ? unknown(inverter?.doubts, "ongrid_switch") : {}),
    gridGuard(derived, parameters),
    guard("physical", !mismatch, inverter?.work_state ?? null, null),
    temperatureGuard(derived, parameters),
    loadGuard(derived, parameters),
    guard("lock", locked === 0, locked, 0, locked === 0 ? {} : { lock_cause: state.lock_cause }),
    guard("manual", manual === 0, manual, 0),
    guard("dwell", dwell >= parameters.dwell_on, dwell, parameters.dwell_on),
    guard("budget", switches < budget, switches, budget),
    guard("clock", now >= state.grace_until, null, null),
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

function rounded(value: number, perUnit: number): number {
  return Math.round(value * perUnit) / perUnit;
}

function percent(value: number | null): number | null {
  return value === null ? null : rounded(value, 10);
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
  const slow = derived.fill_hours !== null && derived.fill_hours > parameters.fill_hours;
  return [
    {
      id: "G1",
      kind: "trigger",
      met: full === null ? null : full && state.full_minutes >= parameters.full_hold,
      value: soc,
      threshold: Math.max(parameters.nearly_full, derived.start_soc),
      facts: { full, held: Math.floor(state.full_minutes), hold: parameters.full_hold },
    },
    {
      id: "G2",
      kind: "trigger",
      met: !parameters.sun_rule ? false : sun === null ? null : sun && state.sun_minutes >= parameters.sun_hold,
      value: pv,
      threshold: needed,
      facts: {
        ...{ soc, start_soc: percent(derived.start_soc) },
        ...{ held: Math.floor(state.sun_minutes), hold: parameters.sun_hold },
        ...(slow ? { fill_hours: rounded(derived.fill_hours as number, 10) } : {}),
      },
    },
    {
      id: "G3",
      kind: "trigger",
      met: !parameters.dusk_rule ? false : duskMet,
      value: soc,
      threshold: dusk,
      facts: { dark, armed },
    },
  ];
}
