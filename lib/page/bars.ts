import type { Speech } from "../words/index.ts";
import { legend, niceAxis, percent } from "./chart.ts";
import { type Html, html } from "./html.ts";
import type { EnergyDay, PageModel } from "./model.ts";

const HEIGHT = 1000;
/** Units of one day: a bar for the sun, a bar for the house, and air. */
const DAY = 20;

/** Energy of the last 30 days: sun beside house, the house split into own energy and bought energy. */
export function dayBars(model: PageModel): Html {
  const { speech } = model;
  const { page: w, format: f } = speech;
  const days = model.energy.days;
  const known = days.flatMap((day) => [day.pv_energy, day.load_energy].filter((value) => value !== null));
  const head = html`<div class="head"><h2>${w.last_30_days}</h2><span class="small soft">${w.per_day}</span></div>`;
  if (known.length === 0) return html`${head}<div class="empty">${w.no_day_data}</div>`;
  const axis = niceAxis(0, Math.max(1, ...known));
  const y = (value: number) => Math.round(HEIGHT * (1 - value / axis.max));
  const bars = days.map((day, index) => barsOf(day, index * DAY, y, speech));
  return html`${head}<div class="plot"><svg viewBox="0 0 ${days.length * DAY} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">${axis.ticks.map(
    (tick) =>
      html`<line class="${tick === 0 ? "zero" : "rule"}" x1="0" x2="${days.length * DAY}" y1="${y(tick)}" y2="${y(tick)}"/>`,
  )}${bars}</svg>${axis.ticks.map(
    (tick) => html`<span class="y" style="top:${percent(y(tick) / HEIGHT)}">${f.number(tick, axis.digits)}</span>`,
  )}${dayTicks(days, speech)}</div>${legend([
    { name: w.produced, colour: "--sun" },
    { name: w.used_own, colour: "--house" },
    { name: w.used_grid, colour: "--grid" },
  ])}`;
}

function barsOf(day: EnergyDay, x: number, y: (value: number) => number, { format: f, page: w }: Speech): Html {
  const { pv_energy, load_energy, grid_import_energy } = day;
  if (pv_energy === null && load_energy === null) {
    return html`<rect x="${x + 3}" width="14" y="${HEIGHT - 12}" height="12" fill="var(--line)"><title>${f.day(day.day)}: ${w.no_day_data}</title></rect>`;
  }
  const bought = load_energy === null ? 0 : Math.min(load_energy, grid_import_energy ?? 0);
  const title = `${f.day(day.day)}: ${f.quantity(pv_energy, "kWh", 1)} / ${f.quantity(load_energy, "kWh", 1)}`;
  return html`<g>${bar(x + 2, y(pv_energy ?? 0), HEIGHT, "--sun")}${bar(x + 10, y(load_energy ?? 0), y(bought), "--house")}${bar(x + 10, y(bought), HEIGHT, "--grid")}<title>${title}</title></g>`;
}

function bar(x: number, top: number, bottom: number, colour: string): Html | null {
  if (bottom - top < 1) return null;
  return html`<rect x="${x}" y="${top}" width="7" height="${bottom - top}" fill="var(${colour})"/>`;
}

/** Every seventh day back from today. */
function dayTicks(days: readonly EnergyDay[], { format: f }: Speech): Html[] {
  return days.flatMap((day, index) => {
    const back = days.length - 1 - index;
    if (back % 7 !== 1 || index < 1) return [];
    return [html`<span class="x" style="left:${percent((index + 0.5) / days.length)}">${f.day(day.day)}</span>`];
  });
}
