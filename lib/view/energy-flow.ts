/** Energy of a power that was read twice: trapezoids, each direction on its own. */

/** Samples this close are always bridged, s: cron at 5 minutes, or two lost minutes. */
export const BRIDGED_S = 330;
/** Samples further apart than this never are, s: nobody knows what flowed, and it counts as nothing. */
export const BRIDGED_MOST_S = 1800;
/** A station that is polled seldom loses a sample now and then as well: twice its distance, and some lateness. */
const LATE_FACTOR = 2.2;

/** Whether two samples `seconds` apart tell what flowed between them. `gaps`: the two distances before, s; fewer where not known. */
export function isBridged(seconds: number, gaps: readonly number[]): boolean {
  const habit = gaps.length < 2 ? 0 : Math.min(...gaps);
  return seconds <= Math.min(BRIDGED_MOST_S, Math.max(BRIDGED_S, LATE_FACTOR * habit));
}

/** The two distances before the next sample. */
export function gapsAfter(seconds: number, gaps: readonly number[]): readonly number[] {
  return seconds > 0 ? [...gaps.slice(-1), seconds] : gaps;
}

/** What flowed each way, never negative. */
export interface Flow {
  readonly charged: number;
  readonly discharged: number;
}

/** Wh (of W; mWh of mW) between two readings `seconds` apart, + = charging; nothing where one is not known. */
export function flowBetween(from: number | null, to: number | null, seconds: number): Flow {
  if (from === null || to === null) return { charged: 0, discharged: 0 };
  const hours = seconds / 3600;
  const mean = ((from + to) / 2) * hours;
  if (from >= 0 && to >= 0) return { charged: mean, discharged: 0 };
  if (from <= 0 && to <= 0) return { charged: 0, discharged: -mean };
  // The line crosses zero: two triangles.
  const share = Math.abs(from) / (Math.abs(from) + Math.abs(to));
  const first = (Math.abs(from) / 2) * hours * share;
  const second = (Math.abs(to) / 2) * hours * (1 - share);
  return from > 0 ? { charged: first, discharged: second } : { charged: second, discharged: first };
}
