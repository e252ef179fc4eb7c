import { spreadCells } from "./plant/battery.ts";
import type { VariantName } from "./plant/inverter.ts";
import { Plant } from "./plant/plant.ts";
import { randomStream } from "./plant/random.ts";
import { makeWorld, type ScenarioName } from "./plant/scenario.ts";

/** Which plant is simulated, and from when on. */
export interface PlantChoice {
  readonly scenario: ScenarioName;
  readonly seed: number;
  readonly capacity_ah: number;
  readonly variant?: VariantName;
  /** Length of the world; longer runs repeat it. Default: as the scenario has it. */
  readonly days?: number;
  /** UTC seconds of minute 0, a midnight; default the scenario's day of the year in 2026. */
  readonly epoch?: number;
}

/** A plant with a calendar: minutes of the world are minutes after `epoch`. Local solar time is UTC. */
export interface DrivenPlant {
  readonly plant: Plant;
  readonly epoch: number;
  /** The world's own load, W, before anybody changed it by hand. */
  readonly houseLoad: Float64Array;
  /** Simulated UTC seconds: what a command is told with SOLAR_STATION_NOW. */
  now(): number;
  /** Steps the plant until this minute after the epoch is done. */
  advanceTo(minute: number): void;
}

/** A plant of the model with uneven cells and the feed-in quirk. */
export function drivePlant(choice: PlantChoice): DrivenPlant {
  const { capacity_ah } = choice;
  const world = makeWorld(choice.scenario, choice.seed, choice.days);
  const spread = spreadCells(capacity_ah, randomStream(`${world.key}/${capacity_ah}/pack`));
  const plant = new Plant({ world, capacity_ah, spread, feed_in: true, variant: choice.variant ?? "latch" });
  const epoch = choice.epoch ?? Date.UTC(2026, 0, world.day_of_year) / 1000;
  return {
    plant,
    epoch,
    houseLoad: world.load.slice(),
    now: () => epoch + 60 * plant.minute,
    advanceTo: (minute) => {
      while (plant.minute < minute) plant.step();
    },
  };
}
