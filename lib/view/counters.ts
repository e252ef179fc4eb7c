/** Counters that only rise: what falls or leaps is doubted for as long as it contradicts, and believed once it has proven itself. */
import type { Doubt, Trial } from "./doubt.ts";

/** The last believed reading of one counter. */
export interface LastKnown {
  readonly raw: number;
  /** Seconds since then. */
  readonly age_s: number;
}

/** What is remembered of counters. */
export interface CounterMemory {
  readonly known: Readonly<Record<string, LastKnown>>;
  readonly trials: readonly Trial[];
  /** UTC seconds of this sample. */
  readonly at: number;
}

/** A counter that began anew, or went on elsewhere (an exchanged board): believed from this sample on. */
export interface CounterReset {
  readonly key: string;
  readonly from_raw: number;
  readonly to_raw: number;
  /** UTC seconds of the first reading on the new base. */
  readonly since: number;
}

/** One counter's judgement: a doubt, a proven reset, or neither. */
export type CounterVerdict = { readonly doubt: Doubt | null; readonly reset: CounterReset | null };

/** A new base is believed after so long and so many readings, once it has risen; without a rise it takes a day. */
const PROOF_S = 600;
const PROOF_READINGS = 4;
const PROOF_WITHOUT_RISE_S = 86_400;
/** Two readings may differ by this many steps without any energy between them. */
const STEPS = 2;

/**
 * Judges one counter (scaled integers). `most_per_hour`: steps that the machine can count in an hour at the most. Pure.
 */
export function judgeCounter(
  key: string,
  raw: number,
  div: number,
  most_per_hour: number,
  memory: CounterMemory,
): CounterVerdict {
  const known = memory.known[key];
  if (known === undefined) return { doubt: null, reset: null };
  const most = known.raw + STEPS + (most_per_hour * Math.max(0, known.age_s)) / 3600;
  if (raw >= known.raw && raw <= most) return { doubt: null, reset: null };
  const code = raw < known.raw ? "fell" : "jump";
  const trial = memory.trials.find((one) => one.key === key && one.code === code);
  if (trial && hasProven(trial, raw, memory.at, most_per_hour)) {
    return { doubt: null, reset: { key, from_raw: known.raw, to_raw: raw, since: trial.since } };
  }
  const high = code === "jump" ? Math.floor(most) / div : null;
  return { doubt: { key, code, raw, low: known.raw / div, high }, reset: null };
}

/** A real reset goes on from its new base: never back, never faster than the machine, for several readings and minutes. */
function hasProven(trial: Trial, raw: number, at: number, most_per_hour: number): boolean {
  const { base_raw, streak, since } = trial;
  if (typeof base_raw !== "number" || typeof trial.raw !== "number") return false;
  const lasted = at - since;
  if (lasted < PROOF_S || streak < PROOF_READINGS || raw < trial.raw || raw < base_raw) return false;
  if (raw > base_raw + STEPS + (most_per_hour * lasted) / 3600) return false;
  return raw > base_raw || lasted >= PROOF_WITHOUT_RISE_S;
}
