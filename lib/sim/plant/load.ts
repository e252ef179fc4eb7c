/** House load, W AC, one value a minute. */
import type { Random } from "./random.ts";

/** Fills `out` (whole days) with the base load, and the kettles and appliances of a spiky house. */
export function fillLoad(out: Float64Array, random: Random, options: { mean: number; spiky: boolean }): void {
  const keep = Math.exp(-1 / 45);
  const push = Math.sqrt(1 - keep * keep);
  let a = random.normal();
  for (let minute = 0; minute < out.length; minute += 1) {
    const hour = (minute % 1440) / 60;
    const diurnal = hour >= 18 && hour < 23 ? 40 : hour >= 2 && hour < 6 ? -40 : 0;
    out[minute] = Math.min(900, Math.max(600, options.mean + 55 * a + diurnal));
    a = a * keep + random.normal() * push;
  }
  if (!options.spiky) return;
  const add = (power: number, from: number, minutes: number): void => {
    for (let minute = from; minute < Math.min(out.length, from + minutes); minute += 1) {
      out[minute] = (out[minute] ?? 0) + power;
    }
  };
  for (let midnight = 0; midnight < out.length; midnight += 1440) {
    for (let kettle = 0; kettle < 5; kettle += 1) {
      add(2000, midnight + Math.floor(random.between(390, 1380)), 3 + Math.floor(random.uniform() * 3));
    }
    for (let appliance = 0; appliance < 2; appliance += 1) {
      add(1200, midnight + Math.floor(random.between(420, 1320)), 8 + Math.floor(random.uniform() * 5));
    }
  }
}
