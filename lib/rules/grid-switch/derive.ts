/** Quantities the rules compare, computed anew on each run from the recent samples: each from what is known, none thrown away whole. */

import { isFromFuture } from "../../base/clock.ts";
import { median } from "../../base/numbers.ts";
import type { BmsInput, InverterInput } from "../../view/record.ts";
import { repeatsSince } from "../../view/standing.ts";
import { cellsInSeries, type SeenBms, seeBms } from "./cells.ts";
import { intervalOf, type Pace, type Times, timesAt } from "./pace.ts";
import type { Parameters } from "./parameters.ts";
import { socFromRestVoltage } from "./rest-voltage.ts";
import type { LevelSource, SocSource } from "./sources.ts";
import type { GridSwitchState } from "./types.ts";

/** Cell voltage in the middle of the charge, V. */
const PLATEAU = 3.3;

/** The inverter's battery voltage beside the sum of the cells, V. */
export interface Disagreement {
  readonly bms: number;
  readonly inverter: number;
}

export interface Derived {
  readonly now: number;
  readonly pace: Pace;
  readonly times: Times;
  /** Cells in series. */
  readonly cell_count: number;
  /** The newest record, and the one before; null = none. */
  readonly bms: SeenBms | null;
  readonly bms_before: SeenBms | null;
  readonly inverter: InverterInput | null;
  readonly inverter_before: InverterInput | null;
  /** Age of the newest record that says how full the battery is, s; Infinity when there is none. */
  readonly bms_age_s: number;
  /** Age of the newest record that says anything, s; Infinity when there is none. */
  readonly inverter_age_s: number;
  /** When the newest record counted for the level is from; null = none. */
  readonly level_at: number | null;
  readonly level_source: LevelSource | null;
  /** Since when the BMS has repeated one answer, UTC s; its level is as old as that. Null = it does not. */
  readonly bms_repeats_since: number | null;
  /** BMS and inverter contradict each other; null = they agree, or cannot be compared. */
  readonly disagreement: Disagreement | null;
  /** BMS records with a level in the voltage window. */
  readonly samples: number;
  readonly compensated_voltage: number | null;
  /** Voltage of a cell by the inverter, sag taken out, V. */
  readonly terminal_voltage: number | null;
  /** As measured, of the newest record that is not stale. */
  readonly terminal_now: number | null;
  readonly soc: number | null;
  readonly soc_source: SocSource | null;
  /** What the reserve rule goes by: the more pessimistic reading while the two contradict each other. */
  readonly reserve_soc: number | null;
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
    if (!isFromFuture(row.at, now) && row.at >= from) kept.push(row);
  }
  return kept;
}

/** Says the record anything that a rule could act on? */
function tells(row: InverterInput): boolean {
  return (
    row.ongrid_switch !== null || row.work_state !== null || row.battery_voltage !== null || row.load_power !== null
  );
}

/** The inverter record nearest in time to `at` that knows the battery's voltage; the list is in order of time. */
function nearest(rows: readonly InverterInput[], at: number): InverterInput | null {
  let best: InverterInput | null = null;
  for (let index = rows.length - 1; index >= 0; index -= 1) {
    const row = rows[index] as InverterInput;
    if (row.battery_voltage === null) continue;
    if (best && Math.abs(row.at - at) >= Math.abs(best.at - at)) break;
    best = row;
  }
  return best;
}

interface VoltageView {
  readonly samples: number;
  readonly voltage: number | null;
}

interface Reading {
  /** V a cell, as measured. */
  readonly volt: number;
  /** A, + = charging; null = not known: then no sag is taken out. */
  readonly amps: number | null;
}

/** Median of the readings with the sag of the current taken out, and with half of the hysteresis gap. */
function compensate(readings: readonly Reading[], capacity: number | null, parameters: Parameters): VoltageView {
  const samples = readings.length;
  if (samples === 0) return { samples, voltage: null };
  let current = 0;
  let known = 0;
  const voltages: number[] = [];
  for (const { volt, amps } of readings) {
    if (amps !== null) {
      current += amps;
      known += 1;
    }
    voltages.push(volt - (capacity && amps !== null ? (amps * parameters.cell_resistance) / capacity : 0));
  }
  const mean = known > 0 ? current / known : 0;
  const shift = mean < -1 ? parameters.hysteresis : mean > 1 ? -parameters.hysteresis : 0;
  return { samples, voltage: (median(voltages) as number) + shift };
}

