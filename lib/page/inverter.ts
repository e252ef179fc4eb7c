import { decimals } from "../codec/values.ts";
import { faultsOf } from "../devices/inverter/derived.ts";
import { INVERTER_SAMPLE_FIELDS, type InverterValues } from "../devices/inverter/sample.ts";
import { fact, nothingLive } from "./battery.ts";
import { doubtTags } from "./doubts.ts";
import { number, quantity, signed } from "./format.ts";
import { type Html, html } from "./html.ts";
import type { InverterView, PageModel } from "./model.ts";
import { type FieldKey, faultLabel, fieldLabel, stateLabel, type WordKey, words } from "./words.ts";

type InverterKey = keyof InverterValues;

/** Rows of the table: volts, amperes, watts, of each part of the machine. */
const ROWS: readonly { part: WordKey; v?: InverterKey; a?: InverterKey; w?: InverterKey; hz?: InverterKey }[] = [
  { part: "pv", v: "pv_voltage", w: "pv_power" },
  { part: "charger", v: "charger_battery_voltage", a: "pv_charge_current" },
  { part: "battery", v: "battery_voltage", a: "battery_current", w: "battery_power" },
  { part: "bus", v: "bus_voltage", a: "control_current" },
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
  const { lang } = model;
  const w = words(lang);
  const identity =
    inverter.identity.length > 0 && html`<span class="small soft">${inverter.identity.join(" · ")}</span>`;
  const head = html`<div class="head"><h2>${w.details_inverter}</h2>${identity}</div>`;
  const { values } = inverter;
  if (values === null) {
    return html`<section class="card">${head}<div class="empty">${nothingLive(inverter, model, w)}</div></section>`;
  }
  const cell = (key: InverterKey | undefined) => html`<td>${key ? figure(values, key, lang) : ""}</td>`;
  return html`<section class="card live">${head}
<table><thead><tr><th></th><th>${w.voltage}</th><th>${w.current}</th><th>${w.watts}</th><th>${w.frequency}</th></tr></thead><tbody>${ROWS.map(
    (row) =>
      html`<tr><th scope="row">${w[row.part]}</th>${cell(row.v)}${cell(row.a)}${cell(row.w)}${cell(row.hz)}</tr>`,
  )}</tbody></table>
${faults(values, model)}${doubtTags(inverter.doubts, model)}
<dl class="facts">${STATES.map((key) => fact(fieldLabel(key, lang), stateLabel(values[key], lang)))}${fact(
    fieldLabel("load_apparent_power", lang),
    quantity(values.load_apparent_power, "VA", 0, lang),
  )}${fact(fieldLabel("load_percent", lang), quantity(values.load_percent, "%", 0, lang))}</dl>
<h3>${w.temperatures}</h3><ul class="tags">${TEMPERATURES.filter((key) => values[key] !== null).map(
    (key) => html`<li>${shortName(key, lang)} <b>${quantity(values[key] as number, "°C", 0, lang)}</b></li>`,
  )}</ul>
<h3>${w.relays}</h3><ul class="tags">${RELAYS.filter((key) => values[key] !== null).map(
    (key) =>
      html`<li class="${values[key] ? "on" : ""}">${shortName(key, lang)} <b>${values[key] ? w.closed : w.open}</b></li>`,
  )}</ul></section>`;
}

function figure(values: InverterValues, key: InverterKey, lang: PageModel["lang"]): string {
  const value = values[key];
  if (typeof value !== "number") return "–";
  const digits = decimals(INVERTER_SAMPLE_FIELDS[key]);
  return WITH_SIGN.includes(key) ? signed(value, digits, lang) : number(value, digits, lang);
}

/** All set error and warning bits in words, from every word of the machine. */
function faults(values: InverterValues, model: PageModel): Html {
  const w = words(model.lang);
  const { errors, warnings } = faultsOf(values);
  const line = (title: string, list: typeof errors, kind: string) => {
    if (list === null) return null;
    if (list.length === 0) return html`<li class="on">${title}: ${w.none}</li>`;
    return list.map((one) => html`<li class="${kind}">${title}: ${faultLabel(one, model.lang)}</li>`);
  };
  return html`<ul class="tags">${line(w.errors, errors, "critical")}${line(w.warnings, warnings, "warning")}</ul>`;
}

/** Under a heading that says "relays" or "temperatures" the name need not repeat it. */
function shortName(key: FieldKey, lang: PageModel["lang"]): string {
  const text = fieldLabel(key, lang).replace(/ (relay closed|temperature)$/, "");
  return text;
}

function keysEnding(suffix: string): InverterKey[] {
  return (Object.keys(INVERTER_SAMPLE_FIELDS) as InverterKey[]).filter((key) => key.endsWith(suffix));
}
