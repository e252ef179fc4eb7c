/** A decision of the rules for people: what was done, why, on which data, and how far the other choice was. */
import { isoTime, localStamp } from "../base/local-time.ts";
import type { Decision, Distance, Missing, OrderView, RuleResult } from "../rules/grid-switch/types.ts";
import type { Speech } from "../words/index.ts";
import { ruleText } from "./rule-text.ts";

interface Telling {
  /** One line for each rule. */
  readonly rules?: boolean;
  /** Local where the zone is known: the time that was asked for is local too. */
  readonly time_zone?: string;
}

/** The lines of `batmon --why`. */
export function explainDecision(decision: Decision, speech: Speech, options: Telling = {}): string[] {
  const { why: w } = speech;
  const { at, on_grid, mode, policy, action, inputs: seen } = decision;
  const when = options.time_zone === undefined ? isoTime(at) : localStamp(at, options.time_zone);
  const given = action.kind === "none" ? w.no_order : w.ordered(action.value, action.life_s);
  const { soc, soc_source: source, lowest_cell: lowest, pv_mean: pv, load_mean: load, sun_needed: needed } = seen;
  const lines = [
    `${when}  ${w.head(on_grid, mode, policy)}: ${given}`,
    w.reason(`[${decision.winner}] ${becauseText(decision, speech)}`),
    w.other_choice(distanceText(decision.distance, speech)),
    w.data(seen.bms_age_s, seen.inverter_age_s, seen.samples, seen.doubted ?? []),
    w.figures({ soc, source, lowest, pv, load, needed }),
  ];
  if (decision.order && action.kind === "none") lines.push(w.order.open(orderWords(decision.order, speech)));
  if (decision.repaired?.length) lines.push(w.repaired(decision.repaired));
  if (decision.charger_action) lines.push(w.charger_order(speech.state(decision.charger_action.value)));
  if (decision.flags.length > 0) lines.push(w.notes(decision.flags.map((flag) => w.flags[flag] ?? flag)));
  return options.rules ? [...lines, ...decision.rules.map((rule) => ruleLine(rule, speech))] : lines;
}

function ruleLine(rule: RuleResult, speech: Speech): string {
  const { why: w } = speech;
  const mark = rule.met === null ? w.not_known : rule.met ? w.yes : w.no;
  return `  ${rule.id.padEnd(14)} ${mark.padEnd(3)} ${ruleText(rule, speech)}`;
}

/** Of an earlier edition, which kept the sentence itself. */
interface Older {
  readonly because?: Decision["because"];
  readonly reason?: string;
}

/** What the decision comes to, in one sentence. */
export function becauseText(decision: Decision, speech: Speech): string {
  const { why: w } = speech;
  const { because, reason }: Older = decision;
  if (because === undefined) return reason ?? w.distance.none;
  const text = reasonText(decision, speech);
  if (decision.winner === "waiting" && decision.order) return `${text}; ${orderWords(decision.order, speech)}`;
  return decision.mode === "observe" && decision.wish !== null ? w.because.observing(text) : text;
}

function reasonText({ because, rules, on_grid }: Decision, speech: Speech): string {
  const { because: w } = speech.why;
  const said = (id: string | undefined): string => {
    const rule = rules.find((one) => one.id === id);
    return rule ? ruleText(rule, speech) : (id ?? "");
  };
  switch (because.code) {
    case "stay":
      return on_grid ? w.stay_on : w.stay_off;
    case "back":
      return w.back(on_grid, said(because.rule));
    case "leave":
      return w.leave(said(because.rule));
    case "blocked":
      return w.blocked(because.rule ?? "", said(because.guard));
    case "parameters":
      return w.parameters(because.problem ?? "");
    case "gave_up":
      return w.gave_up(because.minutes ?? 0);
    case "owner":
    case "hands_off":
    case "position":
      return w[because.code];
  }
}

/** What became of the order of the grid switch. */
export function orderWords({ value, attempts, state, journal, reason }: OrderView, speech: Speech): string {
  const { order: w } = speech.why;
  const what = w.what(value);
  if (state === "gave_up") return `${w.gave_up(what, attempts)}${reason ? ` (${reason})` : ""}`;
  if (state === "failed") {
    const fates: Readonly<Record<string, string>> = w.fates;
    return `${w.ended(what, attempts, fates[journal ?? ""] ?? w.fates.failed)}${reason ? `: ${reason}` : ""}`;
  }
  if (state === "unconfirmed") return w.unconfirmed(what, attempts);
  return journal === "done" || journal === "unchanged" ? w.done(what, attempts) : w.under_way(what, attempts);
}

/** How far the other choice was. @param distance as decided, or as stored by an older edition, which kept the sentence itself */
export function distanceText(distance: Distance | string | null, speech: Speech): string {
  const { distance: w } = speech.why;
  if (distance === null) return w.none;
  if (typeof distance === "string") return distance;
  const { to, soc_known, missing, cell_above, guards } = distance;
  const lacks = (rule: Missing["rule"]) =>
    missing.flatMap((one) => (one.rule === rule ? [missingText(one, to, speech)] : [])).join(w.and) || w.nothing;
  if (to === "grid") {
    if (!soc_known) return w.soc_unknown_off;
    return `${w.reserve(lacks("reserve"))}${cell_above === null ? "" : w.cell_above(cell_above)}`;
  }
  const rest = guards.length === 0 ? "" : w.guards(guards);
  return `${soc_known ? w.sun_and_full(lacks("sun"), lacks("full")) : w.soc_unknown_on}${rest}`;
}

function missingText({ code, value, limit }: Missing, to: Distance["to"], speech: Speech): string {
  const { distance: w } = speech.why;
  if (code === "power") return w.power(value);
  if (code === "minutes") return w.minutes(value ?? 0);
  if (code === "charge") return w.charge(value ?? 0, to === "grid");
  return w.fill_hours(value ?? 0, limit ?? 0);
}
