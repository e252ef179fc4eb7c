import type { Policy } from "../rules/grid-switch/parameters.ts";
import type { ModelSide } from "./recorded-plant.ts";

/** Days of history that settings are tried on. */
export const DAYS = 7;
/** kWh a day from which another setting is worth the owner's hand. */
const WORTH_KWH = 0.05;
/** V: a setting that takes a cell below this is never proposed. */
const LOWEST_CELL = 3.1;
const RESERVES = [20, 25, 30, 35, 40, 50];
const MARGINS = [10, 15, 20, 25];

/** What can be proposed. */
export interface Setting {
  readonly preset: Policy;
  readonly reserve: number;
  readonly margin: number;
}

/** A setting that was tried, and what the plant model made of it. */
export interface Tried extends Setting, ModelSide {
  /** kWh a day bought more than with the present settings. */
  readonly more: number;
}

/** One figure after the other, each from the best so far; first the present settings. */
export function search(
  present: Setting,
  days: number,
  run: (setting: Setting) => ModelSide,
): { readonly best: Tried; readonly tried: readonly Tried[] } {
  const tried: Tried[] = [];
  const base = run(present);
  const attempt = (setting: Setting): Tried => {
    const known = tried.find(
      ({ preset, reserve, margin }) =>
        preset === setting.preset && reserve === setting.reserve && margin === setting.margin,
    );
    if (known !== undefined) return known;
    const side = tried.length === 0 ? base : run(setting);
    const one = { ...setting, ...side, more: Math.round((1000 * (side.bought - base.bought)) / days) / 1000 };
    tried.push(one);
    return one;
  };
  let best = attempt(present);
  const consider = (setting: Setting): void => {
    const one = attempt(setting);
    const safe = one.dark_minutes <= base.dark_minutes && one.lowest_cell >= Math.min(LOWEST_CELL, base.lowest_cell);
    if (safe && one.more < best.more - WORTH_KWH) best = one;
  };
  for (const preset of ["greedy", "planner"] as const) consider({ ...settingOf(best), preset });
  for (const reserve of RESERVES) consider({ ...settingOf(best), reserve });
  // The planner has a margin of its own.
  if (best.preset === "greedy") for (const margin of MARGINS) consider({ ...settingOf(best), margin });
  return { best, tried };
}

function settingOf({ preset, reserve, margin }: Setting): Setting {
  return { preset, reserve, margin };
}
