import { basename } from "node:path";
import { BadCommand, failureOf, StationError, WriteMismatch } from "../base/errors.ts";
import { type Failure, failure, said } from "../base/failure/failure.ts";
import { areSeveral } from "../config/units.ts";
import type { Store } from "../store/database.ts";
import { hasEndedAlike, loggedOrdersOf, markLogged, type OrderRow, unloggedOrders, whyOf } from "../store/orders.ts";
import type { OrderContext } from "./context.ts";
import { commandFile, orderTable, orderTables } from "./device-tables.ts";
import { attempt, onDisk, shellWord } from "./disk-trouble.ts";
import { appendLog, loggedLines, logLine, logStamp, missingLines } from "./log-file.ts";
import { faultPoint } from "./order-fault-points.ts";
import { orderGiver, orderReason, wordsOf } from "./order-reason.ts";
import { type OrderTable, orderText, valueText } from "./order-table.ts";

/** What a run did with the orders of a device. */
export interface OrdersRun {
  /** Orders that reached their final state in this run, in the order of their end. */
  readonly orders: readonly OrderRow[];
  /** Orders that wait for the next run. */
  readonly waiting: number;
  /** BadCommand when something was refused, WriteMismatch when a write was not verified, or what stopped the device. */
  readonly failure: Error | null;
}

const LOG_BATCH = 5000;

/**
 * Writes what ended to the log beside the command file, each order once: what a run that was cut off has written already is found
 * there and not written again. A log that cannot be written is told, and its lines wait in the journal. @throws StateError when the
 * journal itself fails
 */
export function logOrders(context: OrderContext, store: Store, kind: "inverter" | "bms"): StationError | null {
  // A look first: most runs have nothing to log and should not write.
  if (unloggedOrders(store, kind, 1).length === 0) return null;
  const path = `${commandFile(context, kind)}.log`;
  const repair = `mv ${shellWord(path)} ${shellWord(`${path}.old`)}`;
  const trouble: StationError[] = [];
  const lineOf = lineMaker(context, store);
  // Inside one transaction: of two runs that meet, the second sees what the first has written.
  store.write(() => {
    const orders = unloggedOrders(store, kind, LOG_BATCH);
    const ended = orders.map(({ finished_at }) => finished_at ?? 0);
    const before = loggedOrdersOf(store, kind, Math.min(...ended), Math.max(...ended)).map(lineOf);
    const lines = missingLines(orders.map(lineOf), before, loggedLines(path));
    const isWritten = attempt(trouble, () => {
      onDisk(path, "not_written_to", repair, () => appendLog(path, lines));
      return true;
    });
    faultPoint("log_appended");
    if (isWritten) for (const { id } of orders) markLogged(store, id);
  });
  if (trouble[0]) return trouble[0];
  faultPoint("logged");
  return null;
}

function lineMaker(context: OrderContext, store: Store): (order: OrderRow) => string {
  const { time_zone } = context.config.station;
  const tables = orderTables(context, store);
  return (order) => {
    const table = tables(order.device);
    const stamp = logStamp(order.finished_at ?? 0, time_zone);
    return logLine(
      stamp,
      whatText(context, table, order),
      resultText(order, orderReason(context, store, order, { typed: true, table })),
    );
  };
}

/** The original's form where the order was understood, else the line as it came. */
function whatText(context: OrderContext, table: OrderTable | undefined, order: OrderRow): string {
  if (order.key === null || order.wanted_raw === null || !table) return order.text;
  const text = orderText(table, order.key, order.wanted_raw);
  return areSeveral(context.config, order.kind) ? `${order.device}.${text}` : text;
}

function resultText(order: OrderRow, reason: string | null): string {
  if (order.source === "foreign") return `FOREIGN: ${reason}`;
  if (order.state === "done") return "OK";
  if (order.state === "unchanged") return "OK (unchanged)";
  return `${order.state.toUpperCase()}: ${reason ?? ""}`;
}

