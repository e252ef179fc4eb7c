/** Memory of the rules between runs, and what new samples do to it. */
import type { Derived } from "./derive.ts";
import type { Parameters } from "./parameters.ts";
import type { Cause } from "./rule-ids.ts";
import type { GridSwitchState, OrderOutcome } from "./types.ts";

/** One pair of samples counts for no more than this, min, or than the interval at which they come: a gap is no evidence. */
const STEP_LIMIT = 5;
/** A change of the switch this long after our order is still ours, s. */
const OWN_CHANGE_S = 900;

/** Working copy of the state during one run. */
export type Draft = { -readonly [Key in keyof GridSwitchState]: GridSwitchState[Key] };

/** First run, or memory lost: nothing counted, dwell from now. */
export function freshState(now: number): GridSwitchState {
  return {
    version: 1,
    started_at: now,
    last_run_at: now,
    uptime_s: null,
    on_grid: null,
    since: now,
    switch_times: [],
    extra_day: null,
    lock_until: 0,
    lock_cause: null,
    manual_until: 0,
    backoff: 0,
    pending: null,
    last_order: null,
    gave_up: null,
    bms_counted_at: 0,
    inverter_counted_at: 0,
    pair_counted_at: 0,
    reserve_minutes: 0,
    full_minutes: 0,
    sun_minutes: 0,
    dark_minutes: 0,
    daylight_minutes: 0,
    outage: false,
    physical_minutes: 0,
    ignore_before: 0,
    grace_until: 0,
    cell_count: null,
    capacity: null,
    bms_interval_s: null,
    inverter_interval_s: null,
    last_soc: null,
    charger: { low_minutes: 0, wanted: null, order_at: 0 },
    original: { counter: 0, run_at: 0 },
  };
}

function lock(draft: Draft, until: number, cause: Cause): void {
  draft.lock_until = Math.max(draft.lock_until, until);
  draft.lock_cause = cause;
}

/** Locks the grid position for the lock time. `cause`: the rule, or the order that was never carried out. */
export function lockOut(draft: Draft, now: number, parameters: Parameters, cause: Cause): void {
  lock(draft, now + parameters.lock * 60, cause);
}

/** Work states of an inverter whose grid side is connected. */
const CONNECTED_STATES: readonly (string | null)[] = ["grid_tie", "bypass", "grid_charging"];

/** The position that relay and work state show, when the register could not be read; without a grid they show nothing. */
function shownPosition(derived: Derived, parameters: Parameters): boolean | null {
  const { grid_voltage, grid_relay_closed: relay, work_state: work } = derived.inverter ?? {};
  if (relay === true || CONNECTED_STATES.includes(work ?? null)) return true;
  const present = (grid_voltage ?? null) !== null && (grid_voltage as number) >= parameters.grid_voltage_low;
  return present && work === "off_grid" ? false : null;
}

/**
 * Takes over what the inverter reports: a change of the switch, ours or foreign, ends or starts a spell. When the register was not
 * read, the journal's read-back of our own order counts, then what relay and work state show.
 */
export function followSwitch(
  draft: Draft,
  derived: Derived,
  parameters: Parameters,
  mayBeForeign: boolean,
  outcome: OrderOutcome | null,
): void {
  const { inverter, now } = derived;
  draft.switch_times = draft.switch_times.filter((time) => time > now - 86400);
  const read = inverter?.ongrid_switch ?? null;
  if (!inverter || read === null) {
    const told = outcome !== null && isConfirmed(outcome) && outcome.value === draft.pending?.value;
    const position = told ? outcome.value : shownPosition(derived, parameters);
    if (position === null || position === draft.on_grid) return;
    draft.on_grid = position;
    draft.since = now;
    return;
  }
  const before = draft.on_grid;
  draft.on_grid = read;
  if (before === null || before === read) return;
  const { pending, last_order: last } = draft;
  const ours = pending?.value === read || (last?.value === read && inverter.at - last.at <= OWN_CHANGE_S);
  const spell = (inverter.at - draft.since) / 60;
  draft.since = inverter.at;
  draft.switch_times = [...draft.switch_times, inverter.at];
  draft.reserve_minutes = 0;
  draft.full_minutes = 0;
  draft.sun_minutes = 0;
  if (read) {
    if (spell < parameters.short_spell) {
      draft.backoff = Math.min(parameters.backoff_limit, draft.backoff + parameters.backoff);
    } else if (spell >= 3 * parameters.short_spell) {
      draft.backoff = 0;
    }
    if (draft.dark_minutes > 0) draft.daylight_minutes = 0;
  } else if (draft.dark_minutes >= parameters.dark_hold) {
    draft.daylight_minutes = 0;
  }
  if (!ours && mayBeForeign) draft.manual_until = now + parameters.manual_hold * 60;
}

