/** What the wires of a job's devices are used for: a span of a day that is being counted, and the whole one before it. */
import type { WireUse } from "../base/wire-use.ts";
import type { Store } from "./database.ts";
import { storedJson } from "./stored-json.ts";

/** Counted from `from` to `to`, UTC s. */
export interface BusSpan {
  readonly from: number;
  readonly to: number;
  readonly devices: Readonly<Record<string, WireUse>>;
}

export interface BusUse {
  readonly counting: BusSpan;
  readonly before: BusSpan | null;
}

const SPAN_S = 86_400;

/** Adds what one round took, in the transaction that records the run. */
export function addBusUse(store: Store, job: string, device: string, at: number, use: WireUse): void {
  if (use.requests === 0) return;
  store.later(() => {
    const bus = JSON.stringify(withRound(busUse(store, job), device, at, use));
    store.db
      .prepare("INSERT INTO job_states (job, bus) VALUES (?, ?) ON CONFLICT (job) DO UPDATE SET bus = excluded.bus")
      .run(job, bus);
  });
}

/** Null = nothing was counted yet. */
export function busUse(store: Store, job: string): BusUse | null {
  const text = store.read(() => store.db.prepare("SELECT bus FROM job_states WHERE job = ?").pluck().get(job));
  return storedJson<BusUse>(() => text);
}

function withRound(known: BusUse | null, device: string, at: number, use: WireUse): BusUse {
  const age = known === null ? null : at - known.counting.from;
  // A clock that was set back begins anew.
  const isOver = age === null || age < 0 || age >= SPAN_S;
  const span = isOver ? { from: at, to: at, devices: {} } : (known as BusUse).counting;
  const so_far = span.devices[device] ?? { requests: 0, bytes: 0, busy_ms: 0 };
  const sum = {
    requests: so_far.requests + use.requests,
    bytes: so_far.bytes + use.bytes,
    busy_ms: so_far.busy_ms + Math.round(use.busy_ms),
  };
  return {
    counting: { ...span, to: at, devices: { ...span.devices, [device]: sum } },
    before: isOver ? (known?.counting ?? null) : (known?.before ?? null),
  };
}
