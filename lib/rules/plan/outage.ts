/** Power cuts nobody announced: how often and how long they come, and what the battery must hold for them. */
import { hourlyLoad } from "./envelope.ts";
import type { Horizon } from "./forecast.ts";
import { DARK_SOC, dcNeed, type Machine, POINTS, readTable } from "./machine.ts";
import { CLASSES, type Profile } from "./profile.ts";

/** What is supposed of a grid that was never watched: so many cuts in so many hours. */
const PRIOR = { cuts: 0.1, hours: 144 };
/** Share of the rate that follows the hours at which cuts came; the rest may come at any hour. */
const BY_HOUR = 0.5;
const HOURS_A_YEAR = 8766;
/** The battery is not kept fuller than this for a cut, %. */
const RESERVE_MOST = 90;

/** Cuts that begin in an hour, by hour of the local day. */
export function cutRates(profile: Profile): number[] {
  const watched = profile.grid_hours.reduce((sum, hours) => sum + hours, 0);
  // In steps of a tenth: plans of one day share what they have in common.
  const rate =
    1.1 ** Math.round(Math.log((profile.cuts.support + PRIOR.cuts) / (watched + PRIOR.hours)) / Math.log(1.1));
  const gone = profile.outage_hours.reduce((sum, hours) => sum + hours, 0);
  return profile.outage_hours.map((hours) => rate * (gone === 0 ? 1 : 1 - BY_HOUR + (BY_HOUR * 24 * hours) / gone));
}

/**
 * The reserve by hour, %, with which the house is dark for no more than `dark_hours` in a year: the lowest one, the same wherever cuts
 * come, and never below `reserve`.
 */
export function reserveByHour(profile: Profile, machine: Machine, reserve: number, dark_hours: number): number[] {
  const rates = cutRates(profile);
  const length = profile.cuts.value / 3600;
  const least = readTable(machine.stored, 0, DARK_SOC);
  const lasts = (percent: number, hour: number): number =>
    (readTable(machine.stored, 0, percent / 100) - least) / (dcNeed(hourlyLoad(profile, hour), machine.own_w) / 1000);
  const darkWith = (percent: number): number =>
    rates.reduce((sum, rate, hour) => sum + (HOURS_A_YEAR / 24) * rate * Math.max(0, length - lasts(percent, hour)), 0);
  let percent = reserve;
  while (percent < RESERVE_MOST && darkWith(percent) > dark_hours) percent += 1;
  return new Array<number>(24).fill(percent);
}

/** kWh that the battery must give over the next `length` steps if there is no grid, by kind of day and step; beyond the horizon as at its end. */
export function shortfalls({ steps, step_s, pv, load }: Horizon, machine: Machine, length: number): Float64Array {
  const result = new Float64Array(CLASSES * steps);
  const need = (kind: number, step: number): number => {
    const at = Math.min(step, steps - 1);
    const missing = dcNeed(load[at] as number, machine.own_w) - (pv[kind * steps + at] as number);
    return (Math.max(0, missing) * step_s) / 3_600_000;
  };
  for (let kind = 0; kind < CLASSES; kind += 1) {
    let sum = length * need(kind, steps);
    for (let step = steps - 1; step >= 0; step -= 1) {
      sum += need(kind, step) - need(kind, step + length);
      result[kind * steps + step] = sum;
    }
  }
  return result;
}

/**
 * kWh of a house that is expected to be dark in a step, by charge: what a cut that begins now would take from the battery beyond what
 * is in it. `deficit` = kWh that the sun does not give over the length of a cut, `cuts` = how many begin in the step.
 */
export function fillDark(table: Float64Array, machine: Machine, deficit: number, cuts: number): void {
  const least = readTable(machine.stored, 0, DARK_SOC);
  for (let point = 0; point < POINTS; point += 1) {
    const missing = deficit + least - (machine.stored[point] as number);
    table[point] = missing > 0 ? cuts * Math.min(deficit, missing) : 0;
  }
}
