import { AHEAD_S } from "../base/clock.ts";
import type { Context } from "../cli/spec.ts";
import { type LeaveRefusal, leaveRefusal } from "../rules/grid-switch/leave-refusal.ts";
import type { Store } from "../store/database.ts";
import { ruleState } from "../store/rules.ts";
import { wholeBetween } from "./rule-inputs.ts";
import { MEMORY } from "./rule-memory.ts";
import { ruleSet } from "./rule-settings.ts";

/** Samples looked at; the rules use an hour at most. */
const WINDOW_S = 3600;

/** Would batmon's guards let the grid be left now, by what is stored? null = yes. Changes nothing. */
export function leaveRefusalNow(context: Context, store: Store): LeaveRefusal | null {
  const { config } = context;
  const now = context.clock.now();
  const to = now + AHEAD_S + 1;
  return leaveRefusal({
    now,
    samples: wholeBetween(store, config, now - WINDOW_S, { bms: to, inverter: to }),
    state: ruleState(store, MEMORY.grid_switch),
    parameters: ruleSet(config).parameters,
  });
}
