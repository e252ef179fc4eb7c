import type { AnyValue, Table } from "../../codec/table.ts";
import { batteryPower, cellSpread } from "../../devices/bms/derived.ts";
import type { BmsSample } from "../../devices/bms/sample.ts";

/** Battery in and out, integrated from the samples: the BMS counts Ah, the energy dashboard needs kWh. */
export interface BatteryEnergy {
  /** Wh, + only. */
  readonly charge_wh: number;
  readonly discharge_wh: number;
}

export const BMS_DERIVED = {
  battery_power: { kind: "s32", div: 10, unit: "W", doc: "+ = charging", source: "derived" },
  cell_min_voltage: { kind: "u16", div: 1000, unit: "V", doc: "Lowest cell", source: "derived" },
  cell_min_number: { kind: "u8", role: "state", doc: "Number of the lowest cell", source: "derived" },
  cell_max_voltage: { kind: "u16", div: 1000, unit: "V", doc: "Highest cell", source: "derived" },
  cell_max_number: { kind: "u8", role: "state", doc: "Number of the highest cell", source: "derived" },
  cell_voltage_difference: { kind: "u16", div: 1000, unit: "V", doc: "Highest minus lowest", source: "derived" },
  cell_average_voltage: { kind: "u16", div: 1000, unit: "V", doc: "Mean of the cells", source: "derived" },
  charge_energy_estimated: {
    kind: "u32",
    div: 1000,
    unit: "kWh",
    role: "total",
    doc: "Energy into the battery, integrated from the samples",
    source: "derived",
  },
  discharge_energy_estimated: {
    kind: "u32",
    div: 1000,
    unit: "kWh",
    role: "total",
    doc: "Energy out of the battery, integrated from the samples",
    source: "derived",
  },
  good_answers: { kind: "u8", role: "diagnostic", doc: "Answers the sample was made of", source: "derived" },
  bad_answers: { kind: "u8", role: "diagnostic", doc: "Answers of the poll that were no good", source: "derived" },
} as const satisfies Table;

/** Engineering values of BMS_DERIVED. */
export function bmsDerived(
  sample: BmsSample,
  energy: BatteryEnergy | null,
): Readonly<Record<keyof typeof BMS_DERIVED, AnyValue>> {
  const cells = cellSpread(sample.cells);
  const volts = (mv: number | undefined) => (mv === undefined ? null : mv / 1000);
  return {
    battery_power: batteryPower(sample),
    cell_min_voltage: volts(cells?.min),
    cell_min_number: cells?.min_cell ?? null,
    cell_max_voltage: volts(cells?.max),
    cell_max_number: cells?.max_cell ?? null,
    cell_voltage_difference: volts(cells?.spread),
    cell_average_voltage: volts(cells?.average),
    charge_energy_estimated: energy === null ? null : energy.charge_wh / 1000,
    discharge_energy_estimated: energy === null ? null : energy.discharge_wh / 1000,
    good_answers: sample.good_answers,
    bad_answers: sample.bad_answers,
  };
}

/** Row of cell `number`, from 1. */
export function cellRow(number: number) {
  return {
    kind: "u16",
    div: 1000,
    unit: "V",
    label: `Cell ${String(number).padStart(2, "0")} voltage`,
    doc: `Cell ${number}`,
    source: "derived",
  } as const;
}

/** `cell_01`: key of a cell in the state JSON. */
export function cellKey(number: number): string {
  return `cell_${String(number).padStart(2, "0")}`;
}
