import type { Store } from "./database.ts";
import { type DeviceKind, deviceId } from "./device-rows.ts";

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

/** The bytes kept last, and when they came; null = none. */
export function lastFrame(
  store: Store,
  device: string,
  what: string,
): { readonly at: number; readonly bytes: Uint8Array } | null {
  const sql = "SELECT at, bytes FROM last_frames WHERE what = ? AND device = (SELECT id FROM devices WHERE name = ?)";
  const row = store.read(() => store.db.prepare(sql).get(what, device));
  return (row as { at: number; bytes: Uint8Array } | undefined) ?? null;
}
