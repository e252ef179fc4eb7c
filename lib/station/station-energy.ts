import { addDays, localTime } from "../base/local-time.ts";
import type { Context } from "../cli/spec.ts";
import { inverterNames, inverterUnits } from "../config/units.ts";
import type { EnergyDay, EnergyTotals, EnergyView, InverterTotals } from "../page/model.ts";
import type { CountedEnergy, DailyReport } from "../rules/report/types.ts";
import type { Store } from "../store/database.ts";
import { type HistoryDay, historyDays, joinDays, sumDays } from "../store/history.ts";
import { reportsBetween } from "../store/rules.ts";

export const ENERGY_KEYS: readonly (keyof InverterTotals)[] = [
  "pv_energy",
  "load_energy",
  "grid_import_energy",
  "grid_export_energy",
  "grid_charge_energy",
];
const DAYS_SHOWN = 30;
/** Lines are not asked for where only energies are shown. */
const NO_LINES: readonly string[] = [];

interface Days {
  readonly first_day: string;
  readonly last_day: string;
}

/** Local days of the inverters, as sums; without an inverter no day knows anything. */
export function inverterDays(context: Context, store: Store, days: Days): HistoryDay[] {
  const { time_zone } = context.config.station;
  const names = inverterNames(context.config);
  return joinDays(names.map((name) => historyDays(store, name, { ...days, time_zone, fields: NO_LINES })));
}

/** Local days of all packs, one pack after the other: their energies add up. */
function packDays(context: Context, store: Store, days: Days): HistoryDay[] {
  const { bms, station } = context.config;
  const { time_zone } = station;
  return bms.flatMap(({ name }) => historyDays(store, name, { ...days, time_zone, fields: NO_LINES }));
}

/** Today, yesterday, this month and the last 30 days. */
export function energyView(context: Context, store: Store): EnergyView {
  const { day: today } = localTime(context.clock.now(), context.config.station.time_zone);
  const yesterday = addDays(today, -1);
  const month = `${today.slice(0, 8)}01`;
  const shown = addDays(today, 1 - DAYS_SHOWN);
  const known = energyBook(context, store, { first_day: month < shown ? month : shown, last_day: today });
  return {
    today: known.totals(today, today),
    yesterday: known.totals(yesterday, yesterday),
    month: known.totals(month, today),
    days: known.days.filter(({ day }) => day >= shown),
  };
}

/** Some days with their energies, and sums over any part of them. */
export interface EnergyBook {
  readonly days: readonly EnergyDay[];
  totals(first_day: string, last_day: string): EnergyTotals;
}

export function energyBook(context: Context, store: Store, span: Days): EnergyBook {
  const machines = inverterDays(context, store, span);
  const packs = packDays(context, store, span);
  // What a day saved is known once its report is made, after its end.
  const reports = reportsBetween<DailyReport>(store, span.first_day, addDays(span.last_day, 1));
  return {
    days: machines.map((day): EnergyDay => ({ day: day.day, ...totalsOf(day.energy) })),
    totals: (first_day, last_day) => {
      const inside = ({ day }: { readonly day: string }) => day >= first_day && day <= last_day;
      const flows = sumDays(packs.filter(inside)).energy;
      const saved = reports.filter(inside).flatMap(({ report }) => report.energy?.saved ?? []);
      return {
        ...totalsOf(sumDays(machines.filter(inside)).energy),
        charge_energy: tidy(flows.charge_energy),
        discharge_energy: tidy(flows.discharge_energy),
        saved: saved.length === 0 ? null : tidy(saved.reduce((sum, kwh) => sum + kwh, 0)),
      };
    },
  };
}

function tidy(kwh: number | null | undefined): number | null {
  return kwh == null ? null : Number(kwh.toFixed(2));
}

/** The energies of the inverter of a day or a sum, kWh; what is not known is null. */
export function totalsOf(energy: Readonly<Record<string, number | null>>): InverterTotals {
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
  const span = { first_day: day, last_day: day };
  const machines = sumDays(inverterDays(context, store, span));
  const { pv_energy, load_energy, grid_import_energy, grid_export_energy, grid_charge_energy } = totalsOf(
    machines.energy,
  );
  const packs = sumDays(packDays(context, store, span)).energy;
  return {
    pv: pv_energy,
    load: load_energy,
    bought: grid_import_energy,
    sold: grid_export_energy,
    grid_charged: grid_charge_energy,
    charged: tidy(packs.charge_energy),
    discharged: tidy(packs.discharge_energy),
    on_grid_s: machines.on_grid_s,
    off_grid_s: machines.off_grid_s,
  };
}

/** kWh of this local day so far, by counter; null when the station polls no inverter. */
export function energyToday(context: Context, store: Store): Readonly<Record<string, number | null>> | null {
  if (inverterUnits(context.config).length === 0) return null;
  const { day } = localTime(context.clock.now(), context.config.station.time_zone);
  return { ...totalsOf(sumDays(inverterDays(context, store, { first_day: day, last_day: day })).energy) };
}
