import { createHash } from "node:crypto";
import type { Context } from "../cli/spec.ts";
import { version } from "../cli/version.ts";
import { stationUnits } from "../config/units.ts";
import {
  attributesTopic,
  availabilityTopic,
  configTopic,
  type HomeDevice,
  runTopic,
  STATION_DEVICE,
  stateTopic,
  statusTopic,
} from "../publish/homeassistant/component.ts";
import { attributesOf, stateOf } from "../publish/homeassistant/device.ts";
import { discoveryMessage, jsonPayload, messageHash, publishedOf } from "../publish/homeassistant/discovery.ts";
import type { Row } from "../publish/homeassistant/rows.ts";
import { type StationView, stationAttributes, stationState } from "../publish/homeassistant/station.ts";
import { speechOfStation } from "../station/voice.ts";
import type { Store } from "../store/database.ts";
import { cursor, type DiscoveryRow, forgetDiscovery, saveDiscovery, setCursor } from "../store/publish.ts";
import { OFFLINE, ONLINE, topicsOf } from "./broker.ts";
import type { DeviceNow } from "./published-devices.ts";

/** One message, before it is sent. */
export interface Outgoing {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  /** s; absent = it stays. */
  readonly expiry_s?: number;
  /** Remembered once the broker has acknowledged the whole run. */
  readonly acknowledged?: () => void;
}

/** Unchanged discovery messages are sent again this often, s. */
const DISCOVERY_EVERY_S = 86400;

export interface Force {
  /** Send what was sent before: asked for, or the broker has lost its memory. */
  readonly discovery: boolean;
  readonly state: boolean;
}

/** Discovery messages that are new, changed or due, and empty ones for devices that are gone. */
export function discoveryOutgoing(
  context: Context,
  store: Store,
  devices: readonly HomeDevice[],
  rows: readonly DiscoveryRow[],
  force: Force,
): Outgoing[] {
  const topics = topicsOf(context.config);
  const now = context.clock.now();
  const wanted = context.config.mqtt.discovery ? devices.filter((d) => Object.keys(d.components).length > 0) : [];
  const before = new Map(rows.map((row) => [row.topic, row]));
  const outgoing: Outgoing[] = [];
  for (const device of wanted) {
    const topic = configTopic(topics, device.key);
    const known = before.get(topic);
    before.delete(topic);
    const payload = discoveryMessage(topics, device, version(), known?.components ?? {});
    const hash = messageHash(payload);
    const age = known ? now - known.sent_at : Number.POSITIVE_INFINITY;
    if (known?.hash === hash && !force.discovery && age >= 0 && age < DISCOVERY_EVERY_S) continue;
    const row = { topic, device: device.key, hash, components: publishedOf(device.components), sent_at: now };
    outgoing.push({ topic, payload, retain: true, acknowledged: () => saveDiscovery(store, row) });
  }
  const configured = new Set(configuredDevices(context));
  for (const { topic, device } of before.values()) {
    // A silent device without components of its own is still there; one that left the configuration is not.
    if (context.config.mqtt.discovery && configured.has(device) && topic === configTopic(topics, device)) continue;
    outgoing.push({ topic, payload: "", retain: true, acknowledged: () => forgetDiscovery(store, topic) });
    if (!configured.has(device)) outgoing.push(...withdrawal(context, device));
  }
  return outgoing;
}

/**
 * Availability of every device, and the states that are due: of a new sample, or of an old one that shows what an order has changed
 * since. New samples that come fast wait for `mqtt.min_interval_s`, unless a state or a setting is another one.
 */
