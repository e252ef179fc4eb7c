import type { Store } from "../store/database.ts";
import { activeLeases, endLease, type LeaseRow, noteReturnOrder } from "../store/leases.ts";
import { insertOrder, type OrderRow, orderById } from "../store/orders.ts";
import type { OrderContext } from "./context.ts";
import type { OrderDevice } from "./execute.ts";
import { type OrderTable, orderText, valueText } from "./order-table.ts";

/** Orders that put a value back are tried so often before the owner must look. */
const MOST_RETURNS = 5;
const RETURN_LIFE_S = 86400;

/**
 * Queues the return of every value whose lease is over. Where the device does not hold the leased value any more, somebody else
 * has taken over: the return is dropped and told. Returns the orders that ended with that. @throws what the device throws
 */
export async function queueReturns(
  context: OrderContext,
  store: Store,
  name: string,
  device: OrderDevice,
  table: OrderTable,
): Promise<OrderRow[]> {
  const told: OrderRow[] = [];
  closeReturned(context, store, name);
  for (const lease of activeLeases(store, name)) {
    if (lease.ends_at > context.clock.now() || isUnderWay(store, lease)) continue;
    const present = await device.read(lease.key);
    const id = store.write(() =>
      present === lease.leased_raw
        ? queueReturn(context, store, lease, table)
        : dropReturn(context, store, lease, table, present),
    );
    const row = orderById(store, id) as OrderRow;
    if (row.finished_at !== null) told.push(row);
  }
  return told;
}

/** Ends the leases whose value is back, and those whose return failed too often. */
export function closeReturned(context: OrderContext, store: Store, name: string): void {
  const now = context.clock.now();
  for (const lease of activeLeases(store, name)) {
    const order = lease.return_order === null ? null : orderById(store, lease.return_order);
    if (order?.state === "done" || order?.state === "unchanged") {
      store.write(() => endLease(store, lease.id, "returned", `order ${order.id}`, now));
    } else if (order && order.finished_at !== null && lease.returns >= MOST_RETURNS) {
      store.write(() => endLease(store, lease.id, "failed", `${MOST_RETURNS} returns failed: ${order.reason}`, now));
    }
  }
}

function isUnderWay(store: Store, lease: LeaseRow): boolean {
  const order = lease.return_order === null ? null : orderById(store, lease.return_order);
  return order !== null && order.finished_at === null;
}

function queueReturn(context: OrderContext, store: Store, lease: LeaseRow, table: OrderTable): number {
  const now = context.clock.now();
  // What the owner was allowed to change for a time may go back without being asked for again.
  const consent = { confirmed: 1, unlocked: 1 };
  const id = insertOrder(store, { ...common(lease, table, now), ...consent, expires_at: now + RETURN_LIFE_S });
  noteReturnOrder(store, lease.id, id);
  return id;
}

function dropReturn(
  context: OrderContext,
  store: Store,
  lease: LeaseRow,
  table: OrderTable,
  present: number | null,
): number {
  const now = context.clock.now();
  const field = table.rows[lease.key];
  const text = (raw: number | null) => (field ? valueText(field, raw) : String(raw));
  const reason =
    `not put back to ${text(lease.old_raw)} at the end of order ${lease.order_id}'s lease: ` +
    `somebody changed it from ${text(lease.leased_raw)} to ${text(present)}`;
  endLease(store, lease.id, "dropped", reason, now);
  const end = { state: "cancelled", reason, read_back_raw: present, finished_at: now } as const;
  return insertOrder(store, { ...common(lease, table, now), ...end, expires_at: now });
}

function common(lease: LeaseRow, table: OrderTable, now: number) {
  const { device, key, old_raw: wanted_raw } = lease;
  const text = `${orderText(table, key, wanted_raw)} # end of the lease of order ${lease.order_id}`;
  return { kind: table.kind, device, queued_at: now, source: "lease", text, key, wanted_raw };
}
