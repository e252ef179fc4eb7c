import type { AnyValue, Flag } from "../codec/table.ts";
import { cellSpread } from "../jkbms/derived.ts";
import { type ExportRow, rowValue } from "./rows.ts";

/**
 * The four JSON files that the original Solar-Station scripts kept in /tmp, so that a Zabbix item or page written for them finds its
 * values. `known`: the key is documented by the original; the others follow its manner and are our best guess, to be renamed in
 * the configuration (`export.original_names`).
 */
export type OriginalFile = "jkbms_last.json" | "inverter_last.json" | "inverter_cfg.json" | "inverter_accum.json";

interface OriginalKey {
  /** Key in the original's file. */
  readonly name: string;
  readonly known?: true;
}

/** Our key to the original's, one table a file. */
export const ORIGINAL_KEYS = {
  "jkbms_last.json": {
    pack_voltage: { name: "voltage" },
    battery_current: { name: "current" },
    soc: { name: "soc" },
    capacity: { name: "capacity" },
    cycle_count: { name: "cycles" },
    mosfet_temperature: { name: "temp_mos" },
    battery_temperature_1: { name: "temp_1" },
    battery_temperature_2: { name: "temp_2" },
    warnings: { name: "warnings" },
    charge_mosfet_on: { name: "chg_on" },
    discharge_mosfet_on: { name: "dis_on" },
    balancing: { name: "bal_on" },
    charge_mosfet_enabled: { name: "chg_sw", known: true },
    discharge_mosfet_enabled: { name: "dis_sw" },
    balancer_enabled: { name: "bal_sw" },
    cell_overvoltage_limit: { name: "OVP", known: true },
    cell_overvoltage_recovery: { name: "OVP_recv", known: true },
    cell_undervoltage_limit: { name: "UVP" },
    cell_undervoltage_recovery: { name: "UVP_recv" },
    cells: { name: "cells" },
    cell_min: { name: "v_min" },
    cell_max: { name: "v_max" },
  },
  "inverter_last.json": {
    pv_voltage: { name: "PV_volt", known: true },
    charger_battery_voltage: { name: "charger_volt" },
    pv_charge_current: { name: "charger_current" },
    pv_power: { name: "charger_power" },
    charger_radiator_temperature: { name: "charger_temp" },
    charger_work_state: { name: "charger_state" },
    mppt_state: { name: "mppt_state" },
    charge_stage: { name: "charge_stage" },
    charger_errors: { name: "charger_errors" },
    work_state: { name: "work_state" },
    battery_voltage: { name: "batt_volt" },
    battery_current: { name: "batt_current" },
    battery_power: { name: "batt_power" },
    bus_voltage: { name: "bus_volt" },
    inverter_voltage: { name: "inv_volt" },
    inverter_current: { name: "inv_current" },
    inverter_power: { name: "inv_power" },
    inverter_frequency: { name: "inv_freq" },
    grid_voltage: { name: "grid_volt" },
    grid_current: { name: "grid_current" },
    grid_power: { name: "grid_power" },
    grid_frequency: { name: "grid_freq" },
    load_current: { name: "load_current" },
    load_power: { name: "load_power" },
    load_apparent_power: { name: "load_S" },
    load_reactive_power: { name: "load_Q" },
    load_percent: { name: "load_percent" },
    ac_radiator_temperature: { name: "AC_temp" },
    transformer_temperature: { name: "transformer_temp" },
    dc_radiator_temperature: { name: "DC_temp" },
    inverter_errors_1: { name: "errors_1" },
    inverter_errors_2: { name: "errors_2" },
    inverter_warnings_1: { name: "warnings_1" },
  },
  "inverter_cfg.json": {},
  "inverter_accum.json": {
    pv_energy: { name: "accu_charger_power" },
    grid_charge_energy: { name: "accu_grid_charge_power" },
    discharge_energy: { name: "accu_discharger_power" },
    grid_import_energy: { name: "accu_buy_power", known: true },
    grid_export_energy: { name: "accu_sell_power" },
    load_energy: { name: "accu_load_power" },
    self_use_energy: { name: "accu_self_use_power" },
    pv_export_energy: { name: "accu_pv_sell_power" },
    grid_charger_energy: { name: "accu_grid_charger_power" },
  },
} as const satisfies Readonly<Record<OriginalFile, Readonly<Record<string, OriginalKey>>>>;

