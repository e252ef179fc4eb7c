import { ageOf } from "../view/age.ts";
import type { HouseState } from "../words/headline-values.ts";
import { dayBars } from "./bars.ts";
import { batteryCard } from "./battery.ts";
import { cellCard, type Drawn, powerCard, socCard } from "./day-charts.ts";
import { fedCard } from "./fed.ts";
import { flowPicture, isDark } from "./flow.ts";
import { type Html, html } from "./html.ts";
import { inverterCard } from "./inverter.ts";
import { alertNotes, decisionCard, ordersCard, rulesNote } from "./judgement.ts";
import { devicesOf, type PageModel, type PastLink } from "./model.ts";
import { shell } from "./shell.ts";
import { totalsTable } from "./totals.ts";

const icon = (mark: string) =>
  `data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Ccircle cx='16' cy='16' r='9' fill='%23eda200'/%3E${mark}%3C/svg%3E`;
const DOT = (colour: string) => `%3Ccircle cx='24' cy='24' r='8' fill='%23${colour}'/%3E`;
const ICONS = { calm: icon(""), warning: icon(DOT("d97800")), critical: icon(DOT("d3202c")) } as const;

/** The whole status page: one file that needs nothing else. */
export function renderPage(model: PageModel): string {
  const { page: w, format: f } = model.speech;
  const units = (["s", "min", "h", "d"] as const).map((name) => f.unit(name)).join(" ");
  const isEmpty = devicesOf(model).every((device) => device.last_at === null);
  const { severity, state } = model.headline;
  const headline = model.speech.headline(model.headline, model.time_zone).replace(/\.$/, "");
  const drawn: Drawn = {
    ...{ day: model.day, speech: model.speech, time_zone: model.time_zone, span: w.last_24_hours, live: true },
  };
  const fed = fedCard(model.fed, w.fed, model.speech);
  const body = html`<p id="say" class="vh" role="status">${headline}</p><div id="page">
<header><p class="small soft"><b>${model.station}</b> · ${w.page_made} <time>${f.clock(model.now, model.now, model.time_zone)}</time>${model.every_s > 0 && html`, ${w.page_every} ${f.duration(model.every_s)}`}</p><h1 class="${severity}${state === "outage" ? " outage" : ""}">${headline}</h1></header>
<main><div id="old" class="note critical" data-at="${model.now}"><b>${w.page_old} <i></i> ${w.ago}.</b><p>${w.page_old_hint}</p></div>
<div class="grid">${rulesNote(model)}${alertNotes(model)}
${isEmpty && html`<div class="note info"><b>${w.first_start}</b><p>${w.first_start_hint}</p></div>`}
${hero(model)}
<div class="side s5">${energyCard(model)}${decisionCard(model)}${ages(model)}</div>
${powerCard(drawn)}${socCard(drawn)}${cellCard(drawn)}
<div class="side s7">${inverterCards(model)}<section class="card later">${dayBars(model.energy.days, w.last_30_days, model.speech)}</section>${fed && html`<section class="card later">${fed}</section>`}</div>
<div class="side s5">${model.bms.map((bms) => batteryCard(model, bms))}${ordersCard(model)}</div></div></main>
<footer>${pastLinks(model.past, w.earlier)}solar-station ${model.version}</footer></div>`;
  return shell({
    lang: f.tag,
    title: tabTitle(model),
    head: html`<link id="icon" rel="icon" href="${ICONS[severity]}"><noscript><meta http-equiv="refresh" content="${model.refresh_s}"></noscript>`,
    data: {
      made: model.now,
      max: liveFor(model),
      refresh: model.refresh_s,
      news: newsOf(model),
      units,
      zone: model.time_zone,
    },
    body,
  });
}

/** Until which age its values are shown as live, s. */
function liveFor({ max_age_s, every_s }: PageModel): number {
  return max_age_s + every_s;
}

/** What no reader should wait for: who feeds the house when something is wrong, the grid switch, alerts. */
function newsOf(model: PageModel): string {
  const { headline, alerts, inverter } = model;
  const state = LOUD.has(headline.state) ? headline.state : "";
  const open = (alerts ?? []).map(({ severity, title, since }) => `${severity} ${title} ${since}`);
  return [state, inverter?.values?.ongrid_switch ?? "", model.judgement.state, ...open].join("; ");
}

const LOUD: ReadonlySet<HouseState> = new Set(["waiting", "silent", "unknown", "stopped", "outage"]);

/** Pages of the past beside this one. */
function pastLinks(past: readonly PastLink[], title: string): Html | null {
  if (past.length === 0) return null;
  return html`<nav aria-label="${title}">${title}: ${past.map(({ href, name }) => html`<a href="${href}">${name}</a> `)}</nav>`;
}

function energyCard({ speech, energy }: PageModel): Html {
  const { page: w } = speech;
  const columns = [
    { title: w.today, totals: energy.today },
    { title: w.yesterday, totals: energy.yesterday },
    { title: w.month, totals: energy.month },
  ];
  return html`<section class="card"><h2>${w.energy}</h2>${totalsTable(columns, speech)}</section>`;
}

/** "67 % −948 W · Station": what a tab has room for. */
function tabTitle({ headline, speech, station }: PageModel): string {
  const { format: f } = speech;
  const { soc, battery_power, severity } = headline;
  const figures = [
    soc !== null && f.quantity(soc, "%"),
    battery_power !== null && `${f.signed(battery_power)}\u00a0${f.unit("W")}`,
  ];
  const known = figures.filter((figure) => figure !== false).join(" ");
  return `${severity === "critical" ? "⚠ " : ""}${known}${known === "" ? "" : " · "}${station}`;
}

function hero(model: PageModel): Html {
  const dark = isDark(model);
  const { state } = model.headline;
  return html`<section class="card s7 hero live${dark ? " night" : ""}${state === "outage" ? " lost" : ""}">${flowPicture(model)}</section>`;
}

function inverterCards(model: PageModel): Html[] {
  const one = model.inverter ? [model.inverter] : [];
  return (model.machines.length > 0 ? model.machines : one).map((machine) => inverterCard(model, machine));
}

/** The age of each device's data, in large type; the script counts it on. */
function ages(model: PageModel): Html {
  return html`<section class="ages">${devicesOf(model).map((device) => age(device, model))}</section>`;
}

function age(device: { readonly name: string; readonly last_at: number | null }, model: PageModel): Html {
  const { page: w, format: f } = model.speech;
  const isNamed = model.bms.length > 1 || model.machines.some((machine) => machine === device);
  const title = device === model.inverter ? w.inverter : isNamed ? device.name : "BMS";
  if (device.last_at === null) {
    return html`<div class="age"><h3>${title}</h3><b><span class="word">${w.never_seen}</span></b></div>`;
  }
  const seconds = Math.max(0, model.now - device.last_at);
  const stale = ageOf(device.last_at, model.now, model.max_age_s).state !== "fresh";
  const before = html`<span class="word gone">${w.silent} </span>`;
  return html`<div class="age${stale ? " stale" : ""}" data-at="${device.last_at}" data-max="${liveFor(model)}"><h3>${title}</h3><b>${before}<i class="count">${f.duration(seconds)}</i><span class="word fresh"> ${w.ago}</span></b></div>`;
}
