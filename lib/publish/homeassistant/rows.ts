import type { AnyValue, Field, Raw, Table } from "../../codec/table.ts";
import { snapshotFromRaw, valueFromRaw } from "../../codec/values.ts";
import { BMS_DERIVED, bmsDerived } from "../../devices/bms/derived-fields.ts";
import { BMS_FIELDS, type BmsSample, PASSWORD_ALARM_BIT } from "../../devices/bms/sample.ts";
import { type Derived, faultsOf } from "../../devices/inverter/derived.ts";
import { derivedValues, INVERTER_DERIVED } from "../../devices/inverter/derived-fields.ts";
import {
  INVERTER_SAMPLE_FIELDS,
  INVERTER_SETTING_FIELDS,
  type InverterSample,
  type InverterValues,
} from "../../devices/inverter/sample.ts";
import { inverterRecord } from "../../view/records.ts";
import { type BatteryEnergy, cellKey, cellRow, POLL_ROWS, pollValues } from "./battery-rows.ts";
import type { Group } from "./entities.ts";

/** One row to publish with its present engineering value; null = unknown now. */
export interface Row {
  readonly key: string;
  readonly field: Field;
  readonly group: Group;
  readonly value: AnyValue;
}

/** kWh counters as the plausibility guard lets them through, by key; a key that is missing keeps the sample's value. */
export type GuardedTotals = Readonly<Record<string, number | null>>;

/** All rows of the inverter; `settings` are scaled integers, null when nothing recent was read; `derived` as the record of the sample has it. */
export function inverterRows(
  sample: InverterSample | null,
  settings: Readonly<Record<string, Raw>> | null,
  totals: GuardedTotals = {},
  settingFields: Table = INVERTER_SETTING_FIELDS,
  derived: Derived | null = sample && (inverterRecord({ at: 0, sample }).derived ?? null),
): Row[] {
  const values = sample && snapshotFromRaw(INVERTER_SAMPLE_FIELDS, sample.raw);
  const live = values && withoutNight(values);
  return [
    ...tableRows(INVERTER_SAMPLE_FIELDS, "live", live && { ...live, ...totals }),
    ...tableRows(INVERTER_DERIVED, "live", derived && derivedValues(derived)),
    ...tableRows(settingFields, "settings", settings && decoded(settingFields, settings)),
  ];
}

/** All rows of a BMS. `table` holds the settings of its dialect; `cells` is how many cells it is known to have. */
export function bmsRows(
  sample: BmsSample | null,
  cells: number,
  settings: { readonly table: Table; readonly raw: Readonly<Record<string, Raw>> | null },
  energy: BatteryEnergy | null,
): Row[] {
  const live = sample && { ...decoded(BMS_FIELDS, sample as unknown as Readonly<Record<string, Raw>>) };
  const alarms = live?.alarms as readonly { bit: number }[] | null | undefined;
  if (live && alarms) live.alarms = alarms.filter(({ bit }) => bit !== PASSWORD_ALARM_BIT) as unknown as AnyValue;
  const numbers = Array.from({ length: cells }, (_, index) => index + 1);
  return [
    ...tableRows(BMS_FIELDS, "live", live),
    ...tableRows(BMS_DERIVED, "live", sample && bmsDerived(sample)),
    ...tableRows(POLL_ROWS, "live", sample && pollValues(sample, energy)),
    ...numbers.map((number): Row => {
      const mv = sample?.cells[number - 1] ?? null;
      return { key: cellKey(number), field: cellRow(number), group: "live", value: mv === null ? null : mv / 1000 };
    }),
    ...tableRows(settings.table, "settings", settings.raw && decoded(settings.table, settings.raw)).filter(
      // What a sample tells anyway (capacity, cell count) is not told twice.
      ({ key }) => !Object.hasOwn(BMS_FIELDS, key),
    ),
  ];
}

/** "PV voltage low" of the charger at night is no fault, and must not turn its problem sensor on. */
function withoutNight(values: InverterValues): InverterValues {
  const errors = faultsOf(values).errors;
  if (values.charger_errors === null || errors === null) return values;
  const kept = new Set(errors.filter(({ word }) => word === "charger_errors").map(({ bit }) => bit));
  return { ...values, charger_errors: values.charger_errors.filter(({ bit }) => kept.has(bit)) };
}

function tableRows(table: Table, group: Group, values: Readonly<Record<string, AnyValue>> | null): Row[] {
  return Object.entries(table)
    .filter(([, field]) => field.role !== "secret" && field.role !== "command")
    .map(([key, field]) => ({ key, field, group, value: values?.[key] ?? null }));
}

function decoded(table: Table, raw: Readonly<Record<string, Raw>>): Record<string, AnyValue> {
  return Object.fromEntries(Object.entries(table).map(([key, field]) => [key, valueFromRaw(field, raw[key] ?? null)]));
}
