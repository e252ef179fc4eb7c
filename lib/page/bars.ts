import type { Speech } from "../words/index.ts";
import { extremesOf, niceAxis, percent } from "./axis.ts";
import { legend } from "./chart.ts";
import { type Html, html } from "./html.ts";
import type { EnergyDay } from "./model.ts";

const HEIGHT = 1000;
/** Units of one day: a bar for the sun, a bar for the house, and air. */
const DAY = 20;

/** Energy day by day: sun beside house, the house split into own energy and bought energy. */
export function dayBars(days: readonly EnergyDay[], title: string, speech: Speech): Html {
  const { page: w, format: f } = speech;
  const known = extremesOf(days.flatMap((day) => [day.pv_energy, day.load_energy]));
  const head = html`<div class="head"><h2>${title}</h2><span class="small soft">${w.per_day}</span></div>`;
  if (known === null) return html`${head}<div class="empty">${w.no_day_data}</div>`;
  const axis = niceAxis(0, Math.max(1, known.most));
  const y = (value: number) => Math.round(HEIGHT * (1 - value / axis.max));
  const rules = axis.ticks.map(
    (tick) => html`<path class="${tick === 0 ? "zero" : "rule"}" d="M0 ${y(tick)}h${days.length * DAY}"/>`,
  );
  const paths = ["--sun", "--house", "--grid", "--line"].map(
    (colour) =>
      html`<path fill="var(${colour})" d="${days.map((day, index) => barsOf(day, index * DAY, y)[colour] ?? "").join("")}"/>`,
  );
  const tips = JSON.stringify(days.map((day) => dayText(day, speech)));
  return html`${head}<div class="plot" tabindex="0" role="group" aria-label="${title}, ${w.chart_keys}" data-tips="${tips}"><svg viewBox="0 0 ${days.length * DAY} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">${rules}${paths}</svg><p class="vh">${w.highest}: ${f.quantity(known.most, "kWh", 1)}</p>${axis.ticks.map(
    (tick) => html`<span class="y" style="top:${percent(y(tick) / HEIGHT)}">${f.number(tick, axis.digits)}</span>`,
  )}${dayTicks(days, speech)}</div>${legend([
    { name: w.produced, colour: "--sun", dot: true },
    { name: w.used_own, colour: "--house", dot: true },
    { name: w.used_grid, colour: "--grid", dot: true },
  ])}`;
}

/** The outlines of a day's bars by colour. */
function barsOf(day: EnergyDay, x: number, y: (value: number) => number): Readonly<Record<string, string>> {
  const { pv_energy, load_energy, grid_import_energy } = day;
  if (pv_energy === null && load_energy === null) return { "--line": bar(x + 3, HEIGHT - 12, HEIGHT, 14) };
  const bought = load_energy === null ? 0 : Math.min(load_energy, grid_import_energy ?? 0);
  return {
    "--sun": bar(x + 2, y(pv_energy ?? 0), HEIGHT),
    "--house": bar(x + 10, y(load_energy ?? 0), y(bought)),
    "--grid": bar(x + 10, y(bought), HEIGHT),
  };
}

/** What a finger on the day reads. */
function dayText(day: EnergyDay, { format: f, page: w }: Speech): string {
  const name = f.day(day.day);
  if (day.pv_energy === null && day.load_energy === null) return `${name}: ${w.no_day_data}`;
  const part = (word: string, kwh: number | null) => `${word} ${f.quantity(kwh, "kWh", 1)}`;
  return `${name}: ${[part(w.pv_energy, day.pv_energy), part(w.load_energy, day.load_energy), part(w.grid_import_energy, day.grid_import_energy)].join(", ")}`;
}

function bar(x: number, top: number, bottom: number, width = 7): string {
  return bottom - top < 1 ? "" : `M${x} ${top}h${width}v${bottom - top}h-${width}z`;
}

/** Every seventh day back from the last but one. */
function dayTicks(days: readonly EnergyDay[], { format: f }: Speech): Html[] {
  const every = days.length > 10 ? 7 : 2;
  return days.flatMap((day, index) => {
    const back = days.length - 1 - index;
    if (back % every !== 1 || index < 1) return [];
    return [html`<span class="x" style="left:${percent((index + 0.5) / days.length)}">${f.day(day.day)}</span>`];
  });
}
