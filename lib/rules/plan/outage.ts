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
 * The reserve by hour, %, with which the house is dark for no more than `dark_hours` in a year, never below `reserve`: raised where a cut
 * would cost most, and before that hour no lower than the grid can charge until then.
 */
export function reserveByHour(profile: Profile, machine: Machine, reserve: number, dark_hours: number): number[] {
  const rates = cutRates(profile);
  const length = profile.cuts.value / 3600;
  const least = readTable(machine.stored, 0, DARK_SOC);
  const needs = rates.map((_, hour) => dcNeed(hourlyLoad(profile, hour), machine.own_w) / 1000);
  const darkIn = (hour: number, percent: number): number => {
    const lasts = (readTable(machine.stored, 0, percent / 100) - least) / (needs[hour] as number);
    return (HOURS_A_YEAR / 24) * (rates[hour] as number) * Math.max(0, length - lasts);
  };
  const an_hour = (100 * machine.grid_charge_a) / machine.capacity_ah;
  const raised = new Array<number>(24).fill(reserve);
  for (;;) {
    const levels = charged(raised, an_hour);
    const dark = levels.map((percent, hour) => (percent < RESERVE_MOST ? darkIn(hour, percent) : 0));
    const worst = dark.indexOf(Math.max(...dark));
    const total = levels.reduce((sum, percent, hour) => sum + darkIn(hour, percent), 0);
    if (total <= dark_hours || (dark[worst] as number) === 0) return levels;
    raised[worst] = Math.min(RESERVE_MOST, (levels[worst] as number) + 1);
  }
}

/** Levels by hour such that each can be reached from the hour before at so many % an hour; round figures. */
function charged(levels: readonly number[], an_hour: number): number[] {
  const reached = [...levels];
  // Twice round the clock: what midnight asks of the evening before.
  for (let back = 47; back > 0; back -= 1) {
    const after = reached[back % 24] as number;
    const before = (back - 1) % 24;
    reached[before] = Math.max(reached[before] as number, Math.ceil(after - an_hour));
  }
  return reached;
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
