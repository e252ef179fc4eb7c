/** Which records the rules believe at all. A record is taken whole or not at all. */
import type { BmsInput, InverterInput } from "../../view/record.ts";
import type { Parameters } from "./parameters.ts";

/** A record from further in the future than this comes from another clock, s. */
export const CLOCK_TOLERANCE_S = 120;
/** A BMS and an inverter record may be compared when not further apart, s. */
const PAIR_S = 180;

function outside(value: number | null, low: number, high: number): boolean {
  return value !== null && !(value >= low && value <= high);
}

/** Lowest and highest cell of an accepted record. */
export interface CellRange {
  readonly lowest: number;
  readonly lowest_cell: number;
  readonly highest: number;
  readonly highest_cell: number;
  readonly sum: number;
}

/** Lowest, highest (cell numbers from 1) and sum; null unless exactly `count` plausible cells are there. */
export function cellRange(cells: readonly (number | null)[], count: number): CellRange | null {
  if (cells.length !== count) return null;
  let lowest = 9;
  let highest = 0;
  let lowestCell = 0;
  let highestCell = 0;
  let sum = 0;
  for (let index = 0; index < count; index += 1) {
    const voltage = cells[index];
    if (voltage === null || voltage === undefined || !(voltage >= 2 && voltage <= 3.9)) return null;
    sum += voltage;
    if (voltage < lowest) {
      lowest = voltage;
      lowestCell = index + 1;
    }
    if (voltage > highest) {
      highest = voltage;
      highestCell = index + 1;
    }
  }
  return { lowest, lowest_cell: lowestCell, highest, highest_cell: highestCell, sum };
}

/** Why a BMS record is rejected, or null; `inverter` = the inverter record next to it in time, if any. */
export function rejectBms(
  record: BmsInput,
  cells: CellRange | null,
  inverter: InverterInput | null,
  parameters: Parameters,
): string | null {
  const count = parameters.cell_count;
  if (!cells) return `not exactly ${count} cells between 2.0 and 3.9 V`;
  if (record.battery_current === null) return "no battery current";
  if (outside(record.battery_current, -200, 200)) return `battery current ${record.battery_current} A`;
  if (outside(record.pack_voltage, 2.5 * count, 3.75 * count)) return `pack voltage ${record.pack_voltage} V`;
  if (outside(record.soc, 0, 100)) return `state of charge ${record.soc} %`;
  for (const temperature of [record.mosfet_temperature, record.battery_temperature_1, record.battery_temperature_2]) {
    if (outside(temperature, -30, 100)) return `temperature ${temperature} °C`;
  }
  const terminal = inverter?.battery_voltage ?? null;
  if (inverter && terminal !== null && Math.abs(inverter.at - record.at) <= PAIR_S) {
    const difference = Math.abs(cells.sum - terminal);
    if (difference > parameters.pack_tolerance) {
      return `sensors disagree: cells add up to ${cells.sum.toFixed(2)} V, the inverter reads ${terminal.toFixed(1)} V`;
    }
  }
  return null;
}

/** Why an inverter record is rejected, or null. */
export function rejectInverter(record: InverterInput): string | null {
  if (record.ongrid_switch === null) return "grid switch not known";
  if (outside(record.pv_power, 0, 5000)) return `PV power ${record.pv_power} W`;
  if (outside(record.load_power, 0, 6000)) return `load ${record.load_power} W`;
  if (outside(record.battery_voltage, 40, 62)) return `battery voltage ${record.battery_voltage} V`;
  if (outside(record.grid_voltage, 0, 280)) return `grid voltage ${record.grid_voltage} V`;
  return null;
}
