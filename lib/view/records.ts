/** From a stored sample to the plain record that every reader gets. Pure. */
import { snapshotFromRaw } from "../codec/values.ts";
import { BMS_FIELDS, type BmsSample, warningFlags } from "../devices/bms/sample.ts";
import { type DeriveContext, type Derived, derive, faultsOf } from "../devices/inverter/derived.ts";
import { INVERTER_SAMPLE_FIELDS, type InverterSampleRaw } from "../devices/inverter/sample.ts";
import { asBatteryClass } from "./battery-class.ts";
import type { Doubt } from "./doubt.ts";
import { limitBms } from "./judge-bms.ts";
import { limitInverter } from "./judge-inverter.ts";
import type { Machine } from "./limits.ts";
import type { BmsInput, InverterInput } from "./record.ts";

/** A sample as it is stored. */
export interface StoredBms {
  readonly at: number;
  readonly device: string;
  readonly sample: BmsSample;
}

/** An inverter sample as it is stored. */
export interface StoredInverter {
  readonly at: number;
  readonly sample: { readonly raw: InverterSampleRaw };
}

/**
 * One BMS sample in engineering units. `doubts` are those stored with it; a sample of an earlier version passes the same limits here,
 * and adds what they find.
 */
export function bmsRecord({ at, device, sample: stored }: StoredBms, doubts: readonly Doubt[] = []): BmsInput {
  const { sample, doubts: found } = limitBms(stored);
  const values = snapshotFromRaw(BMS_FIELDS, sample);
  return {
    at,
    device,
    cells: sample.cells.map((mv) => (mv === null ? null : mv / 1000)),
    pack_voltage: values.pack_voltage,
    battery_current: values.battery_current,
    soc: values.soc,
    capacity: values.capacity,
    mosfet_temperature: values.mosfet_temperature,
    battery_temperature_1: values.battery_temperature_1,
    battery_temperature_2: values.battery_temperature_2,
    warnings: warningFlags(sample),
    charge_mosfet_on: values.charge_mosfet_on,
    discharge_mosfet_on: values.discharge_mosfet_on,
    good_answers: sample.good_answers,
    bad_answers: sample.bad_answers,
    values,
    ...withDoubts([...doubts, ...found]),
  };
}

/** What an inverter record needs beside its sample. */
export interface InverterRecordOptions {
  readonly doubts?: readonly Doubt[];
  /** Remembered of the machine, for samples that do not tell class or rating themselves. */
  readonly machine?: Pick<Machine, "battery_class" | "rated_power"> | null;
  /** kWh by which the sold and the bought counter rose in the last minutes. */
  readonly gains?: Pick<DeriveContext, "exported_since" | "imported_since">;
}

/** One inverter sample in engineering units; otherwise as bmsRecord. */
export function inverterRecord(
  { at, sample }: StoredInverter,
  { doubts = [], machine = null, gains = {} }: InverterRecordOptions = {},
): InverterInput & { readonly derived: Derived } {
  const known = machineOfSample(sample.raw, machine);
  const { raw, doubts: found } = limitInverter(sample.raw as unknown as Readonly<Record<string, number | null>>, known);
  const values = snapshotFromRaw(INVERTER_SAMPLE_FIELDS, raw);
  const derived = derive(values, { ...(known.battery_class ? { grade: known.battery_class } : {}), ...gains });
  const { errors, warnings } = faultsOf(values);
  return {
    at,
    ongrid_switch: values.ongrid_switch,
    work_state: values.work_state,
    charge_stage: values.charge_stage,
    grid_relay_closed: values.grid_relay_closed,
    pv_power: values.pv_power,
    load_power: values.load_power,
    grid_power: derived.grid_net_power,
    grid_power_estimated: derived.grid_power_estimated,
    grid_estimate: derived.grid_estimate,
    derived,
    values,
    battery_voltage: values.battery_voltage,
    battery_current: values.battery_current,
    grid_voltage: values.grid_voltage,
    grid_frequency: values.grid_frequency,
    inverter_temperature: derived.inverter_temperature,
    errors,
    warnings,
    pv_energy: values.pv_energy,
    grid_import_energy: values.grid_import_energy,
    grid_export_energy: values.grid_export_energy,
    load_energy: values.load_energy,
    grid_charge_energy: values.grid_charge_energy,
    discharge_energy: values.discharge_energy,
    battery_class: known.battery_class,
    rated_power: known.rated_power,
    ...withDoubts([...doubts, ...found]),
  };
}

/** Class and rating for a stored sample: its own words first, then what is remembered of the machine. */
export function machineOfSample(
  raw: { readonly battery_voltage_grade: unknown; readonly rated_power: unknown },
  remembered: Pick<Machine, "battery_class" | "rated_power"> | null,
): Machine {
  return {
    battery_class: asBatteryClass(raw.battery_voltage_grade) ?? remembered?.battery_class ?? null,
    rated_power:
      typeof raw.rated_power === "number" && raw.rated_power > 0 ? raw.rated_power : (remembered?.rated_power ?? null),
    charger_current: null,
    cell_count: null,
  };
}

function withDoubts(doubts: readonly Doubt[]): { readonly doubts?: readonly Doubt[] } {
  return doubts.length === 0 ? {} : { doubts };
}

/** Counters as they stood at a time, kWh. */
export interface SoldAndBought {
  readonly at: number;
  readonly grid_export_energy: number | null;
  readonly grid_import_energy: number | null;
}

/** Minutes of counters that tell the direction of an estimate: 400 W count 0.1 kWh in a quarter of an hour. */
export const GAIN_WINDOW_S = 1200;

/** How far the counters rose in the window before (and with) `now`; `earlier` in any order. Null where nothing can be said. */
export function counterGains(
  now: SoldAndBought,
  earlier: readonly SoldAndBought[],
): { readonly exported_since: number | null; readonly imported_since: number | null } {
  const window = earlier.filter(({ at }) => at < now.at && at >= now.at - GAIN_WINDOW_S);
  const gain = (key: "grid_export_energy" | "grid_import_energy") => {
    const end = now[key];
    const known = window.map((one) => one[key]).filter((value) => value !== null);
    if (end === null || known.length === 0) return null;
    return Math.max(0, end - Math.min(...known));
  };
  return { exported_since: gain("grid_export_energy"), imported_since: gain("grid_import_energy") };
}
