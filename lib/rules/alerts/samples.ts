/** Samples as alerts see them: cells ranked, what is not believed named. Missing is null. */
import { median } from "../../base/numbers.ts";
import type { BmsInput, InverterInput } from "../../view/record.ts";

export interface CellValue {
  /** Counted from 1. */
  readonly cell: number;
  readonly voltage: number;
}

/** A BMS sample with its known cells ranked; `excluded` holds the key of each value that is not believed or missing ("cell_7"). */
export interface BmsView extends Omit<BmsInput, "cells"> {
  readonly lowest: CellValue | null;
  readonly highest: CellValue | null;
  readonly spread: number | null;
  readonly cell_sum: number | null;
  readonly excluded: readonly string[];
}

/** An inverter sample; `excluded` as in BmsView. */
export interface InverterView extends InverterInput {
  readonly excluded: readonly string[];
}

/** Ranks the cells of one BMS sample. A missing cell is named: a ranking over the rest may hide the worst one. */
export function viewBms(sample: BmsInput): BmsView {
  const doubts = sample.doubts ?? [];
  const excluded = doubts.map(({ key }) => key);
  const cells: CellValue[] = [];
  for (const [index, voltage] of sample.cells.entries()) {
    const cell = index + 1;
    if (voltage !== null) cells.push({ cell, voltage });
    else if (!doubts.some(({ key }) => key === `cell_${cell}`)) excluded.push(`cell_${cell}`);
  }
  if (sample.cells.length === 0) excluded.push("cells");
  let lowest: CellValue | null = null;
  let highest: CellValue | null = null;
  for (const cell of cells) {
    if (lowest === null || cell.voltage < lowest.voltage) lowest = cell;
    if (highest === null || cell.voltage > highest.voltage) highest = cell;
  }
  return onTopOf(sample, {
    lowest,
    highest,
    spread: lowest !== null && highest !== null && cells.length > 1 ? highest.voltage - lowest.voltage : null,
    cell_sum: cells.length === sample.cells.length ? cells.reduce((sum, cell) => sum + cell.voltage, 0) : null,
    excluded,
  });
}

/** Names what is not believed of one inverter sample. */
export function viewInverter(sample: InverterInput): InverterView {
  return onTopOf(sample, { excluded: (sample.doubts ?? []).map(({ key }) => key) });
}

/** A record with more to it: a copy would decode every field of it, and most are never asked for. */
function onTopOf<T extends object, U extends object>(record: T, more: U): T & U {
  return Object.assign(Object.create(record) as T, more);
}

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

/** Mean, null of nothing. */
export function average(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
