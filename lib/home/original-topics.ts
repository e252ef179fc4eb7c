import type { Context } from "../cli/spec.ts";
import { originalObjects } from "../export/original/files.ts";
import { originalInput } from "../export/original/live-files.ts";
import { type OriginalTopic, originalStates, roleOfTopic } from "../export/original/mqtt-states.ts";
import { newestDevices } from "../station/newest-values.ts";
import type { Store } from "../store/database.ts";
import { cursor, setCursor } from "../store/publish.ts";
import type { Outgoing } from "./publisher.ts";

/** `mqtt.original_topics`: the topics and keys of the original's MQTT client, beside ours, once for each new sample. */
export function originalOutgoing(context: Context, store: Store): Outgoing[] {
  if (!context.config.mqtt.original_topics) return [];
  const devices = newestDevices(context, store);
  const states = originalStates(originalObjects(originalInput(devices)));
  const newest = { inverter: devices.inverters[0]?.last_at ?? null, bms: devices.bms[0]?.last_at ?? null };
  return (Object.entries(states) as [OriginalTopic, string][]).flatMap(([topic, payload]): Outgoing[] => {
    const at = newest[roleOfTopic(topic)];
    const name = `mqtt_original:${topic}`;
    if (at === null || cursor(store, name) === at) return [];
    return [
      {
        topic: `${context.config.mqtt.discovery_prefix}/${topic}`,
        payload,
        retain: false,
        acknowledged: () => setCursor(store, name, at),
      },
    ];
  });
}
