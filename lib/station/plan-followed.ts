/** Whether the plan is what happens: for everyone who tells it. */
import type { Decision, GridMode } from "../rules/grid-switch/types.ts";
import { oddity, type Profile } from "../rules/plan/profile.ts";
import type { Plan } from "../rules/plan/types.ts";
import type { Speech } from "../words/index.ts";
import { PLANNER_DAYS } from "./rule-settings.ts";

/** Whether the rules went by a plan when they decided last; in another mode than automatic no plan comes true. */
export function wentByPlan(decision: Pick<Decision, "mode" | "policy" | "flags"> | undefined): boolean {
  return decision?.mode === "auto" && decision.policy === "planner" && !decision.flags.includes("no_plan");
}

/** Why the plan is not followed now; nothing where it is. */
export function followedNote(
  mode: GridMode,
  policy: string,
  profile: Profile,
  { at, gains }: Pick<Plan, "at" | "gains">,
  { plan, modes }: Speech,
): string[] {
  if (mode !== "auto") return [plan.mode_holds(modes[mode])];
  if (policy !== "planner") return [plan.not_followed(policy, profile.days, PLANNER_DAYS)];
  const odd = oddity(profile, at);
  if (odd !== null) return [odd === "sun" ? plan.odd_sun : plan.holes];
  return gains.length === 0 ? [plan.too_new] : [];
}

/** The plan as it may be told: of one that is not followed, for whatever reason, no moment is promised. */
export function toldPlan(plan: Plan, notFollowed: readonly string[]): Plan {
  return notFollowed.length === 0 ? plan : { ...plan, promised: { full_at: null, reserve_at: null } };
}
