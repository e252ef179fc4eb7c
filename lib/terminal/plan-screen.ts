import { localTime } from "../base/local-time.ts";
import { printable } from "../base/printable.ts";
import { screenSize } from "../cli/terminal.ts";
import type { Outside } from "../judge/outside.ts";
import type { Score } from "../rules/plan/score.ts";
import type { Plan } from "../rules/plan/types.ts";
import type { Speech } from "../words/index.ts";
import { tellFailure } from "../words/tell-failure.ts";
import { stripChart } from "./terminal-chart.ts";

const CHART_STEP_S = 1800;
const CHART_STEPS = 48;

/** The coming day, two columns an hour: the charge, and where the house is on the grid. */
export function planChart(plan: Plan, now: number, time_zone: string, { plan: words }: Speech): string[] {
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

/** What others told, and what of it is left aside. */
export function outsideNotes(outside: Outside, now: number, time_zone: string, speech: Speech): string[] {
  const { plan: words, format: f } = speech;
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
    ...(fetch_failure === null ? [] : [words.fetch_failed(tellFailure(fetch_failure, speech))]),
  ];
}

/** Each promise of the last days beside what came. */
export function scoreText(score: Score, time_zone: string, { plan: words, format: f }: Speech): string {
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
