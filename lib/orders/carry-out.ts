import { setTimeout as sleep } from "node:timers/promises";
import { BadFrame, DeviceTimeout, ModbusException, PortGone, type StationError } from "../base/errors.ts";
import type { BmsClient } from "../devices/bms/client.ts";
import { INVERTER_KIND } from "../devices/index.ts";
import type { InverterClient } from "../devices/inverter/client.ts";
import type { Store } from "../store/database.ts";
import { finishOrder, type OrderRow, openOrders, orderById } from "../store/orders.ts";
import type { OrderContext } from "./context.ts";
import { bmsRows, inverterTable } from "./device-tables.ts";
import { executeOrders, type OrderDevice } from "./execute.ts";
import { type Inbox, inboxOf, previewOrders, takeOrders } from "./intake.ts";
import { closeReturned, queueReturns, rightLeases } from "./lease-returns.ts";
import { type LeaveGuard, NOBODY_KNOWS } from "./leave-guard.ts";
import { lifeOver, objectionTo, orderBook } from "./order-book.ts";
import { orderReason } from "./order-reason.ts";
import { failureOfOrders, logOrders, type OrdersRun } from "./order-report.ts";
import { bmsOrders, type OrderTable } from "./order-table.ts";
import { supersededOrders } from "./precedence.ts";
import { because } from "./reasons.ts";

/** What a device may need to store a value before it shows. */
const STORE_PAUSE_MS = 300;

export interface InverterOrders {
  readonly context: OrderContext;
  readonly store: Store;
  readonly client: Pick<InverterClient, "readOne" | "writeRegister">;
  /** Name of the unit in the configuration. */
  readonly name: string;
  /** Asked before a lease that ends leaves the grid; without it nobody knows, and such a return waits. */
  readonly mayLeave?: LeaveGuard;
}

/**
 * The orders of one inverter in this round: takes the command file (shared, so for all of them), puts ended leases back, carries out what is queued. Never throws
 * for a device or an order: see `failure`. With --dry-run nothing is taken, sent or stored. @throws StateError
 */
export async function runInverterOrders({
  context,
  store,
  client,
  name,
  mayLeave,
}: InverterOrders): Promise<OrdersRun> {
  const device: OrderDevice = {
    read: async (key) => wholeNumber(await client.readOne(key)),
    write: (key, raw, { unlock }) => {
      // The order's table has let it through; the client's own lock needs to be told of the consent.
      const consented = context.config.orders.feed_in_consent && INVERTER_KIND.models.needsFeedInConsent(key);
      return client.writeRegister(key, raw, { unlock: unlock || consented });
    },
  };
  const inbox = inboxOf(context, "inverter");
  const guard = mayLeave ?? NOBODY_KNOWS;
  return runOrders({ context, store, inbox, name, device, guard, table: () => inverterTable(context, store, name) });
}

export interface BmsOrders {
  readonly context: OrderContext;
  readonly store: Store;
  readonly client: Pick<BmsClient, "dialect" | "readSetting" | "writeSetting">;
  /** Name of the unit in the configuration. */
  readonly name: string;
}

/** The orders of one BMS; otherwise as runInverterOrders. The file is shared, so each call takes it over for all units. */
export async function runBmsOrders({ context, store, client, name }: BmsOrders): Promise<OrdersRun> {
  const table = bmsOrders(bmsRows(client.dialect));
  const work = { context, store, inbox: inboxOf(context, "bms"), name, device: bmsDevice(client), guard: NOBODY_KNOWS };
  return runOrders({ ...work, table: () => table });
}

/** A BMS as orders see it. */
export function bmsDevice(client: BmsOrders["client"]): OrderDevice {
  return {
    read: async (key) => wholeNumber(await client.readSetting(key)),
    write: (key, raw, { unlock }) => client.writeSetting(key, raw, unlock ? { unlock: key } : {}),
  };
}

/**
 * For a run whose device did not answer: the file is taken over all the same, so that every line is in the journal and its life
 * runs; expired orders end. @throws StateError
 */
export function takeUnheard(context: OrderContext, store: Store, kind: Inbox["kind"]): OrdersRun {
  return takeOnly(context, store, inboxOf(context, kind));
}

interface Work {
  readonly context: OrderContext;
  readonly store: Store;
  readonly inbox: Inbox;
  readonly name: string;
  readonly device: OrderDevice;
  readonly guard: LeaveGuard;
  readonly table: () => OrderTable;
}

