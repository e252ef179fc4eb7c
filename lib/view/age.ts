/** The age of what is stored: one answer to "is this still true". Pure. */

/** Clocks of one board agree to the second; what is dated further ahead than this is from a wrong clock. */
export const FUTURE_TOLERANCE_S = 2;

/** `age_s` is null where there is no sensible age: never stored, or dated in the future. */
export interface Age {
  readonly state: "fresh" | "old" | "never" | "future";
  readonly age_s: number | null;
}

/** Age of what was stored at `at` (UTC s, null = never). Only "fresh" may be shown as live. */
export function ageOf(at: number | null, now: number, max_age_s: number): Age {
  if (at === null) return { state: "never", age_s: null };
  if (at > now + FUTURE_TOLERANCE_S) return { state: "future", age_s: null };
  const age_s = Math.max(0, now - at);
  return { state: age_s > max_age_s ? "old" : "fresh", age_s };
}

/** The rules' judgement: when they last ran. `off`: this station has no rules. */
export interface JudgementAge {
  readonly state: Age["state"] | "off";
  readonly at: number | null;
  readonly age_s: number | null;
}

/** A judgement may be older than a sample: rules at every fifteen minutes are slow, not dead. */
const JUDGEMENT_LEAST_S = 900;

/** Age of the judgement made at `at`; beyond its limit nothing of it may be said in the present tense. */
export function judgementAge(at: number | null, now: number, max_age_s: number, enabled: boolean): JudgementAge {
  if (!enabled) return { state: "off", at, age_s: null };
  return { at, ...ageOf(at, now, Math.max(JUDGEMENT_LEAST_S, 3 * max_age_s)) };
}
