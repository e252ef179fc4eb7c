/** Samples as alerts see them: absurd values left out and named, cells ranked. Missing is null. */
import type { BmsInput, InverterInput } from "../../view/record.ts";

/** A sample dated further ahead than this is not fresh but wrong, s. */
export const FUTURE_TOLERANCE_S = 120;

/** Outside these a value is an artefact, not a state of a plant. Wider than any alert threshold. */
export const PLAUSIBLE = {
  cell: { min: 1, max: 4.5 },
  pack_voltage: { min: 8, max: 70 },
  battery_current: { min: -500, max: 500 },
  soc: { min: 0, max: 100 },
  capacity: { min: 5, max: 2000 },
  temperature: { min: -40, max: 130 },
  battery_voltage: { min: 8, max: 70 },
  power: { min: -30_000, max: 30_000 },
  grid_voltage: { min: 0, max: 300 },
  grid_frequency: { min: 0, max: 75 },
} as const;

export interface CellValue {
  /** Counted from 1. */
  readonly cell: number;
  readonly voltage: number;
}

/** A BMS sample without its absurd values; `excluded` names each with what was sent. */
export interface BmsView extends Omit<BmsInput, "cells"> {
  readonly lowest: CellValue | null;
  readonly highest: CellValue | null;
  readonly spread: number | null;
  readonly cell_sum: number | null;
  readonly excluded: readonly string[];
}

/** An inverter sample without its absurd values. */
export interface InverterView extends InverterInput {
  readonly excluded: readonly string[];
}

type Range = { readonly min: number; readonly max: number };

function sieve(excluded: string[]): (name: string, value: number | null, range: Range) => number | null {
  return (name, value, range) => {
    if (value === null) return null;
    if (Number.isFinite(value) && value >= range.min && value <= range.max) return value;
    excluded.push(`${name} ${value}`);
    return null;
  };
}

/** Cleans one BMS sample. A missing cell is named too: a ranking over the rest may hide the worst one. */
export function viewBms(sample: BmsInput): BmsView {
  const excluded: string[] = [];
  const keep = sieve(excluded);
  const cells: CellValue[] = [];
  for (const [index, value] of sample.cells.entries()) {
    if (value === null) excluded.push(`cell ${index + 1} missing`);
    const voltage = keep(`cell ${index + 1}`, value, PLAUSIBLE.cell);
    if (voltage !== null) cells.push({ cell: index + 1, voltage });
  }
  if (sample.cells.length === 0) excluded.push("no cells");
  let lowest: CellValue | null = null;
  let highest: CellValue | null = null;
  for (const cell of cells) {
    if (lowest === null || cell.voltage < lowest.voltage) lowest = cell;
    if (highest === null || cell.voltage > highest.voltage) highest = cell;
  }
  return {
    ...sample,
    lowest,
    highest,
    spread: lowest !== null && highest !== null && cells.length > 1 ? highest.voltage - lowest.voltage : null,
    cell_sum: cells.length === sample.cells.length ? cells.reduce((sum, cell) => sum + cell.voltage, 0) : null,
    pack_voltage: keep("pack voltage", sample.pack_voltage, PLAUSIBLE.pack_voltage),
    battery_current: keep("current", sample.battery_current, PLAUSIBLE.battery_current),
    soc: keep("SoC", sample.soc, PLAUSIBLE.soc),
    capacity: keep("capacity", sample.capacity, PLAUSIBLE.capacity),
    mosfet_temperature: keep("MOSFET temperature", sample.mosfet_temperature, PLAUSIBLE.temperature),
    battery_temperature_1: keep("battery temperature 1", sample.battery_temperature_1, PLAUSIBLE.temperature),
    battery_temperature_2: keep("battery temperature 2", sample.battery_temperature_2, PLAUSIBLE.temperature),
    excluded,
  };
}

/**
 * Cleans one inverter sample. An inverter without a battery voltage cannot be running: such a sample (all registers zero, as a
 * wedged one sends) is void as a whole, and every measured value of it becomes null.
 */
