import type { Config } from "../config/schema.ts";
import { decide } from "../rules/grid-switch/decide.ts";
import type { Parameters, Policy } from "../rules/grid-switch/parameters.ts";
import { restoreState } from "../rules/grid-switch/restore.ts";
import type { DecideInput, Decision } from "../rules/grid-switch/types.ts";
import { wholeBetween } from "../station/rule-inputs.ts";
import type { DecisionRecord } from "../station/rule-memory.ts";
import type { Store } from "../store/database.ts";
import type { DecisionRow } from "../store/decisions.ts";

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

/**
 * A stored decision beside what the rules of this program decide on the same, as it would be read back. An earlier edition kept
 * sentences: of its decisions the words, and the figures that stood for them, are left out on both sides.
 */
export function decidedAgain(config: Config, store: Store, row: DecidedRow): { was: unknown; is: unknown } {
  const was = row.record.decision;
  const is: Decision = JSON.parse(JSON.stringify(decide(inputOf(config, store, row)).decision));
  return Object.hasOwn(was, "because") ? { was, is } : { was: withoutWords(was), is: withoutWords(is) };
}

function withoutWords({ because, distance, rules, ...rest }: Decision): unknown {
  const { reason, ...decision }: typeof rest & { readonly reason?: unknown } = rest;
  return { ...decision, rules: rules.map(({ id, kind, met }) => ({ id, kind, met })) };
}
