import { parseDuration } from "../../base/duration.ts";
import { UsageError } from "../../base/errors.ts";
import { isoTime, localStamp } from "../../base/local-time.ts";
import { harmless } from "../../base/printable.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { screenSize, wrapped } from "../../cli/terminal.ts";
import { inverterUnits } from "../../config/units.ts";
import { hereOf } from "../../station/here.ts";
import { columnOf, DAY_S, type History, type HistoryLine, readHistory } from "../../station/history-read.ts";
import { type Paint, paint, squeezed } from "../../terminal/paint.ts";
import { stripChart, terminalChart } from "../../terminal/terminal-chart.ts";
import { parseFromTo, type Span } from "../../view/time-span.ts";

const DEFAULT_LINES = ["pv_power", "load_power", "grid_power", "battery_power"];
/** Steps where nothing else is asked for. */
const WIDTH = 72;
/** Beside the drawing: labels and margins. */
const MARGIN = 12;
const FEWEST_COLUMNS = 20;
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
    throw new UsageError(`--every ${step_s}s makes more than ${MOST_STEPS} steps; ask for a longer one`);
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
        : historyText(span, history, { time_zone, chart: options.chart === true }, paint(terminal)),
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

function historyCsv({ at, lines }: History): string {
  const quoted = (value: unknown) => {
    const text = value === null || value === undefined ? "" : String(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const header = ["time", ...lines.map(({ name }) => name)].map(quoted).join(",");
  const rows = at.map((start, index) =>
    [isoTime(start), ...lines.map(({ values }) => quoted(values[index]))].join(","),
  );
  return [header, ...rows].join("\n");
}

function historyText(
  span: Span,
  history: History,
  how: { readonly time_zone: string; readonly chart: boolean },
  p: Paint,
): string {
  const [from, to] = [span.from, span.to].map((at) => localStamp(at, how.time_zone));
  const head = `${from} … ${to} (${how.time_zone})`;
  return [
    head,
    ...history.lines.map((line) => lineText(line, { ...how, ...span, width: screenSize().columns }, p)),
  ].join("\n\n");
}

function lineText(
  line: HistoryLine,
  how: Span & { readonly chart: boolean; readonly time_zone: string; readonly width: number },
  p: Paint,
): string {
  const title = p.bold(harmless(`${line.label} (${line.name})`));
  const numbers = line.values.map((value) => (typeof value === "number" ? value : null));
  const known = numbers.filter((value) => value !== null);
  if (known.length === 0 || line.least === null || line.most === null) return `${title}\n  ${statesText(line, p)}`;
  const show = (value: number) => value.toFixed(line.digits);
  const mean = known.reduce((a, b) => a + b, 0) / known.length;
  const sums = `min ${show(line.least)}  mean ${show(mean)}  max ${show(line.most)}${line.unit ? ` ${line.unit}` : ""}`;
  const values = squeezed(numbers, Math.max(FEWEST_COLUMNS, how.width - MARGIN));
  const picture = how.chart
    ? terminalChart({ ...how, values, show })
    : stripChart([{ label: "", values: fromLeast(values, line) }], { ...how, margin: 2 });
  return [...wrapped(`${title}  ${p.dim(sums)}`, screenSize().text, 2), ...picture].join("\n");
}

/** A line far from zero (volts) as what is above its least value: else nothing of it would be seen. */
function fromLeast(values: readonly (number | null)[], { least, most }: HistoryLine): (number | null)[] {
  const isFar = least !== null && most !== null && least > 0 && most - least < least;
  return values.map((value) => (value === null || !isFar ? value : value - least));
}

/** States have no curve: how much of the time each was met. */
function statesText(line: HistoryLine, p: Paint): string {
  const counts = new Map<string, number>();
  for (const value of line.values) {
    if (value !== null) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  }
  if (counts.size === 0) return p.dim("no samples in this time");
  const total = [...counts.values()].reduce((a, b) => a + b, 0);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([state, count]) => `${state === "" ? "none" : state} ${Math.round((100 * count) / total)} %`)
    .join(", ");
}
