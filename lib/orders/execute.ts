import type { Clock } from "../clock.ts";
import { BadFrame, DeviceTimeout, ModbusException, PortGone, StationError } from "../errors.ts";
import { faultPoint } from "./order-fault-points.ts";
import { type OrderTable, refusalOf, valueText } from "./order-table.ts";

/** The device as an order sees it: one row at a time, in scaled integers. */
export interface OrderDevice {
  /** A new transaction on the wire each time; null when the device does not tell. @throws what the client throws */
  read(key: string): Promise<number | null>;
  /** One write, sent once. @throws what the client throws */
  write(key: string, raw: number, options: { readonly unlock: boolean }): Promise<void>;
}

/** What the state machine needs to know of an order. */
export interface PendingOrder {
  readonly id: number;
  readonly source: string;
  readonly key: string | null;
  readonly wanted_raw: number | null;
  readonly old_raw: number | null;
  readonly confirmed: number;
  readonly unlocked: number;
  readonly attempts: number;
  readonly state: string;
  readonly expires_at: number;
}

export interface Outcome {
  readonly state: "done" | "unchanged" | "refused" | "failed" | "expired" | "cancelled";
  readonly reason: string | null;
  readonly read_back_raw: number | null;
}

/** The journal. Every call is stored for good before it returns: a crash finds what was true. */
export interface OrderBook<O extends PendingOrder = PendingOrder> {
  next(): O | null;
  /** Why this order must not be carried out now, apart from its value: budget, lease, a later order of the owner. */
  objection(order: O): Outcome | null;
  sending(order: O, old: number | null): void;
  attempt(order: O): void;
  finish(order: O, outcome: Outcome): void;
}

export interface ExecuteOptions<O extends PendingOrder> {
  readonly book: OrderBook<O>;
  readonly device: OrderDevice;
  readonly table: OrderTable;
  readonly clock: Clock;
  /** Milliseconds left of the run; nothing is begun that might not end in time. */
  readonly timeLeft: () => number;
  /** Called before a value that did not arrive is looked at again; a device may need time to store. */
  readonly pause: () => Promise<void>;
}

export interface Executed<O extends PendingOrder> {
  readonly finished: readonly { readonly order: O; readonly outcome: Outcome }[];
  /** The device or the time failed: open orders wait for the next run. */
  readonly stopped: Error | null;
}

export const MOST_ATTEMPTS = 3;
/** Time that one order may take on a bad line. */
const TIME_FOR_ORDER_MS = 12_000;
const TIME_FOR_ATTEMPT_MS = 6_000;
/** Exceptions that another try does not change: function, register, value. */
const LASTING_EXCEPTIONS: ReadonlySet<number> = new Set([1, 2, 3]);

/** Works the queue off, in order, until it is empty, the time is short or the device does not answer. */
export async function executeOrders<O extends PendingOrder>(options: ExecuteOptions<O>): Promise<Executed<O>> {
  const finished: { order: O; outcome: Outcome }[] = [];
  for (let order = options.book.next(); order; order = options.book.next()) {
    if (options.timeLeft() < TIME_FOR_ORDER_MS) break;
    try {
      const outcome = await carryOut(order, options);
      if (outcome === null) break;
      options.book.finish(order, outcome);
      finished.push({ order, outcome });
      faultPoint("finished");
    } catch (error) {
      if (!isDeviceTrouble(error)) throw error;
      return { finished, stopped: error };
    }
  }
  return { finished, stopped: null };
}

function isDeviceTrouble(error: unknown): error is StationError {
  return [DeviceTimeout, PortGone, BadFrame, ModbusException].some((kind) => error instanceof kind);
}

/** Null: out of time; the order stays as it is. */
async function carryOut<O extends PendingOrder>(order: O, options: ExecuteOptions<O>): Promise<Outcome | null> {
  const { key, wanted_raw: wanted } = order;
  if (key === null || wanted === null) return end("refused", "the order names no row");
  const isCommand = options.table.rows[key]?.role === "command";
  if (order.state === "sending") {
    return isCommand ? end("failed", CUT_COMMAND) : resume(order, key, wanted, options);
  }
  if (options.clock.now() >= order.expires_at) return end("expired", "its life was over before it could be sent");
  const permission = { confirmed: order.confirmed === 1, unlocked: order.unlocked === 1 };
  const refusal = refusalOf(options.table, key, wanted, permission);
  if (refusal) return end("refused", refusal);
  const objection = options.book.objection(order);
  if (objection) return objection;
  if (isCommand) return sendCommand(order, key, wanted, options);
  faultPoint("before_read");
  const present = await readPresent(key, options.device);
  if (typeof present === "string") return end("failed", present);
  faultPoint("present_read");
  if (present === wanted) return end("unchanged", null, present);
  options.book.sending(order, present);
  faultPoint("marked_sending");
  return attempts(order, key, wanted, present, 0, options);
}

