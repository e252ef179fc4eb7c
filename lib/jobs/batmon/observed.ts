import { dayBounds, localTime } from "../../base/local-time.ts";
import type { Context } from "../../cli/spec.ts";
import { type DecisionRecord, MEMORY } from "../../station/rule-memory.ts";
import { speechOfStation } from "../../station/voice.ts";
import type { Store } from "../../store/database.ts";
import { decisionsBetween } from "../../store/decisions.ts";
import { ruleState, saveRuleState } from "../../store/rules.ts";
import type { Speech } from "../../words/index.ts";
import { queueMessage } from "./notify.ts";

/** A change that the rules would have ordered. */
export interface WouldBe {
  readonly at: number;
  readonly to_grid: boolean;
}

/** Changes told of one day. */
const MOST_TOLD = 6;

/**
 * Once a day, at the report's hour, what the rules would have done: an owner who only observes must hear what he would agree to. Returns
 * whether there is something to deliver.
 */
export function tellObserved(context: Context, store: Store): boolean {
  const now = context.clock.now();
  const { time_zone, name } = context.config.station;
  const { day, hour } = localTime(now, time_zone);
  const told = ruleState(store, MEMORY.observed) as { day?: unknown } | null;
  if (context.dryRun || hour < context.config.batmon.report_hour || told?.day === day) return false;
  const list = wouldHaveDone(store, dayBounds(day, time_zone).start, now);
  const text = `${name}: ${observedText(list, time_zone, speechOfStation(context))}`;
  store.later(() => {
    saveRuleState(store, MEMORY.observed, now, { day });
    queueMessage(context, store, { kind: "notice", severity: "info", text });
  });
  context.log.info("only observing", { would_have: list.length });
  return true;
}

/** The moments at which the rules began to want another position of the grid switch. */
export function wouldHaveDone(store: Store, from: number, to: number): WouldBe[] {
  let wanted: boolean | null = null;
  return decisionsBetween<DecisionRecord>(store, from, to + 1).flatMap(({ at, record: { decision } }) => {
    const { wish, mode } = decision;
    const begins = mode === "observe" && wish !== null && wish !== wanted && wish !== decision.on_grid;
    wanted = wish;
    return begins ? [{ at, to_grid: wish }] : [];
  });
}

function observedText(list: readonly WouldBe[], time_zone: string, { observed: words }: Speech): string {
  if (list.length === 0) return `${words.nothing} ${words.end}`;
  const shown = list.slice(0, MOST_TOLD).map(({ at, to_grid }) => {
    return `${localTime(at, time_zone).time} ${to_grid ? words.on : words.off}`;
  });
  if (list.length > MOST_TOLD) shown.push(words.more(list.length - MOST_TOLD));
  return `${words.head} ${shown.join("; ")}. ${words.end}`;
}
