/** Words for what happened to a device. */
import type { Evidence } from "../../view/doubt.ts";
import type { AlertFacts, DeviceEventFact } from "./types.ts";

/** What the owner calls a device. */
export function deviceWords({ kind, device }: { readonly kind: "bms" | "inverter"; readonly device: string }): string {
  return kind === "inverter" ? "The inverter" : `BMS ${device}`;
}

/** One event in words; null = nothing to tell: it has an alert of its own, or the owner did it. */
export function deviceEventWords(event: DeviceEventFact): string | null {
  const name = deviceWords(event);
  const { evidence } = event;
  switch (event.code) {
    case "firmware_changed":
      return `${name} has other firmware than before (${evidenceWords(evidence)}). Its values are taken as before.`;
    case "cell_count_changed":
      return `${name} reports another number of cells (${evidenceWords(evidence)}). If no cell was added or removed, look at its wires.`;
    case "counter_reset":
      return `${name} began a lifetime counter anew (${evidenceWords(evidence)}). Totals of this station go on from there.`;
    case "dialect_changed":
      return `${name} speaks another protocol than before (${evidenceWords(evidence)}). It is read with that from now on.`;
    case "part_silent":
      return `${name} answers, but not when asked for ${partWords(evidence)}: what it would tell is unknown. It is asked again from time to time.`;
    case "other_machine":
    case "machine_accepted":
      return null;
  }
}

/** "serial_number 3, before 2". */
export function evidenceWords(evidence: readonly Evidence[]): string {
  return evidence
    .map(({ key, raw, expected }) => {
      const name = key.replaceAll("_", " ");
      return expected === null ? `${name} ${raw ?? "unknown"}` : `${name} ${raw ?? "unknown"}, before ${expected}`;
    })
    .join("; ");
}

function partWords(evidence: readonly Evidence[]): string {
  const isBlock = evidence.every(({ key }) => /^\d+$/.test(key));
  const names = evidence.map(({ key }) => key.replaceAll("_", " ")).join(", ");
  return isBlock ? `the registers from ${names}` : names;
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
