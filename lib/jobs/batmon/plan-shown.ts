import { UsageError } from "../../base/errors.ts";
import { failure, failureText } from "../../base/failure/failure.ts";
import { localTime } from "../../base/local-time.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { screenSize, wrapped } from "../../cli/terminal.ts";
import { outsideOf } from "../../judge/outside.ts";
import { siteOf, storedProfile } from "../../judge/planning.ts";
import { planNotes, planSentence } from "../../publish/plan-text.ts";
import { gainNow } from "../../rules/plan/act.ts";
import { AT_RESERVE, FULL, PLAN_LIFE_S } from "../../rules/plan/kept.ts";
import { DAY_S, type Profile } from "../../rules/plan/profile.ts";
import { scorePromises } from "../../rules/plan/score.ts";
import { monitorMode } from "../../station/monitor-mode.ts";
import { followedNote, toldPlan, wentByPlan } from "../../station/plan-followed.ts";
import type { DecisionRecord } from "../../station/rule-memory.ts";
import { ruleSet } from "../../station/rule-settings.ts";
import { storedPlan } from "../../station/stored-plan.ts";
import { speechOfStation } from "../../station/voice.ts";
import { decisionAt, decisionsBetween, latestDecision } from "../../store/decisions.ts";
import { plansBetween } from "../../store/plans.ts";
import { outsideNotes, planChart, scoreText } from "../../terminal/plan-screen.ts";

/** `batmon --plan`: what the coming day will bring; `--score`: how well the last days were foreseen. */
export async function showPlan(context: Context): Promise<Answer> {
  const store = context.openStore({ readonly: true });
  const { config, clock } = context;
  const now = clock.now();
  const { time_zone } = config.station;
  const speech = speechOfStation(context);
  if (context.options.score === true) return showScore(context);
  const plan = storedPlan(store);
  const profile = storedProfile(context, store);
  if (plan === null || now - plan.at > PLAN_LIFE_S) {
    throw new UsageError(
      plan === null ? failure("no_plan_yet") : failure("plan_is_old", { time: localTime(plan.at, time_zone).time }),
    );
  }
  const decision = latestDecision<DecisionRecord>(store)?.record.decision ?? null;
  const on_grid = decision?.on_grid ?? plan.course[0]?.on_grid ?? true;
  const { policy } = ruleSet(config, profile.days);
  const notFollowed = followedNote(monitorMode(context, store).mode, policy, profile, plan, speech);
  const sentence = planSentence(toldPlan(plan, notFollowed), on_grid, now, time_zone, speech);
  const soc = decision?.inputs.soc ?? null;
  const gain_kwh = soc === null ? null : gainNow(plan, now, soc, decision?.inputs.charge_stage === "float" && on_grid);
  const { gains: _gains, ...shown } = plan;
  const outside = outsideOf(context, store, profile, siteOf(config, now));
  return {
    json: {
      sentence,
      followed: notFollowed.length === 0,
      gain_kwh,
      plan: shown,
      learned: learnedOf(profile),
      outside: { ...outside, fetch_failure: outside.fetch_failure && failureText(outside.fetch_failure) },
    },
    text: () =>
      [
        `${sentence}.`,
        "",
        ...planChart(plan, now, time_zone, speech),
        "",
        ...planNotes(plan, now, time_zone, speech),
        ...outsideNotes(outside, now, time_zone, speech),
        ...notFollowed,
      ]
        .flatMap((line) => wrapped(line, screenSize().text))
        .join("\n"),
    always: true,
  };
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
/** A plan and the decision of its run are no further apart, s. */
const SAME_RUN_S = 30;

function showScore(context: Context): Answer {
  const store = context.openStore({ readonly: true });
  const { config, clock } = context;
  const now = clock.now();
  const from = now - SCORE_DAYS * DAY_S;
  const seen = decisionsBetween<DecisionRecord>(store, from, now).flatMap(({ at, record }) =>
    record.decision.inputs.soc === null ? [] : [{ at, soc: record.decision.inputs.soc }],
  );
  const { parameters } = ruleSet(config);
  // The run that made a plan decides a moment later, and what nobody goes by promises nothing.
  const followed = plansBetween(store, from, now).filter(({ at }) =>
    wentByPlan(decisionAt<DecisionRecord>(store, at + SAME_RUN_S)?.record.decision),
  );
  const score = scorePromises(followed, seen, {
    full: FULL,
    reserve: parameters.reserve + AT_RESERVE,
  });
  return {
    json: { ...score },
    text: () => scoreText(score, config.station.time_zone, speechOfStation(context)),
    always: true,
  };
}
