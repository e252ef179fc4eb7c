import type { Flag } from "../codec/table.ts";
import { batteryPower, cellSpread } from "../devices/bms/derived.ts";
import { BMS_FIELDS, type BmsKey, type BmsSample, warningFlags } from "../devices/bms/sample.ts";
import type { Speech } from "../words/index.ts";
import { colourStep, medianOf } from "./cell-colour.ts";
import { cellTrend } from "./cell-trend.ts";
import { doubtTags } from "./doubts.ts";
import { type Html, html } from "./html.ts";
import type { BmsView, CellOrder, PageModel } from "./model.ts";

/** Card of one BMS: cells, values, switches, warnings. */
export function batteryCard(model: PageModel, bms: BmsView): Html {
  const { speech } = model;
  const { page: w } = speech;
  const identity = bms.identity.length > 0 && html`<span class="small soft">${bms.identity.join(" · ")}</span>`;
  const head = html`<div class="head"><h2>${w.battery}${model.bms.length > 1 ? ` ${bms.name}` : ""}</h2>${identity}</div>`;
  if (bms.sample === null) {
    return html`<section class="card">${head}<div class="empty">${nothingLive(bms, model)}</div>${switches(bms, w)}</section>`;
  }
  return html`<section class="card live">${head}${cells(bms.sample, model)}${faultTags(warningFlags(bms.sample), model)}${doubtTags(bms.doubts, model)}${facts(bms.sample, speech)}${switches(bms, w)}${cellTrend(bms.weeks, bms.name, model)}</section>`;
}

/** What a silent device shows instead of values. */
export function nothingLive(device: { readonly last_at: number | null }, model: PageModel): string {
  const { page: w, format: f } = model.speech;
  if (device.last_at === null) return w.never_seen;
  return `${w.silent_device}. ${w.silent_hint}: ${f.clock(device.last_at, model.now, model.time_zone)}`;
}

/** The indices of the cells row by row, as the pack's two columns hold them; null = an empty place. */
export function cellPlaces(count: number, order: CellOrder): (number | null)[] {
  const rows = Math.ceil(count / 2);
  const places: (number | null)[] = [];
  for (let row = 0; row < rows; row++) {
    const pairs = {
      down: [row, rows + row],
      around: [row, count - 1 - row],
      // The half with the empty place of an odd pack stands on the left here.
      "around-turned": [rows + row, rows - 1 - row],
      across: [2 * row, 2 * row + 1],
    } as const;
    const [left, right] = pairs[order];
    places.push(left < count ? left : null, right < count && right !== left ? right : null);
  }
  return places;
}

function cells(sample: BmsSample, model: PageModel): Html | null {
  const spread = cellSpread(sample.cells);
  if (!spread) return null;
  const { page: w, format: f } = model.speech;
  const median = medianOf(sample.cells);
  const places = cellPlaces(sample.cells.length, model.cell_order);
  const shown = places.map((index) => {
    if (index === null) return html`<i></i>`;
    const mv = sample.cells[index] ?? null;
    if (mv === null) return html`<div><small>${index + 1}</small><span>–</span></div>`;
    const deviation = mv - median;
    const step = colourStep(deviation, model.cell_full_colour_mv);
    const colour = step === 0 ? "" : step < 0 ? `lo${-step}` : `hi${step}`;
    const isEdge = spread.spread > 0 && (index + 1 === spread.min_cell || index + 1 === spread.max_cell);
    return html`<div class="${colour}${isEdge ? " edge" : ""}"><small>${index + 1}</small><span>${f.number(mv / 1000, 3)}</span><small>${f.signed(Math.round(deviation), 0)}</small></div>`;
  });
  const volts = (mv: number) => f.quantity(mv / 1000, "V", 3);
  return html`<div class="cells">${shown}</div>
<dl class="facts quad"><div><dt>${w.lowest} (${spread.min_cell})</dt><dd>${volts(spread.min)}</dd></div><div><dt>${w.highest} (${spread.max_cell})</dt><dd>${volts(spread.max)}</dd></div><div><dt>${w.average}</dt><dd>${volts(spread.average)}</dd></div><div><dt>${w.spread}</dt><dd>${f.quantity(spread.spread, "mV", 0)}</dd></div></dl>`;
}

/** Values in the order people look for them; what the dialect does not tell is left out. */
const SHOWN: readonly { key: BmsKey; digits: number; signed?: true }[] = [
  { key: "pack_voltage", digits: 2 },
  { key: "battery_current", digits: 2, signed: true },
  { key: "soc", digits: 0 },
  { key: "soh", digits: 0 },
  { key: "remaining_capacity", digits: 1 },
  { key: "capacity", digits: 0 },
  { key: "cycle_count", digits: 0 },
  { key: "battery_temperature_1", digits: 1 },
  { key: "battery_temperature_2", digits: 1 },
  { key: "battery_temperature_3", digits: 1 },
  { key: "battery_temperature_4", digits: 1 },
  { key: "mosfet_temperature", digits: 1 },
];

function facts(sample: BmsSample, speech: Speech): Html {
  const { page: w, format: f } = speech;
  const rows = SHOWN.flatMap(({ key, digits, signed: withSign }) => {
    const raw = sample[key];
    if (raw === null) return [];
    const field = BMS_FIELDS[key];
    const value = "div" in field ? raw / field.div : raw;
    const figure = withSign ? f.signed(value, digits) : f.number(value, digits);
    return [fact(speech.field(key), "unit" in field ? `${figure}\u00a0${f.unit(field.unit)}` : figure)];
  });
  const power = batteryPower(sample);
  const total = sample.good_answers + sample.bad_answers;
  rows.splice(2, 0, fact(w.power, power === null ? "–" : `${f.signed(power, 0)}\u00a0${f.unit("W")}`));
  rows.push(fact(w.answers, `${sample.good_answers} / ${total}`));
  return html`<dl class="facts">${rows}</dl>`;
}

export function fact(name: string, value: string): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

/** Wanted => actual of the three switches; a difference stands out. */
function switches(bms: BmsView, w: Speech["page"]): Html {
  const word = (state: boolean | null) => (state === null ? "–" : state ? w.on : w.off);
  const row = (name: string, wanted: boolean | null, actual: boolean | null, shown = word(actual)) => {
    const differs = wanted !== null && actual !== null && wanted !== actual;
    return html`<div><span>${name}</span><span>${word(wanted)} ⇒ <b class="${differs ? "off" : ""}">${shown}</b></span></div>`;
  };
  const on = (value: number | null | undefined) => (value === null || value === undefined ? null : value !== 0);
  const balancing = on(bms.sample?.balancing);
  // A balancer that is switched on and has nothing to do is no contradiction.
  const balancer = row(w.balancer, bms.wanted.balancer, null, balancing === null ? "–" : balancing ? w.active : w.idle);
  return html`<div class="switches"><h3>${w.switches}</h3>${row(w.charge_switch, bms.wanted.charge, on(bms.sample?.charge_mosfet_on))}${row(w.discharge_switch, bms.wanted.discharge, on(bms.sample?.discharge_mosfet_on))}${balancer}</div>`;
}

function faultTags(flags: readonly Flag[] | null, model: PageModel): Html | null {
  if (flags === null || flags.length === 0) return null;
  return html`<ul class="tags">${flags.map((flag) => html`<li class="critical">${model.speech.fault(flag.label, flag.bit)}</li>`)}</ul>`;
}
