/** Inputs of plans: an empty store, a small pack off the grid in the evening of a day in June. */
import { TUNING } from "../../lib/rules/plan/plan.ts";
import { freshProfile, type Profile, type Site } from "../../lib/rules/plan/profile.ts";
import type { PlanInput } from "../../lib/rules/plan/types.ts";

export const SITE: Site = { latitude: 45, offset_s: 0, noon_s: 43_200 };
/** 21 June 2025, midnight. */
export const JUNE = 1_750_464_000;

/** Whose grid was watched for a hundred days and never gone. */
export const WATCHED: Profile = { ...freshProfile(SITE), grid_hours: new Array<number>(24).fill(100) };

export function input(changes: Partial<PlanInput> = {}): PlanInput {
  return {
    now: JUNE + 19 * 3600,
    soc: 90,
    on_grid: false,
    float: false,
    profile: freshProfile(SITE),
    site: SITE,
    settings: {
      capacity_ah: 100,
      cell_count: 16,
      absorb_voltage: 56.4,
      float_voltage: 54,
      reserve: new Array<number>(24).fill(30),
      leave_margin: 2,
      charger_source_rule: false,
    },
    tuning: TUNING,
    ...changes,
  };
}
