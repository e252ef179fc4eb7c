/** The chart of a terminal: columns of blocks from the zero line, labels at the side, the clock below. */
import { localTime } from "../../base/local-time.ts";
import { sparkline } from "./paint.ts";

const HEIGHT = 8;
/** Columns from one time label to the next. */
const LABEL_EVERY = 12;

export interface TerminalChart {
  /** One value a column; null = nothing known. */
  readonly values: readonly (number | null)[];
  /** Start of the first column and end of the last, UTC s. */
  readonly from: number;
  readonly to: number;
  readonly time_zone: string;
  readonly show: (value: number) => string;
}

/** Lines of text. Without a known value there is nothing to draw. */
export function terminalChart(chart: TerminalChart): string[] {
  const known = chart.values.filter((value) => value !== null);
  if (known.length === 0) return [];
  const least = known.reduce((a, b) => Math.min(a, b));
  const most = known.reduce((a, b) => Math.max(a, b));
  // A line far from zero (volts) is drawn between its own limits, else nothing of it would be seen.
  const floating = least > 0 && most > least && most - least < least;
  const low = floating ? least : Math.min(0, least);
  const high = floating ? most : Math.max(0, most);
  const down =
    low < 0 ? Math.min(HEIGHT - (high > 0 ? 1 : 0), Math.max(1, Math.round((HEIGHT * -low) / (high - low)))) : 0;
  const up = HEIGHT - down;
  const step = Math.max(up > 0 ? (high - Math.max(0, low)) / up : 0, down > 0 ? -low / down : 0) || 1;
  const base = floating ? low : 0;
  const labels = [high, base, ...(down > 0 ? [low] : [])].map(chart.show);
  const margin = Math.max(...labels.map((label) => label.length));
  const row = (label: string, cells: string): string => `  ${label.padStart(margin)} ┤${cells}`.trimEnd();
  const rows: string[] = [];
  for (let level = up - 1; level >= 0; level -= 1) {
    const label = level === up - 1 ? (labels[0] as string) : level === 0 && down === 0 ? (labels[1] as string) : "";
    rows.push(row(label, chart.values.map((value) => above(value, base, step, level)).join("")));
  }
  if (down > 0) {
    const rule = chart.values.map((value) => (value === null ? " " : "─")).join("");
    rows.push(`  ${(labels[1] as string).padStart(margin)} ┼${rule}`.trimEnd());
    for (let level = 0; level < down; level += 1) {
      const label = level === down - 1 ? (labels[2] as string) : "";
      rows.push(row(label, chart.values.map((value) => below(value, step, level)).join("")));
    }
  }
  return [...rows, `${" ".repeat(margin + 4)}${clockLine(chart)}`.trimEnd()];
}

function above(value: number | null, base: number, step: number, level: number): string {
  if (value === null) return " ";
  const height = (value - base) / step - level;
  if (height <= 0) return level === 0 && value === base ? "▁" : " ";
  return sparkline([Math.min(1, height)], 0, 1);
}

/** From the zero line down: there are only whole and half blocks of that kind. */
function below(value: number | null, step: number, level: number): string {
  if (value === null) return " ";
  const depth = -value / step - level;
  return depth >= 0.75 ? "█" : depth >= 0.2 ? "▀" : " ";
}

function clockLine({ values, from, to, time_zone }: TerminalChart): string {
  const width = values.length;
  let line = "";
  for (let column = 0; column + 5 <= width; column += LABEL_EVERY) {
    const { day, time } = localTime(from + Math.round(((to - from) * column) / width), time_zone);
    line = line.padEnd(column) + (to - from > 3 * 86_400 ? day.slice(5) : time);
  }
  return line;
}
