import type { RawSnapshot, Snapshot, Table } from "../../codec/table.ts";
import { CHARGER_SETTINGS } from "../pv1800/charger-settings.ts";
import { CHARGER_STATUS, CHARGER_STATUS_IDENTITY } from "../pv1800/charger-status.ts";
import { type At, CALIBRATION, IDENTITY } from "../pv1800/identity.ts";
import { INVERTER_CHARGE_SETTINGS } from "../pv1800/inverter-charge-settings.ts";
import { INVERTER_OUTPUT_SETTINGS } from "../pv1800/inverter-settings.ts";
import { INVERTER_STATUS } from "../pv1800/inverter-status.ts";
import { INVERTER_FAULTS_AND_BATTERY, INVERTER_STATUS_IDENTITY, INVERTER_TOTALS } from "../pv1800/inverter-totals.ts";

/** What one stored sample of the inverter holds: live values, states, counters; one database column each. */
export const INVERTER_SAMPLE_FIELDS = {
  ...INVERTER_STATUS,
  ...INVERTER_FAULTS_AND_BATTERY,
  ...CHARGER_STATUS,
  ...INVERTER_TOTALS,
  ongrid_switch: INVERTER_OUTPUT_SETTINGS.ongrid_switch,
} as const satisfies Table<At>;

/** All rows of the two status blocks: the sample and the constants that anchor it. */
export const STATUS_FIELDS = {
  ...INVERTER_SAMPLE_FIELDS,
  ...CHARGER_STATUS_IDENTITY,
  ...INVERTER_STATUS_IDENTITY,
} as const satisfies Table<At>;

/** Those of them that the charger tells, which may be blank while the inverter is not. */
export const CHARGER_STATUS_FIELDS = { ...CHARGER_STATUS, ...CHARGER_STATUS_IDENTITY } as const satisfies Table<At>;

/** Settings, stored when they change. */
export const INVERTER_SETTING_FIELDS = {
  ...INVERTER_OUTPUT_SETTINGS,
  ...INVERTER_CHARGE_SETTINGS,
  ...CHARGER_SETTINGS,
} as const satisfies Table<At>;

/** Model, versions, serial numbers and calibration, stored when they change. */
export const INVERTER_IDENTITY_FIELDS = { ...IDENTITY, ...CALIBRATION } as const satisfies Table<At>;

/** Scaled integers of the two status blocks, signs normalised; null = not reported. */
export type StatusRaw = RawSnapshot<typeof STATUS_FIELDS>;
export type SettingsRaw = RawSnapshot<typeof INVERTER_SETTING_FIELDS>;
export type IdentityRaw = RawSnapshot<typeof INVERTER_IDENTITY_FIELDS>;
/** Scaled integers of what is stored per sample. */
export type InverterSampleRaw = RawSnapshot<typeof INVERTER_SAMPLE_FIELDS>;
/** One sample: scaled integers and, once it is stored, its UTC second. */
export interface InverterSample {
  readonly at?: number;
  readonly raw: InverterSampleRaw;
}
/** Engineering values of a sample. */
export type InverterValues = Snapshot<typeof INVERTER_SAMPLE_FIELDS>;

/** The part of a status that is stored. */
export function sampleOf(status: StatusRaw): InverterSampleRaw {
  const keys = Object.keys(INVERTER_SAMPLE_FIELDS) as (keyof InverterSampleRaw)[];
  return Object.fromEntries(keys.map((key) => [key, status[key]])) as InverterSampleRaw;
}
