import { basename } from "node:path";
import { systemClock } from "../clock.ts";
import { BadCommand } from "../errors.ts";
import type { Store } from "../store/database.ts";
import { fileLedger } from "../store/order-files.ts";
import { insertOrder, type NewOrder, type OrderRow, orderById, orderBySourceId, pruneOrders } from "../store/orders.ts";
import { type Batch, type ClaimOptions, peekCommandFile, takeCommandFile } from "./claim.ts";
import type { OrderContext } from "./context.ts";
import { commandFile, orderTable } from "./device-tables.ts";
import { MOST_LINES, shown } from "./file-lines.ts";
import type { OrderTable } from "./order-table.ts";
import { type LeaseTerm, type ParsedOrder, parseOrder, type RefusedOrder } from "./parse.ts";
import { nextLocalTime } from "./terms.ts";

/** Where lines come from and whom they are for. */
export interface Inbox {
  readonly kind: "inverter" | "bms";
  /** Units that the file serves; a line for one of several must name it. */
  readonly devices: readonly string[];
}

/** What a round took over. */
export interface Intake {
  /** Orders that ended at once: refused lines, repeated ids. */
  readonly ended: readonly OrderRow[];
  /** The file itself was refused. */
  readonly failure: BadCommand | null;
}

/** The inverter's inbox. */
export function inverterInbox(context: OrderContext): Inbox {
  return { kind: "inverter", devices: [context.config.inverter.name] };
}

/** The inbox of all BMS units. */
export function bmsInbox(context: OrderContext): Inbox {
  return { kind: "bms", devices: context.config.bms.map((bms) => bms.name) };
}

/** Takes the command file over: every line becomes a row before anything is done. Needs no device. @throws StateError */
export function takeOrders(context: OrderContext, store: Store, inbox: Inbox): Intake {
  const path = commandFile(context, inbox.kind);
  const ended: OrderRow[] = [];
  const record = (batch: Batch) => {
    const queued_at = context.clock.now() - Math.round(batch.age_s);
    for (const { number, text } of batch.lines) {
      const order = orderOfLine(context, store, inbox, text, { line: number, queued_at, source: "file" });
      if (order) note(store, order, ended);
    }
    if (batch.surplus > 0) {
      const text = `${batch.surplus} more lines`;
      note(store, refused(context, inbox, text, `at most ${MOST_LINES} lines are taken at once`, queued_at), ended);
    }
    pruneOrders(store);
  };
  try {
    takeCommandFile(path, fileLedger(store, path), record, claimOptions(context));
    return { ended, failure: null };
  } catch (error) {
    if (!(error instanceof BadCommand)) throw error;
    return { ended, failure: error };
  }
}

/** What takeOrders would record, for --dry-run; nothing is touched. */
export function previewOrders(context: OrderContext, store: Store, inbox: Inbox): NewOrder[] {
  const lines = peekCommandFile(commandFile(context, inbox.kind), claimOptions(context));
  const queued_at = context.clock.now();
  return lines.flatMap(({ number, text }) => {
    const order = orderOfLine(context, store, inbox, text, { line: number, queued_at, source: "file" });
    return order ? [order] : [];
  });
}

/** An order that does not come by a file. */
export interface OrderRequest {
  readonly kind: "inverter" | "bms";
  readonly device: string;
  /** In the form of a line: `ongrid_switch=off`, `20105=>0`, with the words after it if any. */
  readonly line: string;
  /** `hand`, `mqtt`, `batmon`, … */
  readonly source: string;
  /** The same id of the same source is not carried out twice. */
  readonly source_id?: string;
  readonly life_s?: number;
  /** By hand only: the row of class "never" that the owner unlocks. */
  readonly unlock?: string;
  /** When the caller knows the device's dialect better than the state file. */
  readonly table?: OrderTable;
}

/** Checks and queues one order; the row is `queued`, or `refused` with its reason (and journaled all the same). @throws StateError */
export function submitOrder(context: OrderContext, store: Store, request: OrderRequest): OrderRow {
  const ended: OrderRow[] = [];
  const id = store.write(() => {
    pruneOrders(store);
    return note(store, requestedOrder(context, store, request), ended);
  });
  return orderById(store, id) as OrderRow;
}

