import { UsageError } from "../../base/errors.ts";
import { localTime } from "../../base/local-time.ts";
import { printable } from "../../base/printable.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { screenSize, wrapped } from "../../cli/terminal.ts";
import { type Outside, outsideOf } from "../../judge/outside.ts";
import { siteOf, storedProfile } from "../../judge/planning.ts";
import { planNotes, planSentence } from "../../publish/plan-text.ts";
import { gainNow } from "../../rules/plan/act.ts";
import { AT_RESERVE, FULL, PLAN_LIFE_S } from "../../rules/plan/kept.ts";
import { DAY_S, type Profile } from "../../rules/plan/profile.ts";
import { type Score, scorePromises } from "../../rules/plan/score.ts";
import type { Plan } from "../../rules/plan/types.ts";
import type { DecisionRecord } from "../../station/rule-memory.ts";
import { PLANNER_DAYS, ruleSet } from "../../station/rule-settings.ts";
import { storedPlan } from "../../station/stored-plan.ts";
import { speechOfStation } from "../../station/voice.ts";
import { decisionsBetween, latestDecision } from "../../store/decisions.ts";
import { plansBetween } from "../../store/plans.ts";
import { stripChart } from "../../terminal/terminal-chart.ts";
import type { Speech } from "../../words/index.ts";

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
      plan === null
        ? "there is no plan yet: batmon makes one as soon as both devices have been read, with preset auto or planner"
        : `the last plan is from ${localTime(plan.at, time_zone).time}: batmon has not run since, or the data is too old`,
    );
  }
  const decision = latestDecision<DecisionRecord>(store)?.record.decision ?? null;
  const on_grid = decision?.on_grid ?? plan.course[0]?.on_grid ?? true;
  const sentence = planSentence(plan, on_grid, now, time_zone, speech);
  const { policy } = ruleSet(config, profile.days);
  const soc = decision?.inputs.soc ?? null;
  const gain_kwh = soc === null ? null : gainNow(plan, now, soc, decision?.inputs.charge_stage === "float" && on_grid);
  const { gains: _gains, ...shown } = plan;
  const outside = outsideOf(context, store, profile, siteOf(config, now));
  return {
    json: {
      sentence,
      followed: policy === "planner" && now >= profile.odd_until,
      gain_kwh,
      plan: shown,
      learned: learnedOf(profile),
      outside,
    },
    text: () =>
      [
        `${sentence}.`,
        "",
        ...planChart(plan, now, time_zone, speech),
        "",
        ...planNotes(plan, now, time_zone, speech),
        ...outsideNotes(outside, now, time_zone, speech),
        ...followedNote(policy, profile, now, speech),
      ]
        .flatMap((line) => wrapped(line, screenSize().text))
        .join("\n"),
    always: true,
  };
}

const CHART_STEP_S = 1800;
const CHART_STEPS = 48;

/** The coming day, two columns an hour: the charge, and where the house is on the grid. */
function planChart(plan: Plan, now: number, time_zone: string, { plan: words }: Speech): string[] {
  const from = Math.floor(now / CHART_STEP_S) * CHART_STEP_S;
  const steps = Array.from({ length: CHART_STEPS }, (_, column) =>
    plan.course.find(({ at }) => at >= from + (column + 1) * CHART_STEP_S),
  );
  const strips = [
    { label: words.charge, values: steps.map((step) => step?.soc ?? null), full: 100 },
    { label: words.grid, values: steps.map((step) => (step ? Number(step.on_grid) : null)), full: 1 },
  ];
  const margin = Math.max(words.charge.length, words.grid.length) + 2;
  return stripChart(strips, {
    ...{ from, to: from + CHART_STEPS * CHART_STEP_S, time_zone, margin },
    width: screenSize().columns,
  });
}

function followedNote(policy: string, { days, odd_until }: Profile, now: number, { plan }: Speech): string[] {
  if (policy !== "planner") return [plan.not_followed(policy, days, PLANNER_DAYS)];
  return now < odd_until ? [plan.odd_sun] : [];
}

/** What others told, and what of it is left aside. */
function outsideNotes(outside: Outside, now: number, time_zone: string, { plan: words, format: f }: Speech): string[] {
  const time = (at: number): string => f.clock(at, now, time_zone);
  const { forecast, fetch_failure, cuts, bad_lines } = outside;
  const refused = forecast?.refused ?? null;
  return [
    ...cuts.map(([from, to]) => words.cut(time(from), time(to))),
    ...bad_lines.map(({ line, text }) => words.bad_cut(line, printable(text))),
    ...(refused === null
      ? []
      : [
          "value" in refused
            ? words.forecast_refused[refused.code](refused.value)
            : words.forecast_refused[refused.code](),
        ]),
    ...(forecast === null || refused !== null ? [] : [words.forecast_used(forecast.source, time(forecast.at))]),
    ...(fetch_failure === null ? [] : [words.fetch_failed(fetch_failure)]),
  ];
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
  const score = scorePromises(plansBetween(store, from, now), seen, {
    full: FULL,
    reserve: parameters.reserve + AT_RESERVE,
  });
  return {
    json: { ...score },
    text: () => scoreText(score, config.station.time_zone, speechOfStation(context)),
    always: true,
  };
}

function scoreText(score: Score, time_zone: string, { plan: words, format: f }: Speech): string {
  if (score.kept === null) return words.nothing_promised;
  const lines = score.promises.map(({ what, promised, happened, late_min }) => {
    const { day, time } = localTime(promised, time_zone);
    const name = { full: words.full_name, reserve: words.reserve_name }[what];
    const came = happened === null ? words.did_not_come : `${words.came} ${localTime(happened, time_zone).time}`;
    const late = late_min === null ? "" : ` (${f.signed(late_min)}\u00a0${f.unit("min")})`;
    return `${day} ${name.padEnd(12)} ${words.promised} ${time}, ${came}${late}`;
  });
  return [...lines, words.within(Math.round(score.kept * 100))].join("\n");
}
