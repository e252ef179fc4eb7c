import type { FinalState, OrderState } from "../base/order-state.ts";
import type { Store } from "./database.ts";
import type { DeviceKind } from "./device-rows.ts";
import { storedJson } from "./stored-json.ts";

/** Why an order or a lease ended so: a code with its values. Words are made of it where a person reads it. */
export interface OrderReason<Code extends string = string> {
  readonly code: Code;
  readonly [value: string]: string | number | boolean | null;
}

/**
 * Sources that speak for the owner; all others have a daily budget. MQTT is between: a click of a person and an automation look alike there.
 */
export const OWNER_SOURCES = ["hand", "file", "telegram", "lease", "foreign"] as const;

/** One order as it stands in the journal. Times are UTC seconds, values scaled integers. */
export interface OrderRow {
  readonly id: number;
  readonly kind: DeviceKind;
  readonly device: string;
  readonly queued_at: number;
  readonly expires_at: number;
  /** `file`, `hand`, `telegram`, `mqtt`, `batmon`, `lease` (a value put back), `foreign` (changed by somebody else), `recovery` (a note), or another program. */
  readonly source: string;
  readonly source_id: string | null;
  /** Account of the computer, or chat, from which a person gave it; null: not known, or no person. */
  readonly login: string | null;
  /** Line number in its command file. */
  readonly line: number | null;
  /** As it was written, with nothing in it that a terminal would obey. */
  readonly text: string;
  readonly key: string | null;
  readonly wanted_raw: number | null;
  readonly old_raw: number | null;
  readonly read_back_raw: number | null;
  readonly confirmed: number;
  readonly unlocked: number;
  readonly lease_for_s: number | null;
  readonly lease_until: number | null;
  /** Writes that are known to have gone on the wire. */
  readonly attempts: number;
  /** Writes that were begun; one that a crash cut off may or may not have been sent. */
  readonly begun: number;
  readonly state: OrderState;
  /** Prose of the first edition; null since. */
  readonly reason: string | null;
  /** Code of the reason, with its values as JSON: see whyOf. */
  readonly code: string | null;
  readonly details: string | null;
  /** Start of the computer at which it was queued, and how many seconds after that; null: not known. */
  readonly boot: string | null;
  readonly boot_age_s: number | null;
  readonly sent_at: number | null;
  readonly finished_at: number | null;
}

export type NewOrder = Pick<
  OrderRow,
  "kind" | "device" | "queued_at" | "expires_at" | "source" | "text" | "key" | "wanted_raw"
> &
  Partial<Omit<OrderRow, "id" | "reason" | "code" | "details">> & { readonly why?: OrderReason };

const COLUMNS = [
  ...["kind", "device", "queued_at", "expires_at", "source", "source_id", "line", "text", "key", "wanted_raw"],
  ...["old_raw", "read_back_raw", "confirmed", "unlocked", "lease_for_s", "lease_until", "attempts", "begun", "login"],
  ...["state", "reason", "code", "details", "boot", "boot_age_s", "sent_at", "finished_at"],
] as const;
const SELECT = `SELECT id, ${COLUMNS.join(", ")} FROM commands`;
const OPEN = "state IN ('queued', 'sending')";
const OWNERS = OWNER_SOURCES.map((source) => `'${source}'`).join(", ");

/** Why a row is in its state; null: nothing to say, or a row of the first edition, whose `reason` is a sentence. */
export function whyOf({ code, details }: Pick<OrderRow, "code" | "details">): OrderReason | null {
  if (code === null) return null;
  const values = storedJson<Readonly<Record<string, never>>>(() => details ?? "{}");
  return values === null ? null : { ...values, code };
}

/** The two columns of a reason. */
function reasonColumns(why: OrderReason | null | undefined): { code: string | null; details: string | null } {
  if (!why) return { code: null, details: null };
  const { code, ...values } = why;
  return { code, details: Object.keys(values).length === 0 ? null : JSON.stringify(values) };
}

/** Where the clock stands by the computer's own count, for a row that is stored now. */
export function bootColumns(store: Store): { boot: string | null; boot_age_s: number | null } {
  const boot = store.clock.boot?.() ?? null;
  return { boot: boot?.id ?? null, boot_age_s: boot?.age_s ?? null };
}
/** Orders kept at most; the oldest finished ones go first. */
const MOST_ORDERS = 50_000;

