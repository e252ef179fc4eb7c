import type { Context } from "../../cli/spec.ts";
import { originalObjects } from "../../export/original/files.ts";
import { type OriginalTopic, originalStates } from "../../export/original/mqtt-states.ts";
import type { Store } from "../../store/database.ts";
import { cursor, setCursor } from "../../store/publish.ts";
import { lastSampleAt } from "../../store/samples.ts";
import { originalInput } from "../station/export-original.ts";
import type { Outgoing } from "./publisher.ts";

/** `mqtt.original_topics`: the topics and keys of the original's MQTT client, beside ours, once for each new sample. */
export function originalOutgoing(context: Context, store: Store): Outgoing[] {
  if (!context.config.mqtt.original_topics) return [];
  const { inverter, bms } = context.config;
  const states = originalStates(originalObjects(originalInput(context, store)));
  const newest = { inv: lastSampleAt(store, inverter.name), jkbms: bms[0] ? lastSampleAt(store, bms[0].name) : null };
  return (Object.entries(states) as [OriginalTopic, string][]).flatMap(([topic, payload]): Outgoing[] => {
    const at = newest[topic.includes("_inv/") ? "inv" : "jkbms"];
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
