/** Our rules at the switch of a simulated plant. */
import { decide } from "../rules/grid-switch/decide.ts";
import type { Parameters, Policy } from "../rules/grid-switch/parameters.ts";
import type { DecideInput, Decision, GridSwitchState } from "../rules/grid-switch/types.ts";
import type { PlanAdvice } from "../rules/plan/act.ts";
import type { Controller, ControllerView } from "../sim/plant/plant-run.ts";

export type Watch = (input: DecideInput, decision: Decision, after: GridSwitchState) => void;
/** What the plan wants at a run. */
type Advisor = (view: ControllerView, state: GridSwitchState | null) => PlanAdvice | null;

/** Our rules as a controller of the simulated plant; `watch` sees each decision with what went into it. */
export function rulesController(
  parameters: Parameters,
  options: { policy?: Policy; watch?: Watch; advice?: Advisor } = {},
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
      plan: options.advice?.(view, state) ?? null,
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
