/** What a made-up station has behind it: a day of charts, weeks of hours and cells, a month of energies. */
import { addDays } from "../../lib/base/local-time.ts";
import type { CellWeek, DaySeries, EnergyDay, FedDay, InverterTotals } from "../../lib/page/model.ts";

const STEP = 300;
const STEPS = 288;

export function emptySeries(now: number): DaySeries {
  const nothing = Array.from({ length: STEPS }, () => null);
  return {
    from: now - STEP * STEPS,
    step_s: STEP,
    pv_power: nothing,
    load_power: nothing,
    grid_power: nothing,
    battery_power: nothing,
    soc: [{ name: "bms", values: nothing }],
    off_grid: nothing,
    ahead: [],
    reserve: 30,
    cell_min: nothing,
    cell_max: nothing,
  };
}

/** A made-up day that looks like one: a bell of sun, a house with kettles, a battery that fills and empties, a gap of an hour. */
export function daySeries(now: number): DaySeries {
  const lines: Record<Exclude<keyof DaySeries, "from" | "step_s" | "ahead" | "reserve">, (number | null)[]> = {
    pv_power: [],
    load_power: [],
    grid_power: [],
    battery_power: [],
    soc: [],
    off_grid: [],
    cell_min: [],
    cell_max: [],
  };
  let soc = 41;
  for (let step = 0; step < STEPS; step++) {
    const at = now - STEP * (STEPS - step);
    const hour = ((((at + 3 * 3600) % 86400) + 86400) % 86400) / 3600;
    const ripple = Math.sin(step * 1.7) * Math.sin(step * 0.31);
    const sun = Math.max(0, Math.sin(((hour - 5.5) / 15) * Math.PI)) ** 1.6;
    const pv = hour > 5.5 && hour < 20.5 ? Math.max(0, 3900 * sun * (0.86 + 0.14 * ripple)) : 0;
    const kettle = step % 37 < 2 && hour > 7 ? 1900 : 0;
    const load = 330 + 240 * (1 + Math.sin(hour / 2.1)) + kettle + 60 * ripple;
    const onGrid = hour < 8.5;
    const grid = onGrid ? Math.max(0, load + 40 - pv) : 0;
    lines.off_grid.push(onGrid ? 0 : 1);
    const battery = Math.max(-3200, Math.min(2900, pv + grid - load - 40));
    soc = Math.max(8, Math.min(99, soc + (battery * STEP) / 3600 / 143.36));
    const volt = 3.22 + 0.0016 * soc + (battery / 3000) * 0.03;
    const gap = step > 120 && step < 132;
    lines.pv_power.push(gap ? null : Math.round(pv));
    lines.load_power.push(gap ? null : Math.round(load));
    lines.grid_power.push(gap ? null : Math.round(grid));
    lines.battery_power.push(gap ? null : Math.round(battery));
    lines.soc.push(gap ? null : Math.round(soc));
    lines.cell_min.push(gap ? null : Number((volt - 0.012 - 0.003 * ripple).toFixed(3)));
    lines.cell_max.push(gap ? null : Number((volt + 0.011 + 0.004 * ripple).toFixed(3)));
  }
  const ahead = Array.from({ length: 36 }, (_, index) => {
    const value = Math.max(30, Math.round(soc - index));
    return {
      at: now + 1200 * (index + 1),
      soc: value,
      low: value - Math.min(8, index),
      high: value + Math.min(8, index),
    };
  });
  return {
    from: now - STEP * STEPS,
    step_s: STEP,
    ...lines,
    ahead,
    reserve: 30,
    soc: [{ name: "bms", values: lines.soc }],
  };
}

/** Four weeks of a house that lives on the sun by day, on the battery in the evening, and on the grid in bad weather and before dawn. */
export function fedDays(today: string): FedDay[] {
  return Array.from({ length: 28 }, (_, index) => ({
    day: addDays(today, index - 27),
    hours: Array.from({ length: 24 }, (_, hour) => {
      if (index === 9 || (index === 27 && hour > 13)) return null;
      const dull = index % 6 === 4;
      if (hour >= 8 && hour < (dull ? 11 : 18)) return "sun" as const;
      return hour < 5 || dull ? ("grid" as const) : ("battery" as const);
    }),
  }));
}

/** Thirteen weeks in which one cell runs away downwards. */
export function cellWeeks(): CellWeek[] {
  return Array.from({ length: 13 }, (_, week) => ({
    first_day: addDays("2026-03-30", 7 * week),
    deviations:
      week === 4 ? [] : Array.from({ length: 16 }, (_, cell) => ((cell * 7) % 11) - 5 - (cell === 6 ? 2 * week : 0)),
  }));
}

export function energyView(today: string) {
  const days: EnergyDay[] = Array.from({ length: 30 }, (_, index) => {
    const day = addDays(today, index - 29);
    if (index === 11 || index === 12) {
      return {
        day,
        pv_energy: null,
        load_energy: null,
        grid_import_energy: null,
        grid_export_energy: null,
        grid_charge_energy: null,
      };
    }
    const wave = 0.5 + 0.5 * Math.sin(index * 1.9) * Math.cos(index * 0.7);
    const pv = Number((8 + 15 * wave).toFixed(1));
    const load = Number((12 + 4 * Math.sin(index)).toFixed(1));
    const bought = Number(Math.max(0.4, load - 0.75 * pv).toFixed(1));
    return {
      day,
      pv_energy: pv,
      load_energy: load,
      grid_import_energy: bought,
      grid_export_energy: 0,
      grid_charge_energy: 0.3,
    };
  });
  const month = {
    pv_energy: 342.7,
    load_energy: 281.4,
    grid_import_energy: 61.2,
    grid_export_energy: 0,
    grid_charge_energy: 6.1,
  };
  const flows = { charge_energy: 6.4, discharge_energy: 5.9, saved: 7.3 };
  const whole = (totals: InverterTotals, saved: number | null) => ({ ...totals, ...flows, saved });
  return {
    today: whole(days.at(-1) as EnergyDay, null),
    yesterday: whole(days.at(-2) as EnergyDay, 7.3),
    month: { ...whole(month, 121.8), charge_energy: 151.2, discharge_energy: 142.6 },
    days,
  };
}
