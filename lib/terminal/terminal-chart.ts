/** Charts of a terminal: columns of blocks from the zero line, labels at the side, the clock below. One column is one character. */
import { localTime } from "../base/local-time.ts";
import { sparkline, squeezed } from "./paint.ts";

const HEIGHT = 8;
/** Columns from one time label to the next. */
const LABEL_EVERY = 12;
/** From here on the clock tells days, s. */
const BY_DAYS_S = 3 * 86_400;

/** The stretch of time below a chart, from the start of the first column to the end of the last, UTC s. */
interface Clock {
  readonly from: number;
  readonly to: number;
  readonly time_zone: string;
}

export interface TerminalChart extends Clock {
  /** One value a column; null = nothing known. */
  readonly values: readonly (number | null)[];
  readonly show: (value: number) => string;
}

/** A chart of eight lines. Without a known value there is nothing to draw. */
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
  return [...rows, `${" ".repeat(margin + 4)}${clockLine(chart, chart.values.length)}`.trimEnd()];
}

/** A line of a strip chart: one row of blocks, and a row that hangs below it where values fall below zero. */
export interface Strip {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** What a full block stands for; the highest value where nothing is said. */
  readonly full?: number;
}

/** This part of a full block is nothing. */
const STILL = 8;

/** Strips over one clock, `width` columns in all of which the labels take `margin`. */
export function stripChart(
  strips: readonly Strip[],
  clock: Clock & { readonly width: number; readonly margin: number },
): string[] {
  const columns = Math.max(LABEL_EVERY, clock.width - clock.margin);
  const longest = Math.max(0, ...strips.map(({ values }) => values.length));
  const shown = Math.min(columns, longest);
  const rows = strips.flatMap(({ label, values, full }) => {
    const drawn = squeezed(values, columns);
    const known = drawn.filter((value) => value !== null);
    if (known.length === 0) return [];
    const most = full ?? (Math.max(...known.map(Math.abs)) || 1);
    const line = (text: string, head: string) => `${head.padEnd(clock.margin)}${text}`.trimEnd();
    const upper = line(
      drawn
        .map((value) => above(value !== null && value > -most / STILL ? Math.max(0, value) : value, 0, most, 0))
        .join(""),
      label,
    );
    // A trickle either way is rest: it stands on the line.
    const hasBelow = known.some((value) => value < -most / STILL);
    return hasBelow ? [upper, line(drawn.map((value) => below(value, most, 0)).join(""), "")] : [upper];
  });
  return rows.length === 0 ? [] : [...rows, `${" ".repeat(clock.margin)}${clockLine(clock, shown)}`.trimEnd()];
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

function clockLine({ from, to, time_zone }: Clock, width: number): string {
  let line = "";
  for (let column = 0; column + 5 <= width; column += LABEL_EVERY) {
    const { day, time } = localTime(from + Math.round(((to - from) * column) / width), time_zone);
    line = line.padEnd(column) + (to - from > BY_DAYS_S ? day.slice(5) : time);
  }
  return line;
}
