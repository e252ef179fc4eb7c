import { BadCommand, WriteMismatch } from "../errors.ts";
import { guarded, type Store } from "../store/database.ts";
import { markLogged, type OrderRow, unloggedOrders } from "../store/orders.ts";
import type { OrderContext } from "./context.ts";
import { commandFile, orderTable } from "./device-tables.ts";
import { originText } from "./intake.ts";
import { appendLog, logLine, logStamp } from "./log-file.ts";
import { faultPoint } from "./order-fault-points.ts";
import { orderText, valueText } from "./order-table.ts";

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

/** Writes what ended to the log beside the command file. A crash in between may log a line twice, never leave it out. */
export function logOrders(context: OrderContext, store: Store, kind: "inverter" | "bms"): void {
  const orders = unloggedOrders(store, kind, LOG_BATCH);
  if (orders.length === 0) return;
  const { time_zone } = context.config.station;
  const lines = orders.map((order) =>
    logLine(logStamp(order.finished_at ?? 0, time_zone), whatText(context, store, order), resultText(order)),
  );
  const path = `${commandFile(context, kind)}.log`;
  guarded(path, () => appendLog(path, lines));
  store.write(() =>
    markLogged(
      store,
      orders.map(({ id }) => id),
    ),
  );
  faultPoint("logged");
}

/** The original's form where the order was understood, else the line as it came. */
function whatText(context: OrderContext, store: Store, order: OrderRow): string {
  const table = orderTable(context, store, order.device);
  if (order.key === null || order.wanted_raw === null || !table) return order.text;
  const text = orderText(table, order.key, order.wanted_raw);
  return order.kind === "bms" && context.config.bms.length > 1 ? `${order.device}.${text}` : text;
}

function resultText(order: OrderRow): string {
  if (order.source === "foreign") return `FOREIGN: ${order.reason}`;
  if (order.state === "done") return "OK";
  if (order.state === "unchanged") return "OK (unchanged)";
  return `${order.state.toUpperCase()}: ${order.reason ?? ""}`;
}

/** The failure that a run with these orders ends with; the more dangerous one counts. */
export function failureOf(
  context: OrderContext,
  orders: readonly OrderRow[],
  others: readonly (Error | null)[],
): Error | null {
  const line = (order: OrderRow) =>
    `${originText(context, order)}: "${order.text}" ${order.state}: ${order.reason ?? "no reason"}`;
  const failed = orders.filter((order) => order.state === "failed");
  const refused = orders.filter((order) => order.state === "refused" || order.state === "expired");
  const problems = others.filter((error) => error !== null);
  const lines = [...failed, ...refused].map(line).slice(0, MOST_TOLD);
  const more = failed.length + refused.length - lines.length;
  const text = [...lines, ...(more > 0 ? [`… and ${more} more, see inverter-cmd log`] : [])];
  const message = [...text, ...problems.map((error) => error.message)].join("\n");
  if (failed.length > 0) return new WriteMismatch(message);
  const trouble = problems.find((error) => !(error instanceof BadCommand));
  if (refused.length > 0 && !trouble) return new BadCommand(message);
  if (refused.length > 0 && trouble) return new BadCommand(message, { cause: trouble });
  return trouble ?? problems[0] ?? null;
}

const MOST_TOLD = 20;

/** One order as JSON: values in engineering units beside the scaled integers. */
export function orderJson(context: OrderContext, store: Store, order: OrderRow) {
  const field = order.key === null ? undefined : orderTable(context, store, order.device)?.rows[order.key];
  const text = (raw: number | null) => (raw === null || !field ? null : valueText(field, raw));
  const { wanted_raw, old_raw, read_back_raw, confirmed, unlocked, ...rest } = order;
  return {
    ...rest,
    ...{ wanted_raw, old_raw, read_back_raw, confirmed: confirmed === 1, unlocked: unlocked === 1 },
    ...{ wanted: text(wanted_raw), old: text(old_raw), read_back: text(read_back_raw) },
  };
}

/** One order as a line for people: `order 12 (file) max_discharge_current 10.0 A → 5.0 A: done`. */
export function orderLine(context: OrderContext, store: Store, order: OrderRow): string {
  const { wanted, old } = orderJson(context, store, order);
  const unit = order.kind === "bms" && context.config.bms.length > 1 ? `${order.device} ` : "";
  const what = wanted === null ? `"${order.text}"` : `${order.key} ${old === null ? "" : `${old} → `}${wanted}`;
  const reason = order.reason === null ? "" : ` (${order.reason})`;
  return `order ${order.id} (${order.source}) ${unit}${what}: ${order.state}${reason}`;
}

/** The orders part of a dump command's answer. */
export function ordersJson(context: OrderContext, store: Store, run: OrdersRun) {
  return { finished: run.orders.map((order) => orderJson(context, store, order)), waiting: run.waiting };
}
