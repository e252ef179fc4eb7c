import type { Table } from "../codec/table.ts";
import { fieldName, valueFromRaw } from "../codec/values.ts";
import { BMS_FIELDS } from "../devices/bms/sample.ts";
import { INVERTER_SAMPLE_FIELDS } from "../devices/inverter/sample.ts";
import type { Doubt } from "../view/doubt.ts";
import { number, unit } from "./format.ts";
import { type Html, html } from "./html.ts";
import type { DoubtView, Lang, PageModel } from "./model.ts";
import { type FieldKey, fieldLabel, words } from "./words.ts";

const FIELDS: Table = { ...INVERTER_SAMPLE_FIELDS, ...BMS_FIELDS };
/** A doubted value may be any number: more digits than this help nobody. */
const MOST_DIGITS = 2;

/** "Transformer temperature: sent 200 °C, outside what is possible". For page, terminal and doctor. */
export function doubtText(doubt: Doubt, lang: Lang): string {
  const w = words(lang);
  const sent = sentText(doubt, lang);
  const reason = w[`doubt_${doubt.code}`];
  return `${doubtName(doubt.key, lang)}: ${sent === null ? "" : `${w.sent} ${sent}, `}${reason}`;
}

/** Name of the field or "Cell 7". */
function doubtName(key: string, lang: Lang): string {
  const cell = /^cell_0?(\d+)$/.exec(key)?.[1];
  if (cell !== undefined) return `${words(lang).cell} ${cell}`;
  if (Object.hasOwn(FIELDS, key)) return fieldLabel(key as FieldKey, lang);
  return fieldName(key, { kind: "u16", doc: "", source: "" });
}

/** What the device sent, in its unit; null where that says nothing to a person. */
function sentText({ key, raw }: Doubt, lang: Lang): string | null {
  if (raw === null || typeof raw === "string") return raw;
  if (/^cell_\d+$/.test(key)) return `${number(raw / 1000, 3, lang)}\u00a0${unit("V", lang)}`;
  const field = FIELDS[key];
  const value = field === undefined ? raw : valueFromRaw(field, raw);
  if (typeof value !== "number") return null;
  const digits = Number.isInteger(value) ? 0 : MOST_DIGITS;
  const sign = value < 0 ? "−" : "";
  const name = field !== undefined && "unit" in field && field.unit ? `\u00a0${unit(field.unit, lang)}` : "";
  return `${sign}${number(Math.abs(value), digits, lang)}${name}`;
}

/** The doubted values of a device as chips; null when every value is believed. */
export function doubtTags(doubts: readonly DoubtView[], model: PageModel): Html | null {
  if (doubts.length === 0) return null;
  const w = words(model.lang);
  return html`<ul class="tags doubts">${doubts.map((doubt) => html`<li class="warning">${w.not_believed}: ${doubtText(doubt, model.lang)}</li>`)}</ul>`;
}
