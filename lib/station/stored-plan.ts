import { type ActMemory, FRESH_ACT } from "../rules/plan/act.ts";
import type { Plan } from "../rules/plan/types.ts";
import type { Store } from "../store/database.ts";
import { ruleState } from "../store/rules.ts";
import { MEMORY } from "./rule-memory.ts";

/** The planner's memory between runs. */
export interface PlanMemory {
  readonly plan: Plan | null;
  readonly acting: ActMemory;
}

/** As stored; what this edition cannot read is no plan. */
export function planMemory(store: Store): PlanMemory {
  const value = ruleState(store, MEMORY.plan) as Partial<PlanMemory> | null;
  const plan = value?.plan?.version === 1 && Array.isArray(value.plan.gains) ? value.plan : null;
  const acting = typeof value?.acting?.runs === "number" ? value.acting : FRESH_ACT;
  return { plan, acting };
}

/** The plan as stored, of any age, or null. */
export function storedPlan(store: Store): Plan | null {
  return planMemory(store).plan;
}
