import { localTime } from "../base/local-time.ts";
import type { Format } from "../words/format.ts";
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

export interface ChartSpec {
  readonly from: number;
  readonly step_s: number;
  readonly lines: readonly ChartLine[];
  /** Least span of the value axis, engineering units; the data widen it. */
  readonly at_least: { readonly min: number; readonly max: number };
  readonly digits: number;
  readonly time_zone: string;
  readonly format: Format;
  /** Words of the hidden text. */
  readonly spoken: { readonly least: string; readonly most: string; readonly now: string };
  /** Shown instead of an empty picture. */
  readonly empty: string;
  readonly low?: true;
  /** Spans in steps that are shaded. */
  readonly bands?: readonly { readonly from: number; readonly to: number }[];
  /** A level with its name. */
  readonly level?: { readonly value: number; readonly name: string };
  /** What is expected after the lines' end, by step, with its band. */
  readonly ahead?: readonly {
    readonly step: number;
    readonly value: number;
    readonly low: number;
    readonly high: number;
  }[];
}

/** Height of the drawing in its own units; the width has one unit a step. It is stretched to its place, texts are not. */
const HEIGHT = 1000;

/** A chart over time: drawing in SVG, axes in text, so that letters keep their size on every screen. */
export function lineChart(spec: ChartSpec): Html {
  const past = Math.max(0, ...spec.lines.map((line) => line.values.length));
  const steps = Math.max(past, Math.ceil(spec.ahead?.at(-1)?.step ?? 0));
  const known = spec.lines.flatMap((line) => line.values.filter((value) => value !== null));
  if (known.length === 0 || past < 2) return html`<div class="empty">${spec.empty}</div>`;
  const axis = niceAxis(
    Math.min(spec.at_least.min, least(known)),
    Math.max(spec.at_least.max, -least(known.map((value) => -value))),
  );
  const y = (value: number) => Math.round((HEIGHT * (axis.max - value)) / (axis.max - axis.min));
  return html`<div class="${spec.low ? "plot low" : "plot"}"><svg viewBox="0 0 ${steps - 1} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">${axis.ticks.map(
    (tick) =>
      html`<line class="${tick === 0 ? "zero" : "rule"}" x1="0" x2="${steps - 1}" y1="${y(tick)}" y2="${y(tick)}"/>`,
  )}${spec.bands?.map(({ from, to }) => html`<rect x="${from}" width="${to - from}" y="0" height="${HEIGHT}" fill="var(--battery)" fill-opacity=".13"/>`)}${spec.lines.map((line) => drawn(line, y))}${spec.level && html`<line x1="0" x2="${steps - 1}" y1="${y(spec.level.value)}" y2="${y(spec.level.value)}" stroke="var(--bad)" stroke-width="1.5" stroke-dasharray="5 4"/>`}${spec.ahead && foreseen(spec.ahead, y)}</svg>${spec.level && html`<span class="lv" style="top:${percent(y(spec.level.value) / HEIGHT)}">${spec.level.name}</span>`}<p class="vh">${spokenOf(spec)}</p>${axis.ticks.map(
    (tick) =>
      html`<span class="y" style="top:${percent(y(tick) / HEIGHT)}">${spec.format.number(tick, axis.digits > spec.digits ? axis.digits : spec.digits)}</span>`,
  )}${hourTicks(spec, steps)}</div>`;
}

/** The course that is expected: dotted, in its band. */
function foreseen(ahead: NonNullable<ChartSpec["ahead"]>, y: (value: number) => number): Html {
  const points = (pick: (one: (typeof ahead)[number]) => number, list = ahead) =>
    list.map((one) => `${one.step} ${y(pick(one))}`).join("L");
  const band = `M${points(({ high }) => high)}L${points(({ low }) => low, [...ahead].reverse())}Z`;
  return html`<path d="${band}" fill="var(--battery)" fill-opacity=".16"/><path d="M${points(({ value }) => value)}" fill="none" stroke="var(--battery)" stroke-width="2.5" stroke-dasharray=".1 6" stroke-linecap="round"/>`;
}

/** What one who does not see the drawing is told of each line. */
function spokenOf({ lines, format: f, digits, spoken }: ChartSpec): string {
  return lines
    .flatMap(({ name, values }) => {
      const known = values.filter((value) => value !== null);
      if (known.length === 0) return [];
      const most = -least(known.map((value) => -value));
      const last = values.at(-1) ?? null;
      return [
        `${name}: ${spoken.least} ${f.number(least(known), digits)}, ${spoken.most} ${f.number(most, digits)}, ${spoken.now} ${f.number(last, digits)}`,
      ];
    })
    .join("; ");
}

/** The names of the lines with their colours. */
export function legend(lines: readonly Pick<ChartLine, "name" | "colour">[]): Html {
  return html`<div class="legend">${lines.map((line) => html`<span><i class="dot" style="--c:var(${line.colour})"></i>${line.name}</span>`)}</div>`;
}

function drawn(line: ChartLine, y: (value: number) => number): Html {
  const runs = runsOf(line.values);
  const outline = runs.map((run) => pathOf(run, y)).join("");
  const zero = y(0);
  const area = runs.map((run) => `${pathOf(run, y)}V${zero}H${run.start}Z`).join("");
  return html`${line.area && html`<path d="${area}" fill="var(${line.colour})" fill-opacity=".22"/>`}<path d="${outline}" fill="none" stroke="var(${line.colour})" stroke-width="2"${line.dash && html` stroke-dasharray="${line.dash}"`} stroke-linejoin="round" stroke-linecap="round"/>`;
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
  const points = run.values.map((value, index) => `${run.start + index} ${y(value)}`);
  // A lone sample would be an invisible point.
  if (points.length === 1) return `M${points[0]}h.5`;
  return `M${points.join("L")}`;
}

/** Full hours of local time, every third one labelled; every sixth on a phone. */
function hourTicks(spec: ChartSpec, steps: number): Html[] {
  const ticks: Html[] = [];
  const span = spec.step_s * (steps - 1);
  for (let at = Math.ceil(spec.from / 900) * 900; at <= spec.from + span; at += 900) {
    const { time, hour } = localTime(at, spec.time_zone);
    if (!time.endsWith(":00") || hour % 3 !== 0) continue;
    const share = (at - spec.from) / span;
    // A label at the very edge would stick out of the page.
    if (share < 0.02 || share > 0.98) continue;
    ticks.push(html`<span class="${hour % 6 === 0 ? "x" : "x minor"}" style="left:${percent(share)}">${time}</span>`);
  }
  return ticks;
}

export interface Axis {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
  /** Decimals that the ticks need. */
  readonly digits: number;
}

/** About four steps of 1, 2 or 5 times a power of ten; the limits stay close to the span, so that no height is wasted. */
export function niceAxis(low: number, high: number): Axis {
  if (low === high) return niceAxis(low - 0.5, high + 0.5);
  const span = high - low;
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const min = Math.max(first * step, low - span * AIR);
  const max = Math.min(last * step, high + span * AIR);
  const all = Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toFixed(digits)));
  return { min, max, ticks: all.filter((tick) => tick >= min - step / 1000 && tick <= max + step / 1000), digits };
}

/** Room above and below the data when the next tick is farther away, as a share of the span. */
const AIR = 0.06;

/** "12.5%" for a style attribute. */
export function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))}%`;
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}
