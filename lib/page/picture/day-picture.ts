/** The last day as a picture for a messenger: the headline, charge, powers. Made of the page's own model. */
import { localTime } from "../../base/local-time.ts";
import { niceAxis } from "../axis.ts";
import type { PageModel } from "../model.ts";
import { Canvas, widthOf, wrapped } from "./canvas.ts";

const COLOURS = {
  ...{ paper: "#fcfdfb", ink: "#16201a", soft: "#535f58", line: "#d8ded5", band: "#d9efe3", bad: "#c1202c" },
  ...{ sun: "#eda200", house: "#1b57b4", grid: "#6b33b0", battery: "#1c9f65" },
} as const;
type Colour = keyof typeof COLOURS;

const WIDTH = 960;
const HEIGHT = 720;
const EDGE = 24;
/** Dots of the font, as they are on the picture. */
const [SMALL, BIG] = [2, 3];
const LEFT = EDGE + widthOf("−5 000", SMALL) + 10;
const RIGHT = WIDTH - EDGE;

interface Line {
  readonly name: string;
  readonly colour: Colour;
  readonly values: readonly (number | null)[];
  readonly dash?: readonly [number, number];
}

interface Chart {
  readonly title: string;
  readonly top: number;
  readonly bottom: number;
  readonly lines: readonly Line[];
  readonly least: readonly [number, number];
  readonly bands?: readonly (number | null)[];
  readonly level?: number | null;
}

/** A PNG of a few kilobytes. */
export function dayPicture(model: PageModel): Buffer {
  const { speech, time_zone, now, day } = model;
  const { page: w, format: f } = speech;
  const canvas = new Canvas(WIDTH, HEIGHT, COLOURS);
  canvas.text(EDGE, EDGE, model.station, "soft", SMALL);
  canvas.text(RIGHT, EDGE, f.clock(now, now - 86_400, time_zone), "soft", SMALL, "right");
  const { severity } = model.headline;
  const colour = severity === "critical" ? "bad" : "ink";
  const headline = wrapped(speech.headline(model.headline, time_zone), RIGHT - EDGE, BIG).slice(0, 3);
  for (const [index, line] of headline.entries()) canvas.text(EDGE, EDGE + 32 + index * 34, line, colour, BIG);
  const below = EDGE + 32 + headline.length * 34;
  const one = day.soc.length === 1;
  const packs: readonly Colour[] = ["battery", "house", "grid", "sun"];
  chart(canvas, model, {
    ...{ title: `${w.soc_chart}, %`, top: below, bottom: below + 210, least: [0, 100] },
    lines: day.soc.map(({ name, values }, index) => ({
      name: one ? w.battery : name,
      colour: packs[index % packs.length] as Colour,
      values,
    })),
    ...{ bands: day.off_grid, level: day.reserve },
  });
  chart(canvas, model, {
    ...{ title: `${w.power}, ${f.unit("W")}`, top: below + 240, bottom: HEIGHT - EDGE, least: [0, 500] },
    lines: [
      { name: w.sun, colour: "sun", values: day.pv_power },
      { name: w.house, colour: "house", values: day.load_power },
      { name: w.grid, colour: "grid", values: day.grid_power, dash: [8, 5] },
      { name: w.battery, colour: "battery", values: day.battery_power, dash: [3, 4] },
    ],
  });
  return canvas.png();
}

function chart(canvas: Canvas<Colour>, { speech, time_zone, day }: PageModel, spec: Chart): void {
  const { format: f, page: w } = speech;
  const [top, bottom] = [spec.top + 34, spec.bottom - 28];
  canvas.text(EDGE, spec.top + 4, spec.title, "ink", SMALL);
  legend(canvas, spec);
  const known = spec.lines.flatMap(({ values }) => values.filter((value) => value !== null));
  if (known.length === 0) {
    canvas.text((EDGE + RIGHT) / 2, (top + bottom) / 2, w.no_chart, "soft", SMALL, "middle");
    return;
  }
  const [least, most] = spec.least;
  const axis = niceAxis(Math.min(least, ...known), Math.max(most, ...known));
  const steps = Math.max(...spec.lines.map(({ values }) => values.length), 2);
  const x = (step: number): number => LEFT + ((RIGHT - LEFT) * step) / (steps - 1);
  const y = (value: number): number => bottom - ((bottom - top) * (value - axis.min)) / (axis.max - axis.min);
  for (const [step, off] of (spec.bands ?? []).entries()) {
    if (off !== null && off >= 0.5) canvas.box(x(step), top, x(step + 1) - x(step) + 1, bottom - top, "band");
  }
  for (const tick of axis.ticks) {
    canvas.box(LEFT, y(tick), RIGHT - LEFT, tick === 0 ? 2 : 1, tick === 0 ? "soft" : "line");
    canvas.text(LEFT - 10, y(tick) - 7, f.number(tick), "soft", SMALL, "right");
  }
  for (let at = Math.ceil(day.from / 900) * 900; at <= day.from + day.step_s * (steps - 1); at += 900) {
    const { time, hour } = localTime(at, time_zone);
    const place = x((at - day.from) / day.step_s);
    if (!time.endsWith(":00") || hour % 3 !== 0 || place < LEFT + 30 || place > RIGHT - 30) continue;
    canvas.box(place, bottom, 1, 6, "soft");
    canvas.text(place, bottom + 10, time, "soft", SMALL, "middle");
  }
  if (spec.level != null)
    canvas.line(
      [
        { x: LEFT, y: y(spec.level) },
        { x: RIGHT, y: y(spec.level) },
      ],
      "bad",
      2,
      [6, 6],
    );
  for (const { values, colour, dash } of spec.lines) {
    const points = values.map((value, step) => (value === null ? null : { x: x(step), y: y(value) }));
    canvas.line(points, colour, 3, dash);
  }
}

/** The names of the lines with a piece of each, from the right. */
function legend(canvas: Canvas<Colour>, { lines, top }: Chart): void {
  let right = RIGHT;
  for (const { name, colour, dash } of [...lines].reverse()) {
    right -= canvas.text(right, top + 4, name, "ink", SMALL, "right") + 8;
    canvas.line(
      [
        { x: right - 28, y: top + 11 },
        { x: right, y: top + 11 },
      ],
      colour,
      4,
      dash,
    );
    right -= 28 + 20;
  }
}
