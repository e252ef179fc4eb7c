import { uptime } from "node:os";
import type { Context } from "../../cli/spec.ts";
import { systemClock } from "../../clock.ts";
import { valueFromRaw } from "../../codec/values.ts";
import { appendOrder } from "../../orders/append-line.ts";
import { commandFile } from "../../orders/device-tables.ts";
import { INVERTER_SETTING_FIELDS } from "../../pv1800/registers.ts";
import { decide } from "../../rules/grid-switch/decide.ts";
import { restoreState } from "../../rules/grid-switch/state.ts";
import type { DecideInput, Decision, GridMode, GridSwitchState } from "../../rules/grid-switch/types.ts";
import type { Store } from "../../store/database.ts";
import { insertDecision, pruneDecisions } from "../../store/decisions.ts";
import { ruleState, saveRuleState } from "../../store/rules.ts";
import { latestSettings, settingChanges } from "../../store/settings.ts";
import type { Samples } from "./inputs.ts";
import {
  type DecisionRecord,
  followSwitches,
  MEMORY,
  type SwitchMemory,
  saveSwitchMemory,
  switchMemory,
} from "./memory.ts";
import { judgeName, ruleSet } from "./settings.ts";

const DAY_S = 86400;

/** What the grid-switch rules made of this run. */
export interface Judgement {
  readonly decision: Decision;
  readonly before: GridSwitchState | null;
  readonly state: GridSwitchState;
  readonly switches: SwitchMemory;
  /** Lines for the inverter's command file. */
  readonly orders: readonly string[];
  readonly record: DecisionRecord;
}

/** Lets the rules decide on the samples. Changes nothing. */
export function judge(context: Context, store: Store, samples: Samples, from: number, mode: GridMode): Judgement {
  const { config } = context;
  const now = context.clock.now();
  const stored = ruleState(store, MEMORY.grid_switch);
  const before = stored === null ? null : restoreState(stored);
  const bms = judgeName(config);
  const input: DecideInput = {
    now,
    uptime_s: uptimeOf(context),
    samples: { bms: samples.bms.filter(({ device }) => device === bms), inverter: samples.inverter },
    // As it was stored: the rules themselves tell when their memory is damaged.
    state: stored as GridSwitchState | null,
    ...ruleSet(config),
    mode,
    switches_24h: settingChanges(store, config.inverter.name, now - DAY_S).filter(({ key }) => key === "ongrid_switch")
      .length,
    charger_source: chargerSource(context, store),
  };
  const { state, decision } = decide(input);
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
    charger_source: input.charger_source ?? null,
  };
  const switches = followSwitches(switchMemory(store), before, state, decision);
  return { decision, before, state, switches, orders: orderLines(decision), record };
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
    for (const line of orders) appendOrder(commandFile(context, "inverter"), line);
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

function saveJudgement(context: Context, store: Store, { decision, state, switches, record }: Judgement): void {
  const { keep_decisions_days, keep_actions_days } = context.config.batmon;
  const { at, on_grid, winner, action } = decision;
  saveRuleState(store, MEMORY.grid_switch, at, state);
  saveSwitchMemory(store, at, switches);
  const ordered = action.kind === "order" ? action.value : null;
  insertDecision(store, { at, on_grid, winner, ordered, record, parameters: ruleSet(context.config) });
  pruneDecisions(store, at - keep_decisions_days * DAY_S, at - keep_actions_days * DAY_S);
}

/** The id says which run gave the order; the life keeps it from acting on a plant that has changed since. */
function orderLines({ at, action, charger_action }: Decision): string[] {
  const suffix = (what: string, life_s: number) => `by batmon id ${what}-${at} life ${life_s}s`;
  return [
    ...(action.kind === "order" ? [`20105=${action.value ? 1 : 0} ${suffix("grid", action.life_s)}`] : []),
    ...(charger_action
      ? [`charger_source_priority=${charger_action.value} ${suffix("charger", charger_action.life_s)}`]
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
