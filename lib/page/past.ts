import type { Speech } from "../words/index.ts";
import { dayBars } from "./bars.ts";
import { cellCard, type Drawn, powerCard, socCard } from "./day-charts.ts";
import { fedCard } from "./fed.ts";
import { type Html, html } from "./html.ts";
import type { DaySeries, EnergyDay, EnergyTotals, FedDay } from "./model.ts";
import { type Period, periodOf } from "./periods.ts";
import { shell } from "./shell.ts";
import { totalsTable } from "./totals.ts";

/** A day, week or month that is over, as plain data. */
export interface PastModel {
  readonly speech: Speech;
  readonly time_zone: string;
  readonly station: string;
  readonly version: string;
  readonly period: Period;
  /** The pages before and after it that are there. */
  readonly before: Period | null;
  readonly after: Period | null;
  /** The longer ones that it lies in and that are there. */
  readonly around: readonly Period[];
  readonly totals: EnergyTotals;
  /** Lines; null for a month. */
  readonly series: DaySeries | null;
  readonly days: readonly EnergyDay[];
  /** Days of those that have a page of their own. */
  readonly linked: ReadonlySet<string>;
  readonly fed: readonly FedDay[];
}

/** A page that is written once, when its time is over: it never grows old and asks for nothing. */
export function renderPast(model: PastModel): string {
  const { speech, period, time_zone } = model;
  const { page: w, format: f } = speech;
  const title = periodTitle(period, speech);
  const fed = fedCard(model.fed, w.fed, speech);
  const drawn: Drawn | null = model.series && {
    ...{ day: model.series, speech, time_zone, span: null, live: false },
    ...(period.kind === "day" ? {} : { by_days: true as const }),
  };
  const body = html`<div id="page">
<header><p class="small soft"><b>${model.station}</b></p><h1>${title}</h1>${pages(model)}</header>
<main><div class="grid"><section class="card${period.kind === "day" ? "" : " s5"}"><h2>${w.energy}</h2>${totalsTable([{ title, totals: model.totals }], speech)}</section>
${period.kind !== "day" && html`<section class="card s7">${dayBars(model.days, w.per_day_title, speech)}${dayLinks(model)}</section>`}
${drawn && html`${powerCard(drawn)}${socCard(drawn)}${cellCard(drawn)}`}
${fed && html`<section class="card">${fed}</section>`}</div></main>
<footer>solar-station ${model.version}</footer></div>`;
  return shell({ lang: f.tag, title: `${title} · ${model.station}`, head: null, data: { zone: time_zone }, body });
}

/** "24 Nov 2026", "16 Nov – 22 Nov 2026", "Nov 2026". */
export function periodTitle({ kind, first_day, last_day }: Period, { page: w, format: f }: Speech): string {
  const year = first_day.slice(0, 4);
  if (kind === "day") return `${f.day(first_day)} ${year}`;
  if (kind === "month") return `${w.months[Number(first_day.slice(5, 7)) - 1]} ${year}`;
  return `${f.day(first_day)} – ${f.day(last_day)} ${last_day.slice(0, 4)}`;
}

/** Address of a page seen from another one's folder. */
function address({ kind, name }: Period): string {
  return `../${kind}/${name}.html`;
}

function pages({ speech, before, after, around }: PastModel): Html {
  const { page: w } = speech;
  const link = (period: Period, text: string) => html`<a href="${address(period)}">${text}</a>`;
  const parts = [
    html`<a href="../index.html">${w.to_now}</a>`,
    before && link(before, `← ${periodTitle(before, speech)}`),
    after && link(after, `${periodTitle(after, speech)} →`),
    ...around.map((period) => link(period, periodTitle(period, speech))),
  ];
  return html`<nav aria-label="${w.earlier}">${parts.map((part) => part && html`${part} `)}</nav>`;
}

/** The days of a longer page that can be opened. */
function dayLinks({ days, linked, speech }: PastModel): Html | null {
  const open = days.filter(({ day }) => linked.has(day));
  if (open.length === 0) return null;
  return html`<nav aria-label="${speech.page.per_day_title}">${open.map(({ day }) => html`<a href="${address(periodOf("day", day))}">${speech.format.day(day)}</a> `)}</nav>`;
}
