import { knownTime } from "../base/clock.ts";
import type { Store } from "./database.ts";
import { storedJson } from "./stored-json.ts";

/** A place up to which something has been told; null = never. */
export function cursor(store: Store, name: string): number | null {
  const value = store.read(() =>
    store.db.prepare("SELECT value FROM publish_cursors WHERE name = ?").pluck().get(name),
  );
  return value === undefined ? null : Number(value);
}

/** A cursor that is a time, UTC s. `lost`: a wrong clock moved it into the future, so nobody knows how far it truly was. */
export function timeCursor(store: Store, name: string): { readonly at: number | null; readonly lost: boolean } {
  const stored = cursor(store, name);
  const at = knownTime(stored, store.clock.now());
  return { at, lost: stored !== null && at === null };
}

/** Call inside write or later. */
export function setCursor(store: Store, name: string, value: number): void {
  store.db.prepare("INSERT OR REPLACE INTO publish_cursors (name, value) VALUES (?, ?)").run(name, value);
}

/** Adds to a counter kept among the cursors. Call inside write or later. */
export function addToCursor(store: Store, name: string, by: number): void {
  store.db
    .prepare(
      "INSERT INTO publish_cursors (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + ?",
    )
    .run(name, by, by);
}

/** A discovery message as it stands at the broker: its components by key, with their platforms. */
export interface DiscoveryRow {
  readonly topic: string;
  readonly device: string;
  readonly hash: string;
  readonly components: Readonly<Record<string, string>>;
  readonly sent_at: number;
}

/** Every discovery message that was published and not withdrawn. */
export function discoveryRows(store: Store): DiscoveryRow[] {
  const rows = store.read(() =>
    store.db.prepare("SELECT topic, device, hash, components, sent_at FROM mqtt_discovery ORDER BY topic").all(),
  ) as (Omit<DiscoveryRow, "components"> & { components: string })[];
  return rows.map((row) => ({ ...row, components: storedJson<Record<string, string>>(() => row.components) ?? {} }));
}

/** Call inside write or later. */
export function saveDiscovery(store: Store, row: DiscoveryRow): void {
  store.db
    .prepare("INSERT OR REPLACE INTO mqtt_discovery (topic, device, hash, components, sent_at) VALUES (?, ?, ?, ?, ?)")
    .run(row.topic, row.device, row.hash, JSON.stringify(row.components), row.sent_at);
}

/** Call inside write or later. */
export function forgetDiscovery(store: Store, topic: string): void {
  store.db.prepare("DELETE FROM mqtt_discovery WHERE topic = ?").run(topic);
}

/** A command that came by MQTT. `queued` until the journal of orders, or the one it was meant for, knows its end. */
export interface MqttCommandRow {
  readonly id: number;
  readonly received_at: number;
  readonly device: string;
  readonly key: string;
  readonly value: string;
  readonly given_at: number | null;
  readonly source_id: string;
  readonly state: string;
  readonly reason: string | null;
  /** 0: it is not known whether the broker has our acknowledgement, so the same message may come again. */
  readonly acknowledged: number;
}

const COMMAND =
  "SELECT id, received_at, device, key, value, given_at, source_id, state, reason, acknowledged FROM mqtt_commands";
/** Commands remembered at most. */
const MOST_COMMANDS = 2000;

