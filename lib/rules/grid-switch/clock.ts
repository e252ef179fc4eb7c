/** What a clock that was set does to the memory of the rules: known jumps move it along, and a time from the future is unknown. */
import { AHEAD_S, isFromFuture } from "../../base/clock.ts";
import type { Parameters } from "./parameters.ts";
import type { Draft } from "./state.ts";
import type { DecideInput } from "./types.ts";

/** A jump of the wall clock by more than this resets the windows, s. */
const JUMP_S = 300;
/** Samples of the very run that found the jump already carry the new time, s. */
const OWN_RUN_S = 90;

/** Finds a clock jump and moves all remembered times with it. Returns its size, s, + = forward; 0 = none. */
export function followClock(draft: Draft, input: DecideInput, parameters: Parameters): number {
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
  const jumped = Math.abs(jump) > JUMP_S;
  if (jumped) move(draft, jump, now, parameters);
  forgetFuture(draft, now, parameters);
  return jumped ? jump : 0;
}

function move(draft: Draft, jump: number, now: number, parameters: Parameters): void {
  const moved = (time: number): number => (time === 0 ? 0 : time + jump);
  const movedAt = <T extends { readonly at: number }>(order: T | null): T | null =>
    order && { ...order, at: moved(order.at) };
  draft.started_at = moved(draft.started_at);
  draft.since = moved(draft.since);
  draft.switch_times = draft.switch_times.map(moved);
  draft.lock_until = moved(draft.lock_until);
  draft.manual_until = moved(draft.manual_until);
  if (draft.pending) {
    const { first_at, last_at } = draft.pending;
    draft.pending = { ...draft.pending, first_at: moved(first_at), last_at: moved(last_at) };
  }
  draft.last_order = movedAt(draft.last_order);
  draft.gave_up = movedAt(draft.gave_up);
  draft.last_soc = movedAt(draft.last_soc);
  draft.charger = { ...draft.charger, low_minutes: 0, order_at: moved(draft.charger.order_at) };
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
  draft.ignore_before = now - OWN_RUN_S;
  draft.grace_until = now + parameters.stale * 60;
}

/**
 * Whatever still lies in the future was written by a clock that nobody can tell the distance of: it is unknown, and what hangs on
 * it is judged anew. A hold never lasts longer than it could if it began now.
 */
function forgetFuture(draft: Draft, now: number, parameters: Parameters): void {
  const future = (time: number): boolean => isFromFuture(time, now);
  if (future(draft.started_at)) draft.started_at = now;
  if (future(draft.since)) draft.since = now;
  draft.switch_times = draft.switch_times.filter((time) => !future(time));
  if (draft.extra_day !== null && draft.extra_day > Math.floor((now + AHEAD_S) / 86400)) draft.extra_day = null;
  draft.lock_until = Math.min(draft.lock_until, now + parameters.lock * 60);
  draft.manual_until = Math.min(draft.manual_until, now + parameters.manual_hold * 60);
  draft.grace_until = Math.min(draft.grace_until, now + parameters.stale * 60);
  draft.ignore_before = Math.min(draft.ignore_before, now);
  if (draft.pending && future(draft.pending.last_at)) draft.pending = null;
  if (draft.last_order && future(draft.last_order.at)) draft.last_order = { ...draft.last_order, at: now };
  if (draft.gave_up && future(draft.gave_up.at)) draft.gave_up = { ...draft.gave_up, at: now };
  if (draft.last_soc && future(draft.last_soc.at)) draft.last_soc = null;
  if (future(draft.bms_counted_at)) draft.bms_counted_at = 0;
  if (future(draft.inverter_counted_at)) draft.inverter_counted_at = 0;
  if (future(draft.pair_counted_at)) draft.pair_counted_at = 0;
  if (future(draft.charger.order_at)) draft.charger = { ...draft.charger, order_at: 0 };
  if (future(draft.original.run_at)) draft.original = { ...draft.original, run_at: 0 };
}
