/** From a stored sample to the plain record that every reader gets. Pure. */
import type { AnyValue, Field, Raw, Snapshot, Table } from "../codec/table.ts";
import { snapshotFromRaw, valueFromRaw } from "../codec/values.ts";
import { BMS_FIELDS, type BmsSample, type BmsValues, warningFlags } from "../devices/bms/sample.ts";
import { DERIVED_FROM, type DeriveContext, type Derived, derive, faultsOf } from "../devices/inverter/derived.ts";
import { INVERTER_SAMPLE_FIELDS, type InverterSampleRaw, type InverterValues } from "../devices/inverter/sample.ts";
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

/** Fields that a record has at once. All others are decoded when somebody asks: an hour has sixty records, one is looked into. */
const BMS_OWN = [
  ...["pack_voltage", "battery_current", "soc", "capacity", "mosfet_temperature"],
  ...["battery_temperature_1", "battery_temperature_2", "charge_mosfet_on", "discharge_mosfet_on"],
] as const satisfies readonly (keyof BmsValues)[];
const INVERTER_OWN = [
  ...["ongrid_switch", "work_state", "charge_stage", "grid_relay_closed", "pv_power", "load_power"],
  ...["battery_voltage", "battery_current", "grid_voltage", "grid_frequency", "pv_energy", "grid_import_energy"],
  ...["grid_export_energy", "load_energy", "grid_charge_energy", "discharge_energy"],
] as const satisfies readonly (keyof InverterValues)[];

/**
 * One BMS sample in engineering units. `doubts` are those stored with it; a sample of an earlier version passes the same limits here,
 * and adds what they find.
 */
export function bmsRecord({ at, device, sample: stored }: StoredBms, doubts: readonly Doubt[] = []): BmsInput {
  const { sample, doubts: found } = limitBms(stored);
  const values = once(() => snapshotFromRaw(BMS_FIELDS, sample));
  return {
    at,
    device,
    cells: sample.cells.map((mv) => (mv === null ? null : mv / 1000)),
    ...picked(BMS_FIELDS, sample, BMS_OWN),
    get warnings() {
      return warningFlags(sample);
    },
    good_answers: sample.good_answers,
    bad_answers: sample.bad_answers,
    get values() {
      return values();
    },
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
  const told = once(() => picked(INVERTER_SAMPLE_FIELDS, raw, DERIVED_FROM));
  const derived = once(() =>
    derive(told(), { ...(known.battery_class ? { grade: known.battery_class } : {}), ...gains }),
  );
  const faults = once(() => faultsOf(told()));
  const values = once(() => snapshotFromRaw(INVERTER_SAMPLE_FIELDS, raw));
  return {
    at,
    ...picked(INVERTER_SAMPLE_FIELDS, raw, INVERTER_OWN),
    get grid_power() {
      return derived().grid_net_power;
    },
    get grid_power_estimated() {
      return derived().grid_power_estimated;
    },
    get grid_estimate() {
      return derived().grid_estimate;
    },
    get inverter_temperature() {
      return derived().inverter_temperature;
    },
    get derived() {
      return derived();
    },
    get values() {
      return values();
    },
    get errors() {
      return faults().errors;
    },
    get warnings() {
      return faults().warnings;
    },
    battery_class: known.battery_class,
    rated_power: known.rated_power,
    ...withDoubts([...doubts, ...found]),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
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

/** Some fields of a sample in engineering units. */
function picked<T extends Table, K extends keyof T>(
  table: T,
  raw: Readonly<Partial<Record<keyof T, Raw>>>,
  keys: readonly K[],
): Pick<Snapshot<T>, K> {
  const values: Partial<Record<K, AnyValue>> = {};
  for (const key of keys) values[key] = valueFromRaw(table[key] as Field, raw[key] ?? null);
  return values as Pick<Snapshot<T>, K>;
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
