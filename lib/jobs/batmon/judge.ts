import { uptime } from "node:os";
import { isFromFuture, systemClock } from "../../base/clock.ts";
import type { Context } from "../../cli/spec.ts";
import { valueFromRaw } from "../../codec/values.ts";
import { INVERTER_SETTING_FIELDS } from "../../devices/inverter/sample.ts";
import { giveOrder } from "../../orders/give-order.ts";
import { orderReason } from "../../orders/order-report.ts";
import { decide } from "../../rules/grid-switch/decide.ts";
import { restoreState } from "../../rules/grid-switch/restore.ts";
import type { DecideInput, Decision, GridMode, GridSwitchState, OrderOutcome } from "../../rules/grid-switch/types.ts";
import type { Store } from "../../store/database.ts";
import { insertDecision, pruneDecisions } from "../../store/decisions.ts";
import { orderBySourceId, whyOf } from "../../store/orders.ts";
import { ruleState, saveRuleState } from "../../store/rules.ts";
import { latestSettings, settingChanges } from "../../store/setting-rows.ts";
import type { Samples } from "./inputs.ts";
import {
  type DecisionRecord,
  followSwitches,
  MEMORY,
  moveSwitches,
  type SwitchMemory,
  saveSwitchMemory,
  switchMemory,
} from "./memory.ts";
import { type Planning, planRun } from "./planning.ts";
import { judgeName, PLANNER_DAYS, ruleSet } from "./rule-settings.ts";

const DAY_S = 86400;

/** What the grid-switch rules made of this run. */
export interface Judgement {
  readonly decision: Decision;
  readonly before: GridSwitchState | null;
  readonly state: GridSwitchState;
  readonly switches: SwitchMemory;
  /** By how much the clock was set since the last run, s; null when nobody knows. */
  readonly clock_jump_s: number | null;
  /** Lines for the inverter's command file. */
  readonly orders: readonly string[];
  readonly record: DecisionRecord;
  /** The rule set it was made with. */
  readonly rules: ReturnType<typeof ruleSet>;
  /** What the planner learned and planned; null = it does not run, or failed. */
  readonly planning: Planning | null;
}

/** Lets the rules decide on the samples. Changes nothing. */
export function judge(context: Context, store: Store, samples: Samples, from: number, mode: GridMode): Judgement {
  const { config } = context;
  const now = context.clock.now();
  const stored = ruleState(store, MEMORY.grid_switch);
  const before = restoreState(stored, now);
  const bms = judgeName(config);
  const mine = { bms: samples.bms.filter(({ device }) => device === bms), inverter: samples.inverter };
  const planning = planOrNot(context, store, mine, before);
  const rules = ruleSet(config, planning?.profile.days);
  const input: DecideInput = {
    now,
    uptime_s: uptimeOf(context),
    samples: mine,
    // As it was stored: the rules themselves tell when their memory is damaged.
    state: stored,
    ...rules,
    plan: rules.policy === "planner" ? (planning?.advice ?? null) : null,
    mode,
    switches_24h: settingChanges(store, config.inverter.name, now - DAY_S).filter(
      // What a wrong clock dated into the future says nothing about today.
      ({ key, at }) => key === "ongrid_switch" && !isFromFuture(at, now),
    ).length,
    order_outcome: outcomeOf(context, store, before),
    charger_source: chargerSource(context, store),
  };
  const { state, decision, clock_jump_s } = decide(input);
  const record: DecisionRecord = {
    decision,
    before: stored,
    bms,
    samples: {
      from,
      bms_until: input.samples.bms.at(-1)?.at ?? null,
      inverter_until: input.samples.inverter.at(-1)?.at ?? null,
    },
    uptime_s: input.uptime_s ?? null,
    switches_24h: input.switches_24h ?? 0,
    order_outcome: input.order_outcome ?? null,
    charger_source: input.charger_source ?? null,
    plan: input.plan ?? null,
  };
  const moved = moveSwitches(switchMemory(store), clock_jump_s, now);
  const switches = followSwitches(moved, before, state, decision);
  const jump = clock_jump_s !== 0 ? clock_jump_s : uptimeOf(context) === null ? null : 0;
  return {
    decision,
    before,
    state,
    switches,
    clock_jump_s: jump,
    orders: orderLines(decision),
    record,
    rules,
    planning,
  };
}

