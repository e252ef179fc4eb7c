/** Quantities the rules compare, computed anew on each run from the recent samples. */
import type { BmsInput, InverterInput } from "../../view/record.ts";
import { type CellRange, CLOCK_TOLERANCE_S, cellRange, rejectBms, rejectInverter } from "./accept.ts";
import type { Parameters } from "./parameters.ts";
import { socFromRestVoltage } from "./rest-voltage.ts";
import type { GridSwitchState } from "./types.ts";

/** Cell voltage in the middle of the charge, V. */
const PLATEAU = 3.3;

/** An accepted BMS record with its cell range. */
export interface AcceptedBms {
  readonly record: BmsInput;
  readonly cells: CellRange;
}

export interface Derived {
  readonly now: number;
  /** Newest accepted records; null = none. */
  readonly bms: AcceptedBms | null;
  /** The accepted one before. */
  readonly bms_before: AcceptedBms | null;
  readonly inverter: InverterInput | null;
  readonly inverter_before: InverterInput | null;
  /** s; Infinity when there is no record. */
  readonly bms_age_s: number;
  readonly inverter_age_s: number;
  /** Why the newest BMS record was not taken. */
  readonly rejected: string | null;
  /** Accepted records in the voltage window. */
  readonly samples: number;
  readonly compensated_voltage: number | null;
  readonly soc: number | null;
  readonly soc_source: "voltage" | "counter" | "neither" | null;
  readonly pv_mean: number | null;
  readonly load_mean: number | null;
  readonly load_max: number | null;
  readonly need: number | null;
  readonly start_soc: number;
  readonly sun_needed: number | null;
  /** Hours in which the PV of now would fill the pack to nearly_full; null = not known. */
  readonly fill_hours: number | null;
  readonly nearly_full: boolean | null;
}

function usable<Row extends { readonly at: number }>(rows: readonly Row[], now: number, from: number): Row[] {
  const kept: Row[] = [];
  for (const row of rows) {
    if (row.at <= now + CLOCK_TOLERANCE_S && row.at >= from) kept.push(row);
  }
  return kept;
}

/** The inverter record nearest in time to `at`; both lists are in order of time. */
function nearest(rows: readonly InverterInput[], at: number): InverterInput | null {
  let best: InverterInput | null = null;
  for (let index = rows.length - 1; index >= 0; index -= 1) {
    const row = rows[index] as InverterInput;
    if (best && Math.abs(row.at - at) >= Math.abs(best.at - at)) break;
    best = row;
  }
  return best;
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  const high = values[middle] as number;
  return values.length % 2 === 1 ? high : ((values[middle - 1] as number) + high) / 2;
}

interface VoltageView {
  readonly samples: number;
  readonly voltage: number | null;
}

/** Median of the lowest cell with the sag of the current taken out, and with half of the hysteresis gap. */
function compensate(accepted: readonly AcceptedBms[], now: number, parameters: Parameters): VoltageView {
  const newest = accepted[accepted.length - 1];
  const capacity = parameters.capacity ?? newest?.record.capacity ?? null;
  const from = now - parameters.voltage_window * 60;
  const voltages: number[] = [];
  let current = 0;
  for (const { record, cells } of accepted) {
    if (record.at <= from) continue;
    const amps = record.battery_current as number;
    current += amps;
    voltages.push(cells.lowest - (capacity ? (amps * parameters.cell_resistance) / capacity : 0));
  }
  const samples = voltages.length;
  if (samples === 0) return { samples, voltage: null };
  const mean = current / samples;
  const shift = mean < -1 ? parameters.hysteresis : mean > 1 ? -parameters.hysteresis : 0;
  return { samples, voltage: median(voltages) + shift };
}

/** Voltage is believed on the knees, the counter on the plateau, neither when they contradict. */
export function effectiveSoc(
  voltage: number,
  counter: number | null,
  parameters: Parameters,
): { soc: number; source: "voltage" | "counter" | "neither" } {
  if (voltage <= parameters.knee_low) return { soc: socFromRestVoltage(voltage), source: "voltage" };
  if (voltage >= parameters.knee_high) return { soc: Math.max(counter ?? 0, 97), source: "voltage" };
  if (counter === null || counter < 20 || (counter > 97 && voltage < 3.325)) return { soc: 50, source: "neither" };
  return { soc: Math.min(97, Math.max(28, counter)), source: "counter" };
}

