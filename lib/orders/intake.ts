import { loginName } from "../base/access.ts";
import { systemClock } from "../base/clock.ts";
import { StateError, type StationError } from "../base/errors.ts";
import { inverterNames } from "../config/units.ts";
import type { Store } from "../store/database.ts";
import { fileLedger, lastLook, noteLook } from "../store/order-files.ts";
import { insertOrder, type NewOrder, type OrderRow, orderById, orderBySourceId, pruneOrders } from "../store/orders.ts";
import { lineAge } from "./ages.ts";
import { type Batch, type ClaimOptions, peekCommandFile, takeCommandFile } from "./claim.ts";
import type { OrderContext } from "./context.ts";
import { commandFile, orderTables } from "./device-tables.ts";
import { MOST_LINES, shown } from "./file-lines.ts";
import type { OrderTable } from "./order-table.ts";
import { type LeaseTerm, type ParsedOrder, parseOrder, type RefusedOrder } from "./parse.ts";
import { because, type Reason } from "./reasons.ts";
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
  /** The file, its folder or the journal refused; what is queued already goes on. */
  readonly failures: readonly StationError[];
}

/** The inbox of all devices of a role. */
export function inboxOf({ config }: OrderContext, kind: Inbox["kind"]): Inbox {
  return { kind, devices: kind === "inverter" ? inverterNames(config) : config.bms.map(({ name }) => name) };
}

/** Takes the command file over: every line becomes a row before anything is done. Needs no device, and never throws for a file. */
export function takeOrders(context: OrderContext, store: Store, inbox: Inbox): Intake {
  const path = commandFile(context, inbox.kind);
  const ended: OrderRow[] = [];
  const look = lastLook(store, path);
  const tables = orderTables(context, store);
  const record = (batch: Batch) => {
    const age_s = lineAge({ written_s: batch.written_s, look }, context.clock);
    const origin = { ...datedBack(context, age_s), source: "file" };
    for (const { number, text } of batch.lines) {
      for (const order of ordersOfLine(context, tables, inbox, text, { ...origin, line: number })) {
        note(store, age_s === null ? tooUncertain(context, order) : order, ended);
      }
    }
    if (batch.surplus > 0) {
      const text = `${batch.surplus} more lines`;
      note(store, refused(context, inbox, text, because("too_many_lines", { most: MOST_LINES }), origin), ended);
    }
    pruneOrders(store);
  };
  try {
    const failures = takeCommandFile(path, fileLedger(store, path), record, claimOptions(context));
    if (failures.length === 0) store.later(() => noteLook(store, path, context.clock.now()));
    return { ended, failures };
  } catch (error) {
    // The disk of the journal may be full: what is queued already may still be carried out.
    if (!(error instanceof StateError)) throw error;
    return { ended: [], failures: [error] };
  }
}

/** When an order was queued that is so old already, by both kinds of time. Unknown: as if it came now. */
function datedBack(context: OrderContext, age_s: number | null): Pick<NewOrder, "queued_at"> & Partial<NewOrder> {
  const age = Math.round(age_s ?? 0);
  const queued_at = context.clock.now() - age;
  const boot = context.clock.boot?.() ?? null;
  return boot === null ? { queued_at } : { queued_at, boot: boot.id, boot_age_s: boot.age_s - age };
}

/** Nobody knows how long it has lain there: it may be days. It is told and not carried out. */
function tooUncertain(context: OrderContext, order: NewOrder): NewOrder {
  if (order.state === "refused") return order;
  return { ...order, state: "expired", why: because("age_unknown"), finished_at: context.clock.now() };
}

/** What takeOrders would record, for --dry-run; nothing is touched. */
export function previewOrders(context: OrderContext, store: Store, inbox: Inbox): NewOrder[] {
  const lines = peekCommandFile(commandFile(context, inbox.kind), claimOptions(context));
  const origin = { queued_at: context.clock.now(), source: "file" };
  const tables = orderTables(context, store);
  return lines.flatMap(({ number, text }) => {
    return ordersOfLine(context, tables, inbox, text, { ...origin, line: number });
  });
}

