import { createHash } from "node:crypto";
import { ageOf } from "../view/age.ts";
import { ownShare } from "../view/shares.ts";
import type { Format } from "../words/format.ts";
import { dayBars } from "./bars.ts";
import { batteryCard } from "./battery.ts";
import { type ChartLine, legend, lineChart } from "./chart.ts";
import { flowPicture, isDark } from "./flow.ts";
import { type Html, html, raw } from "./html.ts";
import { inverterCard } from "./inverter.ts";
import { alertNotes, decisionCard, ordersCard, rulesNote } from "./judgement.ts";
import { devicesOf, type EnergyKey, type EnergyTotals, type PageModel } from "./model.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

const SCRIPT_HASH = createHash("sha256").update(SCRIPT).digest("base64");
/** Nothing may load or run but what is in the file; the page fetches only itself. */
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${SCRIPT_HASH}'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'`;
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
  return html`<!doctype html>
<html lang="${f.tag}"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">
<title>${tabTitle(model)}</title><link id="icon" rel="icon" href="${ICONS[severity]}"><noscript><meta http-equiv="refresh" content="${model.refresh_s}"></noscript>
<style>${raw(STYLE)}</style></head>
<body data-made="${model.now}" data-max="${model.max_age_s}" data-refresh="${model.refresh_s}" data-units="${units}" data-zone="${model.time_zone}" data-lang="${f.tag}"><p id="say" class="vh" role="status">${headline}</p><div id="page">
<header><p class="small soft"><b>${model.station}</b> · ${w.page_made} <time>${f.clock(model.now, model.now, model.time_zone)}</time></p><h1 class="${severity}${state === "outage" ? " outage" : ""}">${headline}</h1></header>
<main><div id="old" class="note critical" data-at="${model.now}"><b>${w.page_old} <i></i> ${w.ago}.</b><p>${w.page_old_hint}</p></div>
<div class="grid">${rulesNote(model)}${alertNotes(model)}
${isEmpty && html`<div class="note info"><b>${w.first_start}</b><p>${w.first_start_hint}</p></div>`}
${hero(model)}
<div class="side s5">${totalsCard(model)}${decisionCard(model)}${ages(model)}</div>
${powerCard(model)}${socCard(model)}${cellCard(model)}
<div class="side s7">${inverterCards(model)}<section class="card later">${dayBars(model)}</section></div>
<div class="side s5">${model.bms.map((bms) => batteryCard(model, bms))}${ordersCard(model)}</div></div></main>
<footer>solar-station ${model.version}</footer></div>
<script>${raw(SCRIPT)}</script></body></html>
`.text;
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
  return html`<div class="age${stale ? " stale" : ""}" data-at="${device.last_at}" data-max="${model.max_age_s}"><h3>${title}</h3><b>${before}<i class="count">${f.duration(seconds)}</i><span class="word fresh"> ${w.ago}</span></b></div>`;
}

const TOTALS: readonly { key: EnergyKey; colour: string }[] = [
  { key: "pv_energy", colour: "--sun" },
  { key: "load_energy", colour: "--house" },
  { key: "grid_import_energy", colour: "--grid" },
  { key: "grid_export_energy", colour: "--grid" },
  { key: "grid_charge_energy", colour: "--battery" },
];

function totalsCard(model: PageModel): Html {
  const { speech } = model;
  const { page: w, format: f } = speech;
  const { today, month } = model.energy;
  const kwh = (totals: EnergyTotals | null, key: EnergyKey) =>
    html`<span class="n">${shortEnergy(totals?.[key] ?? null, f)}</span>`;
  const rows = TOTALS.filter(
    ({ key }) =>
      key === "pv_energy" ||
      (today?.[key] ?? 0) > 0 ||
      (month?.[key] ?? 0) > 0 ||
      key === "load_energy" ||
      key === "grid_import_energy",
  );
  return html`<section class="card"><div class="totals"><h2>${w.energy}</h2><span class="h">${w.today}</span><span class="h">${w.month}</span>${rows.map(
    ({ key, colour }) =>
      html`<span><i class="dot" style="--c:var(${colour})"></i>${w[key]}</span>${kwh(today, key)}${kwh(month, key)}`,
  )}<span>${w.self_supplied}</span><span class="n">${shareText(today, f)}</span><span class="n">${shareText(month, f)}</span></div></section>`;
}

function shortEnergy(kwh: number | null, f: Format): string {
  return f.quantity(kwh, "kWh", kwh !== null && kwh >= 1000 ? 0 : 1);
}

function shareText(totals: EnergyTotals | null, f: Format): string {
  return f.quantity(totals && ownShare(totals.load_energy, totals.grid_import_energy), "%", 0);
}

function powerCard(model: PageModel): Html {
  const { page: w, format: f } = model.speech;
  const { day } = model;
  const lines: ChartLine[] = [
    { name: w.sun, colour: "--sun", values: day.pv_power, area: true },
    { name: w.battery, colour: "--battery", values: day.battery_power, dash: "2 3" },
    { name: w.grid, colour: "--grid", values: day.grid_power, dash: "7 4" },
    { name: w.house, colour: "--house", values: day.load_power },
  ];
  const chart = lineChart({ ...common(model), lines, at_least: { min: 0, max: 500 }, digits: 0 });
  return html`<section class="card"><div class="head"><h2>${w.power}, ${f.unit("W")}</h2><span class="small soft">${w.last_24_hours}</span></div>${legend(lines)}${chart}<p class="small soft">${w.power_signs}</p></section>`;
}

/** One line a pack: colours of the page that stand apart. */
const PACK_COLOURS = ["--battery", "--house", "--grid", "--hot"];

function socCard(model: PageModel): Html {
  const { page: w, format: f } = model.speech;
  const isOne = model.day.soc.length < 2;
  const lines: ChartLine[] = model.day.soc.map(({ name, values }, index) => ({
    name: isOne ? w.battery : name,
    colour: PACK_COLOURS[index % PACK_COLOURS.length] as string,
    values,
    ...(isOne ? { area: true as const } : {}),
  }));
  const { day } = model;
  const ahead = day.ahead.map(({ at, soc, low, high }) => ({
    step: (at - day.from) / day.step_s,
    value: soc,
    low,
    high,
  }));
  const chart = lineChart({
    ...common(model),
    ...{ lines, at_least: { min: 0, max: 100 }, digits: 0, low: true, bands: bandsOf(day.off_grid) },
    ...(day.reserve === null
      ? {}
      : { level: { value: day.reserve, name: `${w.reserve} ${f.quantity(day.reserve, "%")}` } }),
    ...(ahead.length > 1 ? { ahead } : {}),
  });
  return html`<section class="card s6"><div class="head"><h2>${w.soc_chart}, %</h2>${isOne ? html`<span class="small soft">${w.last_24_hours}</span>` : legend(lines)}</div>${chart}<p class="small soft">${w.soc_signs}</p></section>`;
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

function cellCard(model: PageModel): Html {
  const { page: w, format: f } = model.speech;
  const lines: ChartLine[] = [
    { name: w.highest, colour: "--hot", values: model.day.cell_max },
    { name: w.lowest, colour: "--house", values: model.day.cell_min },
  ];
  const chart = lineChart({ ...common(model), lines, at_least: around(lines), digits: 2, low: true });
  return html`<section class="card s6"><div class="head"><h2>${w.cell_chart}, ${f.unit("V")}</h2>${legend(lines)}</div>${chart}</section>`;
}

function common(model: PageModel) {
  const { from, step_s } = model.day;
  const w = model.speech.page;
  return {
    from,
    step_s,
    time_zone: model.time_zone,
    format: model.speech.format,
    empty: model.speech.page.no_chart,
    spoken: { least: w.lowest, most: w.highest, now: w.now },
  };
}

/** A span of at least 0.1 V around the data, so that noise of millivolts does not look like mountains. */
function around(lines: readonly ChartLine[]): { min: number; max: number } {
  const known = lines.flatMap((line) => line.values.filter((value) => value !== null));
  if (known.length === 0) return { min: 0, max: 1 };
  const middle = (Math.min(...known) + Math.max(...known)) / 2;
  return { min: middle - 0.05, max: middle + 0.05 };
}
