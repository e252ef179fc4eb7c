import { localTime } from "../base/local-time.ts";
import type { Format } from "../words/format.ts";
import { type Axis, extremesOf, niceAxis, percent } from "./axis.ts";
import { type Html, html } from "./html.ts";

/** One line of a chart. `colour` names a custom property of the style. */
export interface ChartLine {
  readonly name: string;
  readonly colour: string;
  readonly values: readonly (number | null)[];
  /** Fill down to zero. */
  readonly area?: true;
  /** Dashes of the line: told apart without its colour. */
  readonly dash?: string;
}

/** What is expected after the lines' end, by step, with its band. */
interface Ahead {
  readonly step: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface ChartSpec {
  readonly title: string;
  readonly from: number;
  readonly step_s: number;
  readonly lines: readonly ChartLine[];
  /** Least span of the value axis, engineering units; the data widen it. */
  readonly at_least: { readonly min: number; readonly max: number };
  readonly digits: number;
  readonly unit: string;
  readonly time_zone: string;
  readonly format: Format;
  /** Words of the hidden text and of the read-out. */
  readonly spoken: {
    readonly least: string;
    readonly most: string;
    readonly now: string;
    readonly keys: string;
    readonly planned: string;
  };
  /** Shown instead of an empty picture. */
  readonly empty: string;
  readonly low?: true;
  /** Spans in steps that are shaded. */
  readonly bands?: readonly { readonly from: number; readonly to: number }[];
  /** A level with its name. */
  readonly level?: { readonly value: number; readonly name: string };
  readonly ahead?: readonly Ahead[];
  /** Days and no hours below: for a week. */
  readonly by_days?: true;
}

/**
 * A chart over time: drawing in SVG, axes and names in text, so that letters keep their size on every screen. One unit of the drawing is
 * a step across and one unit of the last digit down: the lines themselves are the figures that a finger reads out.
 */
export function lineChart(spec: ChartSpec): Html {
  const past = Math.max(0, ...spec.lines.map((line) => line.values.length));
  const width = Math.max(past, Math.ceil(spec.ahead?.at(-1)?.step ?? 0) + 1) - 1;
  const known = extremesOf(spec.lines.flatMap((line) => line.values));
  if (known === null || past < 2) return html`<div class="empty">${spec.empty}</div>`;
  const axis = niceAxis(Math.min(spec.at_least.min, known.least), Math.max(spec.at_least.max, known.most));
  const units = 10 ** spec.digits;
  const y = (value: number) => Math.round(-value * units);
  const down = (value: number) => percent((axis.max - value) / (axis.max - axis.min));
  const [top, bottom] = [y(axis.max), y(axis.min)];
  const names = spec.lines.length > 1;
  const across = (value: number, style: string) => html`<path class="${style}" d="M0 ${y(value)}h${width}"/>`;
  return html`<div class="plot${spec.low ? " low" : ""}${names ? " named" : ""}" tabindex="0" role="group" aria-label="${spec.title}, ${spec.spoken.keys}" data-from="${spec.from}" data-step="${spec.step_s}" data-width="${width}" data-digits="${spec.digits}" data-unit="${spec.unit}"><svg viewBox="0 ${top} ${width} ${Math.max(1, bottom - top)}" preserveAspectRatio="none" aria-hidden="true">${axis.ticks.map(
    (tick) => across(tick, tick === 0 ? "zero" : "rule"),
  )}${spec.bands?.map(({ from, to }) => html`<path class="off" d="M${from} ${top}h${to - from}v${bottom - top}h${from - to}z"/>`)}${spec.lines.map((line) => drawn(line, y, axis))}${spec.level && across(spec.level.value, "level")}${spec.ahead && foreseen(spec.ahead, y, spec.spoken.planned)}</svg>${spec.level && html`<span class="lv" style="top:${down(spec.level.value)}">${spec.level.name}</span>`}${names && endNames(spec, axis, width)}<p class="vh">${spokenOf(spec)}</p>${axis.ticks.map(
    (tick) =>
      html`<span class="y" style="top:${down(tick)}">${spec.format.number(tick, Math.max(axis.digits, spec.digits > 1 ? spec.digits - 1 : 0))}</span>`,
  )}${timeTicks(spec, width)}</div>`;
}

/** The course that is expected: dotted, in its band. */
function foreseen(ahead: readonly Ahead[], y: (value: number) => number, name: string): Html {
  const points = (pick: (one: Ahead) => number, list = ahead) =>
    list.map((one) => `${round(one.step)} ${y(pick(one))}`).join("L");
  const band = `M${points(({ high }) => high)}L${points(({ low }) => low, [...ahead].reverse())}Z`;
  const line = relative(ahead.map(({ step, value }) => [round(step), y(value)] as const));
  return html`<path d="${band}" fill="var(--battery)" fill-opacity=".16"/><path data-name="${name}" d="${line}" fill="none" stroke="var(--battery)" stroke-width="2.5" stroke-dasharray=".1 6" stroke-linecap="round"/>`;
}

/** What one who does not see the drawing is told of each line. */
function spokenOf({ lines, format: f, digits, spoken }: ChartSpec): string {
  return lines
    .flatMap(({ name, values }) => {
      const known = extremesOf(values);
      if (known === null) return [];
      const said = [
        `${spoken.least} ${f.number(known.least, digits)}`,
        `${spoken.most} ${f.number(known.most, digits)}`,
      ];
      if (spoken.now !== "") said.push(`${spoken.now} ${f.number(values.at(-1) ?? values.at(-2) ?? null, digits)}`);
      return [`${name}: ${said.join(", ")}`];
    })
    .join("; ");
}

/** The names of the lines beside a piece of each; of areas beside a dot. */
export function legend(
  lines: readonly (Pick<ChartLine, "name" | "colour" | "dash"> & { readonly dot?: true })[],
): Html {
  return html`<div class="legend">${lines.map((line) => html`<span>${line.dot ? html`<i class="dot" style="--c:var(${line.colour})"></i>` : key(line)}${line.name}</span>`)}</div>`;
}

function key({ colour, dash }: Pick<ChartLine, "colour" | "dash">): Html {
  return html`<svg class="key" width="22" height="8" aria-hidden="true"><path d="M2 4h18" stroke="var(${colour})" stroke-width="2.5" stroke-linecap="round"${dash && html` stroke-dasharray="${dash}"`}/></svg>`;
}

/** Nearer than this share of the height two names would touch. */
const NAME_HEIGHT = { tall: 0.075, low: 0.1 };

/** The name of each line at its end, pushed apart where lines end together. */
function endNames(spec: ChartSpec, axis: Axis, width: number): Html[] {
  const least = spec.low ? NAME_HEIGHT.low : NAME_HEIGHT.tall;
  const ends = spec.lines
    .flatMap((line) => {
      const last = line.values.findLast((value) => value !== null);
      return typeof last === "number" ? [{ line, at: (axis.max - last) / (axis.max - axis.min) }] : [];
    })
    .sort((a, b) => a.at - b.at);
  // Downwards each below the one before; then upwards from the bottom edge, so that none leaves the plot.
  for (const [index, end] of ends.entries()) end.at = Math.max(end.at, (ends[index - 1]?.at ?? -1) + least);
  for (const [back, end] of [...ends].reverse().entries()) {
    end.at = Math.min(end.at, back === 0 ? 1 : (ends[ends.length - back] as { at: number }).at - least);
  }
  const left = percent((Math.max(...spec.lines.map((line) => line.values.length)) - 1) / width);
  return ends.map(
    ({ line, at }) => html`<span class="end" style="top:${percent(at)};left:${left}">${key(line)}${line.name}</span>`,
  );
}

function drawn(line: ChartLine, y: (value: number) => number, axis: Axis): Html {
  const runs = runsOf(line.values);
  const outlines = runs.map((run) => pathOf(run, y));
  const zero = y(Math.min(Math.max(0, axis.min), axis.max));
  const area = runs.map((run, index) => `${outlines[index]}V${zero}H${run.start}z`).join("");
  return html`${line.area && html`<path d="${area}" fill="var(${line.colour})" fill-opacity=".22"/>`}<path data-name="${line.name}" d="${outlines.join("")}" fill="none" stroke="var(${line.colour})" stroke-width="2"${line.dash && html` stroke-dasharray="${line.dash}"`} stroke-linejoin="round" stroke-linecap="round"/>`;
}

interface Run {
  readonly start: number;
  readonly values: number[];
}

/** Stretches without a gap: a line never bridges time without samples. */
function runsOf(values: readonly (number | null)[]): Run[] {
  const runs: Run[] = [];
  let open: Run | null = null;
  for (const [index, value] of values.entries()) {
    if (value === null) {
      open = null;
      continue;
    }
    if (open === null) {
      open = { start: index, values: [] };
      runs.push(open);
    }
    open.values.push(value);
  }
  return runs;
}

function pathOf(run: Run, y: (value: number) => number): string {
  // A lone sample would be an invisible point.
  if (run.values.length === 1) return `M${run.start} ${y(run.values[0] as number)}l.5 0`;
  return relative(run.values.map((value, index) => [run.start + index, y(value)] as const));
}

/** A path in steps from point to point, which is half as long as one in places; what lies on a straight line is left out. */
function relative(points: readonly (readonly [number, number])[]): string {
  const kept = points.filter((point, index) => {
    const [before, after] = [points[index - 1], points[index + 1]];
    if (before === undefined || after === undefined) return true;
    return (point[1] - before[1]) * (after[0] - point[0]) !== (after[1] - point[1]) * (point[0] - before[0]);
  });
  const joined = (x: number, down: number) => `${x}${down < 0 ? "" : " "}${down}`;
  return kept
    .map(([x, down], index) => {
      const before = kept[index - 1];
      if (before === undefined) return `M${joined(x, down)}`;
      return `${index === 1 ? "l" : " "}${joined(round(x - before[0]), down - before[1])}`;
    })
    .join("");
}

function round(x: number): number {
  return Number(x.toFixed(2));
}

/** Full hours of local time, every third one labelled; every sixth on a phone. Over a week, its days; every other one on a phone. */
function timeTicks(spec: ChartSpec, width: number): Html[] {
  const ticks: Html[] = [];
  const span = spec.step_s * width;
  for (let at = Math.ceil(spec.from / 900) * 900; at <= spec.from + span; at += 900) {
    const { time, hour, day } = localTime(at, spec.time_zone);
    if (!time.endsWith(":00") || hour % 3 !== 0) continue;
    if (spec.by_days && hour !== 12) continue;
    const share = (at - spec.from) / span;
    // A label at the very edge would stick out of the page.
    if (share < 0.02 || share > 0.98) continue;
    const text = spec.by_days ? spec.format.day(day) : time;
    const isMinor = spec.by_days ? ticks.length % 2 === 1 : hour % 6 !== 0;
    ticks.push(html`<span class="${isMinor ? "x minor" : "x"}" style="left:${percent(share)}">${text}</span>`);
  }
  return ticks;
}