/** Voltage is believed on the knees, the counter on the plateau, neither when they contradict. */
export function effectiveSoc(
  voltage: number,
  counter: number | null,
  parameters: Parameters,
): { soc: number; source: SocSource } {
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

/** The sum of the cells (or the pack) against the inverter's terminals, where both are of about the same time. */
function compared(
  newest: SeenBms | null,
  inverters: readonly InverterInput[],
  count: number,
  times: Times,
  parameters: Parameters,
): Disagreement | null {
  if (!newest) return null;
  const bms = newest.cells?.complete ? newest.cells.sum : newest.record.pack_voltage;
  const beside = nearest(inverters, newest.record.at);
  if (bms === null || beside === null || beside.battery_voltage === null) return null;
  if (Math.abs(beside.at - newest.record.at) > times.pair) return null;
  const tolerance = (parameters.pack_tolerance * count) / 16;
  return Math.abs(bms - beside.battery_voltage) > tolerance ? { bms, inverter: beside.battery_voltage } : null;
}

/** What the rules remember that the samples of the last hour may not say. */
export type Remembered = Pick<GridSwitchState, "ignore_before" | "backoff"> &
  Partial<Pick<GridSwitchState, "cell_count" | "capacity" | "bms_interval_s" | "inverter_interval_s">>;

/** Everything the rules need, from the samples and the few things remembered. */
export function derive(
  now: number,
  samples: { readonly bms: readonly BmsInput[]; readonly inverter: readonly InverterInput[] },
  parameters: Parameters,
  state: Remembered,
): Derived {
  // An hour bounds the work whatever window the caller hands over; nothing older can count as data anyway.
  const from = Math.max(Math.min(state.ignore_before, now), now - 3600);
  const inverters = usable(samples.inverter, now, from).filter(tells);
  const all = usable(samples.bms, now, from);
  const repeats = repeatsSince(all, inverters);
  const records = repeats === null ? all : all.filter(({ at }) => at <= repeats);
  const count = cellsInSeries(records, inverters, state.cell_count ?? null, parameters);
  const seen = records.map((record) => seeBms(record, count));
  const levels = seen.filter(({ level }) => level !== null);
  const pace = {
    bms_s: intervalOf(
      levels.map(({ record }) => record.at),
      state.bms_interval_s ?? null,
    ),
    inverter_s: intervalOf(
      inverters.map(({ at }) => at),
      state.inverter_interval_s ?? null,
    ),
  };
  const times = timesAt(pace, parameters);
  const bms = seen[seen.length - 1] ?? null;
  const inverter = inverters[inverters.length - 1] ?? null;
  const capacity = parameters.capacity ?? newestCapacity(records) ?? state.capacity ?? null;

  const since = now - times.voltage_window;
  const level = compensate(
    levels.flatMap(({ record, level: volt }) =>
      record.at > since && volt !== null ? [{ volt, amps: record.battery_current }] : [],
    ),
    capacity,
    parameters,
  );
  const terminal = terminalVoltage(inverters, since, count, capacity, parameters);
  const newestLevel = levels[levels.length - 1] ?? null;
  const newestWhole = levels.findLast(({ record }) => record.missing === undefined) ?? null;
  const disagreement = compared(newestLevel, inverters, count, times, parameters);
  const source: LevelSource | null = level.voltage !== null ? "bms" : terminal !== null ? "terminal" : null;
  const voltage = level.voltage ?? terminal;
  const counter = source === "bms" ? (bms?.record.soc ?? null) : null;
  const soc = voltage === null ? null : effectiveSoc(voltage, counter, parameters);
  const terminalSoc = disagreement && terminal !== null ? effectiveSoc(terminal, null, parameters) : null;
  const reserveSoc = soc && terminalSoc?.source === "voltage" ? Math.min(soc.soc, terminalSoc.soc) : (soc?.soc ?? null);

  const mean = means(inverters, now - times.sun_window);
  const need = mean.load === null ? null : mean.load / parameters.inverter_efficiency + parameters.inverter_own_power;
  const startSoc = parameters.reserve + parameters.margin + state.backoff;
  let sunNeeded: number | null = null;
  if (need !== null && soc) {
    const missing = (parameters.nearly_full - soc.soc) / Math.max(1e-9, parameters.nearly_full - startSoc);
    sunNeeded = parameters.cover * need * Math.min(1, Math.max(0, missing));
  }
  let fillHours: number | null = null;
  if (soc && capacity !== null && mean.pv !== null) {
    const room = (Math.max(0, parameters.nearly_full - soc.soc) / 100) * capacity * PLATEAU * count;
    fillHours = room / Math.max(1, mean.pv);
  }
  const full =
    soc && bms
      ? soc.soc >= Math.max(parameters.nearly_full, startSoc) ||
        (inverter?.ongrid_switch === true && inverter.charge_stage === "float") ||
        (bms.cells?.highest ?? 0) >= parameters.cell_full
      : null;
  const newestTerminal = inverters.findLast(({ battery_voltage }) => battery_voltage !== null) ?? null;
  const terminalNow =
    newestTerminal && now - newestTerminal.at <= times.stale_inverter
      ? (newestTerminal.battery_voltage as number) / count
      : null;
  return {
    now,
    pace,
    times,
    cell_count: count,
    bms,
    bms_before: seen[seen.length - 2] ?? null,
    inverter,
    inverter_before: inverters[inverters.length - 2] ?? null,
    // A battery one of whose packs is silent is not seen: what the others tell still counts where it is bad.
    bms_age_s: newestWhole ? Math.max(0, now - newestWhole.record.at) : Number.POSITIVE_INFINITY,
    inverter_age_s: inverter ? Math.max(0, now - inverter.at) : Number.POSITIVE_INFINITY,
    level_at: source === "bms" ? (newestLevel?.record.at ?? null) : (newestTerminal?.at ?? null),
    level_source: source,
    bms_repeats_since: repeats,
    disagreement,
    samples: level.samples,
    compensated_voltage: voltage,
    terminal_voltage: terminal,
    terminal_now: terminalNow,
    soc: soc?.soc ?? null,
    soc_source: soc?.source ?? null,
    reserve_soc: reserveSoc,
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

function newestCapacity(records: readonly BmsInput[]): number | null {
  return records.findLast(({ capacity }) => capacity !== null)?.capacity ?? null;
}

/** A cell's voltage by the inverter's terminals, sag taken out; null when no record of the window has one. */
function terminalVoltage(
  rows: readonly InverterInput[],
  since: number,
  count: number,
  capacity: number | null,
  parameters: Parameters,
): number | null {
  const readings = rows.flatMap(({ at, battery_voltage: volts, battery_current: amps }) =>
    at > since && volts !== null ? [{ volt: volts / count, amps }] : [],
  );
  return compensate(readings, capacity, parameters).voltage;
}
