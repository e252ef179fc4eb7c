import { parseDuration } from "../../base/duration.ts";
import { UsageError } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { inverterUnits } from "../../config/units.ts";
import { hereOf } from "../../station/here.ts";
import { columnOf, DAY_S, readHistory } from "../../station/history-read.ts";
import { speechOfStation } from "../../station/voice.ts";
import { historyCsv, historyText } from "../../terminal/history-text.ts";
import { paint } from "../../terminal/paint.ts";
import { parseFromTo, type Span } from "../../view/time-span.ts";

const DEFAULT_LINES = ["pv_power", "load_power", "grid_power", "battery_power"];
/** Steps where nothing else is asked for. */
const WIDTH = 72;
/** More steps than this serve nobody and would fill the memory of a small board. */
const MOST_STEPS = 200_000;

/** `station history`: columns over time as sparklines, charts, CSV or JSON. */
export async function stationHistory(context: Context): Promise<Answer> {
  const { options, config } = context;
  const { time_zone } = config.station;
  const span = parseFromTo(String(options.from), String(options.to), hereOf(context));
  const asked_s = options.every === undefined ? niceStep(span) : parseDuration(String(options.every));
  const step_s = Math.min(DAY_S, Math.max(1, asked_s));
  if ((span.to - span.from) / step_s > MOST_STEPS) {
    throw new UsageError(failure("too_many_steps", { step_s, most: MOST_STEPS }));
  }
  const names = options.columns === undefined ? defaultColumns(context) : String(options.columns).split(",");
  const columns = names.map((name) => columnOf(context, name.trim()));
  const history = readHistory(context.openStore({ readonly: true }), columns, { ...span, step_s }, time_zone);
  return {
    json: {
      from: span.from,
      to: span.to,
      every_s: history.step_s,
      columns: history.lines.map(({ name, device, column, unit, least, most }) => ({
        name,
        device,
        column,
        unit,
        min: least,
        max: most,
      })),
      rows: history.at.map((at, index) => [at, ...history.lines.map(({ values }) => values[index] ?? null)]),
    },
    text: (terminal) =>
      options.csv === true
        ? historyCsv(history)
        : historyText(
            span,
            history,
            { time_zone, chart: options.chart === true },
            speechOfStation(context),
            paint(terminal),
          ),
    always: true,
  };
}

function defaultColumns(context: Context): string[] {
  const { bms } = context.config;
  const lines = inverterUnits(context.config).flatMap(({ name }) => DEFAULT_LINES.map((line) => `${name}.${line}`));
  return bms[0] ? [...lines, `${bms[0].name}.soc`] : lines;
}

/** A round step that gives about as many values as a terminal has columns. */
function niceStep(span: Span): number {
  const rough = (span.to - span.from) / WIDTH;
  return [60, 120, 300, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200].find((step) => step >= rough) ?? DAY_S;
}
