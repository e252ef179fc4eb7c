/** Joins the rules and the simulated plant: our rules and the original's as controllers of a run. */
import { decide } from "../lib/rules/grid-switch/decide.ts";
import { derive } from "../lib/rules/grid-switch/derive.ts";
import { type OriginalPolicy, runOriginal } from "../lib/rules/grid-switch/original.ts";
import type { Parameters, Policy } from "../lib/rules/grid-switch/parameters.ts";
import { freshState } from "../lib/rules/grid-switch/state.ts";
import type { DecideInput, Decision, GridSwitchState } from "../lib/rules/grid-switch/types.ts";
import { type ActMemory, advise, FRESH_ACT } from "../lib/rules/plan/act.ts";
import { PLAN_EVERY_S } from "../lib/rules/plan/kept.ts";
import { learn } from "../lib/rules/plan/learn.ts";
import { makePlan, TUNING } from "../lib/rules/plan/plan.ts";
import { freshProfile, type Profile, type Site, STEP_S } from "../lib/rules/plan/profile.ts";
import type { Plan, PlanInput, Tuning } from "../lib/rules/plan/types.ts";
import type { Controller } from "../lib/sim/plant/plant-run.ts";

/** Our rules as a controller of the simulated plant; `watch` sees each decision with what went into it. */
export function rulesController(
  parameters: Parameters,
  options: { policy?: Policy; watch?: (input: DecideInput, decision: Decision, after: GridSwitchState) => void } = {},
): Controller {
  let state: GridSwitchState | null = null;
  return (view) => {
    const input: DecideInput = {
      now: view.now,
      samples: view,
      state,
      parameters,
      mode: "auto",
      policy: options.policy ?? "greedy",
      charger_source: view.charger_source,
    };
    const result = decide(input);
    options.watch?.(input, result.decision, result.state);
    state = result.state;
    const { action, charger_action: charger } = result.decision;
    if (action.kind === "none" && !charger) return null;
    return {
      ...(action.kind === "order" ? { ongrid_switch: action.value } : {}),
      ...(charger ? { charger_source: charger.value === "only_solar" ? 3 : 0 } : {}),
    };
  };
}

const SITE: Site = { latitude: 45, offset_s: 0, noon_s: 43_200 };

/** Memory of a planner that may outlive a run: what was learned in one world is known in the next. */
export interface PlannerMemory {
  profile: Profile;
}

export function emptyMemory(): PlannerMemory {
  return { profile: freshProfile(SITE) };
}

/** The planner inside our rails, as batmon runs it: learning each ten minutes, a plan each twenty, advice each run. */
export function plannerController(
  parameters: Parameters,
  options: {
    tuning?: Tuning;
    memory?: PlannerMemory;
    site?: Site;
    /** What the planner believes of the machine, as factors (robustness). */
    wrong?: { capacity?: number };
    watch?: (input: DecideInput, decision: Decision, after: GridSwitchState) => void;
    watchPlan?: (input: PlanInput, plan: Plan) => void;
  } = {},
): Controller {
  const tuning = options.tuning ?? TUNING;
  const site = options.site ?? SITE;
  const memory = options.memory ?? emptyMemory();
  let state: GridSwitchState | null = null;
  let plan: Plan | null = null;
  let acting: ActMemory = FRESH_ACT;
  return (view) => {
    const { now } = view;
    if (now >= memory.profile.learned_until + STEP_S) {
      memory.profile = learn(memory.profile, view, now, site, LEARN_SETTINGS);
    }
    const derived = derive(now, view, parameters, state ?? freshState(now));
    const soc = derived.soc;
    const onGrid = derived.inverter?.ongrid_switch ?? null;
    const float = derived.inverter?.charge_stage === "float";
    const fresh = derived.bms_age_s <= 180 && derived.inverter_age_s <= 180;
    const capacity = parameters.capacity ?? derived.bms?.record.capacity ?? null;
    if (fresh && soc !== null && onGrid !== null && capacity !== null) {
      if (plan === null || now - plan.at >= PLAN_EVERY_S || now < plan.at) {
        const input: PlanInput = {
          now,
          soc,
          on_grid: onGrid,
          float,
          profile: memory.profile,
          site,
          settings: {
            capacity_ah: capacity * (options.wrong?.capacity ?? 1),
            cell_count: parameters.cell_count,
            absorb_voltage: LEARN_SETTINGS.absorb_voltage,
            float_voltage: 54,
            reserve: new Array<number>(24).fill(parameters.reserve),
            leave_margin: 2,
            charger_source_rule: parameters.charger_source_rule,
          },
          tuning,
        };
        plan = makePlan(input);
        options.watchPlan?.(input, plan);
      }
    }
    const advised = advise(
      plan,
      { now, soc, on_grid: onGrid, float, reserve: parameters.reserve, leave_margin: 2 },
      tuning,
      acting,
    );
    acting = advised.memory;
    const input: DecideInput = {
      now,
      samples: view,
      state,
      parameters,
      mode: "auto",
      policy: "planner",
      charger_source: view.charger_source,
      plan: advised.advice,
    };
    const result = decide(input);
    options.watch?.(input, result.decision, result.state);
    state = result.state;
    const { action, charger_action: charger } = result.decision;
    if (action.kind === "none" && !charger) return null;
    return {
      ...(action.kind === "order" ? { ongrid_switch: action.value } : {}),
      ...(charger ? { charger_source: charger.value === "only_solar" ? 3 : 0 } : {}),
    };
  };
}

const LEARN_SETTINGS = { cell_count: 16, absorb_voltage: 56.4, grid_voltage_low: 170 };

/** The original's rules, flaws included; its counter file starts at 1. */
export function originalController(policy: OriginalPolicy): Controller {
  let counter = 1;
  return (view) => {
    const result = runOriginal(policy, view.now, view.bms.at(-1), view.inverter.at(-1), counter);
    counter = result.counter;
    return result.wish === null ? null : { ongrid_switch: result.wish };
  };
}
