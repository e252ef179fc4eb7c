/** What each battery alert says about one BMS sample. Null = cannot be judged from this sample. */

import { FULL_SOC } from "../../devices/bms/sample.ts";
import { doubtedCell, reportsEmpty } from "../grid-switch/cells.ts";
import type { Severity } from "./alert-definition.ts";
import { ALERT_IDS, ALERTS, type AlertId, type Limits, type WatchedId } from "./definitions.ts";
import { rounded } from "./rounded.ts";
import { type BmsView, restVoltage } from "./samples.ts";
import type { Finding, Values } from "./types.ts";

/** Ids of the alerts with the given source. */
type IdsFrom<S extends "bms" | "inverter" | "run"> = {
  [I in AlertId]: (typeof ALERTS)[I]["source"] extends S ? I : never;
}[AlertId];

/** One condition for every alert of a source that does not just watch a value: a forgotten one does not compile. */
export type Conditions<S extends "bms" | "inverter" | "run", Context> = {
  readonly [I in Exclude<IdsFrom<S>, WatchedId>]: (context: Context, limits: Limits<I>) => readonly Finding[] | null;
};

/** Ids of one source, in table order. */
export function idsFrom<S extends "bms" | "inverter" | "run">(source: S): IdsFrom<S>[] {
  return ALERT_IDS.filter((id): id is IdsFrom<S> => ALERTS[id].source === source);
}

export interface BmsContext {
  readonly sample: BmsView;
  /** The sample and those of the same BMS in the 10 minutes before it. */
  readonly window: readonly BmsView[];
}

/** One finding about the only subject. */
export function single(level: Finding["level"], values: Values, severity?: Severity): readonly Finding[] {
  return [severity === undefined ? { subject: "", level, values } : { subject: "", level, values, severity }];
}

/** bad at or beyond `bad_at`, good at or beyond `good_at` on the other side, `between` otherwise. */
function band(value: number, bad_at: number, good_at: number): Finding["level"] {
  const low_is_bad = bad_at <= good_at;
  if (low_is_bad ? value <= bad_at : value >= bad_at) return "bad";
  if (low_is_bad ? value >= good_at : value <= good_at) return "good";
  return "between";
}

/** A hot sensor: critical when more than this above its limit, K. */
const CRITICAL_EXCESS_K = 10;

/** Too hot, with its own way back. */
function hot(temperature: number, limit: number, clear_back: number, values: Values): readonly Finding[] {
  const severity = temperature > limit + CRITICAL_EXCESS_K ? "critical" : "warning";
  return single(band(temperature, limit, limit - clear_back), { ...values, temperature, limit }, severity);
}

function lowestValues({ sample }: BmsContext): Values {
  return {
    cell: sample.lowest?.cell ?? null,
    voltage: rounded(sample.lowest?.voltage ?? null, 3),
    spread: rounded(sample.spread, 3),
    current: rounded(sample.battery_current, 1),
    soc: sample.soc,
  };
}

