/** Joins the rules and the simulated plant: our rules and the original's as controllers of a run. */
import { rulesController, type Watch } from "../lib/judge/plant-controller.ts";
import { type OriginalPolicy, runOriginal } from "../lib/rules/grid-switch/original.ts";
import type { Parameters } from "../lib/rules/grid-switch/parameters.ts";
import { type LoopOptions, PlannerLoop } from "../lib/rules/plan/loop.ts";
import { freshProfile, type Profile, type Site } from "../lib/rules/plan/profile.ts";
import type { Controller } from "../lib/sim/plant/plant-run.ts";

export { rulesController };

const SITE: Site = { latitude: 45, offset_s: 0, noon_s: 43_200 };

/** Memory of a planner that may outlive a run: what was learned in one world is known in the next. */
export interface PlannerMemory {
  profile: Profile;
}

export function emptyMemory(): PlannerMemory {
  return { profile: freshProfile(SITE) };
}

const VOLTAGES = { cell_count: 16, absorb_voltage: 56.4, float_voltage: 54, grid_voltage_low: 170 };

/** The planner inside our rails, as batmon runs it: learning each ten minutes, a plan each twenty, advice each run. */
export function plannerController(
  parameters: Parameters,
  options: Partial<Omit<LoopOptions, "parameters" | "profile">> & { memory?: PlannerMemory; watch?: Watch } = {},
): Controller {
  const { memory = emptyMemory(), watch, ...own } = options;
  const loop = new PlannerLoop({ site: SITE, voltages: VOLTAGES, ...own, parameters, profile: memory.profile });
  return rulesController(parameters, {
    policy: "planner",
    ...(watch === undefined ? {} : { watch }),
    advice: (view, state) => {
      const advice = loop.advice(view.now, view, state);
      memory.profile = loop.profile;
      return advice;
    },
  });
}

/** The original's rules, flaws included; its counter file starts at 1. */
export function originalController(policy: OriginalPolicy): Controller {
  let counter = 1;
  return (view) => {
    const result = runOriginal(policy, view.now, view.bms.at(-1), view.inverter.at(-1), counter);
    counter = result.counter;
    return result.wish === null ? null : { ongrid_switch: result.wish };
  };
}
