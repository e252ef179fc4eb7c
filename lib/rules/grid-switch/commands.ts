/** Orders: at most one outstanding, confirmed by read-back, repeated while the wish stands, never in a storm. */
import type { Parameters } from "./parameters.ts";
import { type Draft, lockOut } from "./state.ts";
import type { Action, ChargerOrder } from "./types.ts";

const NONE: Action = { kind: "none" };
/** After so many tries an order to go back to the grid is repeated less often, with a longer life. */
const QUICK_ATTEMPTS = 3;
const SLOW_LIFE_MIN = 10;

export interface Placed {
  readonly action: Action;
  /** An order with the same wish is still under way. */
  readonly waiting: boolean;
  /** Given up: the order was never confirmed. */
  readonly gave_up: boolean;
}

/**
 * Turns a wish into an order, or not: nothing while one is under way, a repeat after its life, no value that is already set.
 * Orders back to the grid are repeated for ever; those to leave it only a few times, then the grid position is locked.
 */
export function place(draft: Draft, wish: boolean | null, rule: string, now: number, parameters: Parameters): Placed {
  const { pending } = draft;
  const expired = pending !== null && now >= pending.last_at + pending.life_s;
  if (pending && pending.value === draft.on_grid) draft.pending = null;
  if (wish === null || wish === draft.on_grid) {
    if (expired) draft.pending = null;
    return { action: NONE, waiting: false, gave_up: false };
  }
  let attempts = 1;
  let first = now;
  if (pending && pending.value === wish) {
    if (!expired) return { action: NONE, waiting: true, gave_up: false };
    if (!wish && pending.attempts >= parameters.leave_attempts) {
      draft.pending = null;
      lockOut(draft, now, parameters, "the order to leave the grid was not carried out");
      return { action: NONE, waiting: false, gave_up: true };
    }
    attempts = pending.attempts + 1;
    first = pending.first_at;
  }
  const life = 60 * (attempts > QUICK_ATTEMPTS ? SLOW_LIFE_MIN : parameters.order_life);
  draft.pending = { value: wish, first_at: first, last_at: now, attempts, life_s: life, rule };
  draft.last_order = { value: wish, at: now };
  return {
    action: { kind: "order", register: "ongrid_switch", value: wish, life_s: life },
    waiting: false,
    gave_up: false,
  };
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