export function stateOutgoing(context: Context, store: Store, devices: readonly DeviceNow[], force: Force): Outgoing[] {
  const topics = topicsOf(context.config);
  const { expire_after_s } = context.config.mqtt;
  const speech = speechOfStation(context);
  return devices.flatMap(({ home, rows, at, doubts }): Outgoing[] => {
    const availability = { topic: availabilityTopic(topics, home.key), retain: true };
    if (at === null) return [{ ...availability, payload: OFFLINE }];
    const messages: Outgoing[] = [{ ...availability, payload: ONLINE }];
    const [sampleKey, changeKey] = [`mqtt_state:${home.key}`, `mqtt_change:${home.key}`];
    const before = { at: cursor(store, sampleKey), change: cursor(store, changeKey) };
    const change = changeMark(rows);
    if (!force.state && !isDue(before, { at, change }, context.config.mqtt.min_interval_s)) return messages;
    const expiry_s = Math.max(1, expire_after_s - Math.max(0, context.clock.now() - at));
    const acknowledged = () => {
      setCursor(store, sampleKey, at);
      setCursor(store, changeKey, change);
    };
    messages.push(
      {
        topic: attributesTopic(topics, home.key),
        payload: jsonPayload(attributesOf(rows, speech, doubts)),
        retain: true,
        expiry_s,
      },
      {
        topic: stateTopic(topics, home.key),
        payload: jsonPayload(stateOf(rows, at, speech, doubts)),
        retain: true,
        expiry_s,
        acknowledged,
      },
    );
    return messages;
  });
}

interface Told {
  readonly at: number | null;
  readonly change: number | null;
}

/** The same sample once more would keep a dead device alive in Home Assistant, so only what an order changed makes it due. */
function isDue(before: Told, now: { readonly at: number; readonly change: number }, min_interval_s: number): boolean {
  if (before.change !== now.change) return true;
  if (before.at === null || before.at === now.at) return before.at === null;
  // A cursor ahead is from a wrong clock.
  return now.at < before.at || now.at - before.at >= min_interval_s;
}

/** A number that is another one as soon as a state, a fault or a setting is: 48 bits of a digest. */
function changeMark(rows: readonly Row[]): number {
  const slow = rows.filter(({ group, field }) => group === "settings" || !isMeasured(field));
  const text = JSON.stringify(slow.map(({ key, value }) => [key, value]));
  return createHash("sha256").update(text).digest().readUIntBE(0, 6);
}

function isMeasured(field: Row["field"]): boolean {
  return !["bool", "enum", "flags"].includes(field.kind) || field.role === "diagnostic";
}

/** The station's own state; true by itself, so it goes out with every run. */
export function stationOutgoing(context: Context, view: StationView): Outgoing[] {
  const topics = topicsOf(context.config);
  const common = { retain: true, expiry_s: context.config.mqtt.expire_after_s };
  const now = context.clock.now();
  return [
    { topic: statusTopic(topics), payload: ONLINE, retain: true },
    { topic: attributesTopic(topics, STATION_DEVICE), payload: jsonPayload(stationAttributes(view)), ...common },
    { topic: stateTopic(topics, STATION_DEVICE), payload: jsonPayload(stationState(view, now)), ...common },
  ];
}

/** Everything retained of the station taken back, for `--purge`. */
export function purgeOutgoing(context: Context, store: Store, rows: readonly DiscoveryRow[]): Outgoing[] {
  const topics = topicsOf(context.config);
  const known = rows.map(({ topic, device }) => ({ topic, device }));
  const own = configuredDevices(context).map((device) => ({ topic: configTopic(topics, device), device }));
  const configs = new Map([...known, ...own].map(({ topic }) => [topic, topic]));
  const devices = new Set([...known, ...own].map(({ device }) => device));
  return [
    ...[...configs.keys()].map(
      (topic): Outgoing => ({ topic, payload: "", retain: true, acknowledged: () => forgetDiscovery(store, topic) }),
    ),
    ...[...devices].flatMap((device) => withdrawal(context, device)),
    { topic: statusTopic(topics), payload: "", retain: true },
    { topic: runTopic(topics), payload: "", retain: true },
  ];
}

function withdrawal(context: Context, device: string): Outgoing[] {
  const topics = topicsOf(context.config);
  const all = [stateTopic(topics, device), attributesTopic(topics, device), availabilityTopic(topics, device)];
  return all.map((topic) => ({ topic, payload: "", retain: true }));
}

function configuredDevices({ config }: Context): string[] {
  return [...stationUnits(config).map(({ name }) => name), STATION_DEVICE];
}
