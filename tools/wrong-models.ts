/** Ways in which a station is not what its planner takes it for; the rules of today meet the same. */
import type { VariantName } from "../lib/sim/plant/inverter.ts";
import type { Controller } from "../lib/sim/plant/plant-run.ts";
import { makeWorld, type World } from "../lib/sim/plant/scenario.ts";

export interface Wrong {
  /** What becomes of the world that a scenario makes. */
  readonly world?: (world: World, seed: number) => World;
  readonly variant?: VariantName;
  /** The pack as the planner believes it, in relation to the true one. */
  readonly capacity?: number;
  /** s by which the station's clock is ahead. */
  readonly clock_s?: number;
  /** Are both devices silent in this minute? */
  readonly silent?: (minute: number, seed: number) => boolean;
}

const DAY = 1440;
const times = (values: Float64Array, factor: number): Float64Array => values.map((value) => value * factor);

/** Two silences of `hours` a day; where they lie differs by seed and day. */
function silences(hours: number) {
  return (minute: number, seed: number): boolean =>
    [0, 1].some((half) => {
      const begin = (half * DAY) / 2 + ((Math.floor(minute / DAY) * 397 + seed * 131 + half * 211) % 500);
      return minute % DAY >= begin && minute % DAY < begin + hours * 60;
    });
}

/** "right" = as in every other table. */
export const WRONG = {
  right: {},
  "capacity+20": { capacity: 1.2 },
  "capacity-20": { capacity: 0.8 },
  "losses+20": { variant: "lossy" },
  "losses-20": { variant: "lean" },
  "load+20": { world: (world) => ({ ...world, load: times(world.load, 1.2) }) },
  "load-20": { world: (world) => ({ ...world, load: times(world.load, 0.8) }) },
  "sun+20": { world: (world) => ({ ...world, pv: times(world.pv, 1.2) }) },
  "sun-20": { world: (world) => ({ ...world, pv: times(world.pv, 0.8) }) },
  /** From the second noon on, for a day. */
  "load-step": {
    world: (world) => ({
      ...world,
      load: world.load.map((watt, minute) => (minute >= 1.5 * DAY && minute < 2.5 * DAY ? watt + 500 : watt)),
    }),
  },
  /** The last day is an overcast one: for a clear scenario of four days. */
  "clouds-at-last": {
    world: (world, seed) => {
      const pv = Float64Array.from(world.pv);
      pv.set(makeWorld("overcast", seed, 1).pv, world.minutes - DAY);
      return { ...world, pv };
    },
  },
  gaps: { silent: silences(2) },
  "clock+5h": { clock_s: 5 * 3600 },
  "clock+180d": { clock_s: 180 * 86_400 },
} as const satisfies Record<string, Wrong>;

export type WrongName = keyof typeof WRONG;

/** A controller to which both devices say nothing now and then: it runs on what it saw before. */
export function silenced(controller: Controller, silent: Wrong["silent"], seed: number): Controller {
  if (silent === undefined) return controller;
  let seen: Pick<Parameters<Controller>[0], "bms" | "inverter"> = { bms: [], inverter: [] };
  return (view) => {
    if (!silent(view.minute, seed)) seen = { bms: [...view.bms], inverter: [...view.inverter] };
    return controller({ ...view, ...seen });
  };
}
