import type { Field, Range, Table, WriteRule } from "../codec/table.ts";
import { decimals, rawFromValue, rawFromWire, valueFromRaw, wireBits } from "../codec/values.ts";
import { INVERTER_KIND } from "../devices/index.ts";
import type { Speech } from "../words/index.ts";

/** Battery class of an inverter, V; ranges follow it. */
export type Grade = 12 | 24 | 48;

/** What a device's orders are checked against: its field table, the only list of what may be written. */
export interface OrderTable {
  readonly kind: "inverter" | "bms";
  readonly rows: Table;
  /** Short names that people use for a row. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Row of a raw register address; null: the device has no raw form. */
  readonly keyOfAddress: ReadonlyMap<number, string> | null;
  /** Rows that units in parallel must have alike at any time: a line that names no unit is for all of them. */
  readonly together: readonly string[];
  /** How a model that nobody has tried calls itself: it is read only. Absent = it is known, or has not told yet. */
  readonly unknown_model?: string;
  /** 48 where it means nothing. */
  readonly grade: Grade;
}

const ADDRESSES: ReadonlyMap<number, string> = new Map(
  Object.entries(INVERTER_KIND.orders as Table<{ addr: number }>).map(([key, field]) => [field.addr, key]),
);

const BMS_ALIASES = {
  charge_mosfet: "charge_mosfet_enabled",
  discharge_mosfet: "discharge_mosfet_enabled",
  balance: "balancer_enabled",
  balancer: "balancer_enabled",
} as const;

/** Orders of the inverter: by name, or by register address with raw words. */
export function inverterOrders(grade: Grade = 48, rows: Table = INVERTER_KIND.orders): OrderTable {
  return { kind: "inverter", rows, together: ["ongrid_switch"], aliases: {}, keyOfAddress: ADDRESSES, grade };
}

/** Orders of a BMS: by the names of its dialect. */
export function bmsOrders(rows: Table): OrderTable {
  return { kind: "bms", rows, together: [], aliases: BMS_ALIASES, keyOfAddress: null, grade: 48 };
}

/** Row behind a name or an alias; undefined when there is none. */
export function rowOf(table: OrderTable, name: string): { key: string; field: Field } | undefined {
  const key = Object.hasOwn(table.aliases, name) ? (table.aliases[name] as string) : name;
  const field = Object.hasOwn(table.rows, key) ? table.rows[key] : undefined;
  return field ? { key, field } : undefined;
}

/** Raw address of a row, or null. */
export function addressOf(table: OrderTable, key: string): number | null {
  const row = table.rows[key] as { readonly addr?: number } | undefined;
  return table.keyOfAddress && row?.addr !== undefined ? row.addr : null;
}

/** The canonical text of an order, in the form of the original's log: `20105=>1`, `charge_mosfet_enabled=>0`. */
export function orderText(table: OrderTable, key: string, raw: number): string {
  const wire = table.rows[key] ? unsigned(table.rows[key], raw) : raw;
  return `${addressOf(table, key) ?? key}=>${wire}`;
}

/** Value of a row for people: `5.0 A`, `off`, `sbu`. */
export function valueText(field: Field, raw: number): string {
  if (field.kind === "bool") return raw === 0 ? "off" : raw === 1 ? "on" : `${raw}`;
  if (field.kind === "enum") return String(valueFromRaw(field, raw));
  if (field.kind === "flags") return `0x${raw.toString(16)}`;
  const value = valueFromRaw(field, raw);
  const text = typeof value === "number" ? value.toFixed(decimals(field)) : String(value);
  return "unit" in field && field.unit ? `${text} ${field.unit}` : text;
}

/** Range that holds for this battery class, null when the row does not exist there, undefined when it has none. */
export function rangeOf(rule: WriteRule, grade: Grade): Range | null | undefined {
  const own = grade === 48 ? undefined : rule.by_grade?.[grade];
  return own === undefined ? rule.range : own;
}

/** What may be written, for programs: the range in the row's unit, or the values of a switch or choice by what they mean; null where there is none. */
export function limitsOf(table: OrderTable, field: Field) {
  if (!field.write || field.kind === "ascii") return { range: null, choices: null };
  if (field.kind === "bool") return { range: null, choices: { off: 0, on: 1 } };
  if (field.kind === "enum") {
    const choices = Object.entries(field.labels).map(([raw, label]) => [label, Number(raw)] as const);
    return { range: null, choices: Object.fromEntries(choices) };
  }
  return { range: rangeOf(field.write, table.grade) ?? null, choices: null };
}

/** What may be written, for people: `1.0 to 21.7 A (raw 10 to 217)`, `off (0), on (1)`, `sbu (1), sub (2)`. */
export function permittedText({ orders: { by_hand } }: Speech, table: OrderTable, field: Field): string {
  if (!field.write) return by_hand.nothing;
  if (field.kind === "bool") return "off (0), on (1)";
  if (field.kind === "enum") {
    return Object.entries(field.labels)
      .map(([raw, label]) => `${label} (${raw})`)
      .join(", ");
  }
  const range = rangeOf(field.write, table.grade);
  if (range === null) return by_hand.nothing_on(table.grade);
  if (!range || field.kind === "ascii") return by_hand.nothing;
  const places = decimals(field);
  const unit = "unit" in field && field.unit ? ` ${field.unit}` : "";
  const text = `${by_hand.span(range.min.toFixed(places), range.max.toFixed(places))}${unit}`;
  if (places === 0) return text;
  return `${text} (raw ${by_hand.span(String(rawFromValue(field, range.min)), String(rawFromValue(field, range.max)))})`;
}

/** Scaled integer of a raw register word as it stands in a line; null when the word means nothing there. */
export function rawOfWord(field: Field, word: number): number | null {
  return rawFromWire(field, word);
}

function unsigned(field: Field, raw: number): number {
  const value = "negate" in field && field.negate ? -raw : raw;
  return value < 0 ? value + 2 ** wireBits(field) : value;
}
