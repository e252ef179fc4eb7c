import { localTime } from "../base/local-time.ts";
import type { Context } from "../cli/spec.ts";
import { reportOf, reportText } from "../judge/day-report.ts";
import { storedProfile } from "../judge/planning.ts";
import { modeName, rulesSilent } from "../page/judgement.ts";
import { QUESTIONS, type Question } from "../publish/chat/message.ts";
import { planNotes, planSentence } from "../publish/plan-text.ts";
import { planInForce } from "../rules/plan/kept.ts";
import { liveStation } from "../station/live-devices.ts";
import { monitorMode } from "../station/monitor-mode.ts";
import { followedNote, toldPlan } from "../station/plan-followed.ts";
import type { DecisionRecord } from "../station/rule-memory.ts";
import { ruleSet } from "../station/rule-settings.ts";
import { headlineText, stationHeadline } from "../station/station-headline.ts";
import { alertViews, decisionView, storedRules } from "../station/stored-judgement.ts";
import { storedPlan } from "../station/stored-plan.ts";
import { speechOfStation } from "../station/voice.ts";
import type { Store } from "../store/database.ts";
import { latestDecision } from "../store/decisions.ts";
import { batteryDoing, livePowers } from "../view/live-powers.ts";
import { capital } from "../words/sentence.ts";

/** The answer to a question, as a text for a phone: no columns, one thing a line. */
export function answerTo(context: Context, store: Store, question: Question): string {
  return ANSWERS[question](context, store);
}

const ANSWERS: Readonly<Record<Question, (context: Context, store: Store) => string>> = {
  status,
  why,
  plan,
  report: (context, store) => {
    const { day } = localTime(context.clock.now(), context.config.station.time_zone);
    return reportText(context, reportOf(context, store, day));
  },
  // The words below the picture.
  chart: (context, store) => headlineText(context, stationHeadline(context, store)),
  help: (context) => {
    const { chat } = speechOfStation(context);
    const lines = QUESTIONS.map((name) => `/${name}: ${chat.commands[name]}`);
    return [...lines, ...(context.config.notify.telegram.commands === "orders" ? [chat.help_orders] : [])].join("\n");
  },
};

function status(context: Context, store: Store): string {
  const speech = speechOfStation(context);
  const { chat: words, page: w, format: f } = speech;
  const seen = liveStation(context, store);
  const live = livePowers(seen);
  const watts = (value: number | null): string => f.quantity(value, "W");
  const rules = storedRules(context, store);
  const alerts = (alertViews(context, rules) ?? []).map(
    ({ title, text, since }) =>
      `${title} (${w.since} ${f.clock(since, context.clock.now(), context.config.station.time_zone)}): ${text}`,
  );
  const is_silent = rulesSilent({ judgement: rules.judgement, speech }) !== null;
  return [
    headlineText(context, stationHeadline(context, store, { live: seen, rules })),
    ...(live.soc === null && live.battery === null
      ? []
      : [
          words.battery(
            f.quantity(live.soc, "%"),
            watts(live.battery === null ? null : Math.abs(live.battery)),
            live.battery === null ? null : w[batteryDoing(live.battery)],
          ),
        ]),
    ...(live.house === null ? [] : [words.powers(watts(live.house), watts(live.sun), watts(live.grid))]),
    // What was open when the rules stopped is no news.
    ...(is_silent ? [] : alerts.length > 0 ? alerts : [`${w.no_alerts}.`]),
  ].join("\n");
}

function why(context: Context, store: Store): string {
  const speech = speechOfStation(context);
  const rules = storedRules(context, store);
  const decision = decisionView(context, rules);
  const silent = rulesSilent({ judgement: rules.judgement, speech });
  if (decision === null) return speech.chat.no_decision;
  const mode = speech.chat.mode(modeName(monitorMode(context, store).mode, speech));
  return [...(silent === null ? [] : [`${silent}.`]), decision.why, mode].join("\n");
}

function plan(context: Context, store: Store): string {
  const speech = speechOfStation(context);
  const now = context.clock.now();
  const { time_zone } = context.config.station;
  const found = planInForce(storedPlan(store), now);
  if (found === null) return speech.chat.no_plan;
  const on_grid = latestDecision<DecisionRecord>(store)?.record.decision.on_grid ?? found.course[0]?.on_grid ?? true;
  const profile = storedProfile(context, store);
  const { policy } = ruleSet(context.config, profile.days);
  const notFollowed = followedNote(monitorMode(context, store).mode, policy, profile, found, speech);
  const sentence = planSentence(toldPlan(found, notFollowed), on_grid, now, time_zone, speech);
  const notes = [...planNotes(found, now, time_zone, speech), ...notFollowed];
  return [`${sentence}.`, ...notes.map((note) => `${capital(note)}.`)].join("\n");
}
