import type { Effect } from "../codec/effects.ts";
import type { Field } from "../codec/table.ts";
import { decimals, fieldName, valueFromRaw } from "../codec/values.ts";
import { POLLS } from "../devices/index.ts";
import type { OrderReason } from "../store/orders.ts";
import type { Speech } from "../words/index.ts";
import type { ReasonSubject } from "../words/order-values.ts";
import type { ReasonCode } from "../words/orders-en.ts";
import { type OrderTable, permittedText, rangeOf } from "./order-table.ts";

/** What an order's reason is about; its values become readable with it. */
export interface Subject {
  readonly table: OrderTable | undefined;
  readonly key: string | null;
}

type Values = Readonly<Record<string, string | number | boolean | null>>;
export type Reason = OrderReason<ReasonCode>;

/** A reason with its values. */
export function because(code: ReasonCode, values: Values = {}): Reason {
  return { ...values, code };
}

/** The sentence of a reason for people; null: there is none to say. */
export function reasonText(speech: Speech, reason: OrderReason | null, subject: Subject): string | null {
  return reason && sentence(speech, reason, about(speech, reason, subject));
}

/** The same for the one who typed the order: what may be written or is to be added, as it is typed. */
export function reasonForTypist(speech: Speech, reason: OrderReason | null, subject: Subject): string | null {
  const advice = reason && adviceOf(speech, reason, subject);
  const text = advice
    ? `${sentence(speech, reason, { ...about(speech, reason, subject), permitted: "" })}; ${advice}`
    : reasonText(speech, reason, subject);
  return text === null ? null : plain(text);
}

/** As it goes into logs, mails and terminals, where one looks for words. */
export function plain(text: string): string {
  return text.replaceAll("\u00a0", " ");
}

function sentence({ orders }: Speech, reason: OrderReason, subject: ReasonSubject): string {
  const isKnown = Object.hasOwn(orders.reasons, reason.code);
  const text = isKnown ? orders.reasons[reason.code as ReasonCode](reason, subject) : orders.other_reason;
  const count = typeof reason.changes === "number" ? orders.changes(reason.changes) : "";
  return [text, count].filter(Boolean).join("; ");
}

function about(speech: Speech, reason: OrderReason, { table, key }: Subject): ReasonSubject {
  const { orders, format } = speech;
  const field = fieldOf(table, key);
  return {
    name: key === null ? orders.it : orders.quoted(settingName(speech, key, field)),
    value: (name) => {
      const value = settingValue(speech, field, reason[name] ?? null);
      return isWord(field) ? orders.quoted(value) : value;
    },
    permitted: table && field ? permittedWords(speech, table, field) : "",
    guard: guardWords(speech, reason),
    trouble: troubleWords(speech, reason),
    duration: format.duration,
  };
}

/** Its values are words, which a sentence sets off. */
function isWord(field: Field | undefined): boolean {
  return field?.kind === "bool" || field?.kind === "enum";
}

function fieldOf(table: OrderTable | undefined, key: string | null): Field | undefined {
  return table && key !== null && Object.hasOwn(table.rows, key) ? table.rows[key] : undefined;
}

/** Name of a setting as the owner knows it from Home Assistant. */
export function settingName({ entity }: Speech, key: string, field: Field | undefined): string {
  return entity(key, field ? fieldName(key, field) : key.replaceAll("_", " "));
}

/** A scaled integer of a setting in words: "5.0 A", "off", "solar first". */
export function settingValue(speech: Speech, field: Field | undefined, raw: Values[string]): string {
  const { orders, format, state } = speech;
  if (raw === null) return orders.value_unknown;
  if (!field || typeof raw !== "number") return String(raw);
  if (field.kind === "bool" && (raw === 0 || raw === 1)) return raw === 1 ? orders.on : orders.off;
  if (field.kind === "enum") return state(String(valueFromRaw(field, raw)));
  const value = valueFromRaw(field, raw);
  if (field.kind === "flags" || typeof value !== "number") return format.number(raw);
  return amount(speech, field, value);
}

function amount({ format }: Speech, field: Field, value: number): string {
  const unit = "unit" in field ? field.unit : undefined;
  return unit ? format.quantity(value, unit, decimals(field)) : format.number(value, decimals(field));
}

function permittedWords(speech: Speech, table: OrderTable, field: Field): string {
  const { orders, state } = speech;
  if (field.kind === "bool") return orders.choice([orders.off, orders.on]);
  if (field.kind === "enum") return orders.choice(Object.values(field.labels).map((label) => state(label)));
  const range = field.write && rangeOf(field.write, table.grade);
  return range ? orders.range(amount(speech, field, range.min), amount(speech, field, range.max)) : "";
}

function guardWords({ guards, orders }: Speech, { guard, value = null, threshold = null }: Values): string {
  const make = Object.hasOwn(guards, String(guard)) ? guards[String(guard) as keyof typeof guards] : null;
  return make ? make(seen(value), seen(threshold)) : orders.nobody_knows;
}

function seen(value: Values[string]): number | string | null {
  return typeof value === "boolean" ? null : value;
}

function troubleWords({ orders }: Speech, { trouble, exception }: Values): string {
  const text = orders.troubles[String(trouble)] ?? orders.troubles.unclear ?? "";
  const why = orders.exceptions[String(exception)];
  return why === undefined ? text : `${text} (${why})`;
}

/** What is typed to be allowed, exactly; null: nothing would help. */
function adviceOf(speech: Speech, reason: OrderReason, { table, key }: Subject): string | null {
  const { advice, effects } = speech.orders;
  const field = fieldOf(table, key);
  switch (reason.code as ReasonCode) {
    case "no_raw_word":
    case "no_meaning":
    case "no_value_of":
    case "not_whole":
    case "neither_off_nor_on":
    case "no_label":
    case "out_of_range":
    case "lease_not_returnable":
      return table && field ? advice.permitted(permittedText(speech, table, field)) : null;
    case "no_such_name":
      return typeof reason.near === "string" ? advice.near(reason.near) : null;
    case "address_not_writable":
    case "not_writable":
      return advice.list();
    case "unit_missing":
      return advice.units(String(reason.units));
    case "unknown_model":
      return advice.trace(POLLS.inverter);
    case "locked":
    case "several_switches":
      return advice.unlock(String(key), effects[reason.effect as Effect] ?? null);
    case "unconfirmed":
      return advice.confirm();
    case "write_cap":
      return reason.scope === "file" ? advice.free() : advice.limit(LIMIT_KEYS[String(reason.scope)] ?? DEVICE_LIMIT);
    default:
      return null;
  }
}

const DEVICE_LIMIT = "orders.daily_device_writes";
const LIMIT_KEYS: Readonly<Record<string, string>> = {
  setting: "orders.daily_writes",
  mqtt: "orders.daily_mqtt_writes",
};
