/** How far the other choice was, in one sentence. */
import type { Derived } from "./derive.ts";
import type { Parameters } from "./parameters.ts";
import type { GridSwitchState, RuleResult } from "./types.ts";

function joined(parts: readonly string[]): string {
  return parts.length === 0 ? "nothing" : parts.join(" and ");
}

function minutesMissing(have: number, need: number): string[] {
  const missing = Math.ceil(need - have);
  return missing > 0 ? [`${missing} more min`] : [];
}

/** Off the grid: what separates the plant from the reserve and from an emergency. */
export function distanceToGrid(derived: Derived, parameters: Parameters, state: GridSwitchState): string {
  const parts: string[] = [];
  const { reserve_soc: soc } = derived;
  if (soc === null) return "the state of charge is not known; only emergencies and missing data can end the spell";
  const above = soc - parameters.reserve;
  if (above > 0) parts.push(`${above.toFixed(1)} % less charge`);
  parts.push(...minutesMissing(state.reserve_minutes, parameters.reserve_hold));
  const lowest = derived.bms?.level ?? null;
  const emergency =
    lowest === null
      ? ""
      : `; the lowest cell was ${(lowest - parameters.cell_emergency).toFixed(2)} V above the emergency limit`;
  return `the reserve rule was missing ${joined(parts)}${emergency}`;
}

/** On the grid: what the nearest trigger was missing, and which guards stood in the way. */
export function distanceToSolar(
  derived: Derived,
  parameters: Parameters,
  state: GridSwitchState,
  blocked: readonly RuleResult[],
): string {
  const { soc } = derived;
  const guard = blocked.length === 0 ? "" : `; in the way: ${blocked.map((rule) => rule.id).join(", ")}`;
  if (soc === null) return `the state of charge is not known${guard}`;
  const charge = (needed: number): string[] => (soc < needed ? [`${(needed - soc).toFixed(1)} % more charge`] : []);
  const sun = charge(derived.start_soc);
  if (derived.sun_needed === null || derived.pv_mean === null) sun.push("known PV and load");
  else {
    const missing = Math.max(derived.sun_needed, parameters.arm_power) - derived.pv_mean;
    if (missing > 0) sun.push(`${Math.ceil(missing)} W more PV`);
  }
  if (derived.fill_hours !== null && derived.fill_hours > parameters.fill_hours) {
    sun.push(
      `a pack nearer to full (${derived.fill_hours.toFixed(1)} h of this sun away, ${parameters.fill_hours} h allowed)`,
    );
  }
  sun.push(...minutesMissing(state.sun_minutes, parameters.sun_hold));
  const full = charge(Math.max(parameters.nearly_full, derived.start_soc));
  full.push(...minutesMissing(state.full_minutes, parameters.full_hold));
  return `the sun rule was missing ${joined(sun)}; the full rule ${joined(full)}${guard}`;
}
