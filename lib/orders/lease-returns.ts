import { isFromFuture } from "../base/clock.ts";
import type { Store } from "../store/database.ts";
import {
  activeLeases,
  endLease,
  forgetReturnOrder,
  holdLease,
  type LeaseRow,
  noteReturnOrder,
  shiftLease,
} from "../store/leases.ts";
import { insertOrder, type OrderRow, openOrders, orderById } from "../store/orders.ts";
import { rightedLease } from "./ages.ts";
import type { OrderContext } from "./context.ts";
import type { OrderDevice } from "./execute.ts";
import { type LeaveGuard, leaveReason } from "./leave-guard.ts";
import { type OrderTable, orderText } from "./order-table.ts";
import { leavesGrid } from "./precedence.ts";
import { because, type Reason } from "./reasons.ts";

/** Orders that put a value back are tried so often before the owner must look. */
const MOST_RETURNS = 5;
const RETURN_LIFE_S = 86400;
/** So long a return waits until the grid may be left; then the station stays on the grid and says so. */
export const LONGEST_HOLD_S = 3600;

export interface Returns {
  readonly context: OrderContext;
  readonly store: Store;
  /** Name of the device in the configuration. */
  readonly name: string;
  readonly device: OrderDevice;
  readonly table: OrderTable;
  readonly guard: LeaveGuard;
}

/**
 * Queues the return of every value whose lease is over. Where the device does not hold the leased value any more, somebody else
 * has taken over: the return is dropped and told. A return that leaves the grid passes the guards of the rules; while they say no it
 * waits, for an hour, then it is dropped and told. Returns the orders that ended with that. @throws what the device throws
 */
export async function queueReturns(returns: Returns): Promise<OrderRow[]> {
  const { context, store, name, device } = returns;
  const told: OrderRow[] = [];
  closeReturned(context, store, name);
  for (const lease of activeLeases(store, name)) {
    if (lease.ends_at > context.clock.now() || isUnderWay(store, lease)) continue;
    const present = await device.read(lease.key);
    const id = store.write(() => endOf(returns, lease, present));
    const row = id === null ? null : (orderById(store, id) as OrderRow);
    if (row !== null && row.finished_at !== null) told.push(row);
  }
  return told;
}

/** Dates leases anew that were written by a clock which was wrong: none holds longer than its own length from now. */
export function rightLeases(context: OrderContext, store: Store, name: string): void {
  for (const lease of activeLeases(store, name)) {
    const term = rightedTerm(context, store, lease);
    if (term === null) continue;
    store.write(() => shiftLease(store, lease.id, term));
    context.log.warn("a lease was written while the clock was wrong", { order: lease.order_id, ends_at: term.ends_at });
  }
}

/** Beginning and end of a lease by the clock of now, where its stored ones are wrong; null: they stand. */
export function rightedTerm(context: OrderContext, store: Store, lease: LeaseRow) {
  const { lease_until } = orderById(store, lease.order_id) ?? { lease_until: null };
  const { time_zone } = context.config.station;
  return rightedLease(lease, context.clock, lease_until === null ? null : { time_zone });
}

/** Ends the leases whose value is back, and those whose return failed too often. */
export function closeReturned(context: OrderContext, store: Store, name: string): void {
  const now = context.clock.now();
  for (const lease of activeLeases(store, name)) {
    const order = lease.return_order === null ? null : orderById(store, lease.return_order);
    if (order?.state === "done" || order?.state === "unchanged") {
      store.write(() => endLease(store, lease.id, "returned", because("lease_returned", { by: order.id }), now));
    } else if (order?.state === "expired") {
      // It was never sent: that was no try.
      store.write(() => forgetReturnOrder(store, order.id));
    } else if (order && order.finished_at !== null && lease.returns >= MOST_RETURNS) {
      const why = because("lease_returns_failed", { tries: MOST_RETURNS, by: order.id });
      store.write(() => endLease(store, lease.id, "failed", why, now));
    }
  }
}

/** Its return is queued already, or an order of somebody else for the same row is about to decide. */
function isUnderWay(store: Store, lease: LeaseRow): boolean {
  return openOrders(store, lease.device).some(({ id, key }) => id === lease.return_order || key === lease.key);
}

/** What becomes of a lease that is over. Returns the order that tells it, or null while it waits. */
function endOf(returns: Returns, lease: LeaseRow, present: number | null): number | null {
  const { context, store } = returns;
  const { order_id: by, old_raw: old, leased_raw: leased } = lease;
  if (present !== leased) {
    return drop(returns, lease, because("lease_taken_over", { by, old, leased, present }), present);
  }
  const unsafe = leavesGrid({ key: lease.key, wanted_raw: old }) ? leaveReason(returns.guard) : null;
  if (unsafe === null) return queueReturn(returns, lease);
  const now = context.clock.now();
  const known = lease.held_since !== null && !isFromFuture(lease.held_since, now) ? lease.held_since : null;
  if (known === null) {
    holdLease(store, lease.id, now);
    context.log.warn("the end of a lease waits: the grid must not be left", { order: by, guard: String(unsafe.guard) });
    return null;
  }
  if (now - known < LONGEST_HOLD_S) return null;
  const why = because("lease_unsafe", { ...unsafe, by, old, minutes: Math.round((now - known) / 60) });
  return drop(returns, lease, why, present);
}

function queueReturn({ context, store, table }: Returns, lease: LeaseRow): number {
  const now = context.clock.now();
  // What the owner was allowed to change for a time may go back without being asked for again.
  const consent = { confirmed: 1, unlocked: 1 };
  const id = insertOrder(store, { ...common(lease, table, now), ...consent, expires_at: now + RETURN_LIFE_S });
  noteReturnOrder(store, lease.id, id);
  return id;
}

function drop(returns: Returns, lease: LeaseRow, why: Reason, present: number | null): number {
  const { context, store, table } = returns;
  const now = context.clock.now();
  endLease(store, lease.id, "dropped", why, now);
  const end = { state: "cancelled", why, read_back_raw: present, finished_at: now } as const;
  return insertOrder(store, { ...common(lease, table, now), ...end, expires_at: now });
}

function common(lease: LeaseRow, table: OrderTable, now: number) {
  const { device, key, old_raw: wanted_raw } = lease;
  const text = `${orderText(table, key, wanted_raw)} # end of the lease of order ${lease.order_id}`;
  return { kind: table.kind, device, queued_at: now, source: "lease", text, key, wanted_raw };
}
