/** Energies and hours of the time that samples speak for. */
import type { Stretch } from "../../view/energy-flow.ts";

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
