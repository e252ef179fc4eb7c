/** Samples of both devices as a made-up station has them: at a summer noon, in a quiet night. */
import { snapshotFromRaw } from "../../lib/codec/values.ts";
import { BMS_FIELDS, type BmsRaw, type BmsSample } from "../../lib/devices/bms/sample.ts";
import {
  INVERTER_SAMPLE_FIELDS,
  type InverterSampleRaw,
  type InverterValues,
} from "../../lib/devices/inverter/sample.ts";

type InverterRaw = { readonly [K in keyof InverterSampleRaw]?: number };

/** Engineering values from scaled integers; what is not named was not reported. */
export function inverterValues(raw: InverterRaw): InverterValues {
  return snapshotFromRaw(INVERTER_SAMPLE_FIELDS, raw);
}

/** A BMS sample; what is not named was not reported. */
export function bmsSample(raw: Partial<BmsRaw>, cells: readonly (number | null)[]): BmsSample {
  const empty = Object.fromEntries(Object.keys(BMS_FIELDS).map((key) => [key, null])) as unknown as BmsRaw;
  return { ...empty, ...raw, cells, good_answers: 5, bad_answers: 0 };
}

const RELAYS = {
  inverter_relay_closed: 1,
  load_relay_closed: 1,
  neutral_relay_closed: 1,
  dc_relay_closed: 1,
  earth_relay_closed: 0,
  charger_battery_relay_closed: 1,
};
const CALM = {
  inverter_errors_1: 0,
  inverter_errors_2: 0,
  inverter_errors_3: 0,
  inverter_warnings_1: 0,
  inverter_warnings_2: 0,
  charger_errors: 0,
  charger_warnings: 0,
  battery_voltage_grade: 48,
  energy_flow: 0,
};

export const SUMMER_NOON = inverterValues({
  ...RELAYS,
  ...CALM,
  work_state: 2,
  battery_voltage: 536,
  inverter_voltage: 2301,
  grid_voltage: 2278,
  bus_voltage: 4331,
  control_current: 12,
  inverter_current: 58,
  grid_current: 0,
  load_current: 58,
  inverter_power: 1246,
  grid_power: 0,
  load_power: 1246,
  load_percent: 25,
  load_apparent_power: 1334,
  inverter_frequency: 5000,
  grid_frequency: 4998,
  ac_radiator_temperature: 44,
  transformer_temperature: 51,
  dc_radiator_temperature: 47,
  charger_radiator_temperature: 49,
  grid_relay_closed: 0,
  pv_relay_closed: 1,
  charger_work_state: 2,
  mppt_state: 1,
  charge_stage: 1,
  pv_voltage: 1123,
  charger_battery_voltage: 537,
  pv_charge_current: 621,
  pv_power: 3334,
  battery_power: 2011,
  battery_current: 38,
  ongrid_switch: 0,
});

export const QUIET_NIGHT = inverterValues({
  ...RELAYS,
  ...CALM,
  work_state: 4,
  battery_voltage: 512,
  inverter_voltage: 2264,
  grid_voltage: 2264,
  bus_voltage: 4102,
  inverter_current: 3,
  grid_current: 17,
  load_current: 15,
  inverter_power: -21,
  grid_power: 371,
  load_power: 348,
  load_percent: 7,
  load_apparent_power: 402,
  inverter_frequency: 4999,
  grid_frequency: 4999,
  ac_radiator_temperature: 24,
  transformer_temperature: 27,
  dc_radiator_temperature: 23,
  charger_radiator_temperature: 21,
  grid_relay_closed: 1,
  pv_relay_closed: 0,
  charger_work_state: 3,
  mppt_state: 0,
  charge_stage: 0,
  pv_voltage: 42,
  charger_battery_voltage: 0,
  pv_charge_current: 0,
  pv_power: 0,
  charger_errors: 32,
  battery_power: 4,
  battery_current: 0,
  ongrid_switch: 1,
});

export const CELLS = [3352, 3350, 3351, 3349, 3353, 3350, 3347, 3351, 3352, 3338, 3350, 3351, 3361, 3350, 3349, 3351];

export const NOON_SAMPLE = bmsSample(
  {
    pack_voltage: 53604,
    battery_current: 37520,
    soc: 78,
    capacity: 280000,
    cycle_count: 412,
    cycle_capacity: 115360,
    mosfet_temperature: 360,
    battery_temperature_1: 270,
    battery_temperature_2: 280,
    warnings: 0,
    charge_mosfet_on: 1,
    discharge_mosfet_on: 1,
    balancing: 1,
    cell_count: 16,
  },
  CELLS,
);
