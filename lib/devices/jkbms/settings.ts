import type { AnyValue, Field, Raw, Table, WriteRule } from "../../codec/table.ts";
import { valueFromRaw } from "../../codec/values.ts";
import type { BmsSettings } from "../bms/settings.ts";
import { PB_DEVICE_INFO } from "./pb-device-info.ts";
import { PB_SETTINGS } from "./pb-settings.ts";
import { RECORDS } from "./records.ts";

/** What a JK board speaks: "4e57" (port setting 000) or "modbus" (port setting 001: PB series and others). */
export type Dialect = "4e57" | "modbus";

/** A row with a write rule. */
export type WritableField = Field & { readonly write: WriteRule };

const isKept = (field: Field) => field.role === "setting" || field.role === "identity";

/** Rows that describe how a BMS is set and what it is; secrets are not among them. The same key means the same in both dialects. */
export const SETTING_FIELDS: Readonly<Record<Dialect, Table>> = {
  "4e57": pickRows(RECORDS, isKept),
  modbus: { ...pickRows(PB_SETTINGS, isKept), ...pickRows(PB_DEVICE_INFO, isKept) },
};

/** Every row with a write rule, the `never` class included: the allow-list of every write path, one per dialect. */
export const WRITABLE_SETTINGS: Readonly<Record<Dialect, Readonly<Record<string, WritableField>>>> = {
  "4e57": pickRows(RECORDS, hasWrite) as Readonly<Record<string, WritableField>>,
  modbus: pickRows(PB_SETTINGS, hasWrite) as Readonly<Record<string, WritableField>>,
};

/** Settings from scaled integers; keys that are no settings are left out. */
export function settingsFromRaw(dialect: Dialect, raw: Readonly<Record<string, Raw>>): BmsSettings {
  const table = SETTING_FIELDS[dialect];
  const kept: Record<string, Raw> = {};
  const values: Record<string, AnyValue> = {};
  for (const [key, field] of Object.entries(table)) {
    kept[key] = raw[key] ?? null;
    values[key] = valueFromRaw(field, kept[key]);
  }
  return { dialect, raw: kept, values, identity: identityOf(dialect, kept) };
}

/** Of the model and on older boards the serial number, which 4E57 sends as one text behind 12 characters of the owner's. */
const MAKER = { model: /JK[_-].+$/, serial_number: /^BT\d{8,}$/ } as const;

/** Which board it is, from its scaled settings. */
export function identityOf(dialect: Dialect, raw: Readonly<Record<string, Raw>>): Readonly<Record<string, Raw>> {
  const table = SETTING_FIELDS[dialect];
  const rows = Object.keys(table).filter((key) => table[key]?.role === "identity" && key !== "cell_count");
  const told = Object.fromEntries(rows.map((key) => [key, raw[key] ?? null]));
  const maker = raw.manufacturer_id;
  if (typeof maker !== "string") return told;
  const found = Object.entries(MAKER).map(([key, form]) => [key, form.exec(maker)?.[0] ?? null]);
  return { ...told, ...Object.fromEntries(found) };
}

function hasWrite(field: Field): boolean {
  return field.write !== undefined;
}

function pickRows(table: Table, wanted: (field: Field) => boolean): Table {
  return Object.fromEntries(Object.entries(table).filter(([, field]) => wanted(field)));
}
