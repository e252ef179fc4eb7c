import type { Store } from "./database.ts";
import { bootColumns, type OrderReason } from "./orders.ts";

/** A value that holds for a time; `old_raw` goes back when it ends. */
export interface LeaseRow {
  readonly id: number;
  readonly device: string;
  readonly key: string;
  readonly order_id: number;
  readonly old_raw: number;
  readonly leased_raw: number;
  readonly ends_at: number;
  readonly state: "active" | "returned" | "dropped" | "failed";
  /** The order that puts the old value back, once it was given. */
  readonly return_order: number | null;
  /** How often that was tried. */
  readonly returns: number;
  /** When its value was written, and how long it holds from then. Null: a lease of the first edition that never says. */
  readonly begun_at: number | null;
  readonly length_s: number | null;
  /** Start of the computer at which it began, and how many seconds after that; null: not known. */
  readonly boot: string | null;
  readonly boot_age_s: number | null;
  /** Since when its return waits because the grid must not be left; null: it does not. */
  readonly held_since: number | null;
}

const SELECT =
  "SELECT id, device, key, order_id, old_raw, leased_raw, ends_at, state, return_order, returns, begun_at, length_s, boot, " +
  "boot_age_s, held_since FROM leases";

export type NewLease = Pick<LeaseRow, "device" | "key" | "order_id" | "old_raw" | "leased_raw" | "ends_at"> & {
  readonly begun_at: number;
};

/**
 * Stores a lease before its value is written. On a row that is leased already the first old value stays: it is the one from
 * before all leases. Call inside store.write.
 */
export function openLease(store: Store, lease: NewLease): void {
  const { device, key, order_id, old_raw, leased_raw, ends_at, begun_at } = lease;
  const { boot, boot_age_s } = bootColumns(store);
  const length_s = Math.max(0, ends_at - begun_at);
  const before = activeLease(store, device, key);
  if (before) {
    store.db
      .prepare(
        "UPDATE leases SET order_id = ?, leased_raw = ?, ends_at = ?, begun_at = ?, length_s = ?, boot = ?, boot_age_s = ?, " +
          "return_order = NULL, held_since = NULL WHERE id = ?",
      )
      .run(order_id, leased_raw, ends_at, begun_at, length_s, boot, boot_age_s, before.id);
    return;
  }
  store.db
    .prepare(
      "INSERT INTO leases (device, key, order_id, old_raw, leased_raw, ends_at, state, begun_at, length_s, boot, boot_age_s) " +
        "VALUES (?, ?, ?, ?, ?, ?, 'active', ?, ?, ?, ?)",
    )
    .run(device, key, order_id, old_raw, leased_raw, ends_at, begun_at, length_s, boot, boot_age_s);
}

/** Dates a lease anew whose time was written by a wrong clock. Call inside store.write. */
export function shiftLease(store: Store, id: number, term: { begun_at: number; ends_at: number }): void {
  const { boot, boot_age_s } = bootColumns(store);
  store.db
    .prepare("UPDATE leases SET begun_at = ?, ends_at = ?, boot = ?, boot_age_s = ? WHERE id = ?")
    .run(term.begun_at, term.ends_at, boot, boot_age_s, id);
}

/** Notes since when the return waits; null: it waits no more. Call inside store.write. */
export function holdLease(store: Store, id: number, since: number | null): void {
  store.db.prepare("UPDATE leases SET held_since = ? WHERE id = ?").run(since, id);
}

/** The lease that holds a row, or null. */
export function activeLease(store: Store, device: string, key: string): LeaseRow | null {
  const sql = `${SELECT} WHERE device = ? AND key = ? AND state = 'active'`;
  return (store.read(() => store.db.prepare(sql).get(device, key)) as LeaseRow | undefined) ?? null;
}

/** All leases that hold, of one device or of all, the first to end first. */
export function activeLeases(store: Store, device?: string): LeaseRow[] {
  const filter = device === undefined ? "" : " AND device = ?";
  const given = device === undefined ? [] : [device];
  const sql = `${SELECT} WHERE state = 'active'${filter} ORDER BY ends_at`;
  return store.read(() => store.db.prepare(sql).all(...given)) as LeaseRow[];
}

/** Call inside store.write. */
export function endLease(
  store: Store,
  id: number,
  state: "returned" | "dropped" | "failed",
  why: OrderReason,
  at: number,
): void {
  const { code, ...values } = why;
  store.db
    .prepare("UPDATE leases SET state = ?, code = ?, details = ?, ended_at = ? WHERE id = ?")
    .run(state, code, JSON.stringify(values), at, id);
}

/** Remembers the order that puts the old value back. Call inside store.write. */
export function noteReturnOrder(store: Store, id: number, order: number): void {
  store.db
    .prepare("UPDATE leases SET return_order = ?, returns = returns + 1, held_since = NULL WHERE id = ?")
    .run(order, id);
}

/** Forgets an order that was given up before it was sent: it was no try. Call inside store.write. */
export function forgetReturnOrder(store: Store, order: number): void {
  store.db.prepare("UPDATE leases SET return_order = NULL, returns = returns - 1 WHERE return_order = ?").run(order);
}

/** What the row holds in truth while it is leased, when the device stored something else. Call inside store.write. */
export function setLeasedValue(store: Store, id: number, raw: number): void {
  store.db.prepare("UPDATE leases SET leased_raw = ? WHERE id = ?").run(raw, id);
}
