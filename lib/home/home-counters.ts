import type { Context } from "../cli/spec.ts";
import type { Field, Raw } from "../codec/table.ts";
import { valueFromRaw } from "../codec/values.ts";
import { INVERTER_SAMPLE_FIELDS } from "../devices/inverter/sample.ts";
import { integrate } from "../publish/homeassistant/battery-energy.ts";
import type { BatteryEnergy } from "../publish/homeassistant/battery-rows.ts";
import { guardTotal } from "../publish/homeassistant/totals.ts";
import type { Store } from "../store/database.ts";
import { batteryEnergy, publishedTotals, saveBatteryEnergy, saveTotal } from "../store/publish.ts";
import { bmsSamples } from "../store/samples.ts";
import { BRIDGED_MOST_S } from "../view/energy-flow.ts";

/** Unchanged memories are written this seldom, s: the next run computes them anew from the samples. */
const WRITE_EVERY_S = 600;
/** Samples further back than this are not integrated any more, s. */
const LONGEST_CATCH_UP_S = 86400;
/** Samples so far back show how often the battery is polled, s. */
const HABIT_S = 2 * BRIDGED_MOST_S;

/** kWh counters of a sample after the guard against misreadings; its memory is written with the run. */
export function guardedTotals(
  context: Context,
  store: Store,
  device: string,
  at: number,
  raw: Readonly<Record<string, Raw>>,
): Record<string, number | null> {
  const memories = publishedTotals(store, device);
  const guarded: Record<string, number | null> = {};
  for (const [key, field] of Object.entries(INVERTER_SAMPLE_FIELDS as Readonly<Record<string, Field>>)) {
    if (field.role !== "total") continue;
    const before = memories.get(key) ?? null;
    const reading = raw[key];
    const verdict = guardTotal(before, typeof reading === "number" ? reading : null, at);
    guarded[key] = valueFromRaw(field, verdict.raw) as number | null;
    const { memory } = verdict;
    if (memory === null) continue;
    const isNews = before === null || memory.raw !== before.raw || memory.candidate !== before.candidate;
    if (isNews || memory.at - before.at >= WRITE_EVERY_S)
      remember(context, store, () => saveTotal(store, device, key, memory));
  }
  return guarded;
}

/** Energy into and out of a battery up to its sample at `at`; null until there is one. */
export function energyUpTo(context: Context, store: Store, device: string, at: number): BatteryEnergy | null {
  const before = batteryEnergy(store, device);
  const from = before === null ? at : Math.max(before.at + 1, at - LONGEST_CATCH_UP_S);
  const lead = before === null ? 0 : HABIT_S;
  const energy = integrate(before, bmsSamples(store, device, from - lead, at + 1));
  if (energy && (before === null || energy.at - before.at >= WRITE_EVERY_S)) {
    remember(context, store, () => saveBatteryEnergy(store, device, energy));
  }
  return energy;
}

function remember(context: Context, store: Store, work: () => void): void {
  if (!context.dryRun) store.later(work);
}