/** Records an order, or with a final `state` what became of it at once. Call inside store.write. Returns its number. */
export function insertOrder(store: Store, order: NewOrder): number {
  const row: Readonly<Record<string, unknown>> = {
    ...{ confirmed: 0, unlocked: 0, attempts: 0, begun: 0, state: "queued" },
    ...bootColumns(store),
    ...order,
    ...reasonColumns(order.why),
  };
  const marks = COLUMNS.map(() => "?").join(", ");
  return Number(
    store.db
      .prepare(`INSERT INTO commands (${COLUMNS.join(", ")}) VALUES (${marks})`)
      .run(...COLUMNS.map((column) => row[column] ?? null)).lastInsertRowid,
  );
}

/** Drops the oldest finished orders beyond what is kept. Call inside store.write. */
export function pruneOrders(store: Store, most = MOST_ORDERS): void {
  store.db
    .prepare(`DELETE FROM commands WHERE id <= (SELECT max(id) FROM commands) - ? AND logged = 1 AND NOT ${OPEN}`)
    .run(most);
}

/** The present value is known and something is going to be sent. Call inside store.write. */
export function markSending(store: Store, id: number, old_raw: number | null, at: number): void {
  store.db.prepare("UPDATE commands SET state = 'sending', old_raw = ?, sent_at = ? WHERE id = ?").run(old_raw, at, id);
}

/** One more write is going to be sent. Call inside store.write. */
export function countBegun(store: Store, id: number): void {
  store.db.prepare("UPDATE commands SET begun = begun + 1 WHERE id = ?").run(id);
}

/** One more write has gone on the wire. Call inside store.write. */
export function countAttempt(store: Store, id: number): void {
  store.db.prepare("UPDATE commands SET attempts = attempts + 1 WHERE id = ?").run(id);
}

export interface FinishedOrder {
  readonly state: FinalState;
  readonly why: OrderReason | null;
  readonly read_back_raw?: number | null;
}

/** The one final state of an order. Call inside store.write. */
export function finishOrder(store: Store, id: number, end: FinishedOrder, at: number): void {
  const { code, details } = reasonColumns(end.why);
  store.db
    .prepare(
      "UPDATE commands SET state = ?, code = ?, details = ?, read_back_raw = coalesce(?, read_back_raw), finished_at = ? " +
        "WHERE id = ?",
    )
    .run(end.state, code, details, end.read_back_raw ?? null, at, id);
}

/** What of the writes that were tried counts. Those dated in the future were made while the clock was wrong, and count nothing. */
export interface WriteFilter {
  readonly device: string;
  /** One row only. */
  readonly key?: string;
  readonly since: number;
  readonly until: number;
  /** Sources that count; absent: all. `automatic`: neither the owner's nor MQTT, which has a budget of its own. */
  readonly sources?: "automatic" | "file" | "mqtt";
}

/** Orders that tried a write, and how many writes they tried; what may have been sent counts as well. */
export function countWrites(store: Store, filter: WriteFilter): { readonly orders: number; readonly writes: number } {
  const { device, key, since, until, sources } = filter;
  const source = {
    automatic: ` AND source NOT IN (${OWNERS}, 'mqtt')`,
    ...{ file: " AND source = 'file'", mqtt: " AND source = 'mqtt'" },
  };
  const sql =
    "SELECT count(*) AS orders, coalesce(sum(begun), 0) AS writes FROM commands " +
    "WHERE device = ? AND sent_at BETWEEN ? AND ? AND begun > 0" +
    `${key === undefined ? "" : " AND key = ?"}${sources === undefined ? "" : source[sources]}`;
  const given = [device, since, until, ...(key === undefined ? [] : [key])];
  return store.read(() => store.db.prepare(sql).get(...given)) as { orders: number; writes: number };
}

/** Number of a later order of the owner for the same row that is open or was carried out; null when there is none. */
export function laterOwnerOrder(store: Store, order: OrderRow): number | null {
  const sql =
    `SELECT max(id) FROM commands WHERE device = ? AND key = ? AND id > ? AND source IN ('hand', 'file', 'telegram') ` +
    "AND state IN ('queued', 'sending', 'done', 'unchanged')";
  const found = store.read(() => store.db.prepare(sql).pluck().get(order.device, order.key, order.id));
  return found === null || found === undefined ? null : Number(found);
}

/**
 * The newest order of a writer for a row of a device, whatever its state: what became of a wish. `whyOf` tells the reason as a
 * code with values. Null: it never gave one.
 */
export function lastOrderOf(store: Store, source: string, device: string, key: string): OrderRow | null {
  const sql = `${SELECT} WHERE source = ? AND device = ? AND key = ? ORDER BY id DESC LIMIT 1`;
  return (store.read(() => store.db.prepare(sql).get(source, device, key)) as OrderRow | undefined) ?? null;
}

