import { setTimeout as sleep } from "node:timers/promises";
import { BadFrame, DeviceTimeout, ModbusException, PortGone } from "../errors.ts";
import type { BmsClient } from "../jkbms/client.ts";
import type { Pv1800Client } from "../pv1800/client.ts";
import { needsFeedInConsent } from "../pv1800/consent.ts";
import type { RegisterKey, WritableRegister } from "../pv1800/registers.ts";
import type { Store } from "../store/database.ts";
import { expireOrders, type OrderRow, openOrders, orderById } from "../store/orders.ts";
import type { OrderContext } from "./context.ts";
import { bmsRows, inverterTable } from "./device-tables.ts";
import { executeOrders, type OrderDevice } from "./execute.ts";
import { bmsInbox, type Inbox, inverterInbox, previewOrders, takeOrders } from "./intake.ts";
import { closeReturned, queueReturns } from "./lease-returns.ts";
import { orderBook } from "./order-book.ts";
import { failureOf, logOrders, type OrdersRun } from "./order-report.ts";
import { bmsOrders, type OrderTable } from "./order-table.ts";

/** What a device may need to store a value before it shows. */
const STORE_PAUSE_MS = 300;

export interface InverterOrders {
  readonly context: OrderContext;
  readonly store: Store;
  readonly client: Pick<Pv1800Client, "readOne" | "writeRegister">;
}

/**
 * The inverter's orders of this round: takes the command file, puts ended leases back, carries out what is queued. Never throws
 * for a device or an order: see `failure`. With --dry-run nothing is taken, sent or stored. @throws StateError
 */
export async function runInverterOrders({ context, store, client }: InverterOrders): Promise<OrdersRun> {
  const device: OrderDevice = {
    read: async (key) => wholeNumber(await client.readOne(key as RegisterKey)),
    write: (key, raw, { unlock }) => {
      // The order's table has let it through; the client's own lock needs to be told of the consent.
      const consented = context.config.orders.feed_in_consent && needsFeedInConsent(key);
      return client.writeRegister(key as WritableRegister, raw, { unlock: unlock || consented });
    },
  };
  const inbox = inverterInbox(context);
  const name = context.config.inverter.name;
  return runOrders({ context, store, inbox, name, device, table: () => inverterTable(context, store) });
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
  return runOrders({ context, store, inbox: bmsInbox(context), name, device: bmsDevice(client), table: () => table });
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
export function takeInverterOrders(context: OrderContext, store: Store): OrdersRun {
  return takeOnly(context, store, inverterInbox(context));
}

/** As takeInverterOrders, for the BMS file. */
export function takeBmsOrders(context: OrderContext, store: Store): OrdersRun {
  return takeOnly(context, store, bmsInbox(context));
}

interface Work {
  readonly context: OrderContext;
  readonly store: Store;
  readonly inbox: Inbox;
  readonly name: string;
  readonly device: OrderDevice;
  readonly table: () => OrderTable;
}

async function runOrders(work: Work): Promise<OrdersRun> {
  const { context, store, inbox, name, device } = work;
  if (context.dryRun) return preview(context, store, inbox);
  const intake = takeOrders(context, store, inbox);
  const ended: OrderRow[] = [...intake.ended];
  const table = work.table();
  let stopped: Error | null = null;
  try {
    ended.push(...(await queueReturns(context, store, name, device, table)));
    ended.push(...expire(context, store, name));
    const pause = () => sleep(STORE_PAUSE_MS);
    const { clock, timeLeft } = context;
    const book = orderBook(context, store, name);
    const executed = await executeOrders({ book, device, table, clock, timeLeft, pause });
    ended.push(...executed.finished.map(({ order }) => orderById(store, order.id) as OrderRow));
    stopped = executed.stopped;
  } catch (error) {
    if (!isDeviceTrouble(error)) throw error;
    stopped = error;
  }
  closeReturned(context, store, name);
  logOrders(context, store, inbox.kind);
  for (const order of ended) context.log.info("order ended", { id: order.id, text: order.text, state: order.state });
  const failure = failureOf(context, ended, [intake.failure, stopped]);
  return { orders: ended, waiting: openOrders(store, name).length, failure };
}

function takeOnly(context: OrderContext, store: Store, inbox: Inbox): OrdersRun {
  if (context.dryRun) return preview(context, store, inbox);
  const intake = takeOrders(context, store, inbox);
  const ended = [...intake.ended, ...inbox.devices.flatMap((name) => expire(context, store, name))];
  logOrders(context, store, inbox.kind);
  const waiting = inbox.devices.reduce((sum, name) => sum + openOrders(store, name).length, 0);
  return { orders: ended, waiting, failure: failureOf(context, ended, [intake.failure]) };
}

function expire(context: OrderContext, store: Store, name: string): OrderRow[] {
  const now = context.clock.now();
  // A look first: most runs have nothing to expire and should not write.
  if (!openOrders(store, name).some((order) => order.state === "queued" && order.expires_at <= now)) return [];
  return store.write(() => expireOrders(store, name, now));
}

function preview(context: OrderContext, store: Store, inbox: Inbox): OrdersRun {
  const lines = previewOrders(context, store, inbox);
  for (const order of lines) {
    const fate = order.state === "refused" ? `would be refused: ${order.reason}` : "would be carried out";
    context.log.info(`order ${fate}`, { text: order.text });
  }
  const open = inbox.devices.reduce((sum, name) => sum + openOrders(store, name).length, 0);
  return { orders: [], waiting: open + lines.length, failure: null };
}

function wholeNumber(raw: unknown): number | null {
  return typeof raw === "number" ? raw : null;
}

function isDeviceTrouble(error: unknown): error is Error {
  return [DeviceTimeout, PortGone, BadFrame, ModbusException].some((kind) => error instanceof kind);
}
