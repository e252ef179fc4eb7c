/** Scenarios: the weather, load, outages and lost data that every policy meets alike. */
import { fillClouds, mixedSky, type Sky } from "./clouds.ts";
import { fillLoad } from "./load.ts";
import { type Random, randomStream } from "./random.ts";
import { MPPT_EFFICIENCY, panelPower } from "./sun.ts";

/** One row per scenario; `day` is the day of the year or the range it is drawn from. */
export interface Scenario {
  readonly days: number;
  readonly day: number | readonly [number, number];
  readonly sky: Sky | "mixed" | "mixed_winter";
  readonly spiky: boolean;
  readonly load_mean: number;
  readonly outages?: boolean;
  readonly bms_loss?: boolean;
}

export const SCENARIOS = {
  clear_summer: { days: 3, day: 172, sky: "clear", spiky: false, load_mean: 740 },
  broken_clouds: { days: 3, day: 172, sky: "broken", spiky: true, load_mean: 740 },
  overcast: { days: 3, day: 150, sky: "overcast", spiky: false, load_mean: 740 },
  winter_short: { days: 3, day: 355, sky: "haze", spiky: true, load_mean: 740 },
  clear_lowload: { days: 3, day: 172, sky: "clear", spiky: false, load_mean: 620 },
  week_mixed: { days: 7, day: [95, 274], sky: "mixed", spiky: true, load_mean: 740 },
  week_winter: { days: 7, day: [325, 389], sky: "mixed_winter", spiky: true, load_mean: 740 },
  month_mixed: { days: 28, day: [95, 249], sky: "mixed", spiky: true, load_mean: 740 },
  week_outage: { days: 7, day: [95, 274], sky: "mixed", spiky: true, load_mean: 740, outages: true },
  bms_loss: { days: 3, day: 172, sky: "clear", spiky: true, load_mean: 740, bms_loss: true },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;

/** Everything outside the plant, one value a minute. */
export interface World {
  /** Prefix of all random streams. */
  readonly key: string;
  readonly minutes: number;
  readonly day_of_year: number;
  /** W on the DC bus if all of it can be used. */
  readonly pv: Float64Array;
  /** W AC. */
  readonly load: Float64Array;
  /** 1 = the grid is there. */
  readonly grid: Uint8Array;
  /** 1 = the BMS cannot be read. */
  readonly bms_lost: Uint8Array;
  /** Fraction at midnight of the first day. */
  readonly start_soc: number;
}

function addOutages(grid: Uint8Array, random: Random): void {
  const starts = [
    [1, 20, 23],
    [3, 4, 8],
    [5, 0, 24],
  ] as const;
  for (const [day, from, to] of starts) {
    const start = day * 1440 + Math.floor(60 * random.between(from, to));
    grid.fill(0, start, start + 180);
  }
}

/** Builds the world of a scenario and seed; `days` overrides the length. */
export function makeWorld(name: ScenarioName, seed: number, days?: number): World {
  const scenario: Scenario = SCENARIOS[name];
  const key = `${name}/${seed}`;
  const length = days ?? scenario.days;
  const minutes = length * 1440;
  const weather = randomStream(`${key}/weather`);
  const extras = randomStream(`${key}/extras`);
  const firstDay =
    typeof scenario.day === "number"
      ? scenario.day
      : scenario.day[0] + Math.floor(extras.uniform() * (scenario.day[1] - scenario.day[0] + 1));
  const startSoc = extras.between(0.35, 0.55);
  const skies: Sky[] =
    scenario.sky === "mixed" || scenario.sky === "mixed_winter"
      ? mixedSky(length, scenario.sky === "mixed_winter", weather)
      : new Array<Sky>(length).fill(scenario.sky);
  const pv = new Float64Array(minutes);
  for (const [day, sky] of skies.entries()) {
    fillClouds(sky, weather, pv, day * 1440);
    const dayOfYear = ((firstDay + day - 1) % 365) + 1;
    for (let minute = day * 1440; minute < (day + 1) * 1440; minute += 1) {
      const hour = (minute % 1440) / 60;
      pv[minute] = MPPT_EFFICIENCY * panelPower(dayOfYear, hour, pv[minute] as number);
    }
  }
  const load = new Float64Array(minutes);
  fillLoad(load, randomStream(`${key}/load`), { mean: scenario.load_mean, spiky: scenario.spiky });
  const grid = new Uint8Array(minutes).fill(1);
  if (scenario.outages) addOutages(grid, extras);
  const lost = new Uint8Array(minutes);
  if (scenario.bms_loss) {
    const from = 1440 + Math.floor(60 * extras.between(16, 18));
    lost.fill(1, from, from + 480);
  }
  return { key, minutes, day_of_year: firstDay, pv, load, grid, bms_lost: lost, start_soc: startSoc };
}

/** The world of the golden run: clear sky without noise, flat load, constant grid. */
export function flatWorld(options: { day_of_year: number; days: number; load: number; start_soc: number }): World {
  const minutes = options.days * 1440;
  const pv = new Float64Array(minutes);
  for (let minute = 0; minute < minutes; minute += 1) {
    const dayOfYear = ((options.day_of_year + Math.floor(minute / 1440) - 1) % 365) + 1;
    pv[minute] = MPPT_EFFICIENCY * panelPower(dayOfYear, (minute % 1440) / 60, 1);
  }
  return {
    key: "flat",
    minutes,
    day_of_year: options.day_of_year,
    pv,
    load: new Float64Array(minutes).fill(options.load),
    grid: new Uint8Array(minutes).fill(1),
    bms_lost: new Uint8Array(minutes),
    start_soc: options.start_soc,
  };
}
