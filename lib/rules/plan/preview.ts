/** What an order by hand would change in the coming day: the plan without it and with it. Pure. */
import { makePlan } from "./plan.ts";
import type { HeldPosition } from "./roll.ts";
import type { PlanInput } from "./types.ts";

/** What an order changes, as far as the plan knows. */
export type PlannedChange =
  | { readonly kind: "switch"; readonly on_grid: boolean; readonly until: number }
  | { readonly kind: "grid_charging"; readonly allowed: boolean }
  | { readonly kind: "grid_current"; readonly ampere: number }
  | { readonly kind: "voltage"; readonly key: "absorb_voltage" | "float_voltage"; readonly volt: number };

/** The coming day in four figures; times UTC s, null = not within the plan. */
export interface Foreseeable {
  readonly reserve_at: number | null;
  readonly full_at: number | null;
  /** kWh. */
  readonly bought: number;
  readonly switches: number;
}

/** `stands`: until when nothing but the order moves the switch, UTC s; null = the rules act. */
export function preview(
  input: PlanInput,
  change: PlannedChange,
  stands: number | null = null,
): { without: Foreseeable; with: Foreseeable } {
  const { on_grid } = input;
  const even_below = stands !== null;
  const held = stands === null ? null : { on_grid, until: stands, even_below };
  return {
    without: foreseen(input, on_grid, held),
    with: foreseen(changed(input, change), on_grid, change.kind === "switch" ? { ...change, even_below } : held),
  };
}

function changed(input: PlanInput, change: PlannedChange): PlanInput {
  const { settings } = input;
  if (change.kind === "switch") {
    return { ...input, on_grid: change.on_grid, float: input.float && input.on_grid && change.on_grid };
  }
  if (change.kind === "grid_charging") {
    return { ...input, settings: { ...settings, charger_source_rule: !change.allowed } };
  }
  if (change.kind === "grid_current") {
    const { profile } = input;
    return { ...input, profile: { ...profile, grid_charge_a: { ...profile.grid_charge_a, value: change.ampere } } };
  }
  return { ...input, settings: { ...settings, [change.key]: change.volt } };
}

function foreseen(input: PlanInput, stood: boolean, held: HeldPosition | null): Foreseeable {
  const plan = makePlan(input, held);
  let switches = 0;
  let before = stood;
  for (const { on_grid } of plan.course) {
    if (on_grid !== before) switches += 1;
    before = on_grid;
  }
  const { reserve_at, full_at, bought } = plan;
  return { reserve_at, full_at, bought, switches };
}