/** The planner's part, when the owner's preset lets it play one. It must never keep the rules from deciding. */
function planOrNot(
  context: Context,
  store: Store,
  samples: DecideInput["samples"],
  before: GridSwitchState | null,
): Planning | null {
  const { policy, parameters } = ruleSet(context.config, PLANNER_DAYS);
  if (policy !== "planner") return null;
  try {
    return planRun(context, store, samples, parameters, before);
  } catch (error) {
    context.log.warn("the planner failed, the rules decide without it", { error: String(error) });
    return null;
  }
}

/** What the journal says of the order that the rules call open; null = it has not seen it. */
function outcomeOf(context: Context, store: Store, before: GridSwitchState | null): OrderOutcome | null {
  const { pending } = before ?? {};
  if (!pending) return null;
  const order = orderBySourceId(store, "batmon", gridOrderId(pending.last_at));
  if (order === null) return null;
  const { state, finished_at } = order;
  const code = whyOf(order)?.code ?? null;
  return { value: pending.value, state, code, reason: orderReason(context, store, order), finished_at };
}

function gridOrderId(at: number): string {
  return `grid-${at}`;
}

/**
 * Stores the decision, then gives its orders. Stored first: an order that is lost in between is repeated by the rules, while one
 * given twice would look like somebody else's. Only the way back to the grid goes out even if nothing can be stored.
 */
export function act(context: Context, store: Store, judgement: Judgement): void {
  const { decision, orders } = judgement;
  if (context.dryRun) return;
  store.later(() => saveJudgement(context, store, judgement));
  if (orders.length === 0) return;
  const give = () => {
    for (const line of orders) giveOrder(context, store, line, "batmon");
  };
  try {
    store.flush();
  } catch (error) {
    if (decision.action.kind === "order" && decision.action.value) give();
    throw error;
  }
  give();
  for (const line of orders) context.log.info("gave an order", { order: line });
}

function saveJudgement(context: Context, store: Store, judgement: Judgement): void {
  const { decision, state, switches, record, rules, planning } = judgement;
  const { keep_decisions_days, keep_actions_days } = context.config.batmon;
  const { at, on_grid, winner, action } = decision;
  saveRuleState(store, MEMORY.grid_switch, at, state);
  saveSwitchMemory(store, at, switches);
  const ordered = action.kind === "order" ? action.value : null;
  insertDecision(store, { at, on_grid, winner, ordered, record, parameters: rules });
  planning?.save();
  pruneDecisions(store, at - keep_decisions_days * DAY_S, at - keep_actions_days * DAY_S);
}

/** The id says which run gave the order; the life keeps it from acting on a plant that has changed since. */
function orderLines({ at, action, charger_action }: Decision): string[] {
  const suffix = (id: string, life_s: number) => `by batmon id ${id} life ${life_s}s`;
  return [
    ...(action.kind === "order" ? [`20105=${action.value ? 1 : 0} ${suffix(gridOrderId(at), action.life_s)}`] : []),
    ...(charger_action
      ? [`charger_source_priority=${charger_action.value} ${suffix(`charger-${at}`, charger_action.life_s)}`]
      : []),
  ];
}

/** Seconds since boot; null when the clock is a simulation's, which leaps while the computer's uptime does not. */
export function uptimeOf(context: Context): number | null {
  return context.clock === systemClock ? Math.floor(uptime()) : null;
}

function chargerSource(context: Context, store: Store): string | null {
  const raw = latestSettings(store, context.config.inverter.name)?.raw.charger_source_priority ?? null;
  return valueFromRaw(INVERTER_SETTING_FIELDS.charger_source_priority, raw) as string | null;
}