export const BMS_CONDITIONS: Conditions<"bms", BmsContext> = {
  cell_low(context, limits) {
    const rest_voltage = restVoltage(context.window);
    if (rest_voltage === null) return null;
    const values = { ...lowestValues(context), rest_voltage: rounded(rest_voltage, 3) };
    return single(band(rest_voltage, limits.raise_below, limits.clear_above), values);
  },

  cell_emergency(context, limits) {
    const { lowest } = context.sample;
    const doubted = doubtedCell(context.sample);
    // Nonsense of one cell beside a reported empty battery is no artefact.
    if (doubted !== null && reportsEmpty(context.sample)) {
      return single("bad", { ...lowestValues(context), cell: doubted, voltage: null });
    }
    if (lowest === null) return null;
    const before = context.window.at(-2)?.lowest?.voltage ?? null;
    const twice = lowest.voltage <= limits.raise_below && before !== null && before <= limits.raise_below;
    const bad = twice || lowest.voltage <= limits.at_once_below;
    const good = lowest.voltage >= limits.clear_above;
    return single(bad ? "bad" : good ? "good" : "between", lowestValues(context));
  },

  cell_high(context, limits) {
    const { highest } = context.sample;
    if (highest === null) return null;
    const severity = highest.voltage >= limits.critical_above ? "critical" : "warning";
    const values = { ...lowestValues(context), cell: highest.cell, voltage: rounded(highest.voltage, 3) };
    return single(band(highest.voltage, limits.raise_above, limits.clear_below), values, severity);
  },

  cell_spread({ sample, window }, limits) {
    const { spread, lowest, highest, battery_current, capacity } = sample;
    const rest_voltage = restVoltage(window);
    if (spread === null || lowest === null || highest === null) return null;
    const at_rest = battery_current !== null && capacity !== null && Math.abs(battery_current) < capacity / 10;
    const on_plateau = rest_voltage !== null && rest_voltage > PLATEAU.low && rest_voltage < PLATEAU.high;
    const values: Values = {
      spread: rounded(spread, 3),
      low_cell: lowest.cell,
      low_voltage: rounded(lowest.voltage, 3),
      high_cell: highest.cell,
      high_voltage: rounded(highest.voltage, 3),
      current: rounded(battery_current, 1),
    };
    // Off the plateau or under current a moderate spread is natural: it proves nothing either way.
    const bad = spread > limits.any_above || (at_rest && on_plateau && spread > limits.rest_above);
    if (bad) return single("bad", values);
    return single(spread < limits.rest_above * limits.clear_share ? "good" : "between", values);
  },

  over_current({ sample }, limits) {
    if (sample.battery_current === null) return null;
    const limit = Math.max(limits.raise_above, limits.capacity_share * (sample.capacity ?? 0));
    const values = { current: rounded(sample.battery_current, 1), limit: rounded(limit, 1) };
    return single(Math.abs(sample.battery_current) > limit ? "bad" : "good", values);
  },

  battery_temperature_high({ sample }, limits) {
    const readings = batteryTemperatures(sample);
    if (readings.length === 0) return null;
    return hot(Math.max(...readings), limits.raise_above, limits.clear_back, {});
  },

  battery_temperature_low({ sample }, limits) {
    const readings = batteryTemperatures(sample);
    if (readings.length === 0) return null;
    const temperature = Math.min(...readings);
    const values = { temperature, limit: limits.raise_below };
    // A reading exactly at the limit is still allowed, as in the grid rule.
    if (temperature < limits.raise_below) return single("bad", values);
    return single(temperature >= limits.raise_below + limits.clear_back ? "good" : "between", values);
  },

  bms_fault({ sample }) {
    if (sample.warnings === null) return null;
    return sample.warnings.map(({ bit, label, severity }) => ({
      ...{ subject: String(bit), level: "bad", severity },
      values: { bit, label },
    }));
  },

  charge_mosfet_off({ sample }) {
    if (sample.charge_mosfet_on === null) return null;
    const values = {
      voltage: rounded(sample.highest?.voltage ?? null, 3),
      temperature: batteryTemperatures(sample)[0] ?? null,
    };
    // So every full charge ends; a fault that also switched it off speaks for itself.
    const is_full = sample.soc !== null && sample.soc >= FULL_SOC;
    return single(sample.charge_mosfet_on ? "good" : "bad", values, is_full ? "info" : "warning");
  },

  discharge_mosfet_off(context) {
    const { discharge_mosfet_on } = context.sample;
    if (discharge_mosfet_on === null) return null;
    return single(discharge_mosfet_on ? "good" : "bad", lowestValues(context));
  },

  soc_low(context, limits) {
    const { soc } = context.sample;
    if (soc === null) return null;
    const severity = soc <= limits.critical_below ? "critical" : "warning";
    return single(band(soc, limits.raise_below, limits.clear_above), lowestValues(context), severity);
  },

  soc_mistrust({ sample, window }, limits) {
    const rest_voltage = restVoltage(window);
    if (sample.soc === null || rest_voltage === null) return null;
    const on_plateau = rest_voltage > limits.plateau_low && rest_voltage < limits.plateau_high;
    const doubtful = sample.soc < 20 || (sample.soc > 97 && rest_voltage < 3.325);
    const values = { soc: sample.soc, rest_voltage: rounded(rest_voltage, 3) };
    return single(on_plateau && doubtful ? "bad" : "good", values);
  },

  bms_implausible({ sample }) {
    return single(sample.excluded.length > 0 ? "bad" : "good", { excluded: sample.excluded });
  },
};

/** Rest voltages where the cell voltage says nothing about the charge (POLICY §2), V. */
const PLATEAU = { low: 3.275, high: 3.345 } as const;

function batteryTemperatures(sample: BmsView): number[] {
  return [sample.battery_temperature_1, sample.battery_temperature_2].filter((reading) => reading !== null);
}
