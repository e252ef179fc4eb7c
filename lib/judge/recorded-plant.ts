import type { Parameters, Policy } from "../rules/grid-switch/parameters.ts";
import { envelope } from "../rules/plan/envelope.ts";
import { floatShare } from "../rules/plan/learn-quirk.ts";
import { type LoopOptions, PlannerLoop, rewound } from "../rules/plan/loop.ts";
import type { VariantName } from "../sim/plant/inverter.ts";
import { type Controller, type RunResult, runAlwaysOnGrid, runWorld } from "../sim/plant/plant-run.ts";
import type { World } from "../sim/plant/scenario.ts";
import type { BmsInput, InverterInput } from "../view/record.ts";
import { rulesController } from "./plant-controller.ts";

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
  readonly dark_minutes: number;
}

/** Where the model's figures come from: what the planner learned of this station. */
export type Learnt = Pick<LoopOptions, "profile" | "site" | "voltages">;

/** The recorded stretch as a world, its pack and firmware: what any rule set can be tried on. Null without data. */
export class RecordedPlant {
  readonly capacity: number;
  readonly world: World;
  readonly #variant: VariantName;

  constructor(
    readonly inverter: readonly InverterInput[],
    capacity: number,
    soc: number,
    readonly learnt: Learnt,
  ) {
    const { profile } = learnt;
    this.capacity = Math.round(capacity * profile.capacity.value);
    this.world = recordedWorld(inverter, soc / 100, learnt);
    this.#variant = floatShare(profile) === 1 ? "none" : "latch";
  }

  /** Under a rule set; the planner learns on from what it knows now. */
  under(parameters: Parameters, policy: Policy): ModelSide {
    const { profile, ...learnt } = this.learnt;
    const from = this.inverter[0]?.at ?? 0;
    // The model's pack is what was learned of the real one.
    const own = { ...profile, capacity: { value: 1, support: 0 } };
    const loop = policy === "planner" ? new PlannerLoop({ ...learnt, parameters, profile: rewound(own, from) }) : null;
    return this.#run(
      rulesController(parameters, {
        policy,
        ...(loop === null ? {} : { advice: (view, state) => loop.advice(view.now, view, state) }),
      }),
    );
  }

  asItWas(): ModelSide {
    return this.#run(replay(this.inverter));
  }

  alwaysOnGrid(): ModelSide {
    return sideOf(runAlwaysOnGrid(this.world, this.capacity, this.#variant));
  }

  #run(controller: Controller): ModelSide {
    const { world, capacity } = this;
    const epoch = this.inverter[0]?.at ?? 0;
    return sideOf(runWorld({ world, capacity_ah: capacity, variant: this.#variant, epoch, controller }));
  }
}

/** The plant of recorded samples; null when they do not tell of a pack, or span no minute. */
export function recordedPlant(
  bms: readonly BmsInput[],
  inverter: readonly InverterInput[],
  parameters: Parameters,
  learnt: Learnt,
): RecordedPlant | null {
  const capacity = parameters.capacity ?? bms.find((sample) => sample.capacity !== null)?.capacity ?? null;
  const soc = bms.find((sample) => sample.soc !== null)?.soc ?? null;
  if (inverter.length === 0 || capacity === null || soc === null) return null;
  const plant = new RecordedPlant(inverter, capacity, soc, learnt);
  return plant.world.minutes === 0 ? null : plant;
}

/**
 * Runs the plant model over the recorded sun and load: with the rules at the switch, with the switch as it really was, and always
 * on the grid. Null without data.
 */
export function modelRun(
  bms: readonly BmsInput[],
  inverter: readonly InverterInput[],
  parameters: Parameters,
  policy: Policy,
  learnt: Learnt,
): ModelResult | null {
  const plant = recordedPlant(bms, inverter, parameters, learnt);
  if (plant === null) return null;
  return {
    capacity: plant.capacity,
    rules: plant.under(parameters, policy),
    real: plant.asItWas(),
    always_on_grid: plant.alwaysOnGrid(),
  };
}

function sideOf({ net, lowest_cell, switch_overs, unserved_minutes }: RunResult): ModelSide {
  return { bought: net, lowest_cell, switches: switch_overs, dark_minutes: unserved_minutes };
}

/** Clear-sky power from which a reading tells how bright it is, W, and how slowly that is believed. */
const SEEN_W = 80;
const MEMORY = 0.1;

/**
 * The recorded minutes as a world of the model; a gap in the record has neither sun nor load. What a full battery left unused was not
 * recorded: there the sun is that of the clear sky, as bright as it was before.
 */
function recordedWorld(inverter: readonly InverterInput[], start_soc: number, { profile, site }: Learnt): World {
  const from = inverter[0]?.at ?? 0;
  const minutes = Math.floor(((inverter.at(-1)?.at ?? from) - from) / 60);
  const pv = new Float64Array(minutes);
  const load = new Float64Array(minutes);
  const grid = new Uint8Array(minutes).fill(1);
  let next = 0;
  let brightness = 0;
  for (let minute = 0; minute < minutes; minute += 1) {
    const at = from + 60 * minute;
    while ((inverter[next + 1]?.at ?? Number.POSITIVE_INFINITY) <= at) next += 1;
    const sample = inverter[next] as InverterInput;
    if (at - sample.at > HOLD_S) continue;
    const clear = envelope(profile, site, at);
    const seen = sample.pv_power ?? 0;
    const unused = sample.ongrid_switch === true && sample.charge_stage === "float";
    if (clear < SEEN_W) brightness = clear === 0 ? 0 : brightness;
    else if (!unused) brightness += MEMORY * (Math.min(1.2, seen / clear) - brightness);
    pv[minute] = unused ? Math.max(seen, brightness * clear) : seen;
    load[minute] = sample.load_power ?? 0;
    const known = sample.ongrid_switch === true && sample.grid_voltage !== null;
    if (known && (sample.grid_voltage as number) < GRID_GONE) grid[minute] = 0;
  }
  const day_of_year = Math.ceil((from - Date.UTC(new Date(from * 1000).getUTCFullYear(), 0, 1) / 1000) / 86_400);
  const bms_lost = new Uint8Array(minutes);
  const key = `recorded/${from}`;
  return { ...{ key, minutes, pv, load, grid, bms_lost, start_soc }, day_of_year: Math.max(1, day_of_year) };
}

/** Orders the recorded position until the model's switch stands there. */
function replay(inverter: readonly InverterInput[]): Controller {
  let next = 0;
  return (view) => {
    while ((inverter[next + 1]?.at ?? Number.POSITIVE_INFINITY) <= view.now) next += 1;
    const wanted = inverter[next]?.ongrid_switch ?? null;
    const present = view.inverter.at(-1)?.ongrid_switch ?? null;
    return wanted === null || wanted === present ? null : { ongrid_switch: wanted };
  };
}
