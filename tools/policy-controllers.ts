/** Joins the rules and the simulated plant: our rules and the original's as controllers of a run. */
import { decide } from "../lib/rules/grid-switch/decide.ts";
import { type OriginalPolicy, runOriginal } from "../lib/rules/grid-switch/original.ts";
import type { Parameters, Policy } from "../lib/rules/grid-switch/parameters.ts";
import type { DecideInput, Decision, GridSwitchState } from "../lib/rules/grid-switch/types.ts";
import type { Controller } from "../lib/sim/plant/run.ts";

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

/** The original's rules, flaws included; its counter file starts at 1. */
export function originalController(policy: OriginalPolicy): Controller {
  let counter = 1;
  return (view) => {
    const result = runOriginal(policy, view.now, view.bms.at(-1), view.inverter.at(-1), counter);
    counter = result.counter;
    return result.wish === null ? null : { ongrid_switch: result.wish };
  };
}
