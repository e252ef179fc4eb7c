import { decide } from "../../rules/grid-switch/decide.ts";
import type { Parameters, Policy } from "../../rules/grid-switch/parameters.ts";
import type { GridSwitchState } from "../../rules/grid-switch/types.ts";
import { type Controller, RUN_EPOCH, type RunResult, runAlwaysOnGrid, runWorld } from "../../sim/plant/plant-run.ts";
import type { World } from "../../sim/plant/scenario.ts";
import type { BmsInput, InverterInput } from "../../view/record.ts";

/** A reading holds for so long without the next one, s. */
const HOLD_S = 900;
/** Below this the grid counts as gone, V. */
const GRID_GONE = 170;

/** What the plant model makes of the recorded sun and load under three ways of switching. */
export interface ModelResult {
  /** Ah */
  readonly capacity: number;
  readonly rules: ModelSide;
  readonly real: ModelSide;
  readonly always_on_grid: ModelSide;
}
export interface ModelSide {
  /** kWh */
  readonly bought: number;
  /** V */
  readonly lowest_cell: number;
  readonly switches: number;
}

/**
 * Runs the plant model over the recorded PV and load: with the rules at the switch, with the switch as it really was, and always
 * on the grid. Recorded PV is what the inverter took, so unused sun of a full battery is missing from it. Null without data.
 */
export function modelRun(
  bms: readonly BmsInput[],
  inverter: readonly InverterInput[],
  parameters: Parameters,
  policy: Policy,
): ModelResult | null {
  const first = inverter[0];
  const capacity = parameters.capacity ?? bms.find((sample) => sample.capacity !== null)?.capacity ?? null;
  const soc = bms.find((sample) => sample.soc !== null)?.soc ?? null;
  if (!first || capacity === null || soc === null) return null;
  const world = recordedWorld(inverter, first.at, soc / 100);
  if (world.minutes === 0) return null;
  const run = (controller: Controller) => sideOf(runWorld({ world, capacity_ah: capacity, controller }));
  return {
    capacity,
    rules: run(rulesController(parameters, policy)),
    real: run(replay(inverter, first.at)),
    always_on_grid: sideOf(runAlwaysOnGrid(world, capacity)),
  };
}

function sideOf({ net, lowest_cell, switch_overs }: RunResult): ModelSide {
  return { bought: net, lowest_cell, switches: switch_overs };
}

/** The recorded minutes as a world of the model; a gap in the record has neither sun nor load. */
function recordedWorld(inverter: readonly InverterInput[], from: number, start_soc: number): World {
  const minutes = Math.floor(((inverter.at(-1)?.at ?? from) - from) / 60);
  const pv = new Float64Array(minutes);
  const load = new Float64Array(minutes);
  const grid = new Uint8Array(minutes).fill(1);
  let next = 0;
  for (let minute = 0; minute < minutes; minute += 1) {
    const at = from + 60 * minute;
    while ((inverter[next + 1]?.at ?? Number.POSITIVE_INFINITY) <= at) next += 1;
    const sample = inverter[next] as InverterInput;
    if (at - sample.at > HOLD_S) continue;
    pv[minute] = sample.pv_power ?? 0;
    load[minute] = sample.load_power ?? 0;
    const seen = sample.ongrid_switch === true && sample.grid_voltage !== null;
    if (seen && (sample.grid_voltage as number) < GRID_GONE) grid[minute] = 0;
  }
  const day_of_year = Math.ceil((from - Date.UTC(new Date(from * 1000).getUTCFullYear(), 0, 1) / 1000) / 86_400);
  const bms_lost = new Uint8Array(minutes);
  return {
    key: `recorded/${from}`,
    minutes,
    day_of_year: Math.max(1, day_of_year),
    pv,
    load,
    grid,
    bms_lost,
    start_soc,
  };
}

function rulesController(parameters: Parameters, policy: Policy): Controller {
  let state: GridSwitchState | null = null;
  return (view) => {
    const result = decide({ now: view.now, samples: view, state, parameters, mode: "auto", policy });
    state = result.state;
    const { action } = result.decision;
    return action.kind === "order" ? { ongrid_switch: action.value } : null;
  };
}

/** Orders the recorded position until the model's switch stands there. */
function replay(inverter: readonly InverterInput[], from: number): Controller {
  let next = 0;
  return (view) => {
    const at = from + (view.now - RUN_EPOCH);
    while ((inverter[next + 1]?.at ?? Number.POSITIVE_INFINITY) <= at) next += 1;
    const wanted = inverter[next]?.ongrid_switch ?? null;
    const present = view.inverter.at(-1)?.ongrid_switch ?? null;
    return wanted === null || wanted === present ? null : { ongrid_switch: wanted };
  };
}
