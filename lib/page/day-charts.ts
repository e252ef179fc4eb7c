import type { Speech } from "../words/index.ts";
import { extremesOf } from "./axis.ts";
import { type ChartLine, legend, lineChart } from "./chart.ts";
import { type Html, html } from "./html.ts";
import type { DaySeries } from "./model.ts";

/** A stretch of time to draw, and how it is told. */
export interface Drawn {
  readonly day: DaySeries;
  readonly speech: Speech;
  readonly time_zone: string;
  /** "Last 24 hours"; null where the page itself says of when it is. */
  readonly span: string | null;
  /** Its last step is the present. */
  readonly live: boolean;
  readonly by_days?: true;
}

/** Power of sun, battery, grid and house. */
export function powerCard(drawn: Drawn): Html {
  const { page: w, format: f } = drawn.speech;
  const { day } = drawn;
  const lines: ChartLine[] = [
    { name: w.sun, colour: "--sun", values: day.pv_power, area: true },
    { name: w.battery, colour: "--battery", values: day.battery_power, dash: "2 4" },
    { name: w.grid, colour: "--grid", values: day.grid_power, dash: "8 4" },
    { name: w.house, colour: "--house", values: day.load_power },
  ];
  const chart = lineChart({
    ...common(drawn, w.power),
    lines,
    at_least: { min: 0, max: 500 },
    digits: 0,
    unit: f.unit("W"),
  });
  return html`<section class="card"><div class="head"><h2>${w.power}, ${f.unit("W")}</h2>${spanText(drawn)}</div>${legend(lines)}${chart}<p class="small soft">${w.power_signs}</p></section>`;
}

/** Colour and dashes of each pack's line: told apart by either. */
const PACK_COLOURS = ["--battery", "--house", "--grid", "--sun"];
const PACK_DASHES = [undefined, "8 4", "2 4", "10 3 2 3"];

/** Charge of every pack, with the time off the grid, the reserve, and what is planned. */
export function socCard(drawn: Drawn): Html {
  const { day } = drawn;
  const { page: w, format: f } = drawn.speech;
  const isOne = day.soc.length < 2;
  const lines: ChartLine[] = day.soc.map(({ name, values }, index) => {
    const dash = PACK_DASHES[index % PACK_DASHES.length];
    return {
      ...{ name: isOne ? w.battery : name, colour: PACK_COLOURS[index % PACK_COLOURS.length] as string, values },
      ...(isOne ? { area: true as const } : {}),
      ...(dash === undefined ? {} : { dash }),
    };
  });
  const ahead = day.ahead.map(({ at, soc, low, high }) => ({
    ...{ step: (at - day.from) / day.step_s, value: soc, low, high },
  }));
  const chart = lineChart({
    ...common(drawn, w.soc_chart),
    ...{ lines, at_least: { min: 0, max: 100 }, digits: 0, unit: "%", low: true, bands: bandsOf(day.off_grid) },
    ...(day.reserve === null
      ? {}
      : { level: { value: day.reserve, name: `${w.reserve} ${f.quantity(day.reserve, "%")}` } }),
    ...(ahead.length > 1 ? { ahead } : {}),
  });
  return html`<section class="card s6"><div class="head"><h2>${w.soc_chart}, %</h2>${spanText(drawn)}</div>${!isOne && legend(lines)}${chart}${drawn.live && html`<p class="small soft">${w.soc_signs}</p>`}</section>`;
}

/** Stretches of steps off the grid. */
function bandsOf(off: readonly (number | null)[]): { from: number; to: number }[] {
  const bands: { from: number; to: number }[] = [];
  for (const [index, value] of off.entries()) {
    const last = bands.at(-1);
    if (value === null || value < 0.5) continue;
    if (last?.to === index) last.to = index + 1;
    else bands.push({ from: index, to: index + 1 });
  }
  return bands;
}

/** Lowest and highest cell. */
export function cellCard(drawn: Drawn): Html {
  const { page: w, format: f } = drawn.speech;
  const lines: ChartLine[] = [
    { name: w.highest, colour: "--hot", values: drawn.day.cell_max, dash: "8 4" },
    { name: w.lowest, colour: "--house", values: drawn.day.cell_min },
  ];
  const chart = lineChart({
    ...common(drawn, w.cell_chart),
    lines,
    at_least: around(lines),
    digits: 3,
    unit: f.unit("V"),
    low: true,
  });
  return html`<section class="card s6"><div class="head"><h2>${w.cell_chart}, ${f.unit("V")}</h2>${spanText(drawn)}</div>${legend(lines)}${chart}</section>`;
}

function spanText({ span }: Drawn): Html | null {
  return span === null ? null : html`<span class="small soft">${span}</span>`;
}

function common({ day, speech, time_zone, live, by_days }: Drawn, title: string) {
  const { page: w } = speech;
  return {
    ...{ title, from: day.from, step_s: day.step_s, time_zone, format: speech.format },
    empty: live ? w.no_chart : w.no_day_data,
    spoken: { least: w.lowest, most: w.highest, now: live ? w.now : "", keys: w.chart_keys, planned: w.planned },
    ...(by_days ? { by_days } : {}),
  };
}

/** A span of at least 0.1 V around the data, so that noise of millivolts does not look like mountains. */
function around(lines: readonly ChartLine[]): { min: number; max: number } {
  const known = extremesOf(lines.flatMap((line) => line.values));
  if (known === null) return { min: 0, max: 1 };
  const middle = (known.least + known.most) / 2;
  return { min: middle - 0.05, max: middle + 0.05 };
}
