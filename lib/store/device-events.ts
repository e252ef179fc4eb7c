import type { DeviceEventCode, Evidence } from "../view/doubt.ts";
import type { Store } from "./database.ts";
import { type DeviceKind, deviceId } from "./device-rows.ts";
import { storedJson } from "./stored-json.ts";

export interface DeviceEvent {
  readonly id: number;
  readonly at: number;
  readonly device: string;
  readonly code: DeviceEventCode;
  /** What was, and what is. */
  readonly evidence: readonly Evidence[];
}

/** An event of the same kind with the same evidence is told once a day. */
const AGAIN_S = 86_400;

/** Records an event; whether it is new. Call inside write or later. */
export function saveDeviceEvent(
  store: Store,
  kind: DeviceKind,
  device: string,
  event: Pick<DeviceEvent, "at" | "code" | "evidence">,
): boolean {
  const id = deviceId(store, kind, device);
  const details = JSON.stringify(event.evidence);
  const last = store.db
    .prepare("SELECT at FROM device_events WHERE device = ? AND code = ? AND details = ? ORDER BY id DESC LIMIT 1")
    .pluck()
    .get(id, event.code, details);
  if (last !== undefined && event.at - Number(last) >= 0 && event.at - Number(last) < AGAIN_S) return false;
  store.db
    .prepare("INSERT INTO device_events (at, device, code, details) VALUES (?, ?, ?, ?)")
    .run(event.at, id, event.code, details);
  return true;
}

/** Events with from <= at, oldest first. */
export function deviceEvents(store: Store, device: string, from: number): DeviceEvent[] {
  const rows = store.read(() =>
    store.db
      .prepare(
        "SELECT e.id, e.at, e.code, e.details FROM device_events e JOIN devices d ON d.id = e.device " +
          "WHERE d.name = ? AND e.at >= ? ORDER BY e.id",
      )
      .all(device, from),
  ) as { id: number; at: number; code: DeviceEventCode; details: string }[];
  return rows.flatMap(({ id, at, code, details }) => {
    const evidence = storedJson<Evidence[]>(() => details);
    return evidence === null ? [] : [{ id, at, device, code, evidence }];
  });
}
