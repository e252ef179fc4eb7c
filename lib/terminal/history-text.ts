import { isoTime, localStamp } from "../base/local-time.ts";
import { harmless } from "../base/printable.ts";
import { screenSize, wrapped } from "../cli/terminal.ts";
import type { History, HistoryLine } from "../station/history-read.ts";
import type { Span } from "../view/time-span.ts";
import type { Speech } from "../words/index.ts";
import { type Paint, squeezed } from "./paint.ts";
import { stripChart, terminalChart } from "./terminal-chart.ts";

type HistoryWords = Speech["answers"]["history"];

/** Beside the drawing: labels and margins. */
const MARGIN = 12;
const FEWEST_COLUMNS = 20;
/** Columns over time as CSV, times in UTC. */
export function historyCsv({ at, lines }: History): string {
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

/** The same as sparklines, or with `chart` as charts of eight lines. */
export function historyText(
  span: Span,
  history: History,
  how: { readonly time_zone: string; readonly chart: boolean },
  { answers: { history: words } }: Speech,
  p: Paint,
): string {
  const [from, to] = [span.from, span.to].map((at) => localStamp(at, how.time_zone));
  const head = `${from} … ${to} (${how.time_zone})`;
  return [
    head,
    ...history.lines.map((line) => lineText(line, { ...how, ...span, width: screenSize().columns }, words, p)),
  ].join("\n\n");
}

function lineText(
  line: HistoryLine,
  how: Span & { readonly chart: boolean; readonly time_zone: string; readonly width: number },
  words: HistoryWords,
  p: Paint,
): string {
  const title = p.bold(harmless(`${words.column(line.column, line.label)} (${line.name})`));
  const numbers = line.values.map((value) => (typeof value === "number" ? value : null));
  const known = numbers.filter((value) => value !== null);
  if (known.length === 0 || line.least === null || line.most === null)
    return `${title}\n  ${statesText(line, words, p)}`;
  const show = (value: number) => value.toFixed(line.digits);
  const mean = known.reduce((a, b) => a + b, 0) / known.length;
  const sums = words.sums(show(line.least), show(mean), show(line.most)) + (line.unit ? ` ${line.unit}` : "");
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
function statesText(line: HistoryLine, words: HistoryWords, p: Paint): string {
  const counts = new Map<string, number>();
  for (const value of line.values) {
    if (value !== null) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  }
  if (counts.size === 0) return p.dim(words.no_samples);
  const total = [...counts.values()].reduce((a, b) => a + b, 0);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([state, count]) => `${state === "" ? words.no_state : state} ${Math.round((100 * count) / total)} %`)
    .join(", ");
}