export interface OriginalInput {
  /** Fresh rows, or null: then the file is left as it is, so that its age tells of the silence as it did. */
  readonly bms: ExportRow | null;
  readonly inverter: ExportRow | null;
  /** Settings in engineering values by our keys; null = never read. */
  readonly bms_settings: Readonly<Record<string, AnyValue>> | null;
  readonly inverter_settings: Readonly<Record<string, AnyValue>> | null;
  /** Register of each setting: inverter_cfg.json is keyed by it as well. */
  readonly setting_addresses: Readonly<Record<string, number>>;
  /** The owner's names for our keys. */
  readonly names: Readonly<Record<string, string>>;
  /** Local time "YYYY-MM-DD HH:MM:SS" of a moment. */
  readonly local: (at: number) => string;
}

/** The files to write; one without fresh data is absent. */
export function originalFiles(input: OriginalInput): Partial<Record<OriginalFile, string>> {
  const files: Partial<Record<OriginalFile, string>> = {};
  const { bms, inverter } = input;
  if (bms) {
    const values = { ...bmsValues(bms), ...input.bms_settings };
    files["jkbms_last.json"] = fileText("jkbms_last.json", bms.at, values, input);
  }
  if (inverter) {
    const value = (key: string) => plain(rowValue(inverter, key));
    for (const file of ["inverter_last.json", "inverter_accum.json"] as const) {
      const values = Object.fromEntries(Object.keys(ORIGINAL_KEYS[file]).map((key) => [key, value(key)]));
      files[file] = fileText(file, inverter.at, values, input);
    }
    if (input.inverter_settings) files["inverter_cfg.json"] = settingsText(inverter.at, input.inverter_settings, input);
  }
  return files;
}

function bmsValues(row: ExportRow): Record<string, unknown> {
  const spread = cellSpread(row.cells);
  const fields = Object.keys(row.raw).map((key) => [key, plain(rowValue(row, key))]);
  return {
    ...Object.fromEntries(fields),
    cells: row.cells.map((mv) => (mv === null ? null : mv / 1000)),
    cell_min: spread ? spread.min / 1000 : null,
    cell_max: spread ? spread.max / 1000 : null,
  };
}

function fileText(file: OriginalFile, at: number, values: Readonly<Record<string, unknown>>, input: OriginalInput) {
  const renamed = Object.entries(ORIGINAL_KEYS[file] as Readonly<Record<string, OriginalKey>>).map(
    ([key, { name }]) => [input.names[key] ?? name, values[key] ?? null] as const,
  );
  return `${JSON.stringify({ timestamp: input.local(at), time: at, ...Object.fromEntries(renamed) }, null, 1)}\n`;
}

/** Settings by our names, and once more by register number, as the command file takes them. */
function settingsText(at: number, settings: Readonly<Record<string, AnyValue>>, input: OriginalInput): string {
  const out: Record<string, unknown> = { timestamp: input.local(at), time: at };
  for (const [key, value] of Object.entries(settings)) {
    out[input.names[key] ?? key] = plain(value);
    const address = input.setting_addresses[key];
    if (address !== undefined) out[String(address)] = plain(value);
  }
  return `${JSON.stringify(out, null, 1)}\n`;
}

/** Bits as a list of words; the original had texts there too. */
function plain(value: AnyValue): unknown {
  if (!Array.isArray(value)) return value;
  return (value as readonly Flag[]).map(({ bit, label }) => label ?? `reserved_bit_${bit}`);
}
