import { addDays, localTime } from "../../base/local-time.ts";
import type { Context } from "../../cli/spec.ts";
import { inverterNames } from "../../config/units.ts";
import type { EnergyDay, EnergyKey, EnergyTotals, EnergyView } from "../../page/model.ts";
import type { CountedEnergy } from "../../rules/report/types.ts";
import type { Store } from "../../store/database.ts";
import { type HistoryDay, historyDays, joinDays, sumDays } from "../../store/history.ts";

export const ENERGY_KEYS: readonly EnergyKey[] = [
  "pv_energy",
  "load_energy",
  "grid_import_energy",
  "grid_export_energy",
  "grid_charge_energy",
];
const DAYS_SHOWN = 30;

/** Local days of the inverters from `first_day` to `last_day`, as sums; without an inverter no day knows anything. */
export function inverterDays(context: Context, store: Store, first_day: string, last_day: string): HistoryDay[] {
  const { time_zone } = context.config.station;
  const names = inverterNames(context.config);
  return joinDays(names.map((name) => historyDays(store, name, { first_day, last_day, time_zone })));
}

/** Today, this month and the last 30 days. */
export function energyView(context: Context, store: Store): EnergyView {
  const { day: today } = localTime(context.clock.now(), context.config.station.time_zone);
  const monthStart = `${today.slice(0, 8)}01`;
  const shownFrom = addDays(today, 1 - DAYS_SHOWN);
  const all = inverterDays(context, store, monthStart < shownFrom ? monthStart : shownFrom, today);
  const days = all.map((day): EnergyDay => ({ day: day.day, ...totalsOf(day.energy) }));
  return {
    today: days.at(-1) ?? null,
    month: totalsOf(sumDays(all.filter(({ day }) => day >= monthStart)).energy),
    days: days.filter(({ day }) => day >= shownFrom),
  };
}

/** The five energies of a day or a sum, kWh; what is not known is null. */
export function totalsOf(energy: Readonly<Record<string, number | null>>): EnergyTotals {
  return {
    pv_energy: energy.pv_energy ?? null,
    load_energy: energy.load_energy ?? null,
    grid_import_energy: energy.grid_import_energy ?? null,
    grid_export_energy: energy.grid_export_energy ?? null,
    grid_charge_energy: energy.grid_charge_energy ?? null,
  };
}

/** What the history knows of one local day, kWh: the inverter's counters, in and out of all packs; and the hours on and off the grid. */
export function countedEnergy(context: Context, store: Store, day: string): CountedEnergy {
  const { bms, station } = context.config;
  const [found] = inverterDays(context, store, day, day);
  const { pv_energy, load_energy, grid_import_energy, grid_export_energy, grid_charge_energy } = totalsOf(
    found?.energy ?? {},
  );
  const span = { first_day: day, last_day: day, time_zone: station.time_zone };
  const packs = sumDays(bms.flatMap(({ name }) => historyDays(store, name, span))).energy;
  const tidy = (kwh: number | null | undefined) => (kwh == null ? null : Number(kwh.toFixed(2)));
  return {
    pv: pv_energy,
    load: load_energy,
    bought: grid_import_energy,
    sold: grid_export_energy,
    grid_charged: grid_charge_energy,
    charged: tidy(packs.charge_energy),
    discharged: tidy(packs.discharge_energy),
    on_grid_s: found?.on_grid_s ?? null,
    off_grid_s: found?.off_grid_s ?? null,
  };
}

/** kWh of this local day so far, by counter; null when the station has no inverter. */
export function energyToday(context: Context, store: Store): Readonly<Record<EnergyKey, number | null>> | null {
  if (inverterNames(context.config).length === 0) return null;
  const { day } = localTime(context.clock.now(), context.config.station.time_zone);
  const today = inverterDays(context, store, day, day).at(-1);
  return today ? totalsOf(today.energy) : null;
}
