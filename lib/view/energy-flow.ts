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

/** A sample with the time that it speaks for, s. */
export interface Stretch<T> {
  readonly sample: T;
  readonly seconds: number;
}

/**
 * Each sample of the window with the time until the next one (or until its end); none where that is too far away to know what was between.
 * `samples` in order of time, one a moment; those before `from` tell the habit.
 */
export function stretches<T extends { readonly at: number }>(
  samples: readonly T[],
  from: number,
  until: number,
): Stretch<T>[] {
  let gaps: readonly number[] = [];
  return samples.flatMap((sample, index) => {
    const seconds = (samples[index + 1]?.at ?? until) - sample.at;
    const bridged = isBridged(seconds, gaps);
    gaps = gapsAfter(seconds, gaps);
    if (sample.at < from || sample.at >= until) return [];
    return [{ sample, seconds: bridged ? Math.min(seconds, until - sample.at) : 0 }];
  });
}

/** Seconds of the window that no sample speaks for. */
export function missingSeconds(samples: readonly { readonly at: number }[], from: number, until: number): number {
  const before = samples.findLast(({ at }) => at < from);
  const first = samples.find(({ at }) => at >= from)?.at ?? until;
  const head = before !== undefined && isBridged(first - before.at, []) ? Math.min(first, until) - from : 0;
  return stretches(samples, from, until).reduce((left, { seconds }) => left - seconds, until - from - head);
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
