import { createHash } from "node:crypto";
import {
  availabilityTopic,
  type Components,
  type DeviceBlock,
  deviceId,
  type HomeDevice,
  type Json,
  STATION_DEVICE,
  stateTopic,
  statusTopic,
  type Topics,
} from "./component.ts";

/** Key to platform of every component of a message: what must be known to remove one later. */
export type Published = Readonly<Record<string, string>>;

/**
 * The discovery message of a device. `before` is what was published last: a component that has vanished since goes out once more,
 * reduced to its platform, because leaving it out does not remove it. The next run leaves it out, or gives it its new platform.
 */
export function discoveryMessage(topics: Topics, device: HomeDevice, version: string, before: Published): string {
  const gone = Object.entries(before).filter(([key, platform]) => device.components[key]?.platform !== platform);
  const markers = Object.fromEntries(gone.map(([key, platform]) => [key, { platform }]));
  const status = { topic: statusTopic(topics) };
  const own = { topic: availabilityTopic(topics, device.key) };
  return JSON.stringify({
    device: device.block,
    origin: { name: "solar-station", sw_version: version },
    availability: device.ownAvailability ? [status, own] : [status],
    availability_mode: "all",
    state_topic: stateTopic(topics, device.key),
    qos: 1,
    components: { ...device.components, ...markers },
  });
}

export function publishedOf(components: Components): Published {
  return Object.fromEntries(Object.entries(components).map(([key, { platform }]) => [key, platform]));
}

/** Identity of a message; an equal one need not be sent again. */
export function messageHash(message: string): string {
  return createHash("sha256").update(message).digest("base64url").slice(0, 22);
}

/** What is known about a device, as texts. */
export interface DeviceFacts {
  readonly manufacturer: string;
  readonly model?: string;
  readonly serial_number?: string;
  readonly hw_version?: string;
  readonly sw_version?: string;
}

/** The `device` block of a device below the station. Unknown facts are left out: a null would refuse the whole message. */
export function deviceBlock(topics: Topics, name: string, device: string, facts: DeviceFacts): DeviceBlock {
  const known = Object.entries(facts).filter(([, text]) => typeof text === "string" && text.trim() !== "");
  return {
    identifiers: [deviceId(topics, device)],
    name,
    ...Object.fromEntries(known),
    via_device: deviceId(topics, STATION_DEVICE),
  };
}

/** The `device` block of the station. */
export function stationBlock(topics: Topics, stationName: string, version: string): DeviceBlock {
  return {
    identifiers: [deviceId(topics, STATION_DEVICE)],
    name: stationName,
    manufacturer: "solar-station",
    model: "Solar station",
    sw_version: version,
  };
}

/** Payload as it goes on a topic. */
export function jsonPayload(value: Json): string {
  return JSON.stringify(value);
}
