import { UsageError } from "../../base/errors.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { onScreen } from "../../cli/terminal.ts";
import type { Parameters, Policy } from "../../rules/grid-switch/parameters.ts";
import { restoreState } from "../../rules/grid-switch/restore.ts";
import type { DecideInput } from "../../rules/grid-switch/types.ts";
import { explainDecision } from "../../rules/grid-switch/why.ts";
import { hereOf } from "../../station/here.ts";
import { wholeBetween } from "../../station/rule-inputs.ts";
import type { DecisionRecord } from "../../station/rule-memory.ts";
import { decisionSentence } from "../../station/stored-judgement.ts";
import type { Store } from "../../store/database.ts";
import { type DecisionRow, decisionAt, latestDecision } from "../../store/decisions.ts";
import { parseMoment } from "../../view/time-span.ts";

/** The rules that a decision was made by. */
export interface RuleParameters {
  readonly policy: Policy;
  readonly parameters: Parameters;
}

type Row = DecisionRow<DecisionRecord, RuleParameters>;

/** `batmon --why [TIME]`: the decision that held then, rule by rule, with the distance to the other choice. */
export async function why(context: Context): Promise<Answer> {
  const store = context.openStore({ readonly: true });
  const { why: given } = context.options;
  const at = typeof given === "string" ? parseMoment(given, hereOf(context)) : null;
  const row: Row | null = at === null ? latestDecision(store) : decisionAt(store, at);
  if (row === null) {
    throw new UsageError(
      at === null ? "there is no decision yet; has batmon run?" : `no decision is kept from ${given}`,
    );
  }
  return {
    json: { decision: row.record.decision, input: inputOf(context, store, row) },
    text: () =>
      onScreen([
        decisionSentence(context, row.record.decision),
        "",
        ...explainDecision(row.record.decision, { rules: true, time_zone: context.config.station.time_zone }),
      ]),
    always: true,
  };
}

/** What the rules were given then: fed to them again, it gives the same decision as long as the samples are kept. */
export function inputOf(context: Context, store: Store, row: Row): DecideInput {
  const { record, parameters: set } = row;
  const { from, bms_until, inverter_until } = record.samples;
  const { batmon } = context.config;
  // The pack it was judged by then; null = all of them as one.
  const config = { ...context.config, batmon: { ...batmon, bms: record.bms } };
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
