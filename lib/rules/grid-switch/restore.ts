/**
 * Reads the memory of the rules back, field by field: what is missing gets its default, what is unknown is dropped, a field that
 * makes no sense is replaced and named, and the rest stays. An upgrade, or one damaged field, forgets nothing else.
 */
import { freshState } from "./state.ts";
import type { GridSwitchState } from "./types.ts";

type Test = (value: unknown) => boolean;
type Fields<T> = { readonly [Key in keyof T]-?: Test };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isNumber: Test = (value) => typeof value === "number" && Number.isFinite(value);
const isBoolean: Test = (value) => typeof value === "boolean";
const isText: Test = (value) => typeof value === "string";
const isCount: Test = (value) => isNumber(value) && (value as number) >= 0;
const orNull =
  (test: Test): Test =>
  (value) =>
    value === null || test(value);
const has =
  (fields: Readonly<Record<string, Test>>): Test =>
  (value) =>
    isObject(value) && Object.entries(fields).every(([key, test]) => test(value[key]));

const ORDER = { value: isBoolean, at: isNumber };

const FIELDS: Fields<GridSwitchState> = {
  version: (value) => value === 1,
  started_at: isNumber,
  last_run_at: isNumber,
  uptime_s: orNull(isNumber),
  on_grid: orNull(isBoolean),
  since: isNumber,
  switch_times: (value) => Array.isArray(value) && value.every(isNumber),
  extra_day: orNull(isNumber),
  lock_until: isNumber,
  lock_cause: orNull(isText),
  manual_until: isNumber,
  backoff: isCount,
  pending: orNull(
    has({ value: isBoolean, first_at: isNumber, last_at: isNumber, attempts: isCount, life_s: isCount, rule: isText }),
  ),
  last_order: orNull(has(ORDER)),
  gave_up: orNull(has({ ...ORDER, attempts: isCount, code: orNull(isText) })),
  bms_counted_at: isCount,
  inverter_counted_at: isCount,
  pair_counted_at: isCount,
  reserve_minutes: isCount,
  full_minutes: isCount,
  sun_minutes: isCount,
  dark_minutes: isCount,
  daylight_minutes: isCount,
  outage: isBoolean,
  physical_minutes: isCount,
  ignore_before: isNumber,
  grace_until: isNumber,
  cell_count: orNull((value) => Number.isInteger(value) && (value as number) > 0 && (value as number) <= 32),
  capacity: orNull((value) => isNumber(value) && (value as number) > 0),
  bms_interval_s: orNull(isCount),
  inverter_interval_s: orNull(isCount),
  last_soc: orNull(has({ soc: isNumber, at: isNumber })),
  charger: has({
    low_minutes: isCount,
    wanted: (value) => value === null || value === "solar_first" || value === "only_solar",
    order_at: isNumber,
  }),
  original: has({ counter: isNumber, run_at: isNumber }),
};

export interface Restored {
  readonly state: GridSwitchState;
  /** Names of fields that made no sense and were replaced; a missing one is no damage. */
  readonly repaired: readonly string[];
}

/** The memory in `value`, whatever version wrote it; null when there is nothing of it in there. */
export function restore(value: unknown, now: number): Restored | null {
  if (!isObject(value)) return null;
  const fresh = freshState(now);
  const state: Record<string, unknown> = { ...fresh };
  const repaired: string[] = [];
  let known = 0;
  for (const [key, test] of Object.entries(FIELDS)) {
    if (key === "version" || !Object.hasOwn(value, key)) continue;
    if (test(value[key])) {
      state[key] = value[key];
      known += 1;
    } else repaired.push(key);
  }
  return known === 0 ? null : { state: state as unknown as GridSwitchState, repaired };
}

/** The memory alone; null = none. */
export function restoreState(value: unknown, now: number): GridSwitchState | null {
  return restore(value, now)?.state ?? null;
}
