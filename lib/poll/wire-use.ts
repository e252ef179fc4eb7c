import type { WireUse } from "../base/wire-use.ts";
import type { Context } from "../cli/spec.ts";
import { addBusUse, type BusSpan, busUse } from "../store/bus-use.ts";
import type { Store } from "../store/database.ts";

/** Counts what a round of one device took of its wire. */
export function noteBusUse(
  context: Context,
  store: Store,
  job: string,
  device: string,
  line: { takeUse(): WireUse | null },
): void {
  const use = line.takeUse();
  if (use !== null && !context.dryRun) addBusUse(store, job, device, context.clock.now(), use);
}

/** What one device's wire is used for in a day. */
export interface DailyUse {
  readonly device: string;
  readonly requests: number;
  readonly bytes: number;
  readonly busy_s: number;
}

const DAY_S = 86_400;
/** Less than this says nothing about a day, s. */
const SHORTEST_S = 1800;

/** By the last whole day, or by what has been counted since, as a day's; empty = too little was counted. */
export function dailyUse(store: Store, job: string): DailyUse[] {
  const known = busUse(store, job);
  if (known === null) return [];
  const { before, counting } = known;
  const span = before !== null && isLong(before) ? before : counting;
  if (!isLong(span)) return [];
  const days = (span.to - span.from) / DAY_S;
  return Object.entries(span.devices).map(([device, { requests, bytes, busy_ms }]) => ({
    ...{ device, requests: Math.round(requests / days), bytes: Math.round(bytes / days) },
    busy_s: Math.round(busy_ms / 1000 / days),
  }));
}

function isLong({ from, to }: BusSpan): boolean {
  return to - from >= SHORTEST_S;
}
