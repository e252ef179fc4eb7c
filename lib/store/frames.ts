import type { Store } from "./database.ts";
import { type DeviceKind, deviceId } from "./devices.ts";

/** Keeps the last raw words or frame of a device once, for diagnosis. Call inside write or later. */
export function saveLastFrame(
  store: Store,
  kind: DeviceKind,
  device: string,
  what: string,
  at: number,
  bytes: Uint8Array,
): void {
  store.db
    .prepare("INSERT OR REPLACE INTO last_frames (device, what, at, bytes) VALUES (?, ?, ?, ?)")
    .run(deviceId(store, kind, device), what, at, Buffer.from(bytes));
}
