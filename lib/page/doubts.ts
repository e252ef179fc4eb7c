import type { Table } from "../codec/table.ts";
import { valueFromRaw } from "../codec/values.ts";
import { BMS_FIELDS } from "../devices/bms/sample.ts";
import { INVERTER_SAMPLE_FIELDS } from "../devices/inverter/sample.ts";
import type { Doubt } from "../view/doubt.ts";
import type { DoubtView } from "../view/live.ts";
import type { Speech } from "../words/index.ts";
import { type Html, html } from "./html.ts";
import type { PageModel } from "./model.ts";

const FIELDS: Table = { ...INVERTER_SAMPLE_FIELDS, ...BMS_FIELDS };
/** A doubted value may be any number: more digits than this help nobody. */
const MOST_DIGITS = 2;

/** "Transformer temperature: sent 200 °C, outside what is possible". For page, terminal and doctor. */
export function doubtText(doubt: Doubt, speech: Speech): string {
  return `${speech.field(doubt.key)}: ${doubtReason(doubt, speech)}`;
}

/** "sent 200 °C, outside what is possible", where the value was named before. */
export function doubtReason(doubt: Doubt, speech: Speech): string {
  const { page: w } = speech;
  const sent = sentText(doubt, speech);
  return `${sent === null ? "" : `${w.sent} ${sent}, `}${w[`doubt_${doubt.code}`]}`;
}

/** What the device sent, in its unit; null where that says nothing to a person. */
function sentText({ key, raw }: Doubt, { format: f }: Speech): string | null {
  if (raw === null || typeof raw === "string") return raw;
  if (/^cell_\d+$/.test(key)) return `${f.number(raw / 1000, 3)}\u00a0${f.unit("V")}`;
  const field = FIELDS[key];
  const value = field === undefined ? raw : valueFromRaw(field, raw);
  if (typeof value !== "number") return null;
  const digits = Number.isInteger(value) ? 0 : MOST_DIGITS;
  const sign = value < 0 ? "−" : "";
  const name = field !== undefined && "unit" in field && field.unit ? `\u00a0${f.unit(field.unit)}` : "";
  return `${sign}${f.number(Math.abs(value), digits)}${name}`;
}

/** The doubted values of a device as chips; null when every value is believed. */
export function doubtTags(doubts: readonly DoubtView[], model: PageModel): Html | null {
  if (doubts.length === 0) return null;
  const { page: w } = model.speech;
  return html`<ul class="tags doubts">${doubts.map((doubt) => html`<li class="warning">${w.not_believed}: ${doubtText(doubt, model.speech)}</li>`)}</ul>`;
}
