import { uptime } from "node:os";
import { isFromFuture, systemClock } from "../base/clock.ts";
import type { Context } from "../cli/spec.ts";
import { valueFromRaw } from "../codec/values.ts";
import type { Config } from "../config/schema.ts";
import { areSeveral, inverterNames } from "../config/units.ts";
import { INVERTER_SETTING_FIELDS } from "../devices/inverter/sample.ts";
import { giveOrder } from "../orders/give-order.ts";
import { orderReason } from "../orders/order-reason.ts";
import { decide } from "../rules/grid-switch/decide.ts";
import { restoreState } from "../rules/grid-switch/restore.ts";
import type { DecideInput, Decision, GridMode, GridSwitchState, OrderOutcome } from "../rules/grid-switch/types.ts";
import type { WholeSamples } from "../station/rule-inputs.ts";
import {
  type DecisionRecord,
  followSwitches,
  MEMORY,
  moveSwitches,
  type SwitchMemory,
  saveSwitchMemory,
  switchMemory,
} from "../station/rule-memory.ts";
import { judgePacks, PLANNER_DAYS, ruleSet } from "../station/rule-settings.ts";
import type { Store } from "../store/database.ts";
import { insertDecision, pruneDecisions } from "../store/decisions.ts";
import { orderBySourceId, whyOf } from "../store/orders.ts";
import { ruleState, saveRuleState } from "../store/rules.ts";
import { latestSettings, settingChanges } from "../store/setting-rows.ts";
import { type Planning, planRun } from "./planning.ts";

const DAY_S = 86400;

/** What the grid-switch rules made of this run. */
export interface Judgement {
  readonly decision: Decision;
  readonly before: GridSwitchState | null;
  readonly state: GridSwitchState;
  readonly switches: SwitchMemory;
  /** By how much the clock was set since the last run, s; null when nobody knows. */
  readonly clock_jump_s: number | null;
  /** Lines for the command file of the inverters, each with the machine that it is for. */
  readonly orders: readonly { readonly device: string; readonly line: string }[];
  readonly record: DecisionRecord;
  /** The rule set it was made with. */
  readonly rules: ReturnType<typeof ruleSet>;
  /** What the planner learned and planned; null = it does not run, or failed. */
  readonly planning: Planning | null;
}

/** Lets the rules decide on the samples. Changes nothing. */
export function judge(
  context: Context,
  store: Store,
  samples: { readonly whole: WholeSamples },
  from: number,
  mode: GridMode,
): Judgement {
  const { config } = context;
  const now = context.clock.now();
  const stored = ruleState(store, MEMORY.grid_switch);
  const before = restoreState(stored, now);
  const mine = samples.whole;
  const packs = judgePacks(config);
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
    switches_24h: Math.max(...inverterNames(config).map((name) => switchesOf(store, name, now))),
    order_outcome: outcomeOf(context, store, before),
    charger_source: chargerSource(context, store),
  };
  const { state, decision, clock_jump_s } = decide(input);
  const record: DecisionRecord = {
    decision,
    before: stored,
    bms: packs.length === 1 ? (packs[0] ?? null) : null,
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
    orders: ordersOf(config, decision),
    record,
    rules,
    planning,
  };
}

/** Where an order that is not confirmed yet wants the grid switch; null without one. */
export function pendingPosition(store: Store): boolean | null {
  return restoreState(ruleState(store, MEMORY.grid_switch), store.clock.now())?.pending?.value ?? null;
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
  const { config } = context;
  const given = inverterNames(config).map((device) =>
    orderBySourceId(store, "batmon", gridOrderId(pending.last_at) + ownPart(config, device)),
  );
  // Of several machines the one that is furthest from done speaks for the order.
  const seen = given.filter((order) => order !== null);
  const order =
    seen.find(({ state }) => !OBEYED.includes(state) && state !== "queued") ??
    seen.find(({ state }) => !OBEYED.includes(state)) ??
    seen[0];
  if (order === undefined || seen.length < given.length) return null;
  const { state, finished_at } = order;
  const code = whyOf(order)?.code ?? null;
  return { value: pending.value, state, code, reason: orderReason(context, store, order), finished_at };
}

/** Ends of an order after which the machine stands as it was told. */
const OBEYED: readonly string[] = ["done", "unchanged"];

/** Switch-overs of one machine in the last day. What a wrong clock dated into the future says nothing about today. */
function switchesOf(store: Store, device: string, now: number): number {
  const changes = settingChanges(store, device, now - DAY_S);
  return changes.filter(({ key, at }) => key === "ongrid_switch" && !isFromFuture(at, now)).length;
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
    for (const { device, line } of orders) giveOrder(context, store, device, line, "batmon");
  };
  try {
    store.flush();
  } catch (error) {
    if (decision.action.kind === "order" && decision.action.value) give();
    throw error;
  }
  give();
  for (const { device, line } of orders) context.log.info("gave an order", { device, order: line });
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

/**
 * The orders of a decision for every inverter. The id says which run gave the order; the life keeps it from acting on a plant that has
 * changed since.
 */
function ordersOf(config: Config, { at, action, charger_action }: Decision): Judgement["orders"] {
  const suffix = (id: string, life_s: number) => `by batmon id ${id} life ${life_s}s`;
  return inverterNames(config).flatMap((device) => {
    const own = ownPart(config, device);
    const lines = [
      ...(action.kind === "order"
        ? [`20105=${action.value ? 1 : 0} ${suffix(gridOrderId(at) + own, action.life_s)}`]
        : []),
      ...(charger_action
        ? [`charger_source_priority=${charger_action.value} ${suffix(`charger-${at}${own}`, charger_action.life_s)}`]
        : []),
    ];
    return lines.map((line) => ({ device, line }));
  });
}

/** What tells the orders of several machines apart: an id is carried out once. */
function ownPart(config: Config, device: string): string {
  return areSeveral(config, "inverter") ? `-${device}` : "";
}

/** Seconds since boot; null when the clock is a simulation's, which leaps while the computer's uptime does not. */
export function uptimeOf(context: Context): number | null {
  return context.clock === systemClock ? Math.floor(uptime()) : null;
}

function chargerSource(context: Context, store: Store): string | null {
  const told = inverterNames(context.config).map(
    (name) => latestSettings(store, name)?.raw.charger_source_priority ?? null,
  );
  // Machines that differ have none in common.
  const raw = told.every((value) => value === told[0]) ? (told[0] ?? null) : null;
  return valueFromRaw(INVERTER_SETTING_FIELDS.charger_source_priority, raw) as string | null;
}
