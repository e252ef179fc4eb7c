import type { AnyValue, Field, Raw, Table } from "../codec/table.ts";
import { valueFromRaw } from "../codec/values.ts";
import { BMS_DERIVED, bmsDerivedRaw } from "../devices/bms/derived-fields.ts";
import { BMS_FIELDS, type BmsSample } from "../devices/bms/sample.ts";
import type { Derived } from "../devices/inverter/derived.ts";
import { derivedRaw, INVERTER_DERIVED } from "../devices/inverter/derived-fields.ts";
import { INVERTER_SAMPLE_FIELDS, type InverterSample } from "../devices/inverter/sample.ts";

export type DeviceKind = "inverter" | "bms";

/** One sample of either device on its way out: scaled integers by field key, and the cells in mV (BMS only). */
export interface ExportRow {
  readonly at: number;
  readonly kind: DeviceKind;
  readonly device: string;
  readonly raw: Readonly<Record<string, Raw>>;
  readonly cells: readonly (number | null)[];
}

/** The fields that a sample of a kind of device is stored with. */
export const EXPORT_FIELDS: Readonly<Record<DeviceKind, Table>> = {
  inverter: INVERTER_SAMPLE_FIELDS,
  bms: BMS_FIELDS,
};

/** `derived`: of the record of this sample. */
export function inverterRow(at: number, device: string, sample: InverterSample, derived: Derived | null): ExportRow {
  return { at, kind: "inverter", device, raw: { ...sample.raw, ...(derived && derivedRaw(derived)) }, cells: [] };
}

export function bmsRow(at: number, device: string, sample: BmsSample): ExportRow {
  const { cells, good_answers: _good, bad_answers: _bad, ...raw } = sample;
  return { at, kind: "bms", device, raw: { ...raw, ...bmsDerivedRaw(sample) }, cells };
}

/** Values that no register or record holds. */
export const DERIVED_FIELDS: Readonly<Record<DeviceKind, Table>> = { inverter: INVERTER_DERIVED, bms: BMS_DERIVED };

/** The one list of what every format exports. */
const ALL_FIELDS: Readonly<Record<DeviceKind, Table>> = {
  inverter: { ...EXPORT_FIELDS.inverter, ...DERIVED_FIELDS.inverter },
  bms: { ...EXPORT_FIELDS.bms, ...DERIVED_FIELDS.bms },
};

/** Engineering value of one field of a row. */
export function rowValue(row: ExportRow, key: string): AnyValue {
  const field = ALL_FIELDS[row.kind][key];
  return field ? valueFromRaw(field, row.raw[key] ?? null) : null;
}

/** Rows of the tables without secrets, in their order. */
export function exportedFields(kind: DeviceKind): (readonly [string, Field])[] {
  return Object.entries(ALL_FIELDS[kind]).filter(([, field]) => field.role !== "secret");
}

/** `cell_01`: name of a cell's column, counted from 1. */
export function cellKey(number: number): string {
  return `cell_${String(number).padStart(2, "0")}`;
}
