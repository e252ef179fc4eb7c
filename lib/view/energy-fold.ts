/** Energies out of samples: counters that reset, stall and leap, and power integrated over samples with gaps. The one arithmetic of kWh. */

import { BRIDGED_S, flowBetween, gapsAfter, isBridged } from "./energy-flow.ts";
import { LARGEST_W } from "./limits.ts";

/** Length of a bucket of the history. Every time zone in use has its midnight on one, so that days are whole buckets. */
export const QUARTER_S = 900;

/** Start of the quarter hour that holds `at`. */
export function quarterOf(at: number): number {
  return Math.floor(at / QUARTER_S) * QUARTER_S;
}

/** Which energies a device has, and whence: its own counters, or power. */
export interface FoldKind {
  readonly energy: Readonly<Record<string, { readonly from: "counter" | "power" }>>;
}

/** The last known value of a counter or state, and when it was read. */
export interface Reading {
  readonly at: number;
  readonly raw: number;
}

/** What the fold needs of a sample: counters and `rated_power` (inverter), `relay` 0/1 (inverter), `power` in whole mW (BMS). */
export type EnergyRow = Readonly<Record<string, number | null>> & { readonly at: number };

/** Power above the rating that is possible for a while; the same as in the plausibility gates. */
const OVERLOAD = 1.5;
/** Two readings may differ by this many steps without any energy between them. */
const STEPS = 2;
/** A counter that was cleared may have gained this much before it was read again, in 0.1 kWh. */
const CLEARED_BELOW = 10;
/** Watt-seconds in one step of a counter, 0.1 kWh. */
const COUNTER_STEP_WS = 360_000;

const POWER = "power";
const RELAY = "relay";
const SAMPLE = "sample";
/** Distances of the last samples, older first, s. */
const GAPS = ["gap_before", "gap"] as const;

/**
 * Folds samples in order of time into energies and seconds by quarter hour. A counter's step between two readings is spread evenly
 * over the time between them, so that sums over days are right whatever lies between: a gap, midnight, a board that was off.
 */
export class EnergyFold {
  /** Quarter hour → column → amount. Whole numbers, so that sums do not depend on how the work is divided. */
  readonly quarters = new Map<number, Record<string, number>>();
  readonly readings: Map<string, Reading>;
  readonly #counters: readonly string[];
  readonly #integrates: boolean;

  /** `readings`: what was known before the first row. Amounts that fall before `floor` (UTC s) are left out: they are stored. */
  constructor(
    kind: FoldKind,
    readings: ReadonlyMap<string, Reading>,
    private readonly floor = Number.NEGATIVE_INFINITY,
  ) {
    this.readings = new Map(readings);
    this.#counters = Object.keys(kind.energy).filter((key) => kind.energy[key]?.from === "counter");
    this.#integrates = this.#counters.length === 0;
  }

  add(row: EnergyRow): void {
    for (const key of this.#counters) this.#count(key, row.at, row[key] ?? null, row.rated_power || LARGEST_W);
    const before = this.readings.get(SAMPLE);
    if (before !== undefined && this.#bridges(row.at, row.at - before.at)) {
      this.#span("covered_s", before.at, row.at, row.at - before.at);
      if (this.#integrates) this.#integrate(before.at, row);
      else this.#stayed(before.at, row.at);
    }
    this.#add(quarterOf(row.at), "covered_s", 0);
    this.readings.set(SAMPLE, { at: row.at, raw: 0 });
    if (this.#integrates) this.#remember(POWER, row.at, row.power ?? null);
    else this.#remember(RELAY, row.at, row.relay ?? null);
  }

  #bridges(at: number, seconds: number): boolean {
    const gaps = GAPS.flatMap((key) => this.readings.get(key)?.raw ?? []);
    const next = gapsAfter(seconds, gaps);
    for (const [index, raw] of next.entries())
      this.readings.set(GAPS[index + GAPS.length - next.length] as string, { at, raw });
    return isBridged(seconds, gaps);
  }

  #count(key: string, at: number, value: number | null, rated: number): void {
    if (value === null) return;
    const before = this.readings.get(key);
    if (before === undefined) {
      this.readings.set(key, { at, raw: value });
      return;
    }
    const step = counterStep(before, { at, raw: value }, rated);
    // A counter that seems to run backwards by a step or two has not: the higher reading stays the one to compare with.
    const jitter = value < before.raw && before.raw - value <= STEPS;
    this.#spread(key, before.at, at, step);
    this.readings.set(key, { at, raw: jitter ? before.raw : value });
  }

  #integrate(from: number, row: EnergyRow): void {
    const before = this.readings.get(POWER);
    const power = row.power ?? null;
    if (before === undefined || before.at !== from || power === null) return;
    // Power in mW, so that the steps are mWh.
    const { charged, discharged } = flowBetween(before.raw, power, row.at - from);
    this.#span("charge_energy", from, row.at, charged);
    this.#span("discharge_energy", from, row.at, discharged);
  }

  #stayed(from: number, until: number): void {
    const relay = this.readings.get(RELAY);
    if (relay === undefined || relay.at !== from) return;
    this.#span("on_grid_s", from, until, relay.raw === 0 ? 0 : until - from);
    this.#span("off_grid_s", from, until, relay.raw === 0 ? until - from : 0);
  }

  #remember(key: string, at: number, raw: number | null): void {
    if (raw !== null) this.readings.set(key, { at, raw });
    else this.readings.delete(key);
  }

  /** Spreads whole steps: rounding down at each border gives out exactly all of them. */
  #spread(key: string, from: number, until: number, steps: number): void {
    const last = quarterOf(until);
    this.#add(last, key, 0);
    let given = 0;
    for (let quarter = quarterOf(from); quarter <= last; quarter += QUARTER_S) {
      const end = Math.min(until, quarter + QUARTER_S);
      const share = until === from ? steps : Math.floor((steps * (end - from)) / (until - from));
      if (share > given || end - from <= BRIDGED_S) this.#add(quarter, key, share - given);
      given = share;
    }
  }

  /** Divides an amount over the quarter hours of a short span. */
  #span(column: string, from: number, until: number, amount: number): void {
    if (until <= from) return;
    let given = 0;
    for (let quarter = quarterOf(from); quarter < until; quarter += QUARTER_S) {
      const end = Math.min(until, quarter + QUARTER_S);
      const share = Math.round((amount * (end - from)) / (until - from));
      this.#add(quarter, column, share - given);
      given = share;
    }
  }

  #add(quarter: number, column: string, amount: number): void {
    if (quarter < this.floor) return;
    const amounts = this.#amounts(quarter);
    amounts[column] = (amounts[column] ?? 0) + amount;
  }

  #amounts(quarter: number): Record<string, number> {
    let amounts = this.quarters.get(quarter);
    if (!amounts) {
      amounts = {};
      this.quarters.set(quarter, amounts);
    }
    return amounts;
  }
}

/** Steps of 0.1 kWh between two readings; 0 where the difference means nothing (exchanged board, leap beyond the rating). */
export function counterStep(before: Reading, after: Reading, rated: number): number {
  const difference = after.raw - before.raw;
  if (difference < 0) {
    const cleared = after.raw <= CLEARED_BELOW && -difference > STEPS;
    return cleared ? after.raw : 0;
  }
  const most = (OVERLOAD * rated * Math.max(0, after.at - before.at)) / COUNTER_STEP_WS + STEPS;
  return difference > most ? 0 : difference;
}
