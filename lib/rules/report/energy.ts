/** Stretches of time that samples stand for. */
import { BRIDGED_S } from "../../view/energy-flow.ts";

/** The stretch of time that one sample stands for. */
export interface Stretch<T> {
  readonly sample: T;
  readonly seconds: number;
}

/** How far apart samples may be before the time between them counts as a gap, in usual distances. */
const GAP_FACTOR = 1.5;

/**
 * Each sample with the time until the next one; over a gap it stands for one usual distance only, so nothing is invented there.
 * `samples` in order of time, one a moment.
 */
export function stretches<T extends { readonly at: number }>(
  samples: readonly T[],
  from: number,
  until: number,
  interval_s: number,
): Stretch<T>[] {
  const bridged = Math.max(interval_s * GAP_FACTOR, BRIDGED_S);
  return samples.flatMap((sample, index) => {
    if (sample.at < from || sample.at >= until) return [];
    const next = Math.min(samples[index + 1]?.at ?? until, until);
    const seconds = next - sample.at;
    return [{ sample, seconds: seconds > bridged ? Math.min(interval_s, seconds) : seconds }];
  });
}

/** Cron polls once a minute, but some owners do so less often: more than this is a gap and no habit, s. */
const USUAL = { min: 60, max: 900 };

/** Usual distance of samples in s: the median of their steps, within what cron can mean. */
export function usualDistance(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  const steps = sorted.slice(1).map((at, i) => at - (sorted[i] as number));
  steps.sort((a, b) => a - b);
  const median = steps[Math.floor(steps.length / 2)] ?? USUAL.min;
  return Math.min(USUAL.max, Math.max(USUAL.min, median));
}

/** Seconds of the window without samples: every distance above the usual one counts less one usual distance. */
export function missingSeconds(times: readonly number[], from: number, until: number, interval_s: number): number {
  const inside = times.filter((at) => at >= from && at < until).sort((a, b) => a - b);
  let missing = 0;
  let covered_until = from;
  for (const at of inside) {
    if (at - covered_until > interval_s * (GAP_FACTOR - 1)) missing += at - covered_until;
    covered_until = Math.max(covered_until, at + interval_s);
  }
  if (until - covered_until > interval_s * (GAP_FACTOR - 1)) missing += until - covered_until;
  return missing;
}

/** kWh of `power` W over the stretches; null when no stretch knows it. */
export function integrate<T>(parts: readonly Stretch<T>[], power: (sample: T) => number | null): number | null {
  let energy: number | null = null;
  for (const { sample, seconds } of parts) {
    const watts = power(sample);
    if (watts !== null) energy = (energy ?? 0) + (watts * seconds) / 3_600_000;
  }
  return energy;
}

/** Seconds of the stretches for which `test` is true; null when it is null for all of them. */
export function secondsWhere<T>(parts: readonly Stretch<T>[], test: (sample: T) => boolean | null): number | null {
  let total: number | null = null;
  for (const { sample, seconds } of parts) {
    const holds = test(sample);
    if (holds !== null) total = (total ?? 0) + (holds ? seconds : 0);
  }
  return total;
}
