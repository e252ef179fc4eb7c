import { BMS_FIELDS, type BmsSample } from "../../lib/devices/bms/sample.ts";
import { INVERTER_SAMPLE_FIELDS, type InverterSampleRaw } from "../../lib/devices/inverter/sample.ts";
import type { Store } from "../../lib/store/database.ts";
import { saveBmsSample, saveInverterSample } from "../../lib/store/samples.ts";

/** Samples of a made-up off-grid house, every `step_s` from `from` to before `to`: sun from 6 to 18 UTC, 500 W of load, counters that add up. */
export function storeSunnyDays(store: Store, from: number, to: number, step_s = 60): void {
  store.write(() => {
    for (let at = from; at < to; at += step_s) {
      saveInverterSample(store, "inverter", at, { raw: inverterRaw(at) });
      saveBmsSample(store, "bms", at, packSample(at));
    }
  });
}

/** W of sun at a moment. */
export function sunAt(at: number): number {
  const hour = (at % 86_400) / 3600;
  return hour < 6 || hour > 18 ? 0 : Math.round(3000 * Math.sin(((hour - 6) / 12) * Math.PI));
}

const LOAD_W = 500;

/** Counter words (0.1 kWh): whole days of 22.9 kWh of sun, and what today adds. */
function sunCounter(at: number): number {
  const hour = Math.min(18, Math.max(6, (at % 86_400) / 3600));
  const today = (3 * 12 * (1 - Math.cos(((hour - 6) / 12) * Math.PI))) / Math.PI;
  return Math.floor(10 * (22.918 * Math.floor(at / 86_400) + today)) - 4_000_000;
}

function inverterRaw(at: number): InverterSampleRaw {
  const empty = Object.fromEntries(Object.keys(INVERTER_SAMPLE_FIELDS).map((key) => [key, 0]));
  const sun = sunAt(at);
  return {
    ...empty,
    work_state: 2,
    battery_voltage: 520,
    grid_voltage: 2300,
    grid_frequency: 5000,
    inverter_voltage: 2300,
    inverter_frequency: 5000,
    battery_voltage_grade: 48,
    pv_voltage: sun === 0 ? 0 : 1100,
    pv_power: sun,
    load_power: LOAD_W,
    battery_power: sun - LOAD_W,
    pv_energy: sunCounter(at),
    load_energy: Math.floor((LOAD_W * at) / 360_000),
    grid_import_energy: 1000,
    grid_export_energy: null,
  } as InverterSampleRaw;
}

function packSample(at: number): BmsSample {
  const empty = Object.fromEntries(Object.keys(BMS_FIELDS).map((key) => [key, null])) as unknown as BmsSample;
  return {
    ...empty,
    pack_voltage: 52_000,
    battery_current: Math.round((1_000_000 * (sunAt(at) - LOAD_W)) / 52_000),
    soc: 60,
    warnings: 0,
    charge_mosfet_on: 1,
    discharge_mosfet_on: 1,
    balancing: 0,
    cell_count: 16,
    mosfet_temperature: 300,
    cells: Array.from({ length: 16 }, (_, index) => 3250 + (index === 4 ? 9 : index === 11 ? -7 : 0)),
    good_answers: 5,
    bad_answers: 0,
  };
}
