import { BadFrame, DeviceTimeout, ModbusException, PortGone, StationError } from "../base/errors.ts";

import type { FinalState } from "../base/order-state.ts";
import { refusalOf } from "./may-write.ts";
import { faultPoint } from "./order-fault-points.ts";
import type { OrderTable } from "./order-table.ts";
import { because, type Reason } from "./reasons.ts";

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
  /** Writes known to have gone on the wire, and writes begun: one that was cut off may or may not have been sent. */
  readonly attempts: number;
  readonly begun: number;
  readonly state: string;
}

export interface Outcome {
  readonly state: FinalState;
  readonly why: Reason | null;
  readonly read_back_raw: number | null;
}

/** The order is left for a later run. */
export interface Hold {
  readonly hold: Reason;
}

/** The journal. Every call is stored for good before it returns: a crash finds what was true. */
export interface OrderBook<O extends PendingOrder = PendingOrder> {
  /** The order to work on now; one that was passed over in this run does not come again. */
  next(): O | null;
  /** Leaves an order for the next run. */
  passOver(order: O, why: Reason | null): void;
  /** Why the order is too old to be sent at this moment; null: its life goes on. */
  lifeOver(order: O): Reason | null;
  /** Why this order must not be carried out now, apart from its value: budget, lease, a later order of the owner. */
  objection(order: O): Outcome | Hold | null;
  /** Why an interrupted order must not be written again: the plant has changed since. */
  unsafeAgain(order: O): Reason | null;
  /** Why the value that would be replaced must stay: a lease could not put it back. */
  notReturnable(order: O, present: number): Reason | null;
  sending(order: O, old: number | null): void;
  /** A write is going to be sent. */
  begin(order: O): void;
  /** It has gone on the wire, or what it wrote was found there after an interruption. */
  sent(order: O): void;
  finish(order: O, outcome: Outcome): void;
}