export function viewInverter(sample: InverterInput): InverterView {
  const excluded: string[] = [];
  const keep = sieve(excluded);
  const battery_voltage = keep("battery voltage", sample.battery_voltage, PLAUSIBLE.battery_voltage);
  if (sample.battery_voltage !== null && battery_voltage === null)
    return { ...VOID_INVERTER, at: sample.at, excluded: [`whole sample (${excluded.join(", ")})`] };
  return {
    ...sample,
    battery_voltage,
    battery_current: keep("battery current", sample.battery_current, PLAUSIBLE.battery_current),
    pv_power: keep("PV power", sample.pv_power, PLAUSIBLE.power),
    load_power: keep("load power", sample.load_power, PLAUSIBLE.power),
    grid_power: keep("grid power", sample.grid_power, PLAUSIBLE.power),
    grid_power_estimated: keep("estimated grid power", sample.grid_power_estimated, PLAUSIBLE.power),
    grid_voltage: keep("grid voltage", sample.grid_voltage, PLAUSIBLE.grid_voltage),
    grid_frequency: keep("grid frequency", sample.grid_frequency, PLAUSIBLE.grid_frequency),
    inverter_temperature: keep("inverter temperature", sample.inverter_temperature, PLAUSIBLE.temperature),
    excluded,
  };
}

const VOID_INVERTER: Omit<InverterInput, "at"> = {
  ongrid_switch: null,
  work_state: null,
  charge_stage: null,
  grid_relay_closed: null,
  pv_power: null,
  load_power: null,
  grid_power: null,
  grid_power_estimated: null,
  battery_voltage: null,
  battery_current: null,
  grid_voltage: null,
  grid_frequency: null,
  inverter_temperature: null,
  errors: null,
  warnings: null,
  pv_energy: null,
  grid_import_energy: null,
  grid_export_energy: null,
  load_energy: null,
  grid_charge_energy: null,
  discharge_energy: null,
};

/** Resistance of one cell times its capacity (POLICY §2), Ω·Ah. */
const CELL_RESISTANCE_OHM_AH = 0.11;
/** Half the gap between the rest voltages after charging and after discharging, V. */
const HYSTERESIS_V = 0.007;

/**
 * Voltage that the lowest cell would have at rest, V: median of `window`'s lowest cells less the drop of their current, corrected
 * for the charge/discharge gap. Null without any lowest cell. Without capacity or current a sample counts as measured.
 */
export function restVoltage(window: readonly BmsView[]): number | null {
  const rest: number[] = [];
  const currents: number[] = [];
  for (const { lowest, battery_current, capacity } of window) {
    if (lowest === null) continue;
    if (battery_current !== null) currents.push(battery_current);
    const drop =
      battery_current === null || capacity === null ? 0 : (battery_current * CELL_RESISTANCE_OHM_AH) / capacity;
    rest.push(lowest.voltage - drop);
  }
  const middle = median(rest);
  if (middle === null) return null;
  const mean = average(currents) ?? 0;
  if (mean < -1) return middle + HYSTERESIS_V;
  return mean > 1 ? middle - HYSTERESIS_V : middle;
}

/** Middle value, null of nothing. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2;
}

/** Mean, null of nothing. */
export function average(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What the house draws from the battery for its AC load, W DC (POLICY §3). */
export function batteryNeed(load_power: number): number {
  return load_power / 0.94 + 60;
}

/** Seconds until the pack is down to `empty_soc`, at `load_power` W; null when a value is missing. */
export function runTime(
  soc: number | null,
  capacity: number | null,
  load_power: number | null,
  empty_soc: number,
): number | null {
  if (soc === null || capacity === null || load_power === null) return null;
  const nominal_voltage = 51;
  const energy_wh = (Math.max(0, soc - empty_soc) / 100) * capacity * nominal_voltage;
  return (energy_wh / batteryNeed(Math.max(0, load_power))) * 3600;
}
