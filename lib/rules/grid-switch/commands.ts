/** Orders: at most one outstanding, confirmed by read-back, repeated while the wish stands, never in a storm. */
import type { Derived } from "./derive.ts";
import type { Parameters } from "./parameters.ts";
import { type Draft, isEnded, lockOut } from "./state.ts";
import type { Action, ChargerOrder, OrderOutcome, OrderView, PendingOrder } from "./types.ts";

const NONE: Action = { kind: "none" };
/** After so many tries an order to go back to the grid is repeated less often, with a longer life. */
const QUICK_ATTEMPTS = 3;
const SLOW_LIFE_MIN = 10;

export interface Placed {
  readonly action: Action;
  /** An order with the same wish was given and its time is not over. */
  readonly waiting: boolean;
  /** Given up: the order was never confirmed. */
  readonly gave_up: boolean;
}

const NOTHING: Placed = { action: NONE, waiting: false, gave_up: false };

/**
 * Turns a wish into an order, or not: nothing while one is under way, a repeat after its life, no value that is already set.
 * Orders back to the grid are repeated for ever; those to leave it only a few times, then the grid position is locked. An order that
 * the journal has put aside is repeated at the same pace: the cause is rarely gone within a minute.
 */
export function place(
  draft: Draft,
  wish: boolean | null,
  rule: string,
  derived: Pick<Derived, "now" | "times" | "inverter">,
  parameters: Parameters,
  outcome: OrderOutcome | null,
): Placed {
  const { now, times } = derived;
  const { pending } = draft;
  const expired = pending !== null && now >= pending.last_at + pending.life_s;
  if (pending && pending.value === draft.on_grid) draft.pending = null;
  if (draft.gave_up && (draft.gave_up.value === draft.on_grid || draft.on_grid === null)) draft.gave_up = null;
  if (wish === null || wish === draft.on_grid) {
    if (expired) draft.pending = null;
    return NOTHING;
  }
  let attempts = 1;
  let first = now;
  if (pending && pending.value === wish) {
    const lost = wish && seemsLost(pending, derived, parameters, outcome);
    if (!expired && !lost) return { action: NONE, waiting: true, gave_up: false };
    if (!wish && pending.attempts >= parameters.leave_attempts) {
      draft.pending = null;
      const code = outcome && isEnded(outcome) ? (outcome.code ?? outcome.state) : null;
      draft.gave_up = { value: wish, at: pending.first_at, attempts: pending.attempts, code };
      lockOut(draft, now, parameters, "order");
      return { action: NONE, waiting: false, gave_up: true };
    }
    attempts = pending.attempts + 1;
    first = pending.first_at;
  }
  const life = Math.max(times.order_life, attempts > QUICK_ATTEMPTS ? 60 * SLOW_LIFE_MIN : 0);
  draft.pending = { value: wish, first_at: first, last_at: now, attempts, life_s: life, rule };
  draft.last_order = { value: wish, at: now };
  return {
    action: { kind: "order", register: "ongrid_switch", value: wish, life_s: life },
    waiting: false,
    gave_up: false,
  };
}

/**
 * The way back to the grid does not wait out a long life: when the inverter was polled since the order was given, and the journal
 * does not have it at work or done, it was lost.
 */
function seemsLost(
  pending: PendingOrder,
  { now, inverter }: Pick<Derived, "now" | "inverter">,
  parameters: Parameters,
  outcome: OrderOutcome | null,
): boolean {
  if (pending.attempts > QUICK_ATTEMPTS || now < pending.last_at + parameters.order_life * 60) return false;
  if (inverter === null || inverter.at <= pending.last_at) return false;
  return outcome === null || isEnded(outcome);
}

/** The order that is open or was given up, for those who tell of it. */
export function orderView(draft: Draft, now: number, outcome: OrderOutcome | null): OrderView | null {
  const { pending, gave_up: given } = draft;
  if (pending) {
    const { value, first_at: since, attempts } = pending;
    const told = outcome?.value === value ? outcome : null;
    const late = now >= pending.last_at + pending.life_s;
    const state = told && isEnded(told) ? "failed" : late ? "unconfirmed" : "under_way";
    return { value, since, attempts, state, journal: told?.state ?? null, reason: told?.reason ?? null };
  }
  if (!given) return null;
  const { value, at: since, attempts, code } = given;
  return { value, since, attempts, state: "gave_up", journal: null, reason: code };
}

/** The second actuator: no grid charging unless the pack stays well below the reserve; null = leave it. */
export function placeCharger(
  draft: Draft,
  soc: number | null,
  readBack: string | null | undefined,
  step: number,
  now: number,
  parameters: Parameters,
): ChargerOrder | null {
  const before = draft.charger;
  const low = draft.on_grid === true && soc !== null && soc <= parameters.reserve - parameters.charger_source_depth;
  const lowMinutes = low ? before.low_minutes + step : soc === null ? before.low_minutes : 0;
  let wanted = before.wanted ?? "only_solar";
  if (lowMinutes >= parameters.charger_source_hold) wanted = "solar_first";
  else if (soc !== null && soc >= parameters.reserve) wanted = "only_solar";
  const life = 60 * SLOW_LIFE_MIN;
  const known = readBack !== null && readBack !== undefined;
  const differs = known ? readBack !== wanted : wanted !== before.wanted;
  const order = differs && (wanted !== before.wanted || now >= before.order_at + life);
  draft.charger = { low_minutes: lowMinutes, wanted, order_at: order ? now : before.order_at };
  return order ? { register: "charger_source_priority", value: wanted, life_s: life } : null;
}
