/** What happened to a device, as facts for its alerts. */
import type { Evidence } from "../../view/doubt.ts";
import type { AlertFacts, DeviceEventFact, Values } from "./types.ts";

/** The facts of one event; null = nothing to tell: it has an alert of its own, or the owner did it. */
export function eventValues({ kind, device, code, evidence }: DeviceEventFact): Values | null {
  if (code === "other_machine" || code === "machine_accepted") return null;
  return { kind, device: kind === "inverter" ? null : device, code, ...evidenceValues(evidence) };
}

/** What an event rests on: keys, what was read, and what was expected (null = nothing). Three lists of one length. */
export function evidenceValues(evidence: readonly Evidence[]): Values {
  const text = (value: Evidence["raw"]): string => (value === null ? "–" : String(value));
  return {
    keys: evidence.map(({ key }) => key),
    found: evidence.map(({ raw }) => text(raw)),
    expected: evidence.map(({ expected }) => text(expected)),
  };
}

/** Events not told yet, oldest first; on a first run those of the last hour. */
export function untoldEvents(
  facts: AlertFacts,
  now: number,
  told: number | null,
  news_s: number,
): readonly DeviceEventFact[] {
  return facts.device_events.filter(({ id, at }) => (told === null ? at <= now && now - at < news_s : id > told));
}
