import { isDeepStrictEqual } from "node:util";
import type { Config } from "../config/schema.ts";
import { makePlan } from "../rules/plan/plan.ts";
import type { PlanInput } from "../rules/plan/types.ts";
import type { Store } from "../store/database.ts";
import { decisionsBetween } from "../store/decisions.ts";
import { type PlanRow, plansBetween } from "../store/plans.ts";
import { type DecidedRow, decidedAgain } from "./decided-again.ts";

/** Decisions looked at: each asks for an hour of samples; and plans. */
const MOST_AGAIN = 500;
const MOST_PLANS = 100;

/** Recorded decisions of the span, some of them, and how many came out the same from their stored inputs. */
export interface MadeAgain {
  readonly recorded: number;
  readonly tried: number;
  readonly same: number;
  /** The first that came out otherwise, UTC s; made by another edition, or its samples are gone. */
  readonly first_other: number | null;
  /** Plans that were made again, and how many of them promise the same. */
  readonly plans: number;
  readonly same_plans: number;
}

/** Some of many, spread over all. */
function spread<T>(rows: readonly T[], most: number): T[] {
  const step = Math.max(1, Math.ceil(rows.length / most));
  return rows.filter((_, index) => index % step === 0);
}

function isSamePlan({ input, ...stored }: PlanRow<PlanInput>): boolean {
  const { next_switch, promised, bought } = makePlan(input);
  const { full_at, reserve_at } = promised;
  const made = { next_switch_at: next_switch?.at ?? null, full_at, reserve_at, bought };
  return Object.entries(made).every(([key, value]) => stored[key as keyof typeof made] === value);
}

/** A backtest proves itself first: what was decided is decided again. */
export function madeAgain(config: Config, store: Store, from: number, to: number): MadeAgain {
  const rows: DecidedRow[] = decisionsBetween(store, from, to);
  const tried = spread(rows, MOST_AGAIN);
  const others = tried.filter((row) => {
    const { was, is } = decidedAgain(config, store, row);
    return !isDeepStrictEqual(is, was);
  });
  const first_other = others[0]?.at ?? null;
  const plans = spread(plansBetween<PlanInput>(store, from, to), MOST_PLANS);
  return {
    ...{ recorded: rows.length, tried: tried.length, same: tried.length - others.length, first_other },
    ...{ plans: plans.length, same_plans: plans.filter(isSamePlan).length },
  };
}
