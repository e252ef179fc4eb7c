/** Stored decisions and plans, made again from what was stored with them. */
import { isDeepStrictEqual } from "node:util";
import type { Config } from "../config/schema.ts";
import { decide } from "../rules/grid-switch/decide.ts";
import type { Parameters, Policy } from "../rules/grid-switch/parameters.ts";
import { restoreState } from "../rules/grid-switch/restore.ts";
import type { DecideInput } from "../rules/grid-switch/types.ts";
import { makePlan } from "../rules/plan/plan.ts";
import type { PlanInput } from "../rules/plan/types.ts";
import { wholeBetween } from "../station/rule-inputs.ts";
import type { DecisionRecord } from "../station/rule-memory.ts";
import type { Store } from "../store/database.ts";
import { type DecisionRow, decisionsBetween } from "../store/decisions.ts";
import { type PlanRow, plansBetween } from "../store/plans.ts";

/** The rules that a decision was made by. */
interface RuleParameters {
  readonly policy: Policy;
  readonly parameters: Parameters;
}

/** A stored decision with what it was made of. */
export type DecidedRow = DecisionRow<DecisionRecord, RuleParameters>;

/** What the rules were given then: fed to them again, it gives the same decision as long as the samples are kept. */
export function inputOf({ batmon, ...rest }: Config, store: Store, row: DecidedRow): DecideInput {
  const { record, parameters: set } = row;
  const { from, bms_until, inverter_until } = record.samples;
  // The pack it was judged by then; null = all of them as one.
  const config = { ...rest, batmon: { ...batmon, bms: record.bms } };
  const until = { bms: (bms_until ?? from - 1) + 1, inverter: (inverter_until ?? from - 1) + 1 };
  const wanted = restoreState(record.before, record.decision.at)?.pending?.value ?? null;
  return {
    now: record.decision.at,
    uptime_s: record.uptime_s,
    samples: wholeBetween(store, config, from, until, wanted),
    state: record.before,
    parameters: set.parameters,
    policy: set.policy,
    mode: record.decision.mode,
    switches_24h: record.switches_24h,
    order_outcome: record.order_outcome ?? null,
    charger_source: record.charger_source,
    plan: record.plan ?? null,
  };
}

/** What the rules of this program decide on the same; as it would be read back. */
export function decidedAgain(config: Config, store: Store, row: DecidedRow): unknown {
  return JSON.parse(JSON.stringify(decide(inputOf(config, store, row)).decision));
}

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
    return !isDeepStrictEqual(decidedAgain(config, store, row), row.record.decision);
  });
  const first_other = others[0]?.at ?? null;
  const plans = spread(plansBetween<PlanInput>(store, from, to), MOST_PLANS);
  return {
    ...{ recorded: rows.length, tried: tried.length, same: tried.length - others.length, first_other },
    ...{ plans: plans.length, same_plans: plans.filter(isSamePlan).length },
  };
}
