/** Energy of a power that was read twice: trapezoids, each direction on its own. */

/** Samples further apart than this leave a gap, s: nobody knows what flowed, and it counts as nothing. */
export const BRIDGED_S = 330;

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
