import type { Context } from "../cli/spec.ts";
import { runTopic } from "../publish/homeassistant/component.ts";
import { readRetained } from "../publish/mqtt-session.ts";
import type { Store } from "../store/database.ts";
import { cursor, setCursor } from "../store/publish.ts";
import { sessionOptions, topicsOf } from "./broker.ts";

/**
 * A broker that crashed comes back with the memory of its last autosave: commands that were taken and acknowledged since lie in its queue
 * once more. A command with its time is known again by it; one without cannot be told from a new one. So each visit, and each
 * command, raises a counter that the broker retains: one that went back, or is gone, says that the broker forgot.
 */
const RUN_COUNTER = "mqtt_run";

export interface BrokerMemory {
  /** `kept`; `back`: older than what we know; `gone`: no counter although there was one. */
  readonly verdict: "kept" | "back" | "gone";
  /** The counter of this visit, to be published. */
  readonly counter: number;
}

/** Compares what the broker retains with what we know, before the queue is fetched. @throws ServiceDown */
export async function judgeMemory(context: Context, store: Store): Promise<BrokerMemory> {
  const ours = cursor(store, RUN_COUNTER) ?? 0;
  const text = await readRetained(sessionOptions(context.config), runTopic(topicsOf(context.config)));
  const theirs = text === null || !/^\d{1,15}$/.test(text) ? null : Number(text);
  const counter = Math.max(ours, theirs ?? 0) + 1;
  // Nothing hangs on it before a command is taken, and that raises it once more, on the disk.
  store.later(() => setCursor(store, RUN_COUNTER, Math.max(cursor(store, RUN_COUNTER) ?? 0, counter)));
  if (ours === 0) return { verdict: "kept", counter };
  if (theirs === null) return { verdict: "gone", counter };
  return { verdict: theirs < ours ? "back" : "kept", counter };
}

/** The counter after `counter`, for something that must not be done twice: on the disk before the broker gets its acknowledgement. */
export function raiseCounter(store: Store, counter: number): number {
  store.write(() => setCursor(store, RUN_COUNTER, counter + 1));
  return counter + 1;
}

/** After everything was taken back from the broker there is nothing to compare. Call inside write or later. */
export function forgetCounter(store: Store): void {
  setCursor(store, RUN_COUNTER, 0);
}
