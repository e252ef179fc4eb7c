/** How far the other choice was: codes with values; the sentence is made where a person reads it. */
import type { Derived } from "./derive.ts";
import type { Parameters } from "./parameters.ts";
import type { Distance, GridSwitchState, Missing, RuleResult } from "./types.ts";

type Rule = Missing["rule"];

function more(rule: Rule, code: Missing["code"], value: number): Missing[] {
  return value > 0 ? [{ rule, code, value }] : [];
}

const minutesMissing = (rule: Rule, have: number, need: number) => more(rule, "minutes", Math.ceil(need - have));

/** Off the grid: what separates the plant from the reserve and from an emergency. */
export function distanceToGrid(derived: Derived, parameters: Parameters, state: GridSwitchState): Distance {
  const { reserve_soc: soc } = derived;
  const lowest = derived.bms?.level ?? null;
  const missing =
    soc === null
      ? []
      : [
          ...more("reserve", "charge", soc - parameters.reserve),
          ...minutesMissing("reserve", state.reserve_minutes, parameters.reserve_hold),
        ];
  const cell_above = soc === null || lowest === null ? null : lowest - parameters.cell_emergency;
  return { to: "grid", soc_known: soc !== null, missing, cell_above, guards: [] };
}

/** On the grid: what the nearest trigger was missing, and which guards stood in the way. */
export function distanceToSolar(
  derived: Derived,
  parameters: Parameters,
  state: GridSwitchState,
  blocked: readonly RuleResult[],
): Distance {
  const { soc, sun_needed, pv_mean, fill_hours } = derived;
  const guards = blocked.map(({ id }) => id);
  if (soc === null) return { to: "solar", soc_known: false, missing: [], cell_above: null, guards };
  const power: Missing[] =
    sun_needed === null || pv_mean === null
      ? [{ rule: "sun", code: "power", value: null }]
      : more("sun", "power", Math.max(sun_needed, parameters.arm_power) - pv_mean);
  const far: Missing[] =
    fill_hours !== null && fill_hours > parameters.fill_hours
      ? [{ rule: "sun", code: "fill_hours", value: fill_hours, limit: parameters.fill_hours }]
      : [];
  const missing = [
    ...more("sun", "charge", derived.start_soc - soc),
    ...power,
    ...far,
    ...minutesMissing("sun", state.sun_minutes, parameters.sun_hold),
    ...more("full", "charge", Math.max(parameters.nearly_full, derived.start_soc) - soc),
    ...minutesMissing("full", state.full_minutes, parameters.full_hold),
  ];
  return { to: "solar", soc_known: true, missing, cell_above: null, guards };
}