async function runOrders(work: Work): Promise<OrdersRun> {
  const { context, store, inbox, name, device, guard } = work;
  if (context.dryRun) return preview(context, store, inbox);
  const intake = takeOrders(context, store, inbox);
  const table = work.table();
  const ended: OrderRow[] = [...intake.ended, ...tidy(context, store, name, table)];
  const troubles: StationError[] = [...intake.failures];
  // What is read for the leases' sake must not keep the orders waiting.
  const returns = async () => queueReturns({ context, store, name, device, table, guard });
  ended.push(...((await unlessTrouble(troubles, returns)) ?? []));
  const pause = () => sleep(STORE_PAUSE_MS);
  const book = orderBook({ context, store, device: name, table, guard });
  const executed = await executeOrders({ book, device, table, timeLeft: context.timeLeft, pause });
  ended.push(...executed.finished.map(({ order }) => orderById(store, order.id) as OrderRow));
  closeReturned(context, store, name);
  const log = logOrders(context, store, inbox.kind);
  for (const order of ended) context.log.info("order ended", { id: order.id, text: order.text, state: order.state });
  const others = [...troubles, ...(troubles.length === intake.failures.length ? [executed.stopped] : []), log];
  return {
    orders: ended,
    waiting: openOrders(store, name).length,
    failure: failureOfOrders(context, store, ended, others),
  };
}

/** Runs a part of the round; a device in trouble is noted and ends that part only. */
async function unlessTrouble<T>(troubles: StationError[], part: () => Promise<T>): Promise<T | null> {
  try {
    return await part();
  } catch (error) {
    if (!isDeviceTrouble(error)) throw error;
    troubles.push(error);
    return null;
  }
}

function takeOnly(context: OrderContext, store: Store, inbox: Inbox): OrdersRun {
  if (context.dryRun) return preview(context, store, inbox);
  const intake = takeOrders(context, store, inbox);
  const ended = [...intake.ended, ...inbox.devices.flatMap((name) => tidy(context, store, name, null))];
  const log = logOrders(context, store, inbox.kind);
  const waiting = inbox.devices.reduce((sum, name) => sum + openOrders(store, name).length, 0);
  return { orders: ended, waiting, failure: failureOfOrders(context, store, ended, [...intake.failures, log]) };
}

/**
 * Puts a device's queue in order before anything is sent: leases are dated anew where the clock was wrong, orders whose life is over
 * end, and those that a later one for the same row replaces. Returns what ended.
 */
function tidy(context: OrderContext, store: Store, name: string, table: OrderTable | null): OrderRow[] {
  rightLeases(context, store, name);
  const now = context.clock.now();
  const open = openOrders(store, name);
  const over = open.flatMap((order) => {
    const why = order.state === "queued" ? lifeOver(context, order) : null;
    return why === null ? [] : [{ order, end: { state: "expired" as const, why } }];
  });
  const gone = new Set(over.map(({ order }) => order.id));
  const left = open.filter(({ id }) => !gone.has(id));
  const isOpenFor = (order: OrderRow) => objectionTo(context, store, order) === null;
  const isCommand = ({ key }: OrderRow) => key !== null && table?.rows[key]?.role === "command";
  const replaced = supersededOrders(left, isOpenFor, isCommand).map(({ order, by }) => {
    const code = order.state === "sending" ? "superseded_sending" : "superseded";
    return { order, end: { state: "superseded" as const, why: because(code, { by: by.id }) } };
  });
  // A look first: most runs have nothing to end and should not write.
  if (over.length + replaced.length === 0) return [];
  store.write(() => {
    for (const { order, end } of [...over, ...replaced]) finishOrder(store, order.id, end, now);
  });
  return [...over, ...replaced].map(({ order }) => orderById(store, order.id) as OrderRow);
}

function preview(context: OrderContext, store: Store, inbox: Inbox): OrdersRun {
  const lines = previewOrders(context, store, inbox);
  for (const order of lines) {
    const fate =
      order.state === "refused"
        ? `would be refused: ${orderReason(context, store, order, { typed: true })}`
        : "would be carried out";
    context.log.info(`order ${fate}`, { text: order.text });
  }
  const open = inbox.devices.reduce((sum, name) => sum + openOrders(store, name).length, 0);
  return { orders: [], waiting: open + lines.length, failure: null };
}

function wholeNumber(raw: unknown): number | null {
  return typeof raw === "number" ? raw : null;
}

function isDeviceTrouble(error: unknown): error is StationError {
  return [DeviceTimeout, PortGone, BadFrame, ModbusException].some((kind) => error instanceof kind);
}
