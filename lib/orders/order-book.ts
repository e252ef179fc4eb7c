import type { Store } from "../store/database.ts";
import { activeLease, endLease, type LeaseRow, openLease, setLeasedValue } from "../store/leases.ts";
import {
  countAttempt,
  countWrites,
  finishOrder,
  keepReadBack,
  laterOwnerOrder,
  markSending,
  nextOrder,
  type OrderRow,
  OWNER_SOURCES,
} from "../store/orders.ts";
import type { OrderContext } from "./context.ts";
import type { OrderBook, Outcome } from "./execute.ts";

const DAY_S = 86400;
const OWNERS: ReadonlySet<string> = new Set(OWNER_SOURCES);

/** The journal of one device's orders, with the limits that do not depend on the value. */
export function orderBook(context: OrderContext, store: Store, device: string): OrderBook<OrderRow> {
  const now = () => context.clock.now();
  return {
    next: () => nextOrder(store, device),
    objection: (order) => objectionTo(context, store, order),
    sending: (order, old) =>
      store.write(() => {
        markSending(store, order.id, old, now());
        const ends_at = leaseEnd(order, now());
        if (ends_at === null || old === null) return;
        const { key, wanted_raw } = order as { key: string; wanted_raw: number };
        openLease(store, { device, key, order_id: order.id, old_raw: old, leased_raw: wanted_raw, ends_at });
      }),
    attempt: (order) => store.write(() => countAttempt(store, order.id)),
    finish: (order, outcome) =>
      store.write(() => {
        const told = withLease(store, order, outcome, now());
        const reason = outcome.state === "done" ? withCount(store, order, told, now()) : told;
        finishOrder(store, order.id, { ...outcome, reason }, now());
        const { read_back_raw } = outcome;
        if (read_back_raw !== null) keepReadBack(store, order, read_back_raw, now());
      }),
  };
}

/** Automatic writers give way to the owner and have a daily budget; the way back to the grid is always open. */
function objectionTo(context: OrderContext, store: Store, order: OrderRow): Outcome | null {
  if (OWNERS.has(order.source) || order.key === null) return null;
  const later = laterOwnerOrder(store, order);
  if (later !== null) return end("cancelled", `the owner's order ${later} for ${order.key} came after it`);
  if (order.key === "ongrid_switch" && order.wanted_raw === 1) return null;
  const now = context.clock.now();
  const lease = activeLease(store, order.device, order.key);
  if (lease && lease.ends_at > now) {
    const minutes = Math.ceil((lease.ends_at - now) / 60);
    return end("refused", `${order.key} is held by the lease of order ${lease.order_id} for ${minutes} more min`);
  }
  const limit = context.config.orders.daily_writes;
  const written = countWrites(store, order.device, order.key, now - DAY_S, true);
  if (written < limit) return null;
  return end(
    "refused",
    `${written} automatic changes of ${order.key} in 24 h; permitted: ${limit} (orders.daily_writes)`,
  );
}

function end(state: Outcome["state"], reason: string): Outcome {
  return { state, reason, read_back_raw: null };
}

function leaseEnd(order: OrderRow, now: number): number | null {
  return order.lease_until ?? (order.lease_for_s === null ? null : now + order.lease_for_s);
}

/** Keeps the lease of the order's row true, and returns the order's reason. */
function withLease(store: Store, order: OrderRow, outcome: Outcome, now: number): string | null {
  if (order.key === null || order.wanted_raw === null || order.source === "lease") return outcome.reason;
  const lease = activeLease(store, order.device, order.key);
  const ends_at = leaseEnd(order, now);
  if (outcome.state === "failed") return failedLease(store, lease, order, outcome, now);
  if (outcome.state !== "done" && outcome.state !== "unchanged") return outcome.reason;
  if (ends_at === null) {
    if (lease) endLease(store, lease.id, "dropped", `order ${order.id} set the value for good`, now);
    return outcome.reason;
  }
  if (outcome.state === "done") return outcome.reason;
  if (!lease) return "was there already; there is nothing to put back";
  const {
    device,
    key,
    id: order_id,
    wanted_raw: leased_raw,
  } = { ...order, key: order.key, wanted_raw: order.wanted_raw };
  openLease(store, { device, key, order_id, old_raw: lease.old_raw, leased_raw, ends_at });
  return "was there already; its lease is longer now";
}

function failedLease(
  store: Store,
  lease: LeaseRow | null,
  order: OrderRow,
  outcome: Outcome,
  now: number,
): string | null {
  if (!lease || lease.order_id !== order.id || outcome.read_back_raw === null) return outcome.reason;
  if (outcome.read_back_raw === lease.old_raw) endLease(store, lease.id, "dropped", "its value never arrived", now);
  else setLeasedValue(store, lease.id, outcome.read_back_raw);
  return outcome.reason;
}

/** The owner is free, but is told how often a setting has been written: it wears. */
function withCount(store: Store, order: OrderRow, reason: string | null, now: number): string | null {
  if (order.source !== "hand" && order.source !== "file") return reason;
  const writes = order.key === null ? 0 : countWrites(store, order.device, order.key, now - DAY_S, false);
  if (writes < 2) return reason;
  const count = `change ${writes} of this setting in 24 h`;
  return reason === null ? count : `${reason}; ${count}`;
}
