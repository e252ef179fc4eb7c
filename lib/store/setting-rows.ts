import type { Raw } from "../codec/table.ts";
import type { Store } from "./database.ts";
import { type DeviceKind, deviceId } from "./device-rows.ts";

export interface SettingChange {
  readonly key: string;
  readonly old_raw: Raw;
  readonly new_raw: Raw;
}

/** The settings as last read: scaled integers and texts by key, and when they were read. */
export interface StoredSettings {
  readonly read_at: number;
  readonly raw: Readonly<Record<string, Raw>>;
}

/**
 * Stores what differs from the settings known so far and tells it. The first reading is no change. `source` says who is known
 * to have changed them: an order, or "foreign". `part`: these are only some of the settings, so the others stay as old as they
 * are. Call inside write.
 */
export function saveSettings(
  store: Store,
  kind: DeviceKind,
  device: string,
  at: number,
  raw: Readonly<Record<string, Raw>>,
  source: (change: SettingChange) => string,
  options: { readonly part?: boolean } = {},
): SettingChange[] {
  const id = deviceId(store, kind, device);
  const known = readAll(store, id);
  const changes: SettingChange[] = [];
  for (const [key, value] of Object.entries(raw)) {
    const before = known.get(key);
    if (before === value) continue;
    store.db
      .prepare("INSERT OR REPLACE INTO settings (device, key, raw, changed_at) VALUES (?, ?, ?, ?)")
      .run(id, key, sqlValue(value), at);
    if (!known.has(key)) continue;
    const change = { key, old_raw: before ?? null, new_raw: value };
    changes.push(change);
    store.db
      .prepare("INSERT INTO settings_changes (at, device, key, old_raw, new_raw, source) VALUES (?, ?, ?, ?, ?, ?)")
      .run(at, id, key, sqlValue(change.old_raw), sqlValue(value), source(change));
  }
  if (!options.part) store.db.prepare("INSERT OR REPLACE INTO settings_read (device, at) VALUES (?, ?)").run(id, at);
  return changes;
}

/** The settings of a device as last read, or null when they never were. */
export function latestSettings(store: Store, device: string): StoredSettings | null {
  return store.read(() => {
    const row = store.db
      .prepare("SELECT d.id, r.at FROM devices d JOIN settings_read r ON r.device = d.id WHERE d.name = ?")
      .get(device) as { id: number; at: number } | undefined;
    if (!row) return null;
    return { read_at: row.at, raw: Object.fromEntries(readAll(store, row.id)) };
  });
}

/** Forgets the settings of a device that was exchanged: the next reading is the first one, and no change. Call inside write. */
export function forgetSettings(store: Store, kind: DeviceKind, device: string): void {
  const id = deviceId(store, kind, device);
  for (const table of ["settings", "settings_read"]) {
    store.db.prepare(`DELETE FROM ${table} WHERE device = ?`).run(id);
  }
}

/** Changes of settings since a time, oldest first. */
export function settingChanges(
  store: Store,
  device: string,
  since: number,
): (SettingChange & { at: number; source: string })[] {
  return store.read(() =>
    store.db
      .prepare(
        "SELECT c.at, c.key, c.old_raw, c.new_raw, c.source FROM settings_changes c JOIN devices d ON d.id = c.device " +
          "WHERE d.name = ? AND c.at >= ? ORDER BY c.id",
      )
      .all(device, since),
  ) as (SettingChange & { at: number; source: string })[];
}

function readAll(store: Store, id: number): Map<string, Raw> {
  const rows = store.db.prepare("SELECT key, raw FROM settings WHERE device = ?").all(id) as {
    key: string;
    raw: Raw;
  }[];
  return new Map(rows.map(({ key, raw }) => [key, raw]));
}

/** better-sqlite3 binds numbers as REAL, and a column of any type would keep them so: whole numbers go in as integers. */
function sqlValue(raw: Raw): string | bigint | null {
  return typeof raw === "number" ? BigInt(raw) : raw;
}
