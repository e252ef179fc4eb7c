import type { Store } from "./database.ts";
import { storedJson } from "./stored-json.ts";

export type DeviceKind = "inverter" | "bms";

/** Row id of a device, made on first sight. Call inside `store.write` or `store.later`. */
export function deviceId(store: Store, kind: DeviceKind, name: string): number {
  const found = store.db.prepare("SELECT id FROM devices WHERE name = ?").pluck().get(name);
  if (found !== undefined) return Number(found);
  return Number(store.db.prepare("INSERT INTO devices (kind, name) VALUES (?, ?)").run(kind, name).lastInsertRowid);
}

/** What is known about a device beyond its samples: dialect, identity, firmware. Empty when it was never seen. */
export function deviceFacts(store: Store, name: string): Readonly<Record<string, unknown>> {
  const text = store.read(() => store.db.prepare("SELECT facts FROM devices WHERE name = ?").pluck().get(name));
  return storedJson<Readonly<Record<string, unknown>>>(() => text) ?? {};
}

/** Merges facts into what is known; writes only when something changed. */
export function rememberFacts(
  store: Store,
  kind: DeviceKind,
  name: string,
  facts: Readonly<Record<string, unknown>>,
): void {
  const known = deviceFacts(store, name);
  if (JSON.stringify({ ...known, ...facts }) === JSON.stringify(known)) return;
  // Merged when it is written: what else of this run waits to be written must not be lost.
  store.later(() => {
    const id = deviceId(store, kind, name);
    const merged = JSON.stringify({ ...deviceFacts(store, name), ...facts });
    store.db.prepare("UPDATE devices SET facts = ? WHERE id = ?").run(merged, id);
  });
}
