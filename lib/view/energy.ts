/** Energies of a stretch of time out of records: the same fold that the stored history is made with. */
import { counterStep, EnergyFold, quarterOf } from "./energy-fold.ts";
import { LARGEST_W } from "./limits.ts";

/** A kWh counter as it was read. */
export interface CounterReading {
  readonly at: number;
  readonly value: number | null;
}

const KEY = "counter";
const COUNTER = { energy: { [KEY]: { from: "counter" as const } } };
/** Counters count tenths of a kWh. */
const STEPS_PER_KWH = 10;

/** kWh counted from `from` to `until`, to the quarter hour; null without two readings. `readings` in order of time. */
export function countedEnergy(
  readings: readonly CounterReading[],
  from: number,
  until: number,
  rated_power: number | null = null,
): number | null {
  const fold = new EnergyFold(COUNTER, new Map(), quarterOf(from));
  for (const { at, value } of readings) {
    if (at < until) fold.add({ at, [KEY]: stepsOf(value), rated_power });
  }
  const amounts = [...fold.quarters.values()].flatMap((quarter) => quarter[KEY] ?? []);
  return amounts.length === 0 ? null : amounts.reduce((sum, steps) => sum + steps, 0) / STEPS_PER_KWH;
}

/** How often the counter was cleared, or fell or leapt so that the step says nothing. */
export function counterFaults(readings: readonly CounterReading[], rated_power: number | null): number {
  let before: { at: number; raw: number } | null = null;
  let faults = 0;
  for (const { at, value } of readings) {
    const raw = stepsOf(value);
    if (raw === null) continue;
    if (before !== null && Math.abs(raw - before.raw) > 2) {
      if (counterStep(before, { at, raw }, rated_power || LARGEST_W) !== raw - before.raw) faults += 1;
    }
    before = { at, raw };
  }
  return faults;
}

function stepsOf(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Math.round(value * STEPS_PER_KWH);
}
