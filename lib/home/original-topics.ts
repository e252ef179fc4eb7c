import type { Context } from "../cli/spec.ts";
import { originalObjects } from "../export/original/files.ts";
import { originalInput } from "../export/original/live-files.ts";
import { ORIGINAL_TOPICS, originalStates, roleOfTopic } from "../export/original/mqtt-states.ts";
import { liveStation } from "../station/live-devices.ts";
import { newestDevices } from "../station/newest-values.ts";
import type { Store } from "../store/database.ts";
import { cursor, setCursor } from "../store/publish.ts";
import type { LiveStation } from "../view/live.ts";
import type { Outgoing } from "./publisher.ts";

/** `mqtt.original_topics`: the topics and keys of the original's MQTT client, beside ours, once for each new sample. */
export function originalOutgoing(context: Context, store: Store, live?: LiveStation): Outgoing[] {
  if (!context.config.mqtt.original_topics) return [];
  const seen = live ?? liveStation(context, store);
  const newest = { inverter: seen.machines[0]?.at ?? null, bms: seen.bms[0]?.at ?? null };
  const name = (topic: string) => `mqtt_original:${topic}`;
  // An open connection looks often: what was told of these samples is not made again.
  const due = ORIGINAL_TOPICS.filter((topic) => {
    const at = newest[roleOfTopic(topic)];
    return at !== null && cursor(store, name(topic)) !== at;
  });
  if (due.length === 0) return [];
  const states = originalStates(originalObjects(originalInput(newestDevices(context, store, seen))));
  return due.flatMap((topic): Outgoing[] => {
    const [payload, at] = [states[topic], newest[roleOfTopic(topic)]];
    if (payload === undefined || at === null) return [];
    const acknowledged = () => setCursor(store, name(topic), at);
    return [{ topic: `${context.config.mqtt.discovery_prefix}/${topic}`, payload, retain: false, acknowledged }];
  });
}
