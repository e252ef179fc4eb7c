import { decimals } from "../codec/values.ts";
import { faultsOf } from "../devices/inverter/derived.ts";
import { INVERTER_SAMPLE_FIELDS, type InverterValues } from "../devices/inverter/sample.ts";
import type { Format } from "../words/format.ts";
import type { Speech } from "../words/index.ts";
import { fact, nothingLive } from "./battery.ts";
import { doubtTags } from "./doubts.ts";
import { type Html, html } from "./html.ts";
import type { InverterView, PageModel } from "./model.ts";

type InverterKey = keyof InverterValues;

/** Rows of the table: volts, amperes, watts, of each part of the machine. */
const ROWS: readonly {
  part: keyof Speech["page"];
  v?: InverterKey;
  a?: InverterKey;
  w?: InverterKey;
  hz?: InverterKey;
}[] = [
  { part: "pv", v: "pv_voltage", w: "pv_power" },
  { part: "charger", v: "charger_battery_voltage", a: "pv_charge_current" },
  { part: "battery", v: "battery_voltage", a: "battery_current", w: "battery_power" },
  { part: "bus", v: "bus_voltage" },
  { part: "inverter", v: "inverter_voltage", a: "inverter_current", w: "inverter_power", hz: "inverter_frequency" },
  { part: "grid", v: "grid_voltage", a: "grid_current", w: "grid_power", hz: "grid_frequency" },
  { part: "load", a: "load_current", w: "load_power" },
];
const STATES = ["work_state", "charger_work_state", "mppt_state", "charge_stage"] as const;
const RELAYS = keysEnding("_relay_closed");
const TEMPERATURES = keysEnding("_temperature");
const WITH_SIGN: readonly InverterKey[] = ["battery_current", "battery_power", "grid_power"];

/** Card of the inverter: volts, amperes and watts of its parts, states, relays, temperatures, errors in words. */
export function inverterCard(model: PageModel, inverter: InverterView): Html {
  const { speech } = model;
  const { page: w, format: f } = speech;
  const identity =
    inverter.identity.length > 0 && html`<span class="small soft">${inverter.identity.join(" · ")}</span>`;
  const head = html`<div class="head"><h2>${w.details_inverter}${model.machines.length > 0 ? ` ${inverter.name}` : ""}</h2>${identity}</div>`;
  const { values } = inverter;
  if (values === null) {
    return html`<section class="card">${head}<div class="empty">${nothingLive(inverter, model)}</div></section>`;
  }
  const cell = (key: InverterKey | undefined) => html`<td>${key ? figure(values, key, f) : ""}</td>`;
  return html`<section class="card live">${head}
<table><thead><tr><td></td><th>${f.unit("V")}</th><th>${f.unit("A")}</th><th>${f.unit("W")}</th><th>${f.unit("Hz")}</th></tr></thead><tbody>${ROWS.map(
    (row) =>
      html`<tr><th scope="row">${w[row.part]}</th>${cell(row.v)}${cell(row.a)}${cell(row.w)}${cell(row.hz)}</tr>`,
  )}</tbody></table>
${faults(values, model)}${doubtTags(inverter.doubts, model)}
<dl class="facts">${STATES.map((key) => fact(speech.field(key), speech.state(values[key])))}${fact(
    speech.field("load_apparent_power"),
    f.quantity(values.load_apparent_power, "VA", 0),
  )}${fact(speech.field("load_percent"), f.quantity(values.load_percent, "%", 0))}</dl>
<h3>${w.temperatures}</h3><ul class="tags">${TEMPERATURES.filter((key) => values[key] !== null).map(
    (key) => html`<li>${shortName(key, speech)} <b>${f.quantity(values[key] as number, "°C", 0)}</b></li>`,
  )}</ul>
<h3>${w.relays}</h3><ul class="tags">${RELAYS.filter((key) => values[key] !== null).map(
    (key) =>
      html`<li class="${values[key] ? "on" : ""}">${shortName(key, speech)} <b>${values[key] ? w.closed : w.open}</b></li>`,
  )}</ul></section>`;
}

function figure(values: InverterValues, key: InverterKey, f: Format): string {
  const value = values[key];
  if (typeof value !== "number") return "–";
  const digits = decimals(INVERTER_SAMPLE_FIELDS[key]);
  return WITH_SIGN.includes(key) ? f.signed(value, digits) : f.number(value, digits);
}

/** All set error and warning bits in words, from every word of the machine. */
function faults(values: InverterValues, model: PageModel): Html {
  const { speech } = model;
  const { page: w } = speech;
  const { errors, warnings } = faultsOf(values);
  const line = (title: string, list: typeof errors, kind: string) => {
    if (list === null) return null;
    if (list.length === 0) return html`<li class="on">${title}: ${w.none}</li>`;
    return list.map((one) => html`<li class="${kind}">${title}: ${speech.fault(one.label, one.bit)}</li>`);
  };
  return html`<ul class="tags">${line(w.errors, errors, "critical")}${line(w.warnings, warnings, "warning")}</ul>`;
}

/** Under a heading that says "relays" or "temperatures" the name need not repeat it. */
function shortName(key: InverterKey, speech: Speech): string {
  const text = speech.field(key).replace(/ (relay closed|temperature)$/, "");
  return text;
}

function keysEnding(suffix: string): InverterKey[] {
  return (Object.keys(INVERTER_SAMPLE_FIELDS) as InverterKey[]).filter((key) => key.endsWith(suffix));
}