/** Orders that ended with one of these codes since a time, oldest first: what an alert tells once. */
export function ordersWithCode(store: Store, codes: readonly string[], since: number, until: number): OrderRow[] {
  const marks = codes.map(() => "?").join(", ");
  const sql = `${SELECT} WHERE code IN (${marks}) AND finished_at BETWEEN ? AND ? ORDER BY id`;
  return store.read(() => store.db.prepare(sql).all(...codes, since, until)) as OrderRow[];
}

/** An order with this id of its writer, or null. */
export function orderBySourceId(store: Store, source: string, source_id: string): OrderRow | null {
  const sql = `${SELECT} WHERE source = ? AND source_id = ? ORDER BY id LIMIT 1`;
  return (store.read(() => store.db.prepare(sql).get(source, source_id)) as OrderRow | undefined) ?? null;
}

export function orderById(store: Store, id: number): OrderRow | null {
  return (store.read(() => store.db.prepare(`${SELECT} WHERE id = ?`).get(id)) as OrderRow | undefined) ?? null;
}

/** Open orders, oldest first; of one device or of all. */
export function openOrders(store: Store, device?: string): OrderRow[] {
  const filter = device === undefined ? "" : " AND device = ?";
  const given = device === undefined ? [] : [device];
  return store.read(() => store.db.prepare(`${SELECT} WHERE ${OPEN}${filter} ORDER BY id`).all(...given)) as OrderRow[];
}

/** The newest orders, newest first. */
export function latestOrders(store: Store, limit: number, device?: string): OrderRow[] {
  const filter = device === undefined ? "" : " WHERE device = ?";
  const given = device === undefined ? [limit] : [device, limit];
  return store.read(() => store.db.prepare(`${SELECT}${filter} ORDER BY id DESC LIMIT ?`).all(...given)) as OrderRow[];
}

/** Orders that sent something to a device since a time, oldest first. */
export function ordersSince(store: Store, device: string, since: number): OrderRow[] {
  const sql = `${SELECT} WHERE device = ? AND sent_at >= ? AND source <> 'foreign' ORDER BY id`;
  return store.read(() => store.db.prepare(sql).all(device, since)) as OrderRow[];
}

/** Whether an order of the same words ended in the same way since a time, before this one. */
export function hasEndedAlike(store: Store, { id, kind, text, state, code }: OrderRow, since: number): boolean {
  const sql =
    "SELECT 1 FROM commands WHERE kind = ? AND text = ? AND state = ? AND code IS ? AND finished_at >= ? AND id < ? LIMIT 1";
  return store.read(() => store.db.prepare(sql).get(kind, text, state, code, since, id)) !== undefined;
}

/** Final orders that do not stand in the log file yet, oldest first. */
export function unloggedOrders(store: Store, kind: DeviceKind, limit: number): OrderRow[] {
  const sql = `${SELECT} WHERE logged = 0 AND kind = ? AND NOT ${OPEN} ORDER BY id LIMIT ?`;
  return store.read(() => store.db.prepare(sql).all(kind, limit)) as OrderRow[];
}

/** Orders that ended between two times, both included, and stand in the log file, oldest first. */
export function loggedOrdersOf(store: Store, kind: DeviceKind, from: number, to: number): OrderRow[] {
  const sql = `${SELECT} WHERE logged = 1 AND kind = ? AND finished_at BETWEEN ? AND ? ORDER BY id`;
  return store.read(() => store.db.prepare(sql).all(kind, from, to)) as OrderRow[];
}

/** Call inside store.write. */
export function markLogged(store: Store, id: number): void {
  store.db.prepare("UPDATE commands SET logged = 1 WHERE id = ?").run(id);
}

/** Keeps a value that was read back as the setting's present one, so that a later change is seen as one. Call inside store.write. */
export function keepReadBack(store: Store, order: OrderRow, raw: number, at: number): void {
  const known = store.db
    .prepare("SELECT s.device, s.raw FROM settings s JOIN devices d ON d.id = s.device WHERE d.name = ? AND s.key = ?")
    .get(order.device, order.key) as { device: number; raw: number | null } | undefined;
  if (!known || known.raw === raw) return;
  store.db
    .prepare("UPDATE settings SET raw = ?, changed_at = ? WHERE device = ? AND key = ?")
    .run(BigInt(raw), at, known.device, order.key);
  store.db
    .prepare("INSERT INTO settings_changes (at, device, key, old_raw, new_raw, source) VALUES (?, ?, ?, ?, ?, ?)")
    .run(at, known.device, order.key, known.raw === null ? null : BigInt(known.raw), BigInt(raw), `order ${order.id}`);
}