const CUT_COMMAND = "the run was interrupted while it was sent; whether it acted is unknown and it is not repeated";

/** An order that a run left while sending: what the device holds now decides, nothing is repeated blindly. */
async function resume<O extends PendingOrder>(
  order: O,
  key: string,
  wanted: number,
  options: ExecuteOptions<O>,
): Promise<Outcome | null> {
  const present = await readPresent(key, options.device);
  if (typeof present === "string") return end("failed", present);
  if (present === wanted) return end("done", "verified after an interrupted run", present);
  const field = options.table.rows[key];
  const holds = field ? valueText(field, present) : String(present);
  if (options.clock.now() >= order.expires_at) {
    return end("failed", `interrupted, and its life is over; the device holds ${holds}`, present);
  }
  if (order.attempts >= MOST_ATTEMPTS) {
    return end("failed", `not verified after ${order.attempts} attempts; the device holds ${holds}`, present);
  }
  return attempts(order, key, wanted, present, order.attempts, options);
}

async function attempts<O extends PendingOrder>(
  order: O,
  key: string,
  wanted: number,
  before: number,
  already: number,
  options: ExecuteOptions<O>,
): Promise<Outcome | null> {
  const field = options.table.rows[key];
  const text = (raw: number | null) => (field ? valueText(field, raw) : String(raw));
  let trouble: string | null = null;
  for (let attempt = already + 1; attempt <= MOST_ATTEMPTS; attempt++) {
    if (options.timeLeft() < TIME_FOR_ATTEMPT_MS) return null;
    options.book.attempt(order);
    faultPoint("attempt_counted");
    trouble = await writeOnce(order, key, wanted, options.device);
    faultPoint("written");
    const found = await readBack(key, wanted, options);
    faultPoint("read_back");
    if (found === wanted) return end("done", trouble ? `${trouble}, but the value is there` : null, found);
    if (found !== before) {
      return end("failed", `the device stored ${text(found)} in place of ${text(wanted)} (was ${text(before)})`, found);
    }
    if (trouble?.startsWith(REFUSED)) return end("failed", trouble, found);
  }
  const how = trouble ?? "the device acknowledged it";
  return end("failed", `${how}, and kept ${text(before)} (${MOST_ATTEMPTS} attempts)`, before);
}

const REFUSED = "the device refused it";

/** What went wrong with the write, or null. Whatever it was, the read-back decides. @throws PortGone and what is no device error */
async function writeOnce(order: PendingOrder, key: string, raw: number, device: OrderDevice): Promise<string | null> {
  try {
    await device.write(key, raw, { unlock: order.unlocked === 1 });
    return null;
  } catch (error) {
    if (error instanceof PortGone || !(error instanceof StationError)) throw error;
    if (error instanceof ModbusException) {
      const what = LASTING_EXCEPTIONS.has(error.code) ? REFUSED : "the device could not do it";
      return `${what}: ${error.message}`;
    }
    return `no clean acknowledgement (${error.message})`;
  }
}

async function readPresent(key: string, device: OrderDevice): Promise<number | string> {
  try {
    return (await device.read(key)) ?? `the device does not tell its present ${key}; nothing was sent`;
  } catch (error) {
    if (error instanceof ModbusException) return `${key} cannot be read, nothing was sent: ${error.message}`;
    throw error;
  }
}

/** Reads again in new transactions: at once, and once more after a pause when the value is not there yet. */
async function readBack<O extends PendingOrder>(
  key: string,
  wanted: number,
  options: ExecuteOptions<O>,
): Promise<number | null> {
  const first = await options.device.read(key);
  if (first === wanted) return first;
  await options.pause();
  return options.device.read(key);
}

/** Command words (clear, reset, restart) act when they are written and tell nothing when they are read. */
async function sendCommand<O extends PendingOrder>(
  order: O,
  key: string,
  wanted: number,
  options: ExecuteOptions<O>,
): Promise<Outcome> {
  options.book.sending(order, null);
  faultPoint("marked_sending");
  options.book.attempt(order);
  faultPoint("attempt_counted");
  const trouble = await writeOnce(order, key, wanted, options.device);
  faultPoint("written");
  if (trouble) return end("failed", `${trouble}; whether it acted is unknown and it is not repeated`);
  return end("done", "acknowledged; a command word cannot be read back");
}

function end(state: Outcome["state"], reason: string | null, read_back_raw: number | null = null): Outcome {
  return { state, reason, read_back_raw };
}
