import type { Store } from "./database.ts";

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
  readonly reason: string | null;
}

const SELECT =
  "SELECT id, device, key, order_id, old_raw, leased_raw, ends_at, state, return_order, returns, reason FROM leases";

/**
 * Stores a lease before its value is written. On a row that is leased already the first old value stays: it is the one from
 * before all leases. Call inside store.write.
 */
export function openLease(
  store: Store,
  lease: Pick<LeaseRow, "device" | "key" | "order_id" | "old_raw" | "leased_raw" | "ends_at">,
): void {
  const before = activeLease(store, lease.device, lease.key);
  if (before) {
    store.db
      .prepare("UPDATE leases SET order_id = ?, leased_raw = ?, ends_at = ?, return_order = NULL WHERE id = ?")
      .run(lease.order_id, lease.leased_raw, lease.ends_at, before.id);
    return;
  }
  store.db
    .prepare(
      "INSERT INTO leases (device, key, order_id, old_raw, leased_raw, ends_at, state) VALUES (?, ?, ?, ?, ?, ?, 'active')",
    )
    .run(lease.device, lease.key, lease.order_id, lease.old_raw, lease.leased_raw, lease.ends_at);
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
  reason: string,
  at: number,
): void {
  store.db.prepare("UPDATE leases SET state = ?, reason = ?, ended_at = ? WHERE id = ?").run(state, reason, at, id);
}

/** Remembers the order that puts the old value back. Call inside store.write. */
export function noteReturnOrder(store: Store, id: number, order: number): void {
  store.db.prepare("UPDATE leases SET return_order = ?, returns = returns + 1 WHERE id = ?").run(order, id);
}

/** What the row holds in truth while it is leased, when the device stored something else. Call inside store.write. */
export function setLeasedValue(store: Store, id: number, raw: number): void {
  store.db.prepare("UPDATE leases SET leased_raw = ? WHERE id = ?").run(raw, id);
}