/** The row that submitOrder would record. */
export function requestedOrder(context: OrderContext, store: Store, request: OrderRequest): NewOrder {
  const inbox = { kind: request.kind, devices: [request.device] };
  const origin = { line: null, queued_at: context.clock.now(), source: request.source };
  const order = orderOfLine(context, store, inbox, request.line, origin, request);
  return order ?? refused(context, inbox, request.line, "there is no order in it", origin.queued_at);
}

interface Origin {
  readonly line: number | null;
  readonly queued_at: number;
  readonly source: string;
}

function orderOfLine(
  context: OrderContext,
  store: Store,
  inbox: Inbox,
  text: string,
  origin: Origin,
  request: Partial<OrderRequest> = {},
): NewOrder | null {
  const [first = "", ...others] = inbox.devices;
  const tableOf = (device: string) =>
    inbox.devices.includes(device) ? (request.table ?? orderTable(context, store, device)) : undefined;
  const table = tableOf(first) as OrderTable;
  const { unlock } = request;
  const parsed = parseOrder(text, { table, tableOf, ...(unlock === undefined ? {} : { unlock }) });
  if (parsed === null) return null;
  if (!("refused" in parsed) && parsed.device === null && others.length > 0) {
    const names = inbox.devices.join(", ");
    return {
      ...refused(context, inbox, text, `which BMS? write NAME. before it: ${names}`, origin.queued_at),
      ...origin,
    };
  }
  const base = { ...origin, kind: inbox.kind, device: parsed.device ?? first, text: shown(text.trim()) };
  return { ...base, ...columnsOf(context, parsed, origin, request) };
}

function columnsOf(
  context: OrderContext,
  parsed: ParsedOrder | RefusedOrder,
  origin: Origin,
  request: Partial<OrderRequest>,
): Pick<NewOrder, "key" | "wanted_raw" | "expires_at"> & Partial<NewOrder> {
  const { orders, station } = context.config;
  const life = request.life_s ?? ("life_s" in parsed ? parsed.life_s : null) ?? orders.life_s;
  const expires_at = origin.queued_at + life;
  if ("refused" in parsed) {
    const end = { state: "refused" as const, reason: parsed.refused, finished_at: context.clock.now() };
    return { key: parsed.key, wanted_raw: null, expires_at, ...end };
  }
  return {
    key: parsed.key,
    wanted_raw: parsed.raw,
    expires_at,
    source: origin.source === "file" ? parsed.source : origin.source,
    source_id: request.source_id ?? parsed.source_id,
    confirmed: parsed.confirmed ? 1 : 0,
    unlocked: request.unlock === parsed.key ? 1 : 0,
    ...leaseColumns(parsed.lease, origin.queued_at, station.time_zone),
  };
}

function leaseColumns(lease: LeaseTerm | null, from: number, timeZone: string): Partial<NewOrder> {
  if (lease === null) return {};
  if ("for_s" in lease) return { lease_for_s: lease.for_s };
  return { lease_until: nextLocalTime(from, lease.until_minute, timeZone) };
}

function refused(context: OrderContext, inbox: Inbox, text: string, reason: string, queued_at: number): NewOrder {
  return {
    kind: inbox.kind,
    device: inbox.devices[0] ?? inbox.kind,
    queued_at,
    expires_at: queued_at,
    source: "file",
    text: shown(text.trim()),
    key: null,
    wanted_raw: null,
    state: "refused",
    reason,
    finished_at: context.clock.now(),
  };
}

/** Records an order; one whose id was seen before ends at once. */
function note(store: Store, order: NewOrder, ended: OrderRow[]): number {
  const same = order.source_id ? orderBySourceId(store, order.source, order.source_id) : null;
  const end = same && {
    state: "cancelled" as const,
    reason: `the same as order ${same.id} (id ${order.source_id})`,
    finished_at: store.clock.now(),
  };
  const id = insertOrder(store, { ...order, ...(end ?? {}) });
  const row = orderById(store, id) as OrderRow;
  if (row.finished_at !== null) ended.push(row);
  return id;
}

function claimOptions(context: OrderContext): ClaimOptions {
  // Files are dated by the computer's own clock, also when a simulation tells the command another time.
  return { trusted_uids: context.config.orders.trusted_uids, now: systemClock.now };
}

/** Name of a line's origin for messages: "inverter_cmd.lst line 3", "order 17 of mqtt". */
export function originText(context: OrderContext, order: OrderRow): string {
  if (order.line !== null) return `${basename(commandFile(context, order.kind))} line ${order.line}`;
  return `order ${order.id} of ${order.source}`;
}
