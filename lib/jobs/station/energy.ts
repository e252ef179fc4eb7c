import type { Context } from "../../cli/spec.ts";
import { valueFromRaw } from "../../codec/values.ts";
import type { EnergyDay, EnergyKey, EnergyTotals, EnergyView } from "../../page/model.ts";
import { INVERTER_SAMPLE_FIELDS } from "../../pv1800/registers.ts";
import { addDays, dayBounds, localTime } from "../../rules/local-time.ts";
import { type CounterReading, counterEnergy } from "../../rules/report/energy.ts";
import type { Store } from "../../store/database.ts";
import { type Reading, readingsAt } from "../../store/series.ts";

export const ENERGY_KEYS: readonly EnergyKey[] = [
  "pv_energy",
  "load_energy",
  "grid_import_energy",
  "grid_export_energy",
  "grid_charge_energy",
];
/** No PV1800 moves more than this; a counter that rises faster is wrong, W. */
const MOST_POWER = 12_000;
/** Counters are looked at this often; between two looks a gap of samples costs nothing, because they count on. */
const LOOK_EVERY_S = 3600;

/** kWh of local days from the counters of the inverter, oldest first; days without samples have nulls. */
export function energyOfDays(context: Context, store: Store, days: readonly string[]): EnergyDay[] {
  const { inverter, station } = context.config;
  const first = days[0];
  if (first === undefined) return [];
  const now = context.clock.now();
  const bounds = days.map((day) => dayBounds(day, station.time_zone));
  const moments = new Set<number>();
  for (const { start, end } of bounds) {
    for (let at = start; at < end && at <= now; at += LOOK_EVERY_S) moments.add(at);
    moments.add(Math.min(end, now));
  }
  const sorted = [...moments].sort((a, b) => a - b);
  const readings = readingsAt(store, "inverter_samples", inverter.name, ENERGY_KEYS, sorted, LOOK_EVERY_S);
  const series = Object.fromEntries(ENERGY_KEYS.map((key) => [key, counterOf(readings, key)]));
  return days.map((day, index) => {
    const { start, end } = bounds[index] as { start: number; end: number };
    const one = (key: EnergyKey) =>
      counterEnergy(series[key] as CounterReading[], start, Math.min(end, now), MOST_POWER);
    return { day, ...totals((key) => one(key).energy) };
  });
}

/** Today, this month and the last 30 days. */
export function energyView(context: Context, store: Store): EnergyView {
  const { day: today } = localTime(context.clock.now(), context.config.station.time_zone);
  const monthStart = `${today.slice(0, 8)}01`;
  const wanted: string[] = [];
  for (let day = addDays(today, -29); day <= today; day = addDays(day, 1)) wanted.push(day);
  const earlier = monthStart < (wanted[0] as string) ? [monthStart] : [];
  const days = energyOfDays(context, store, [...earlier, ...wanted]);
  const ofMonth = days.filter(({ day }) => day >= monthStart);
  return {
    today: days.at(-1) ?? null,
    month: sumOf(ofMonth),
    days: days.slice(earlier.length),
  };
}

/** Sum over days; what no day knows stays null. */
export function sumOf(days: readonly EnergyTotals[]): EnergyTotals {
  return totals((key) => {
    const known = days.flatMap((day) => (day[key] === null ? [] : [day[key] as number]));
    return known.length === 0 ? null : Number(known.reduce((a, b) => a + b, 0).toFixed(2));
  });
}

function totals(value: (key: EnergyKey) => number | null): EnergyTotals {
  return {
    pv_energy: value("pv_energy"),
    load_energy: value("load_energy"),
    grid_import_energy: value("grid_import_energy"),
    grid_export_energy: value("grid_export_energy"),
    grid_charge_energy: value("grid_charge_energy"),
  };
}

function counterOf(readings: readonly Reading[], key: EnergyKey): CounterReading[] {
  return readings.map(({ at, raw }) => {
    const value = valueFromRaw(INVERTER_SAMPLE_FIELDS[key], raw[key] ?? null);
    return { at, value: typeof value === "number" ? value : null };
  });
}
