/** What the rules have judged, for everyone who shows it: one sentence, one list of alerts, one age. */
import type { Context } from "../cli/spec.ts";
import type { GridSwitchView } from "../page/model.ts";
import { alertSentence, alertTitle } from "../publish/alert-text.ts";
import type { Severity } from "../rules/alerts/alert-definition.ts";
import type { AlertId } from "../rules/alerts/definitions.ts";
import { openAlerts } from "../rules/alerts/evaluate.ts";
import { readAlertState } from "../rules/alerts/state.ts";
import type { AlertState } from "../rules/alerts/types.ts";
import type { Decision } from "../rules/grid-switch/types.ts";
import { whyCode, whyFacts } from "../rules/grid-switch/why-facts.ts";
import type { Store } from "../store/database.ts";
import { latestDecision } from "../store/decisions.ts";
import { ruleState, ruleStateAt } from "../store/rules.ts";
import { type JudgementAge, judgementAge } from "../view/age.ts";
import { type DecisionRecord, MEMORY } from "./rule-memory.ts";
import { ruleSet } from "./rule-settings.ts";
import { speechOfStation, voiceOf } from "./voice.ts";

/** What the rules have left behind, read once for all who show it. */
export interface StoredRules {
  /** How old it is; what is said of it in the present tense needs "fresh". */
  readonly judgement: JudgementAge;
  /** The newest decision about the grid switch; null when batmon never ran. */
  readonly decided: { readonly at: number; readonly decision: Decision } | null;
  /** What is raised; null when batmon never ran. */
  readonly raised: AlertState | null;
}

export function storedRules(context: Context, store: Store): StoredRules {
  const { station, batmon } = context.config;
  const row = latestDecision<DecisionRecord>(store);
  return {
    judgement: judgementAge(ruleStateAt(store, MEMORY.alerts), context.clock.now(), station.max_age_s, batmon.enabled),
    decided: row && { at: row.at, decision: row.record.decision },
    raised: readAlertState(ruleState(store, MEMORY.alerts)),
  };
}

/** The newest decision and why, in the station's language; null when batmon never ran. */
export function decisionView(
  context: Context,
  { decided }: StoredRules,
): (GridSwitchView & { readonly code: string }) | null {
  if (decided === null) return null;
  const { at, decision } = decided;
  const facts = whyFacts(decision, ruleSet(context.config).parameters.reserve);
  return { at, mode: decision.mode, code: whyCode(facts), why: speechOfStation(context).decision(facts) };
}

/** Why the switch stands as it does, in the station's language. */
export function decisionSentence(context: Context, decision: Decision): string {
  return speechOfStation(context).decision(whyFacts(decision, ruleSet(context.config).parameters.reserve));
}

/** An alert that is raised now, in words made of what is known at present. */
export interface OpenAlertView {
  readonly id: AlertId;
  readonly key: string;
  readonly severity: Severity;
  readonly title: string;
  readonly text: string;
  readonly since: number;
}

/** Open alerts, worst first, as they stand now; null when batmon never ran. */
export function alertViews(context: Context, { raised }: StoredRules): OpenAlertView[] | null {
  if (raised === null) return null;
  const voice = voiceOf(context);
  return openAlerts(raised).map(({ values, ...alert }) => ({
    ...alert,
    title: alertTitle(alert.id, voice.speech),
    text: alertSentence(alert.id, values, voice),
  }));
}