/** An order that does not come by a file. */
export interface OrderRequest {
  readonly kind: "inverter" | "bms";
  readonly device: string;
  /** In the form of a line: `ongrid_switch=off`, `20105=>0`, with the words after it if any. */
  readonly line: string;
  /** `hand`, `telegram`, `mqtt`, `batmon`, … */
  readonly source: string;
  /** The same id of the same source is not carried out twice. */
  readonly source_id?: string;
  readonly life_s?: number;
  /** From where a person gave it, where that is no account of this computer. */
  readonly login?: string;
  /** By hand only: the row of class "never" that the owner unlocks. */
  readonly unlock?: string;
  /** When the caller knows the device's dialect better than the state file. */
  readonly table?: OrderTable;
}

/** Checks and queues one order; the row is `queued`, or `refused` with its reason (and journaled all the same). @throws StateError */
export function submitOrder(context: OrderContext, store: Store, request: OrderRequest): OrderRow {
  const id = store.write(() => noteOrder(context, store, request));
  return orderById(store, id) as OrderRow;
}

/** As submitOrder, to be called inside store.write together with what belongs to it. Returns the order's number. */
export function noteOrder(context: OrderContext, store: Store, request: OrderRequest): number {
  pruneOrders(store);
  return note(store, requestedOrder(context, store, request), []);
}

/** The row that submitOrder would record. */
export function requestedOrder(context: OrderContext, store: Store, request: OrderRequest): NewOrder {
  const inbox = { kind: request.kind, devices: [request.device] };
  const origin = { line: null, queued_at: context.clock.now(), source: request.source };
  const [order] = ordersOfLine(context, orderTables(context, store), inbox, request.line, origin, request);
  return order ?? refused(context, inbox, request.line, because("no_order"), origin);
}

interface Origin extends Partial<Pick<NewOrder, "boot" | "boot_age_s">> {
  readonly line: number | null;
  readonly queued_at: number;
  readonly source: string;
}

/** What a line orders: nothing, one thing, or the same of every unit where they only make sense together. */
function ordersOfLine(
  context: OrderContext,
  tables: (device: string) => OrderTable | undefined,
  inbox: Inbox,
  text: string,
  origin: Origin,
  request: Partial<OrderRequest> = {},
): NewOrder[] {
  const [first = "", ...others] = inbox.devices;
  const tableOf = (device: string) => (inbox.devices.includes(device) ? (request.table ?? tables(device)) : undefined);
  const table = tableOf(first) as OrderTable;
  const { unlock } = request;
  const parsed = parseOrder(text, { table, tableOf, ...(unlock === undefined ? {} : { unlock }) });
  if (parsed === null) return [];
  if (!("refused" in parsed) && parsed.device === null && others.length > 0) {
    if (table.together.includes(parsed.key)) {
      return inbox.devices.map((device) => {
        const id = parsed.source_id === null ? null : `${parsed.source_id}-${device}`;
        const base = { ...origin, kind: inbox.kind, device, text: shown(text.trim()) };
        return { ...base, ...columnsOf(context, { ...parsed, source_id: id }, origin, request) };
      });
    }
    const why = because("unit_missing", { units: inbox.devices.join(", "), kind: inbox.kind });
    return [{ ...refused(context, inbox, text, why, origin), ...origin }];
  }
  const base = { ...origin, kind: inbox.kind, device: parsed.device ?? first, text: shown(text.trim()) };
  return [{ ...base, ...columnsOf(context, parsed, origin, request) }];
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
    const end = { state: "refused" as const, why: parsed.refused, finished_at: context.clock.now() };
    return { key: parsed.key, wanted_raw: null, expires_at, ...end };
  }
  return {
    key: parsed.key,
    wanted_raw: parsed.raw,
    expires_at,
    source: origin.source === "file" ? parsed.source : origin.source,
    source_id: request.source_id ?? parsed.source_id,
    login: request.login ?? (origin.source === "hand" ? loginName() : parsed.login),
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

function refused(
  context: OrderContext,
  inbox: Inbox,
  text: string,
  why: Reason,
  { queued_at }: Pick<Origin, "queued_at">,
): NewOrder {
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
    why,
    finished_at: context.clock.now(),
  };
}

/** Records an order; one whose id was seen before ends at once. */
function note(store: Store, order: NewOrder, ended: OrderRow[]): number {
  const { source, source_id = null } = order;
  const same = source_id === null ? null : orderBySourceId(store, source, source_id);
  const end = same && {
    state: "cancelled" as const,
    why: because("same_id", { by: same.id, id: source_id }),
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
