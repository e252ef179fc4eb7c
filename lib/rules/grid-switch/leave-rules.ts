/** Guards and triggers G1–G3: what must be true, and what may start a spell off the grid. */
import type { Derived } from "./derive.ts";
import type { Parameters } from "./parameters.ts";
import { faults, overheated, temperatureRange } from "./return-rules.ts";
import { physicalMismatch } from "./state.ts";
import type { GridSwitchState, RuleResult } from "./types.ts";

function age(seconds: number): number | null {
  return Number.isFinite(seconds) ? Math.round(seconds / 6) / 10 : null;
}

function freshGuard(id: string, what: string, seconds: number, parameters: Parameters): RuleResult {
  const minutes = age(seconds);
  return {
    id,
    met: seconds <= parameters.fresh * 60,
    value: minutes,
    threshold: parameters.fresh,
    text: minutes === null ? `${what} data is missing` : `${what} data is ${minutes} min old`,
  };
}

function mosfetGuard(derived: Derived): RuleResult {
  const { charge_mosfet_on: charge = null, discharge_mosfet_on: discharge = null } = derived.bms?.record ?? {};
  const met = charge === null || discharge === null ? null : charge && discharge;
  const word = (on: boolean | null): string => (on === null ? "unknown" : on ? "on" : "off");
  return {
    id: "bms_switches",
    met,
    value: `${word(charge)}/${word(discharge)}`,
    threshold: "on/on",
    text: `BMS charge switch ${word(charge)}, discharge switch ${word(discharge)}`,
  };
}

function temperatureGuard(derived: Derived, parameters: Parameters): RuleResult {
  const hot = overheated(derived.bms, derived.inverter, parameters);
  const record = derived.bms?.record;
  const battery = temperatureRange([record?.battery_temperature_1 ?? null, record?.battery_temperature_2 ?? null]);
  const cold = battery !== null && battery.low < parameters.battery_temperature_low;
  const problem = hot.bms ?? hot.inverter ?? (cold ? `battery at ${battery.low} °C` : null);
  return {
    id: "temperature",
    met: battery === null && problem === null ? null : problem === null,
    value: problem ?? battery?.high ?? null,
    threshold: null,
    text: problem ?? (battery === null ? "battery temperature not known" : "temperatures inside their limits"),
  };
}

/** Minutes that remain of a hold-off, at least 0. */
function remaining(until: number, now: number): number {
  return Math.max(0, Math.ceil((until - now) / 60));
}

function simple(
  id: string,
  met: boolean | null,
  value: RuleResult["value"],
  threshold: RuleResult["threshold"],
  text: string,
): RuleResult {
  return { id, met, value, threshold, text };
}

/** All guards; each must be met (unknown is not met). `switches` = switch-overs of the last 24 h. */
export function guards(
  derived: Derived,
  parameters: Parameters,
  state: GridSwitchState,
  switches: number,
  extraAllowed: boolean,
): RuleResult[] {
  const { now, inverter } = derived;
  const found = faults(derived);
  const grid = inverter?.grid_voltage ?? null;
  const dwell = Math.floor((now - state.since) / 60);
  const budget = parameters.switch_budget - 1 + (extraAllowed ? 1 : 0);
  const locked = remaining(state.lock_until, now);
  const manual = remaining(state.manual_until, now);
  const mismatch = physicalMismatch(derived, parameters);
  return [
    freshGuard("fresh_bms", "BMS", derived.bms_age_s, parameters),
    freshGuard("fresh_inverter", "inverter", derived.inverter_age_s, parameters),
    simple(
      "samples",
      derived.samples >= parameters.minimum_samples,
      derived.samples,
      parameters.minimum_samples,
      `${derived.samples} accepted BMS samples in ${parameters.voltage_window} min`,
    ),
    simple(
      "accepted",
      derived.rejected === null,
      derived.rejected,
      null,
      derived.rejected === null
        ? "the newest BMS record is plausible"
        : `the newest BMS record is rejected: ${derived.rejected}`,
    ),
    simple(
      "faults",
      found.length === 0,
      found.length,
      0,
      found.length === 0 ? "no fault reported" : `fault: ${found.join(", ")}`,
    ),
    mosfetGuard(derived),
    simple(
      "grid",
      grid === null ? null : grid >= parameters.grid_voltage_low,
      grid,
      parameters.grid_voltage_low,
      grid === null ? "grid voltage not known" : `grid at ${Math.round(grid)} V`,
    ),
    simple(
      "physical",
      !mismatch,
      inverter?.work_state ?? null,
      null,
      mismatch ? "relay or work state contradict the grid switch" : "relay and work state agree with the grid switch",
    ),
    temperatureGuard(derived, parameters),
    simple(
      "load",
      derived.load_max === null ? null : derived.load_max <= parameters.load_limit,
      derived.load_max,
      parameters.load_limit,
      derived.load_max === null ? "load not known" : `highest load ${Math.round(derived.load_max)} W`,
    ),
    simple(
      "lock",
      locked === 0,
      locked,
      0,
      locked === 0 ? "not locked" : `locked for ${locked} min more: ${state.lock_cause ?? "fault"}`,
    ),
    simple(
      "manual",
      manual === 0,
      manual,
      0,
      manual === 0
        ? "nobody else moved the switch"
        : `somebody else moved the switch: hands off for ${manual} min more`,
    ),
    simple(
      "dwell",
      dwell >= parameters.dwell_on,
      dwell,
      parameters.dwell_on,
      `on the grid for ${dwell} of at least ${parameters.dwell_on} min`,
    ),
    simple(
      "budget",
      switches < budget,
      switches,
      budget,
      `${switches} switch-overs in 24 h, fewer than ${budget} needed`,
    ),
    simple(
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
      met: full === null ? null : full && state.full_minutes >= parameters.full_hold,
      value: soc,
      threshold: Math.max(parameters.nearly_full, derived.start_soc),
      text: `${full ? "the pack is as good as full" : "the pack is not full"} (${soc ?? "unknown"} %), held ${Math.floor(state.full_minutes)} of ${parameters.full_hold} min`,
    },
    {
      id: "G2",
      met: !parameters.sun_rule ? false : sun === null ? null : sun && state.sun_minutes >= parameters.sun_hold,
      value: pv,
      threshold: needed,
      text: `PV ${pv ?? "unknown"} W of ${needed ?? "unknown"} W needed, charge ${soc ?? "unknown"} % of ${start} % needed, held ${Math.floor(state.sun_minutes)} of ${parameters.sun_hold} min${filling}`,
    },
    {
      id: "G3",
      met: !parameters.dusk_rule ? false : duskMet,
      value: soc,
      threshold: dusk,
      text: `${dark ? "dark" : "not dark"}, ${armed ? "after daylight" : "no daylight since the last time"}, charge ${soc ?? "unknown"} % of ${dusk} % needed`,
    },
  ];
}
