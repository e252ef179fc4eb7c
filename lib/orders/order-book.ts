import { AHEAD_S } from "../base/clock.ts";
import type { Store } from "../store/database.ts";
import { activeLease, endLease, forgetReturnOrder, type LeaseRow, openLease, setLeasedValue } from "../store/leases.ts";
import {
  countAttempt,
  countBegun,
  countWrites,
  finishOrder,
  keepReadBack,
  laterOwnerOrder,
  markSending,
  type OrderRow,
  openOrders,
} from "../store/orders.ts";
import { leaseEnd, lifeLeft } from "./ages.ts";
import type { OrderContext } from "./context.ts";
import type { Hold, OrderBook, Outcome } from "./execute.ts";
import { type LeaveGuard, leaveReason } from "./leave-guard.ts";
import { refusalOf } from "./may-write.ts";
import type { OrderTable } from "./order-table.ts";
import { inTurn, isOwners, isWayBack, leavesGrid } from "./precedence.ts";
import { because, type Reason } from "./reasons.ts";

const DAY_S = 86400;
/** Writes of one run: EEPROM wears, and a flood is nobody's wish. What is over waits for the next run. */
const MOST_WRITES_A_RUN = 40;
const MOST_AUTOMATIC_WRITES_A_RUN = 10;
/** Lines of the command file are the owner's unless they say otherwise; a program that forgets to say so stops here. */
const MOST_FILE_CHANGES_A_DAY = 100;

export interface BookOptions {
  readonly context: OrderContext;
  readonly store: Store;
  readonly device: string;
  readonly table: OrderTable;
  readonly guard: LeaveGuard;
}

/** The journal of one device's orders, with the limits that do not depend on the value. */
export function orderBook({ context, store, device, table, guard }: BookOptions): OrderBook<OrderRow> {
  const now = () => context.clock.now();
  const passed = new Set<number>();
  const written = { all: 0, automatic: 0 };
  return {
    next: () => inTurn(openOrders(store, device)).find(({ id }) => !passed.has(id)) ?? null,
    passOver: (order, why) => {
      passed.add(order.id);
      if (why) context.log.info("order waits", { id: order.id, text: order.text, why: why.code });
    },
    lifeOver: (order) => lifeOver(context, order),
    objection: (order) =>
      objectionTo(context, store, order) ?? guardObjection(store, order, guard) ?? tooManyNow(order, written),
    unsafeAgain: (order) => (order.source === "lease" && leavesGrid(order) ? leaveReason(guard) : null),
    notReturnable: (order, present) => {
      if (leaseEnd(order, now(), context.config.station.time_zone) === null || order.key === null) return null;
      if (activeLease(store, device, order.key)) return null;
      const permission = { confirmed: true, unlocked: true };
      const refusal = refusalOf(table, order.key, present, permission);
      return refusal && because("lease_not_returnable", { present });
    },
    sending: (order, old) =>
      store.write(() => {
        markSending(store, order.id, old, now());
        const ends_at = leaseEnd(order, now(), context.config.station.time_zone);
        if (ends_at === null || old === null) return;
        const { key, wanted_raw } = order as { key: string; wanted_raw: number };
        const lease = { device, key, order_id: order.id, old_raw: old, leased_raw: wanted_raw, ends_at };
        openLease(store, { ...lease, begun_at: now() });
      }),
    begin: (order) => {
      written.all++;
      if (!isOwners(order)) written.automatic++;
      store.write(() => countBegun(store, order.id));
    },
    sent: (order) => store.write(() => countAttempt(store, order.id)),
    finish: (order, outcome) =>
      store.write(() => {
        const told = withLease(context, store, order, outcome);
        const why = outcome.state === "done" ? withCount(store, order, told, now()) : told;
        finishOrder(store, order.id, { ...outcome, why }, now());
        const { read_back_raw } = outcome;
        if (read_back_raw !== null) keepReadBack(store, order, read_back_raw, now());
      }),
  };
}

/** Why an order is too old to be sent now; null: its life goes on. */
export function lifeOver(context: OrderContext, order: OrderRow): Reason | null {
  const left = lifeLeft(order, context.clock);
  if (left === null) return because("age_unknown");
  if (left <= 0) {
    const age_s = order.expires_at - order.queued_at - left;
    return because("life_over", { minutes: Math.max(1, Math.round(age_s / 60)) });
  }
  const now = context.clock.now();
  const ends_at = leaseEnd(order, now, context.config.station.time_zone);
  return ends_at !== null && ends_at <= now ? because("term_over") : null;
}

/** Automatic writers give way to the owner and have a daily budget; the way back to the grid is always open. */
export function objectionTo(context: OrderContext, store: Store, order: OrderRow): Outcome | null {
  if (order.key === null) return null;
  if (order.source === "file") return fileCap(store, order, context.clock.now());
  if (isOwners(order)) return null;
  const later = laterOwnerOrder(store, order);
  if (later !== null) return end("cancelled", because("owner_later", { by: later }));
  if (isWayBack(order)) return null;
  const now = context.clock.now();
  const lease = activeLease(store, order.device, order.key);
  if (lease && lease.ends_at > now) {
    const minutes = Math.ceil((lease.ends_at - now) / 60);
    return end("refused", because("lease_holds", { by: lease.order_id, minutes }));
  }
  return order.source === "mqtt" ? mqttCap(context, store, order, now) : automaticCap(context, store, order, now);
}