export interface ExecuteOptions<O extends PendingOrder> {
  readonly book: OrderBook<O>;
  readonly device: OrderDevice;
  readonly table: OrderTable;
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
/** Orders in a row that find the device in trouble: after that many it is the line, not the order. */
const MOST_TROUBLES = 2;
/** Exceptions that another try does not change: function, register, value. */
const LASTING_EXCEPTIONS: ReadonlySet<number> = new Set([1, 2, 3]);

/**
 * Works the queue off, in the journal's order, until it is empty, the time is short or the device does not answer. An order that the
 * device does not answer for is left for the next run, and does not keep the others waiting.
 */
export async function executeOrders<O extends PendingOrder>(options: ExecuteOptions<O>): Promise<Executed<O>> {
  const { book } = options;
  const finished: { order: O; outcome: Outcome }[] = [];
  let stopped: Error | null = null;
  let troubles = 0;
  for (let order = book.next(); order; order = book.next()) {
    if (options.timeLeft() < TIME_FOR_ORDER_MS) break;
    try {
      const end = await carryOut(order, options);
      if (end === "out_of_time") break;
      if ("hold" in end) {
        book.passOver(order, end.hold);
        continue;
      }
      book.finish(order, end);
      finished.push({ order, outcome: end });
      faultPoint("finished");
      troubles = 0;
    } catch (error) {
      if (!isDeviceTrouble(error)) throw error;
      stopped ??= error;
      if (error instanceof PortGone || ++troubles >= MOST_TROUBLES) break;
      book.passOver(order, null);
    }
  }
  return { finished, stopped };
}

function isDeviceTrouble(error: unknown): error is StationError {
  return [DeviceTimeout, PortGone, BadFrame, ModbusException].some((kind) => error instanceof kind);
}

type End = Outcome | Hold | "out_of_time";

async function carryOut<O extends PendingOrder>(order: O, options: ExecuteOptions<O>): Promise<End> {
  const { book, table } = options;
  const { key, wanted_raw: wanted } = order;
  if (key === null || wanted === null) return end("refused", because("names_no_row"));
  const isCommand = table.rows[key]?.role === "command";
  if (order.state === "sending") {
    return isCommand ? end("failed", because("command_cut")) : resume(order, key, wanted, options);
  }
  const over = book.lifeOver(order);
  if (over) return end("expired", over);
  const permission = { confirmed: order.confirmed === 1, unlocked: order.unlocked === 1 };
  const refusal = refusalOf(table, key, wanted, permission);
  if (refusal) return end("refused", refusal);
  const objection = book.objection(order);
  if (objection) return objection;
  if (isCommand) return sendCommand(order, key, wanted, options);
  faultPoint("before_read");
  const present = await readPresent(key, options.device);
  if (typeof present !== "number") return end("failed", present);
  faultPoint("present_read");
  if (present === wanted) return end("unchanged", null, present);
  const lasting = book.notReturnable(order, present);
  if (lasting) return end("refused", lasting, present);
  book.sending(order, present);
  faultPoint("marked_sending");
  return attempts(order, key, wanted, present, 0, options);
}

/** An order that a run left while sending: what the device holds now decides, nothing is repeated blindly. */
async function resume<O extends PendingOrder>(
  order: O,
  key: string,
  wanted: number,
  options: ExecuteOptions<O>,
): Promise<End> {
  const present = await readPresent(key, options.device);
  if (typeof present !== "number") return end("failed", present);
  if (present === wanted) {
    // One that is known to have gone may be what changed it, late; without one it was the write that was cut off.
    if (order.attempts === 0 && order.begun > 0) options.book.sent(order);
    return end("done", because("verified_late"), present);
  }
  if (options.book.lifeOver(order)) return end("failed", because("interrupted_late", { holds: present }), present);
  if (order.begun >= MOST_ATTEMPTS) {
    return end("failed", because("tries_used", { attempts: order.begun, holds: present }), present);
  }
  const unsafe = options.book.unsafeAgain(order);
  if (unsafe) return end("failed", because("interrupted_unsafe", { ...unsafe, holds: present }), present);
  return attempts(order, key, wanted, present, order.begun, options);
}

async function attempts<O extends PendingOrder>(
  order: O,
  key: string,
  wanted: number,
  before: number,
  already: number,
  options: ExecuteOptions<O>,
): Promise<End> {
  const { book } = options;
  let trouble: Trouble | null = null;
  for (let attempt = already + 1; attempt <= MOST_ATTEMPTS; attempt++) {
    if (options.timeLeft() < TIME_FOR_ATTEMPT_MS) return "out_of_time";
    // Reading, retries and pauses take time: an order is as old as it is when it is sent.
    const over = book.lifeOver(order);
    if (over) return overBeforeWrite(over, trouble, attempt - 1, before);
    trouble = await writeOnce(order, key, wanted, options);
    faultPoint("written");
    const found = await readBack(key, wanted, options);
    faultPoint("read_back");
    if (found === wanted) return end("done", trouble && because("arrived_anyway", trouble), found);
    if (found !== before) return end("failed", because("stored_other", { found, wanted, before }), found);
    if (trouble?.trouble === "refused") return end("failed", because("device_refused", trouble), found);
  }
  return end("failed", because("kept_old", { ...(trouble ?? ACKNOWLEDGED), before, attempts: MOST_ATTEMPTS }), before);
}

function overBeforeWrite(over: Reason, trouble: Trouble | null, tried: number, before: number): Outcome {
  if (tried === 0) return end("expired", over, before);
  return end(
    "failed",
    because("life_over_trying", { ...(trouble ?? ACKNOWLEDGED), attempts: tried, holds: before }),
    before,
  );
}

/** What became of a write that was not simply acknowledged. */
interface Trouble extends Readonly<Record<string, string | number>> {
  readonly trouble: string;
  readonly error: string;
}

const ACKNOWLEDGED: Trouble = { trouble: "acknowledged", error: "" };

/** What went wrong with the write, or null. Whatever it was, the read-back decides. @throws PortGone and what is no device error */
async function writeOnce<O extends PendingOrder>(
  order: O,
  key: string,
  raw: number,
  { book, device }: ExecuteOptions<O>,
): Promise<Trouble | null> {
  book.begin(order);
  faultPoint("attempt_counted");
  const trouble = await tryWrite(order, key, raw, device);
  book.sent(order);
  return trouble;
}

async function tryWrite(order: PendingOrder, key: string, raw: number, device: OrderDevice): Promise<Trouble | null> {
  try {
    await device.write(key, raw, { unlock: order.unlocked === 1 });
    return null;
  } catch (error) {
    if (error instanceof PortGone || !(error instanceof StationError)) throw error;
    if (error instanceof ModbusException) {
      const trouble = LASTING_EXCEPTIONS.has(error.code) ? "refused" : "could_not";
      return { trouble, exception: error.code, error: error.message };
    }
    return { trouble: "unclear", error: error.message };
  }
}

async function readPresent(key: string, device: OrderDevice): Promise<number | Reason> {
  try {
    return (await device.read(key)) ?? because("not_told");
  } catch (error) {
    if (error instanceof ModbusException && LASTING_EXCEPTIONS.has(error.code)) {
      return because("not_readable", { error: error.message });
    }
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
  const trouble = await writeOnce(order, key, wanted, options);
  faultPoint("written");
  if (trouble) return end("failed", because("command_unclear", trouble));
  return end("done", because("command_sent"));
}

function end(state: Outcome["state"], why: Reason | null, read_back_raw: number | null = null): Outcome {
  return { state, why, read_back_raw };
}
