/** May the grid be left now? The guards of the rules, for those who leave it for another reason: a lease that ends. */
import { derive } from "./derive.ts";
import { guards } from "./leave-rules.ts";
import { checkParameters, type Parameters } from "./parameters.ts";
import { restoreState } from "./restore.ts";
import { type RuleId, ruleRow } from "./rule-ids.ts";
import { freshState } from "./state.ts";
import type { DecideInput, RuleResult } from "./types.ts";

/** Why the grid must not be left: the guard's id as the code, with what it saw and what it asks. */
export interface LeaveRefusal {
  readonly code: RuleId | "parameters" | "reserve";
  readonly value: RuleResult["value"];
  readonly threshold: RuleResult["threshold"];
}

export interface LeaveInput {
  /** UTC s. */
  readonly now: number;
  /** The last hour of the BMS that is judged by and of the inverter, oldest first. */
  readonly samples: DecideInput["samples"];
  /** Memory of the rules as stored; null = none. */
  readonly state: unknown;
  readonly parameters: Parameters;
}

/** The first guard that is not met, or null: the grid may be left. Not known counts as not met. Pure. */
export function leaveRefusal({ now, samples, state: stored, parameters: given }: LeaveInput): LeaveRefusal | null {
  const problem = checkParameters(given)[0];
  if (problem !== undefined) return { code: "parameters", value: problem, threshold: null };
  const state = restoreState(stored, now) ?? freshState(now);
  const derived = derive(now, samples, given, state);
  const blocked = guards(derived, given, state, 0, false).find(({ id, met }) => met !== true && !ruleRow(id).pace);
  if (blocked) {
    const { id, value, threshold } = blocked;
    return { code: id, value, threshold };
  }
  const { soc } = derived;
  if (soc !== null && soc > given.reserve) return null;
  return { code: "reserve", value: soc, threshold: given.reserve };
}
