/** Cloud transmittance, one value a minute, one class a day. */
import type { Random } from "./random.ts";

export type Sky = "clear" | "broken" | "overcast" | "haze";

function clip(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}

/** Per class: correlation time in minutes and the two-state process, if any. */
const PROCESSES: Readonly<
  Record<Sky, { tau: number; leave_bright: number; leave_dark: number; start_bright: number }>
> = {
  clear: { tau: 90, leave_bright: 0, leave_dark: 0, start_bright: 1 },
  broken: { tau: 8, leave_bright: 1 / 14, leave_dark: 1 / 11, start_bright: 0.56 },
  overcast: { tau: 60, leave_bright: 0, leave_dark: 0, start_bright: 1 },
  haze: { tau: 45, leave_bright: 1 / 60, leave_dark: 1 / 20, start_bright: 0.75 },
};

function transmittance(sky: Sky, bright: boolean, a: number): number {
  switch (sky) {
    case "clear":
      return 0.97 + 0.015 * a;
    case "broken":
      return bright ? 1 + 0.03 * a : clip(0.3 + 0.1 * a, 0.12, 0.6);
    case "overcast":
      return clip(0.22 + 0.08 * a, 0.06, 0.5);
    case "haze":
      return clip(bright ? 0.85 + 0.07 * a : 0.5 + 0.1 * a, 0.3, 1);
  }
}

/** Writes one day of transmittance into `out` from `from`. */
export function fillClouds(sky: Sky, random: Random, out: Float64Array, from: number): void {
  const process = PROCESSES[sky];
  const keep = Math.exp(-1 / process.tau);
  const push = Math.sqrt(1 - keep * keep);
  let a = random.normal();
  let bright = random.uniform() < process.start_bright;
  for (let minute = 0; minute < 1440; minute += 1) {
    out[from + minute] = clip(transmittance(sky, bright, a), 0.02, 1.06);
    a = a * keep + random.normal() * push;
    if (random.uniform() < (bright ? process.leave_bright : process.leave_dark)) bright = !bright;
  }
}

/** Rows = today, columns = tomorrow: clear, broken, overcast. */
const TOMORROW: readonly (readonly number[])[] = [
  [0.55, 0.35, 0.1],
  [0.3, 0.4, 0.3],
  [0.15, 0.4, 0.45],
];

/** A chain of mixed days; in winter the clear days are hazy. */
export function mixedSky(days: number, winter: boolean, random: Random): Sky[] {
  const classes: readonly Sky[] = [winter ? "haze" : "clear", "broken", "overcast"];
  const chain: Sky[] = [];
  let today = Math.floor(random.uniform() * 3);
  for (let day = 0; day < days; day += 1) {
    chain.push(classes[today] ?? "broken");
    const row = TOMORROW[today] ?? [];
    const draw = random.uniform();
    today = draw < (row[0] ?? 0) ? 0 : draw < (row[0] ?? 0) + (row[1] ?? 0) ? 1 : 2;
  }
  return chain;
}
