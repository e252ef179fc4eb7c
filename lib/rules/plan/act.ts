/** From a kept plan to a wish for the grid switch. Pure and cheap: a tick reads two numbers. */
import { GAIN_POINTS, PLAN_LIFE_S } from "./kept.ts";
import type { Plan } from "./types.ts";

/** kWh by which the other position must be better, for plans that do not say. */
const ACT = 0.04;
/** Runs in a row that must want the same before it is asked for. */
const RUNS = 2;

/** Memory between ticks. */
export interface ActMemory {
  readonly wish: boolean | null;
  readonly runs: number;
}
export const FRESH_ACT: ActMemory = { wish: null, runs: 0 };

/** What the plan wants now, for the grid-switch rules; plain JSON. */
export interface PlanAdvice {
  /** When the plan was made, UTC s. */
  readonly plan_at: number;
  /** true = to the grid, false = leave it, null = stay. */
  readonly wish: boolean | null;
  /** kWh by which leaving is better than the grid (negative: worse) at this charge. */
  readonly gain: number;
}

export interface ActInput {
  readonly now: number;
  /** %, null = not known. */
  readonly soc: number | null;
  readonly on_grid: boolean | null;
  readonly float: boolean;
  readonly reserve: number;
  readonly leave_margin: number;
  /** The grid is to be kept for some minutes more, to see what is used of the sun. */
  readonly looking: boolean;
}

/** kWh by which leaving the grid is better now; null = this plan cannot say. */
export function gainNow(plan: Plan, now: number, soc: number, float: boolean): number | null {
  const age = now - plan.at;
  if (age < -60 || age > PLAN_LIFE_S) return null;
  // Steps of the plan end where its course says, not a whole step after it was made.
  const ended = plan.course.findIndex(({ at }) => at > now);
  const rows = plan.gains[Math.min(plan.gains.length - 1, Math.max(0, ended))];
  if (rows === undefined) return null;
  const row = float ? rows.float : rows.bulk;
  const position = Math.max(0, Math.min(GAIN_POINTS - 1.000001, (soc / 100) * (GAIN_POINTS - 1)));
  const index = position | 0;
  const low = row[index] as number;
  return low + ((row[index + 1] as number) - low) * (position - index);
}

/** The plan's wish at this run, and what is remembered for the next. */
export function advise(
  plan: Plan | null,
  input: ActInput,
  memory: ActMemory,
): { readonly advice: PlanAdvice | null; readonly memory: ActMemory } {
  const { soc, on_grid } = input;
  if (plan === null || soc === null || on_grid === null) return { advice: null, memory: FRESH_ACT };
  const gain = gainNow(plan, input.now, soc, on_grid && input.float);
  if (gain === null) return { advice: null, memory: FRESH_ACT };
  let wanted: boolean | null = null;
  const { act = ACT } = plan;
  const reserve = Math.max(input.reserve, plan.reserve ?? 0);
  if (on_grid && !input.looking && gain > act && soc >= reserve + input.leave_margin) wanted = false;
  else if (!on_grid && gain < -act) wanted = true;
  const runs = wanted === null ? 0 : wanted === memory.wish ? Math.min(RUNS, memory.runs + 1) : 1;
  return {
    advice: { plan_at: plan.at, wish: runs >= RUNS ? wanted : null, gain: Math.round(gain * 1000) / 1000 },
    memory: { wish: wanted, runs },
  };
}
