/** A quiet evening on the battery, and a plan of it: what the situations of the headline begin with, here and in its test. */
import type { HeadlineInput } from "../../lib/rules/headline.ts";
import type { CourseStep, Plan } from "../../lib/rules/plan/types.ts";

/** 2026-11-22 20:00 in Kyiv. */
export const NOW = Date.UTC(2026, 10, 22, 18, 0, 0) / 1000;
export const ZONE = "Europe/Kyiv";
export const NIGHT = {
  ...{ sun: 0, house: 900, grid: 0, grid_estimated: null, battery: -1020, soc: 41, voltage: 52.1 },
  ...{ capacity: 280_000, packs: null },
} as const;
export const DAY = { ...NIGHT, sun: 2400, battery: 1300, soc: 71 };
export const QUIET: HeadlineInput = {
  ...{ now: NOW, live: NIGHT, inverter: "live", inverter_last_at: NOW - 20, work_state: "off_grid", grid_voltage: 228 },
  ...{
    on_grid: false,
    judgement: { state: "fresh", at: NOW - 40, age_s: 40 },
    alerts: [],
    plan: null,
    followed: false,
  },
  ...{ reserve: 30, empty_soc: 8 },
};
export function planOf(part: Partial<Plan>, load = 900, pv = 0): Plan {
  const course = Array.from({ length: 90 }, (_, index): CourseStep => {
    const at = NOW + 1200 * (index + 1);
    return { at, on_grid: false, soc: 40, soc_low: 35, soc_high: 45, pv, load, bought: 0 };
  });
  const none = { next_switch: null, full_at: null, reserve_at: null, empty_at: null, bought: 0, gains: [], belief: [] };
  const promised = { full_at: part.full_at ?? null, reserve_at: part.reserve_at ?? null };
  return { version: 1, at: NOW - 300, step_s: 1200, course, ...none, promised, ...part };
}
