import type { AnyValue, Raw, Table } from "../../codec/table.ts";
import { valueFromRaw } from "../../codec/values.ts";
import { batteryPower, cellSpread, remainingCharge } from "./derived.ts";
import type { BmsSample } from "./sample.ts";

/** Values of a pack that no record holds, as rows of their own. */
// biome-ignore format: a row a line
export const BMS_DERIVED = {
  battery_power: { kind: "s32", div: 10, unit: "W", doc: "+ = charging", source: "derived" },
  charge_power: { kind: "u32", div: 10, unit: "W", doc: "Into the battery now, never negative", source: "derived" },
  discharge_power: { kind: "u32", div: 10, unit: "W", doc: "Out of the battery now, never negative", source: "derived" },
  cell_min_voltage: { kind: "u16", div: 1000, unit: "V", doc: "Lowest cell", source: "derived" },
  cell_min_number: { kind: "u8", role: "state", doc: "Number of the lowest cell", source: "derived" },
  cell_max_voltage: { kind: "u16", div: 1000, unit: "V", doc: "Highest cell", source: "derived" },
  cell_max_number: { kind: "u8", role: "state", doc: "Number of the highest cell", source: "derived" },
  cell_voltage_difference: { kind: "u16", div: 1000, unit: "V", doc: "Highest minus lowest", source: "derived" },
  cell_average_voltage: { kind: "u16", div: 1000, unit: "V", doc: "Mean of the cells", source: "derived" },
  remaining_capacity_estimated: { kind: "u32", div: 10, unit: "Ah", doc: "Charge left, from state of charge and capacity where the BMS does not tell it", source: "derived" },
  remaining_energy_estimated: { kind: "u32", div: 10, unit: "kWh", doc: "Energy left down to empty, at the mean voltage of a discharge", source: "derived" },
} as const satisfies Table;

type DerivedKey = keyof typeof BMS_DERIVED;

/** Scaled integers of BMS_DERIVED, beside those of a sample. */
export function bmsDerivedRaw(sample: BmsSample): Readonly<Record<DerivedKey, Raw>> {
  const cells = cellSpread(sample.cells);
  const power = batteryPower(sample);
  const left = remainingCharge(sample);
  const tenths = (value: number | null) => (value === null ? null : Math.round(value * 10));
  return {
    battery_power: tenths(power),
    charge_power: tenths(power && Math.max(0, power)),
    discharge_power: tenths(power && Math.max(0, -power)),
    cell_min_voltage: cells?.min ?? null,
    cell_min_number: cells?.min_cell ?? null,
    cell_max_voltage: cells?.max ?? null,
    cell_max_number: cells?.max_cell ?? null,
    cell_voltage_difference: cells?.spread ?? null,
    cell_average_voltage: cells === null ? null : Math.round(cells.average),
    remaining_capacity_estimated: sample.remaining_capacity === null ? tenths(left.charge) : null,
    remaining_energy_estimated: tenths(left.energy),
  };
}

/** Engineering values of BMS_DERIVED, as fine as its rows say: the same for every reader. */
export function bmsDerived(sample: BmsSample): Readonly<Record<DerivedKey, AnyValue>> {
  const raw = bmsDerivedRaw(sample);
  const values = Object.entries(BMS_DERIVED).map(([key, field]) => [key, valueFromRaw(field, raw[key as DerivedKey])]);
  return Object.fromEntries(values) as Readonly<Record<DerivedKey, AnyValue>>;
}
