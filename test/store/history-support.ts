import { join } from "node:path";
import type { TestContext } from "node:test";
import type { InverterSampleRaw } from "../../lib/devices/inverter/sample.ts";
import { openStore, type Store } from "../../lib/store/database.ts";
import { saveBmsSample, saveInverterSample } from "../../lib/store/samples.ts";
import { recordedBms, recordedInverter } from "../support/recorded-samples.ts";
import { scratchDirectory } from "../support/scratch.ts";

/** A Monday midnight in UTC: 2026-06-01. */
export const MONDAY = Date.UTC(2026, 5, 1) / 1000;
export const DAY = 86400;

/** An empty state file that goes away with the test; its clock is handed in, never the computer's. */
export function newStore(t: TestContext, now = MONDAY): Store {
  const clock = { now: () => now, monotonic: () => 0 };
  const store = openStore(join(scratchDirectory(t), "station.db"), { clock });
  t.after(() => store.close());
  return store;
}

/** Stores inverter samples at the moments given; `at` → scaled integers that differ from the recorded sample. */
export function storeInverter(
  store: Store,
  moments: Iterable<number>,
  raw: (at: number) => Partial<InverterSampleRaw>,
): void {
  store.write(() => {
    for (const at of moments) saveInverterSample(store, "inverter", at, recordedInverter(raw(at)));
  });
}

/** Stores BMS samples likewise. */
export function storeBms(
  store: Store,
  moments: Iterable<number>,
  values: (at: number) => Parameters<typeof recordedBms>[0],
): void {
  store.write(() => {
    for (const at of moments) saveBmsSample(store, "bms", at, recordedBms(values(at)));
  });
}

/** from, from + step, … below to. */
export function* every(step: number, from: number, to: number): Generator<number> {
  for (let at = from; at < to; at += step) yield at;
}

/** All rows of the roll-ups, for comparing two ways to the same state. */
export function allRows(store: Store): unknown {
  const tables = ["inverter_quarters", "inverter_days", "bms_quarters", "bms_days", "history_readings"];
  return Object.fromEntries(tables.map((table) => [table, store.db.prepare(`SELECT * FROM ${table}`).all()]));
}
