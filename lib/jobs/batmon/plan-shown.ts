import { UsageError } from "../../base/errors.ts";
import { localTime } from "../../base/local-time.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { gainNow } from "../../rules/plan/act.ts";
import { PLAN_LIFE_S } from "../../rules/plan/plan.ts";
import { DAY_S, type Profile } from "../../rules/plan/profile.ts";
import { type Score, scorePromises } from "../../rules/plan/score.ts";
import { planChart, planNotes, planSentence } from "../../rules/plan/words.ts";
import { decisionsBetween, latestDecision } from "../../store/decisions.ts";
import { plansBetween } from "../../store/plans.ts";
import type { DecisionRecord } from "./memory.ts";
import { storedPlan, storedProfile } from "./planning.ts";
import { PLANNER_DAYS, ruleSet } from "./rule-settings.ts";

/** Charge from which the pack counts as full, %: where the rules themselves set it when a cell says so. */
const FULL = 98;

/** `batmon --plan`: what the coming day will bring; `--score`: how well the last days were foreseen. */
export async function showPlan(context: Context): Promise<Answer> {
  const store = context.openStore({ readonly: true });
  const { config, clock } = context;
  const now = clock.now();
  const { time_zone, lang } = config.station;
  if (context.options.score === true) return showScore(context);
  const plan = storedPlan(store);
  const profile = storedProfile(context, store);
  if (plan === null || now - plan.at > PLAN_LIFE_S) {
    throw new UsageError(
      plan === null
        ? "there is no plan yet: batmon makes one as soon as both devices have been read, with preset auto or planner"
        : `the last plan is from ${localTime(plan.at, time_zone).time}: batmon has not run since, or the data is too old`,
    );
  }
  const decision = latestDecision<DecisionRecord>(store)?.record.decision ?? null;
  const on_grid = decision?.on_grid ?? plan.course[0]?.on_grid ?? true;
  const sentence = planSentence(plan, on_grid, now, time_zone, lang);
  const { policy } = ruleSet(config, profile.days);
  const soc = decision?.inputs.soc ?? null;
  const gain_kwh = soc === null ? null : gainNow(plan, now, soc, decision?.inputs.charge_stage === "float" && on_grid);
  const { gains: _gains, ...shown } = plan;
  return {
    json: { sentence, followed: policy === "planner", gain_kwh, plan: shown, learned: learnedOf(profile) },
    text: () =>
      [
        `${sentence}.`,
        "",
        ...planChart(plan, now, time_zone, lang),
        "",
        ...planNotes(plan, now, time_zone, lang),
        ...followedNote(policy, profile, lang),
      ].join("\n"),
    always: true,
  };
}

function followedNote(policy: string, { days }: Profile, lang: "en" | "ru"): string[] {
  if (policy === "planner") return [];
  return lang === "ru"
    ? [`план пока не исполняется: правит набор ${policy}, изучено дней: ${days} из ${PLANNER_DAYS}`]
    : [`the plan is not followed yet: the rules of ${policy} decide, ${days} of ${PLANNER_DAYS} days are learned`];
}

/** What was learned, each figure with its support. */
function learnedOf(profile: Profile): Readonly<Record<string, unknown>> {
  const { days, array_w, capacity, own_w, grid_charge_a, float_share, battery_first, season, noon_s } = profile;
  const { load, load_hours, class_index, class_days } = profile;
  return {
    days,
    ...{ array_w, capacity, own_w, grid_charge_a, float_share, battery_first, season, noon_s },
    load: load.map((value, hour) => ({
      hour,
      value: Math.round(value),
      support: Math.round(load_hours[hour] as number),
    })),
    kinds_of_day: class_index.map((index, kind) => ({ index, days: class_days[kind] })),
  };
}

/** Days looked back at. */
const SCORE_DAYS = 7;

function showScore(context: Context): Answer {
  const store = context.openStore({ readonly: true });
  const { config, clock } = context;
  const now = clock.now();
  const from = now - SCORE_DAYS * DAY_S;
  const seen = decisionsBetween<DecisionRecord>(store, from, now).flatMap(({ at, record }) =>
    record.decision.inputs.soc === null ? [] : [{ at, soc: record.decision.inputs.soc }],
  );
  const { parameters } = ruleSet(config);
  const score = scorePromises(plansBetween(store, from, now), seen, { full: FULL, reserve: parameters.reserve });
  return { json: { ...score }, text: () => scoreText(score, config.station), always: true };
}

function scoreText(score: Score, { time_zone, lang }: { time_zone: string; lang: "en" | "ru" }): string {
  const ru = lang === "ru";
  if (score.kept === null) {
    return ru
      ? "За последние дни план ничего не обещал за три часа."
      : "Nothing was promised three hours ahead in the last days.";
  }
  const lines = score.promises.map(({ what, promised, happened, late_min }) => {
    const { day, time } = localTime(promised, time_zone);
    const name = { full: ru ? "полный заряд" : "full", reserve: ru ? "резерв" : "reserve" }[what];
    const came = happened === null ? (ru ? "не наступил" : "did not come") : localTime(happened, time_zone).time;
    const late = late_min === null ? "" : ` (${late_min >= 0 ? "+" : "−"}${Math.abs(late_min)} min)`;
    return `${day} ${name.padEnd(12)} ${ru ? "обещан на" : "promised for"} ${time}, ${ru ? "наступил" : "came"} ${came}${late}`;
  });
  const percent = Math.round(score.kept * 100);
  const total = ru ? `В пределах получаса: ${percent} %` : `Within half an hour: ${percent} %`;
  return [...lines, total].join("\n");
}
