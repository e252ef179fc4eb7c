/** Sums of daily energies: month to date, and the week on Sundays. */
import { addDays } from "../../base/local-time.ts";
import type { DayEnergy, EnergySum, ReportInput } from "./types.ts";

type Earlier = ReportInput["earlier"];

/** From the first of the month to `day`. */
export function monthToDate(day: string, energy: DayEnergy, earlier: Earlier): EnergySum {
  return sumFrom(`${day.slice(0, 8)}01`, day, energy, earlier);
}

/** The seven days that end with `day`. */
export function weekToDate(day: string, energy: DayEnergy, earlier: Earlier): EnergySum {
  return sumFrom(addDays(day, -6), day, energy, earlier);
}

function sumFrom(first: string, day: string, energy: DayEnergy, earlier: Earlier): EnergySum {
  const byDay = new Map(earlier.filter((one) => one.day >= first && one.day < day).map((one) => [one.day, one.energy]));
  byDay.set(day, energy);
  const days = [...byDay.values()];
  const total = (key: keyof DayEnergy): number | null => {
    const values = days.map((one) => one[key]).filter((value) => value !== null);
    return values.length === 0 ? null : Number(values.reduce((sum, value) => sum + value, 0).toFixed(2));
  };
  return {
    days: days.length,
    energy: {
      pv: total("pv"),
      load: total("load"),
      bought: total("bought"),
      sold: total("sold"),
      grid_charged: total("grid_charged"),
      charged: total("charged"),
      discharged: total("discharged"),
      saved: total("saved"),
    },
  };
}