/** Records a command, told or not. Call inside write. Returns its number. */
export function insertMqttCommand(store: Store, row: Omit<MqttCommandRow, "id">, told: boolean): number {
  const { received_at, device, key, value, given_at, source_id, state, reason, acknowledged } = row;
  const { lastInsertRowid } = store.db
    .prepare(
      "INSERT INTO mqtt_commands (received_at, device, key, value, given_at, source_id, state, reason, told, acknowledged) " +
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .run(received_at, device, key, value, given_at, source_id, state, reason, told ? 1 : 0, acknowledged);
  store.db
    .prepare("DELETE FROM mqtt_commands WHERE told = 1 AND id <= (SELECT max(id) FROM mqtt_commands) - ?")
    .run(MOST_COMMANDS);
  return Number(lastInsertRowid);
}

/** The broker has the acknowledgement of every command up to this number. Call inside write or later. */
export function noteAcknowledged(store: Store, up_to: number): void {
  store.db.prepare("UPDATE mqtt_commands SET acknowledged = 1 WHERE acknowledged = 0 AND id <= ?").run(up_to);
}

export function mqttCommandBySourceId(store: Store, source_id: string): MqttCommandRow | null {
  const row = store.read(() => store.db.prepare(`${COMMAND} WHERE source_id = ?`).get(source_id));
  return (row as MqttCommandRow | undefined) ?? null;
}

/** The newest command for a control, or null. */
export function latestMqttCommandFor(store: Store, device: string, key: string): MqttCommandRow | null {
  const sql = `${COMMAND} WHERE device = ? AND key = ? ORDER BY id DESC LIMIT 1`;
  return (store.read(() => store.db.prepare(sql).get(device, key)) as MqttCommandRow | undefined) ?? null;
}

/** The newest command of all, or null. */
export function latestMqttCommand(store: Store): MqttCommandRow | null {
  const row = store.read(() => store.db.prepare(`${COMMAND} ORDER BY id DESC LIMIT 1`).get());
  return (row as MqttCommandRow | undefined) ?? null;
}

/** Commands whose end has not been told yet, oldest first. */
export function untoldMqttCommands(store: Store, limit = 200): MqttCommandRow[] {
  return store.read(() =>
    store.db.prepare(`${COMMAND} WHERE told = 0 ORDER BY id LIMIT ?`).all(limit),
  ) as MqttCommandRow[];
}

/** The end of a command, told. Call inside write or later. */
export function endMqttCommand(store: Store, id: number, state: string, reason: string | null): void {
  store.db.prepare("UPDATE mqtt_commands SET state = ?, reason = ?, told = 1 WHERE id = ?").run(state, reason, id);
}

/** One counter as last believed, in its scaled integer, and the reading that contradicts it. */
export interface TotalRow {
  readonly raw: number;
  readonly at: number;
  readonly candidate: { readonly raw: number; readonly at: number; readonly count: number } | null;
}

/** Counters of a device by key. */
export function publishedTotals(store: Store, device: string): Map<string, TotalRow> {
  const sql = "SELECT key, raw, at, candidate_raw, candidate_at, candidate_count FROM publish_totals WHERE device = ?";
  const rows = store.read(() => store.db.prepare(sql).all(device)) as {
    key: string;
    raw: number;
    at: number;
    candidate_raw: number | null;
    candidate_at: number | null;
    candidate_count: number | null;
  }[];
  return new Map(
    rows.map(({ key, raw, at, candidate_raw, candidate_at, candidate_count }) => [
      key,
      {
        raw,
        at,
        candidate:
          candidate_raw === null
            ? null
            : { raw: candidate_raw, at: Number(candidate_at), count: Number(candidate_count) },
      },
    ]),
  );
}

/** Call inside write or later. */
export function saveTotal(store: Store, device: string, key: string, row: TotalRow): void {
  const { candidate } = row;
  store.db
    .prepare(
      "INSERT OR REPLACE INTO publish_totals (device, key, raw, at, candidate_raw, candidate_at, candidate_count) " +
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .run(device, key, row.raw, row.at, candidate?.raw ?? null, candidate?.at ?? null, candidate?.count ?? null);
}

/** Energy into and out of a battery up to one of its samples. */
export interface EnergyRow {
  readonly at: number;
  readonly power: number | null;
  readonly charge_wh: number;
  readonly discharge_wh: number;
}

export function batteryEnergy(store: Store, device: string): EnergyRow | null {
  const sql = "SELECT at, power, charge_wh, discharge_wh FROM battery_energy WHERE device = ?";
  return (store.read(() => store.db.prepare(sql).get(device)) as EnergyRow | undefined) ?? null;
}

/** Call inside write or later. */
export function saveBatteryEnergy(store: Store, device: string, row: EnergyRow): void {
  store.db
    .prepare(
      "INSERT OR REPLACE INTO battery_energy (device, at, power, charge_wh, discharge_wh) VALUES (?, ?, ?, ?, ?)",
    )
    .run(device, row.at, row.power, row.charge_wh, row.discharge_wh);
}

/** What one command of the toolset may ask of another: a report now, the settings read at once, another mode. */
export type RequestKind = "report" | "poll_inverter_settings" | "poll_bms_settings" | "mode";

export interface RequestRow {
  readonly id: number;
  readonly at: number;
  readonly what: RequestKind;
  readonly value: string;
  readonly source: string;
}

/** Asks; whoever is meant takes it in its next run. What waits already is not asked twice. Call inside write. */
export function ask(store: Store, request: Omit<RequestRow, "id">): void {
  store.db.prepare("DELETE FROM requests WHERE what = ? AND value = ?").run(request.what, request.value);
  store.db
    .prepare("INSERT INTO requests (at, what, value, source) VALUES (?, ?, ?, ?)")
    .run(request.at, request.what, request.value, request.source);
}

/** Takes what was asked, oldest first; it is gone then. Call inside write, together with what it leads to. */
export function takeRequests(store: Store, what: RequestKind): RequestRow[] {
  const rows = store.db
    .prepare("SELECT id, at, what, value, source FROM requests WHERE what = ? ORDER BY id")
    .all(what);
  store.db.prepare("DELETE FROM requests WHERE what = ?").run(what);
  return rows as RequestRow[];
}

/** True when this very request still waits to be taken. */
export function isWaiting(store: Store, what: RequestKind, value: string): boolean {
  const sql = "SELECT 1 FROM requests WHERE what = ? AND value = ? LIMIT 1";
  return store.read(() => store.db.prepare(sql).get(what, value)) !== undefined;
}

/** True when something of this kind waits: a cheap look for those who only read. */
export function isAsked(store: Store, what: RequestKind): boolean {
  return store.read(() => store.db.prepare("SELECT 1 FROM requests WHERE what = ? LIMIT 1").get(what)) !== undefined;
}