function means(
  rows: readonly InverterInput[],
  from: number,
): { pv: number | null; load: number | null; top: number | null } {
  let pv = 0;
  let pvCount = 0;
  let load = 0;
  let loadCount = 0;
  let top: number | null = null;
  for (const row of rows) {
    if (row.at <= from) continue;
    if (row.pv_power !== null) {
      pv += row.pv_power;
      pvCount += 1;
    }
    if (row.load_power !== null) {
      load += row.load_power;
      loadCount += 1;
      top = Math.max(top ?? 0, row.load_power);
    }
  }
  return { pv: pvCount > 0 ? pv / pvCount : null, load: loadCount > 0 ? load / loadCount : null, top };
}

/** Everything the rules need, from the samples and the few things remembered. */
export function derive(
  now: number,
  samples: { readonly bms: readonly BmsInput[]; readonly inverter: readonly InverterInput[] },
  parameters: Parameters,
  state: Pick<GridSwitchState, "ignore_before" | "backoff">,
): Derived {
  // An hour bounds the work whatever window the caller hands over; nothing older can count as data anyway.
  const from = Math.max(state.ignore_before, now - 3600);
  const inverters = usable(samples.inverter, now, from).filter((row) => rejectInverter(row) === null);
  const accepted: AcceptedBms[] = [];
  let rejected: string | null = null;
  for (const record of usable(samples.bms, now, from)) {
    const cells = cellRange(record.cells, parameters.cell_count);
    rejected = rejectBms(record, cells, nearest(inverters, record.at), parameters);
    if (rejected === null && cells) accepted.push({ record, cells });
  }
  const bms = accepted[accepted.length - 1] ?? null;
  const inverter = inverters[inverters.length - 1] ?? null;
  const view = compensate(accepted, now, parameters);
  const soc = view.voltage === null || !bms ? null : effectiveSoc(view.voltage, bms.record.soc, parameters);
  const mean = means(inverters, now - parameters.sun_window * 60);
  const need = mean.load === null ? null : mean.load / parameters.inverter_efficiency + parameters.inverter_own_power;
  const startSoc = parameters.reserve + parameters.margin + state.backoff;
  let sunNeeded: number | null = null;
  if (need !== null && soc) {
    const missing = (parameters.nearly_full - soc.soc) / Math.max(1e-9, parameters.nearly_full - startSoc);
    sunNeeded = parameters.cover * need * Math.min(1, Math.max(0, missing));
  }
  const capacity = parameters.capacity ?? bms?.record.capacity ?? null;
  let fillHours: number | null = null;
  if (soc && capacity !== null && mean.pv !== null) {
    const room = (Math.max(0, parameters.nearly_full - soc.soc) / 100) * capacity * PLATEAU * parameters.cell_count;
    fillHours = room / Math.max(1, mean.pv);
  }
  const full =
    soc && bms
      ? soc.soc >= Math.max(parameters.nearly_full, startSoc) ||
        (inverter?.ongrid_switch === true && inverter.charge_stage === "float") ||
        bms.cells.highest >= parameters.cell_full
      : null;
  return {
    now,
    bms,
    bms_before: accepted[accepted.length - 2] ?? null,
    inverter,
    inverter_before: inverters[inverters.length - 2] ?? null,
    bms_age_s: bms ? Math.max(0, now - bms.record.at) : Number.POSITIVE_INFINITY,
    inverter_age_s: inverter ? Math.max(0, now - inverter.at) : Number.POSITIVE_INFINITY,
    rejected,
    samples: view.samples,
    compensated_voltage: view.voltage,
    soc: soc?.soc ?? null,
    soc_source: soc?.source ?? null,
    pv_mean: mean.pv,
    load_mean: mean.load,
    load_max: mean.top,
    need,
    start_soc: startSoc,
    sun_needed: sunNeeded,
    fill_hours: fillHours,
    nearly_full: full,
  };
}
