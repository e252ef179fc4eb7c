/** What a person reads of a decision, with plain spaces. */
import type { Decision } from "../../lib/rules/grid-switch/types.ts";
import { ruleText } from "../../lib/terminal/rule-text.ts";
import { becauseText, explainDecision } from "../../lib/terminal/why-text.ts";
import { type Language, speech } from "../../lib/words/index.ts";

export const plain = (text: string): string => text.replaceAll("\u00a0", " ");

/** The one sentence. */
export function reasonSaid(decision: Decision, language: Language = "en"): string {
  return plain(becauseText(decision, speech(language)));
}

/** The lines of `batmon --why`. */
export function whySaid(decision: Decision, rules = false, language: Language = "en"): string {
  return plain(explainDecision(decision, speech(language), { rules }).join("\n"));
}

/** What is said of one rule; undefined where it was not asked. */
export function ruleSaid(decision: Decision | undefined, id: string, language: Language = "en"): string | undefined {
  const rule = decision?.rules.find((one) => one.id === id);
  return rule && plain(ruleText(rule, speech(language)));
}
