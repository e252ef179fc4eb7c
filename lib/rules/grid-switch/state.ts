/** Memory of the rules between runs, and what new samples do to it. */
import type { Derived } from "./derive.ts";
import type { Parameters } from "./parameters.ts";
import type { DecideInput, GridSwitchState } from "./types.ts";

/** A jump of the wall clock by more than this resets the windows, s. */
const JUMP_S = 300;
/** One pair of samples counts for no more than this, min: a gap in the data is no evidence. */
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
    charger: { low_minutes: 0, wanted: null, order_at: 0 },
    original: { counter: 0, run_at: 0 },
  };
}

function sameShape(value: unknown, model: unknown): boolean {
  if (model === null) return true;
  if (Array.isArray(model)) return Array.isArray(value) && value.every((item) => Number.isFinite(item));
  if (typeof model === "object") {
    if (typeof value !== "object" || value === null) return false;
    const fields = value as Record<string, unknown>;
    return Object.entries(model as object).every(([key, field]) => key in fields && sameShape(fields[key], field));
  }
  return typeof value === typeof model && (typeof value !== "number" || Number.isFinite(value));
}

/** Takes stored memory if it is whole and of this version; null = lost. `on_grid: null` and similar stay allowed. */
export function restoreState(value: unknown): GridSwitchState | null {
  if (!sameShape(value, freshState(0))) return null;
  const state = value as GridSwitchState;
  if (state.version !== 1) return null;
  const { pending } = state;
  const wholePending =
    pending === null ||
    (typeof pending.value === "boolean" && Number.isFinite(pending.last_at) && Number.isFinite(pending.life_s));
  const known = state.on_grid === null || typeof state.on_grid === "boolean";
  return wholePending && known ? state : null;
}

/** Finds a clock jump and moves all remembered times with it; true when there was one. */
export function followClock(draft: Draft, input: DecideInput, parameters: Parameters): boolean {
  const { now } = input;
  const uptime = input.uptime_s ?? null;
  const passed = now - draft.last_run_at;
  let jump = 0;
  if (uptime !== null && draft.uptime_s !== null && uptime >= draft.uptime_s) {
    jump = passed - (uptime - draft.uptime_s);
  } else if (passed < 0) {
    jump = passed;
  }
  draft.uptime_s = uptime;
  draft.last_run_at = now;
  if (Math.abs(jump) <= JUMP_S) return false;
  const move = (time: number): number => (time === 0 ? 0 : time + jump);
  draft.started_at = move(draft.started_at);
  draft.since = move(draft.since);
  draft.switch_times = draft.switch_times.map(move);
  draft.lock_until = move(draft.lock_until);
  draft.manual_until = move(draft.manual_until);
  if (draft.pending) {
    draft.pending = {
      ...draft.pending,
      first_at: move(draft.pending.first_at),
      last_at: move(draft.pending.last_at),
    };
  }
  if (draft.last_order) draft.last_order = { ...draft.last_order, at: move(draft.last_order.at) };
  draft.charger = { ...draft.charger, low_minutes: 0, order_at: move(draft.charger.order_at) };
  draft.bms_counted_at = 0;
  draft.inverter_counted_at = 0;
  draft.pair_counted_at = 0;
  draft.reserve_minutes = 0;
  draft.full_minutes = 0;
  draft.sun_minutes = 0;
  draft.dark_minutes = 0;
  draft.physical_minutes = 0;
  draft.original = { ...draft.original, run_at: 0 };
  // Samples stored before this run carry the other clock's time.
  draft.ignore_before = now - 90;
  draft.grace_until = now + parameters.stale * 60;
  return true;
}

function lock(draft: Draft, until: number, cause: string): void {
  draft.lock_until = Math.max(draft.lock_until, until);
  draft.lock_cause = cause;
}

/** Locks the grid position for the lock time. */
export function lockOut(draft: Draft, now: number, parameters: Parameters, cause: string): void {
  lock(draft, now + parameters.lock * 60, cause);
}

/** Takes over what the inverter reports: a change of the switch, ours or foreign, ends or starts a spell. */
export function followSwitch(draft: Draft, derived: Derived, parameters: Parameters, mayBeForeign: boolean): void {
  const { inverter, now } = derived;
  draft.switch_times = draft.switch_times.filter((time) => time > now - 86400);
  if (!inverter || inverter.ongrid_switch === null) return;
  const reported = inverter.ongrid_switch;
  const before = draft.on_grid;
  draft.on_grid = reported;
  if (before === null || before === reported) return;
  const { pending, last_order: last } = draft;
  const ours = pending?.value === reported || (last?.value === reported && inverter.at - last.at <= OWN_CHANGE_S);
  const spell = (inverter.at - draft.since) / 60;
  draft.since = inverter.at;
  draft.switch_times = [...draft.switch_times, inverter.at];
  draft.reserve_minutes = 0;
  draft.full_minutes = 0;
  draft.sun_minutes = 0;
  if (reported) {
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

function advance(newest: number | null, counted: number): number {
  if (newest === null || newest <= counted) return 0;
  return counted === 0 ? 1 : Math.min(STEP_LIMIT, (newest - counted) / 60);
}

/** What the rules ask of the sample, for the counters. */
export interface Conditions {
  readonly reserve: boolean | null;
  readonly full: boolean | null;
  readonly sun: boolean | null;
}

/** Moves all counters by the time between new samples: one sample moves a counter at most once. */
export function count(draft: Draft, derived: Derived, conditions: Conditions, parameters: Parameters): void {
  const { inverter } = derived;
  const bmsAt = derived.bms?.record.at ?? null;
  const bmsStep = advance(bmsAt, draft.bms_counted_at);
  if (bmsAt !== null && bmsStep > 0) {
    draft.bms_counted_at = bmsAt;
    draft.reserve_minutes = conditions.reserve
      ? Math.min(parameters.reserve_hold, draft.reserve_minutes + bmsStep)
      : Math.max(0, draft.reserve_minutes - bmsStep);
  }
  const inverterStep = advance(inverter?.at ?? null, draft.inverter_counted_at);
  if (inverter && inverterStep > 0) {
    draft.inverter_counted_at = inverter.at;
    countInverter(draft, derived, inverterStep, parameters);
  }
  const pairAt = bmsAt === null || !inverter ? null : Math.min(bmsAt, inverter.at);
  const pairStep = advance(pairAt, draft.pair_counted_at);
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
  return relay === true || work === "grid_tie" || work === "bypass" || work === "grid_charging";
}