/** The journal read the value back. */
export function isConfirmed(outcome: OrderOutcome): boolean {
  return outcome.state === "done" || outcome.state === "unchanged";
}

/** The journal has put the order aside without its value being there. */
export function isEnded(outcome: OrderOutcome): boolean {
  return !isConfirmed(outcome) && outcome.state !== "queued" && outcome.state !== "sending";
}

/** Keeps what the next run may need when its samples do not say it. */
export function remember(draft: Draft, derived: Derived): void {
  const { bms, pace } = derived;
  if (bms && bms.record.cells.length > 0) draft.cell_count = derived.cell_count;
  draft.capacity = bms?.record.capacity ?? draft.capacity;
  draft.bms_interval_s = pace.bms_s;
  draft.inverter_interval_s = pace.inverter_s;
  const { reserve_soc: soc, level_at, level_source } = derived;
  if (soc !== null && level_at !== null && level_source === "bms") draft.last_soc = { soc, at: level_at };
}

function advance(newest: number | null, counted: number, limit_s: number): number {
  if (newest === null || newest <= counted) return 0;
  return counted === 0 ? 1 : Math.min(limit_s, newest - counted) / 60;
}

function stepLimit(interval_s: number): number {
  return Math.max(STEP_LIMIT * 60, 1.25 * interval_s);
}

/** What the rules ask of the sample, for the counters. */
export interface Conditions {
  readonly reserve: boolean | null;
  readonly full: boolean | null;
  readonly sun: boolean | null;
}

/** Moves all counters by the time between new samples: one sample moves a counter at most once. */
export function count(draft: Draft, derived: Derived, conditions: Conditions, parameters: Parameters): void {
  const { inverter, level_at: levelAt, pace } = derived;
  const bmsLimit = stepLimit(pace.bms_s);
  const inverterLimit = stepLimit(pace.inverter_s);
  // With few samples in the window, or the inverter's in place of the BMS's, each counts for its own interval only.
  const instead = derived.level_source === "terminal";
  const few = instead || derived.samples < parameters.minimum_samples;
  const interval = instead ? pace.inverter_s : pace.bms_s;
  const levelStep = advance(levelAt, draft.bms_counted_at, few ? interval : bmsLimit);
  if (levelAt !== null && levelStep > 0) {
    draft.bms_counted_at = levelAt;
    draft.reserve_minutes = conditions.reserve
      ? Math.min(parameters.reserve_hold, draft.reserve_minutes + levelStep)
      : Math.max(0, draft.reserve_minutes - levelStep);
  }
  const inverterStep = advance(inverter?.at ?? null, draft.inverter_counted_at, inverterLimit);
  if (inverter && inverterStep > 0) {
    draft.inverter_counted_at = inverter.at;
    countInverter(draft, derived, inverterStep, parameters);
  }
  const bmsAt = derived.level_source === "bms" ? levelAt : null;
  const pairAt = bmsAt === null || !inverter ? null : Math.min(bmsAt, inverter.at);
  const pairStep = advance(pairAt, draft.pair_counted_at, Math.max(bmsLimit, inverterLimit));
  if (pairAt !== null && pairStep > 0) {
    draft.pair_counted_at = pairAt;
    draft.full_minutes = conditions.full ? draft.full_minutes + pairStep : 0;
    draft.sun_minutes = conditions.sun ? draft.sun_minutes + pairStep : 0;
  }
}

function countInverter(draft: Draft, derived: Derived, step: number, parameters: Parameters): void {
  const { inverter } = derived;
  const pv = inverter?.pv_power ?? null;
  if (pv !== null) {
    draft.dark_minutes = pv < parameters.dark_power ? draft.dark_minutes + step : 0;
    if (pv >= parameters.arm_power) {
      draft.daylight_minutes = Math.min(parameters.arm_minutes, draft.daylight_minutes + step);
    }
  }
  draft.physical_minutes = physicalMismatch(derived, parameters) ? draft.physical_minutes + step : 0;
}

/** Register and relay contradict each other although the grid is there; unknown counts as agreement. */
export function physicalMismatch(derived: Derived, parameters: Parameters): boolean {
  const { inverter } = derived;
  if (!inverter || inverter.ongrid_switch === null) return false;
  if (inverter.grid_voltage === null || inverter.grid_voltage < parameters.grid_voltage_low) return false;
  const { grid_relay_closed: relay, work_state: work } = inverter;
  if (inverter.ongrid_switch) return relay === false || work === "off_grid";
  return relay === true || CONNECTED_STATES.includes(work);
}
