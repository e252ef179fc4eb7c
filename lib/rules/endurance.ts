/** How long the battery lasts: one answer for alerts, reports and the headline. Pure. */
import { NOMINAL_CELL_V } from "../devices/bms/derived.ts";
import type { CourseStep } from "./plan/types.ts";

/** V of a pack of sixteen cells, mean of a discharge. */
const NOMINAL_V = 16 * NOMINAL_CELL_V;

/** What the house draws from the battery for its AC load, W DC (POLICY §3). */
export function batteryNeed(load_power: number): number {
  return load_power / 0.94 + 60;
}

/** Seconds until the pack is down to `floor` %, at `load_power` W; null when a value is missing. `capacity` in Ah. */
export function runTime(
  soc: number | null,
  capacity: number | null,
  load_power: number | null,
  floor: number,
): number | null {
  if (soc === null || capacity === null || load_power === null) return null;
  const energy_wh = (Math.max(0, soc - floor) / 100) * capacity * NOMINAL_V;
  return (energy_wh / batteryNeed(Math.max(0, load_power))) * 3600;
}

/**
 * When the pack is down to `floor` % if it alone has to bridge what the sun does not give, by the sun and load that the plan
 * foresees; null when that is not within its course, or not known.
 */
export function downTo(
  floor: number,
  { now, soc, capacity }: { readonly now: number; readonly soc: number | null; readonly capacity: number | null },
  course: readonly CourseStep[],
): number | null {
  if (soc === null || capacity === null || capacity <= 0) return null;
  const whole = capacity * NOMINAL_V * 3600;
  let left = (soc / 100) * whole;
  let from = now;
  for (const { at, load, pv } of course) {
    if (at <= from) continue;
    const draw = batteryNeed(load) - pv;
    const above = left - (floor / 100) * whole;
    if (draw > 0 && above <= draw * (at - from)) return Math.round(from + Math.max(0, above) / draw);
    left = Math.min(whole, left - draw * (at - from));
    from = at;
  }
  return null;
}
