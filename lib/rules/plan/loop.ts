/** The planner over many runs, its memory in the process: for what replays a history or lives on a simulated plant. */
import { derive } from "../grid-switch/derive.ts";
import type { Parameters } from "../grid-switch/parameters.ts";
import { freshState } from "../grid-switch/state.ts";
import type { DecideInput, GridSwitchState } from "../grid-switch/types.ts";
import { type ActMemory, advise, FRESH_ACT, type PlanAdvice } from "./act.ts";
import type { LearnSettings } from "./bucket.ts";
import { PLAN_EVERY_S } from "./kept.ts";
import { learn } from "./learn.ts";
import { looking } from "./learn-quirk.ts";
import { makePlan, TUNING } from "./plan.ts";
import { freshDay, type Profile, type Site, STEP_S, solarDay } from "./profile.ts";
import type { Plan, PlanInput, Tuning } from "./types.ts";

/** % above the reserve that a plan needs to leave the grid. */
export const LEAVE_MARGIN = 2;
/** A plan is built on samples no older than this, s. */
const FRESH_S = 180;

export interface LoopOptions {
  readonly parameters: Parameters;
  readonly site: Site;
  readonly profile: Profile;
  readonly voltages: Omit<LearnSettings, "capacity_ah"> & { readonly float_voltage: number };
  readonly tuning?: Tuning;
  /** What the planner believes of the pack, as a factor: for measuring what a wrong belief costs. */
  readonly capacity_factor?: number;
  readonly watchPlan?: (input: PlanInput, plan: Plan) => void;
}

/** What is known of the place, without the day that is on: to begin anew at another moment. */
export function rewound(profile: Profile, at: number): Profile {
  const today = freshDay(solarDay(profile, at));
  return { ...profile, learned_until: Math.floor(at / STEP_S) * STEP_S, today, yesterday: null, anchor: null };
}

export class PlannerLoop {
  profile: Profile;
  #plan: Plan | null = null;
  #acting: ActMemory = FRESH_ACT;

  constructor(private readonly options: LoopOptions) {
    this.profile = options.profile;
  }

  /** Learns, plans when a plan is due, and says what it wants of this run. */
  advice(now: number, samples: DecideInput["samples"], state: GridSwitchState | null): PlanAdvice | null {
    const { parameters, site, voltages, tuning = TUNING, capacity_factor = 1, watchPlan } = this.options;
    const derived = derive(now, samples, parameters, state ?? freshState(now));
    const { soc } = derived;
    const on_grid = derived.inverter?.ongrid_switch ?? null;
    const float = derived.inverter?.charge_stage === "float";
    const fresh = derived.bms_age_s <= FRESH_S && derived.inverter_age_s <= FRESH_S;
    const said = parameters.capacity ?? derived.bms?.record.capacity ?? null;
    const capacity_ah = said === null ? null : said * capacity_factor;
    if (now >= this.profile.learned_until + STEP_S) {
      this.profile = learn(this.profile, samples, now, site, { ...voltages, capacity_ah });
    }
    const due = this.#plan === null || now - this.#plan.at >= PLAN_EVERY_S || now < this.#plan.at;
    if (due && fresh && soc !== null && on_grid !== null && capacity_ah !== null) {
      const { cell_count, absorb_voltage, float_voltage } = voltages;
      const input: PlanInput = {
        ...{ now, soc, on_grid, float, profile: this.profile, site, tuning },
        settings: {
          ...{ capacity_ah, cell_count, absorb_voltage, float_voltage },
          reserve: new Array<number>(24).fill(parameters.reserve),
          leave_margin: LEAVE_MARGIN,
          charger_source_rule: parameters.charger_source_rule,
        },
      };
      this.#plan = makePlan(input);
      watchPlan?.(input, this.#plan);
    }
    const held = {
      reserve: parameters.reserve,
      leave_margin: LEAVE_MARGIN,
      looking: looking(this.profile, site, { now, soc, float }),
    };
    const view = { now, soc, on_grid, float, ...held };
    const advised = advise(this.#plan, view, this.#acting);
    this.#acting = advised.memory;
    return advised.advice;
  }
}