/** The failure that a run with these orders ends with; the more dangerous one counts. */
export function failureOfOrders(
  context: OrderContext,
  store: Store,
  orders: readonly OrderRow[],
  others: readonly (Error | null)[],
): Error | null {
  const failed = orders.filter((order) => order.state === "failed");
  const refused = orders.filter(
    ({ state, code }) => state === "refused" || state === "expired" || code === "lease_unsafe",
  );
  const problems = others.filter((error) => error !== null);
  const told = onePerLimit([...failed, ...refused]);
  const lines = told.map((order) => failureLine(context, store, order)).slice(0, MOST_TOLD);
  const more = failed.length + refused.length - lines.length;
  const text = [...lines, ...(more > 0 ? [wordsOf(context).orders.by_hand.more(more)] : [])];
  const what = failure("several", { failures: [...text.map(said), ...problems.map(failureOf)] });
  const since = context.clock.now() - NEWS_AGAIN_S;
  const isNews = told.some((order) => !hasEndedAlike(store, order, since));
  if (failed.length > 0) return new WriteMismatch(what, { isNews });
  const trouble = problems.find((error) => !(error instanceof BadCommand));
  if (refused.length > 0) return new BadCommand(what, { isNews, ...(trouble && { cause: trouble }) });
  const first = trouble ?? problems[0] ?? null;
  return problems.length > 1 && first instanceof StationError ? new SeveralTroubles(what, first) : first;
}

/** Several things went wrong and no order with them: every line is told, the gravest gives the exit code. */
class SeveralTroubles extends StationError {
  override readonly exitCode;
  constructor(what: Failure, gravest: StationError) {
    super(what, { cause: gravest });
    this.exitCode = gravest.exitCode;
  }
}

const MOST_TOLD = 20;
/** A line that comes over and over ends in the same way each time: news again only so long after the last of them, s. */
const NEWS_AGAIN_S = 3600;

function failureLine(context: OrderContext, store: Store, order: OrderRow): string {
  const { orders, page } = wordsOf(context);
  const from =
    order.line === null
      ? orders.numbered(order.id, orderGiver(context, order))
      : orders.by_hand.at_line(basename(commandFile(context, order.kind)), order.line);
  return orders.by_hand.ended(
    `${from}: "${order.text}"`,
    page[`order_${order.state}`],
    orderReason(context, store, order, { typed: true }),
  );
}

/** Orders that a limit has stopped are one piece of news, however many they are. */
function onePerLimit(orders: readonly OrderRow[]): OrderRow[] {
  const first = orders.find(({ code }) => code === "write_cap");
  return orders.filter((order) => order.code !== "write_cap" || order === first);
}

/** One order as JSON: values in engineering units beside the scaled integers. */
export function orderJson(context: OrderContext, store: Store, order: OrderRow) {
  const field = order.key === null ? undefined : orderTable(context, store, order.device)?.rows[order.key];
  const text = (raw: number | null) => (raw === null || !field ? null : valueText(field, raw));
  const { wanted_raw, old_raw, read_back_raw, confirmed, unlocked, code: _code, details: _details, ...rest } = order;
  const { boot: _boot, boot_age_s: _age, begun: _begun, ...told } = rest;
  const why = whyOf(order);
  const { code = null, ...details } = why ?? {};
  return {
    ...told,
    ...{ reason: orderReason(context, store, order), code, details: why === null ? null : details },
    ...{ wanted_raw, old_raw, read_back_raw, confirmed: confirmed === 1, unlocked: unlocked === 1 },
    ...{ wanted: text(wanted_raw), old: text(old_raw), read_back: text(read_back_raw) },
  };
}

/** The orders part of a dump command's answer. */
export function ordersJson(context: OrderContext, store: Store, run: OrdersRun) {
  return { finished: run.orders.map((order) => orderJson(context, store, order)), waiting: run.waiting };
}