/** A person who clicks in Home Assistant must not use up what batmon may do, nor be stopped by what batmon has done. */
function mqttCap(context: OrderContext, store: Store, order: OrderRow, now: number): Outcome | null {
  const limit = context.config.orders.daily_mqtt_writes;
  const span = { device: order.device, key: order.key as string, since: now - DAY_S, until: now + AHEAD_S };
  const { orders: count } = countWrites(store, { ...span, sources: "mqtt" });
  return count >= limit ? capped("mqtt", count, limit) : null;
}

function automaticCap(context: OrderContext, store: Store, order: OrderRow, now: number): Outcome | null {
  const { daily_writes, daily_device_writes } = context.config.orders;
  const span = { device: order.device, since: now - DAY_S, until: now + AHEAD_S, sources: "automatic" } as const;
  const { orders: count } = countWrites(store, { ...span, key: order.key as string });
  if (count >= daily_writes) return capped("setting", count, daily_writes);
  const { writes } = countWrites(store, span);
  return writes >= daily_device_writes ? capped("device", writes, daily_device_writes) : null;
}

function fileCap(store: Store, order: OrderRow, now: number): Outcome | null {
  if (isWayBack(order)) return null;
  const span = { device: order.device, key: order.key as string, since: now - DAY_S, until: now + AHEAD_S };
  const { orders: count } = countWrites(store, { ...span, sources: "file" });
  return count >= MOST_FILE_CHANGES_A_DAY ? capped("file", count, MOST_FILE_CHANGES_A_DAY) : null;
}

function capped(scope: string, count: number, limit: number): Outcome {
  return end("refused", because("write_cap", { scope, count, limit }));
}

function tooManyNow(order: OrderRow, written: { readonly all: number; readonly automatic: number }): Hold | null {
  if (isWayBack(order)) return null;
  const limit = isOwners(order) ? MOST_WRITES_A_RUN : MOST_AUTOMATIC_WRITES_A_RUN;
  const count = isOwners(order) ? written.all : written.automatic;
  return count >= limit ? { hold: because("write_cap", { scope: "run", count, limit }) } : null;
}

/** The return of a lease that was queued and then cut off: the lease may be over, or the grid not be left any more. */
function guardObjection(store: Store, order: OrderRow, guard: LeaveGuard): Outcome | null {
  if (order.source !== "lease" || order.key === null) return null;
  const lease = activeLease(store, order.device, order.key);
  if (lease?.return_order !== order.id) return end("cancelled", because("lease_gone", { by: lease?.order_id ?? null }));
  if (!leavesGrid(order)) return null;
  const unsafe = leaveReason(guard);
  return unsafe && end("cancelled", because("lease_waits", { ...unsafe, by: lease.order_id }));
}

function end(state: Outcome["state"], why: Reason): Outcome {
  return { state, why, read_back_raw: null };
}

/** Keeps the lease of the order's row true, and returns the order's reason. */
function withLease(context: OrderContext, store: Store, order: OrderRow, outcome: Outcome): Reason | null {
  const now = context.clock.now();
  if (order.source === "lease") {
    // An order that was not sent was no try: the lease waits for the next one.
    if (outcome.why?.code === "lease_waits") forgetReturnOrder(store, order.id);
    return outcome.why;
  }
  if (order.key === null || order.wanted_raw === null) return outcome.why;
  const lease = activeLease(store, order.device, order.key);
  const ends_at = leaseEnd(order, now, context.config.station.time_zone);
  if (outcome.state === "failed") return failedLease(store, lease, order, outcome, now);
  if (outcome.state !== "done" && outcome.state !== "unchanged") return outcome.why;
  if (ends_at === null) {
    if (lease) endLease(store, lease.id, "dropped", because("lease_for_good", { by: order.id }), now);
    return outcome.why;
  }
  if (outcome.state === "done") return outcome.why;
  if (!lease) return because("nothing_to_put_back");
  const {
    device,
    id: order_id,
    key,
    wanted_raw: leased_raw,
  } = { ...order, key: order.key, wanted_raw: order.wanted_raw };
  openLease(store, { device, key, order_id, old_raw: lease.old_raw, leased_raw, ends_at, begun_at: now });
  return because("lease_longer");
}

function failedLease(
  store: Store,
  lease: LeaseRow | null,
  order: OrderRow,
  outcome: Outcome,
  now: number,
): Reason | null {
  if (!lease || lease.order_id !== order.id || outcome.read_back_raw === null) return outcome.why;
  if (outcome.read_back_raw === lease.old_raw)
    endLease(store, lease.id, "dropped", because("lease_never_arrived"), now);
  else setLeasedValue(store, lease.id, outcome.read_back_raw);
  return outcome.why;
}

const BY_PERSONS: readonly string[] = ["hand", "telegram", "file"];

/** The owner is free, but is told how often a setting has been written: it wears. */
function withCount(store: Store, order: OrderRow, why: Reason | null, now: number): Reason | null {
  if (!BY_PERSONS.includes(order.source) || order.key === null) return why;
  const span = { device: order.device, key: order.key, since: now - DAY_S, until: now + AHEAD_S };
  const { orders: changes } = countWrites(store, span);
  return changes < 2 ? why : { ...(why ?? because("often")), changes };
}
