/**
 * Guards a counter on its way into the energy dashboard, where one misreading of the high word would count for ever. A value that
 * falls, or rises faster than any such machine can, is unknown (null) until later samples confirm it.
 */

/** What is remembered about one counter, in its scaled integer. */
export interface TotalMemory {
  readonly raw: number;
  readonly at: number;
  /** A value that contradicts `raw`, and how many samples in a row said so. */
  readonly candidate: { readonly raw: number; readonly at: number; readonly count: number } | null;
}

export interface TotalVerdict {
  /** Scaled integer to publish, null = unknown. */
  readonly raw: number | null;
  readonly memory: TotalMemory | null;
}

/** Steps of 0.1 kWh: beyond 30 kW, more than twice the largest machine, plus 1 kWh for late samples. */
const STEPS_PER_HOUR = 300;
const SLACK_STEPS = 10;
/** A counter that was cleared has not gained more than this. */
const NEAR_ZERO = 10;
const CONFIRM_CLEARED = 2;
const CONFIRM_JUMP = 10;

/** Judges one reading, `at` in UTC seconds. The memory must be kept for the next one. */
export function guardTotal(memory: TotalMemory | null, raw: number | null, at: number): TotalVerdict {
  if (raw === null) return { raw: null, memory };
  if (memory === null) return { raw, memory: { raw, at, candidate: null } };
  if (follows(memory, raw, at)) return { raw, memory: { raw, at: Math.max(at, memory.at), candidate: null } };
  // A sleeping charger reads 0; a cleared counter shows itself with its first step.
  if (raw === 0) return { raw: null, memory };
  const before = memory.candidate;
  const isNew = before === null || at > before.at;
  const goesOn = before !== null && follows(before, raw, at);
  const count = goesOn ? before.count + (isNew ? 1 : 0) : 1;
  const needed = raw <= NEAR_ZERO ? CONFIRM_CLEARED : CONFIRM_JUMP;
  if (count >= needed) return { raw, memory: { raw, at, candidate: null } };
  return { raw: null, memory: { ...memory, candidate: { raw, at, count } } };
}

function follows(before: { readonly raw: number; readonly at: number }, raw: number, at: number): boolean {
  const hours = Math.max(0, at - before.at) / 3600;
  return raw >= before.raw && raw - before.raw <= STEPS_PER_HOUR * hours + SLACK_STEPS;
}
