import { snapshotFromRaw } from "../../codec/values.ts";
import type { Config } from "../../config/schema.ts";
import { BMS_FIELDS, type BmsSample, warningFlags } from "../../jkbms/sample.ts";
import { derive, faultsOf } from "../../pv1800/derived.ts";
import { INVERTER_SAMPLE_FIELDS, type InverterSample } from "../../pv1800/registers.ts";
import type { Store } from "../../store/database.ts";
import { bmsSamples, inverterSamples, type Stored } from "../../store/samples.ts";
import type { BmsInput, InverterInput } from "../../view/record.ts";

/** Samples as the rules see them, oldest first. */
export interface Samples {
  /** Of all BMS units, by time. */
  readonly bms: readonly BmsInput[];
  readonly inverter: readonly InverterInput[];
}

/** Stored samples of all devices with from <= at < to. */
export function samplesBetween(store: Store, config: Config, from: number, to: number): Samples {
  const bms = config.bms.flatMap(({ name }) => bmsSamples(store, name, from, to).map(bmsInput));
  return {
    bms: bms.sort((a, b) => a.at - b.at),
    inverter: inverterSamples(store, config.inverter.name, from, to).map(inverterInput),
  };
}

/** One BMS sample in engineering units. */
export function bmsInput({ at, device, sample }: Stored<BmsSample>): BmsInput {
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
  };
}

/** One inverter sample in engineering units. */
export function inverterInput({ at, sample }: Stored<InverterSample>): InverterInput {
  const values = snapshotFromRaw(INVERTER_SAMPLE_FIELDS, sample.raw);
  const derived = derive(values);
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
    grid_power_estimated: derived.feed_in_corroborated === true ? negated(derived.grid_power_estimated) : null,
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
  };
}

/** The estimate has no direction of its own; corroborated feed-in is export, and + means import. */
function negated(power: number | null): number | null {
  return power === null ? null : -power;
}
