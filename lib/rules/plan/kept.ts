/** What whoever reads a kept plan must know of it, without the solver. */
import type { Plan } from "./types.ts";

/** A plan is made anew after this, s, and not followed any more after `PLAN_LIFE_S`. */
export const PLAN_EVERY_S = 1200;
export const PLAN_LIFE_S = 2400;
/** Points of the charge at which gains are kept: every second percent. */
export const GAIN_POINTS = 51;

/** A plan's "full", %: from here on a charger only tops up, and at night it may stop here. */
export const FULL = 96;

/** % above the reserve at which it is as good as reached: the house goes back to the grid here or a little later. */
export const AT_RESERVE = 3;

/** The plan while it may be shown as what comes; null = it is too old, of the future, or there is none. */
export function planInForce(plan: Plan | null, now: number): Plan | null {
  return plan !== null && now >= plan.at && now - plan.at <= PLAN_LIFE_S ? plan : null;
}
