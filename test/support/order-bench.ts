import type { TestContext } from "node:test";
import { executeOrders, type OrderDevice } from "../../lib/orders/execute.ts";
import { submitOrder } from "../../lib/orders/intake.ts";
import { type LeaveGuard, NOBODY_KNOWS } from "../../lib/orders/leave-guard.ts";
import { orderBook } from "../../lib/orders/order-book.ts";
import { inverterOrders } from "../../lib/orders/order-table.ts";
import { type OrderRow, whyOf } from "../../lib/store/orders.ts";
import { orderStation } from "./orders.ts";

/** The real journal and executor before a device of words in memory, whose habits a test chooses. */
export function orderBench(t: TestContext, sections: Readonly<Record<string, unknown>> = {}) {
  const station = orderStation(t, sections);
  const { context, store } = station;
  const table = inverterOrders();
  const held = new Map<string, number | null>([
    ["ongrid_switch", 1],
    ["max_discharge_current", 217],
    ["energy_use_mode", 1],
  ]);
  const writes: string[] = [];
  const habits = {
    /** Called before each read, with its key. */
    reading: (_key: string): void => {},
    /** What the device makes of a write; throws what it answers. */
    writing: (key: string, raw: number): void => {
      held.set(key, raw);
    },
    time_left: 50_000,
    guard: NOBODY_KNOWS as LeaveGuard,
  };
  const device: OrderDevice = {
    read: async (key) => {
      habits.reading(key);
      return held.get(key) ?? null;
    },
    write: async (key, raw) => {
      writes.push(`${key}=${raw}`);
      habits.writing(key, raw);
    },
  };
  return {
    ...{ station, store, held, writes, habits },
    /** Queues a line; returns its number. */
    submit: (line: string, source = "hand", rest: { readonly unlock?: string } = {}): number =>
      submitOrder(context, store, { kind: "inverter", device: "inverter", line, source, ...rest }).id,
    work: () => {
      const book = orderBook({ context, store, device: "inverter", table, guard: () => habits.guard() });
      return executeOrders({ book, device, table, timeLeft: () => habits.time_left, pause: async () => {} });
    },
    order: (id: number): OrderRow => station.orders().find((one) => one.id === id) as OrderRow,
    /** "done", "failed kept_old": state and code of an order. */
    fate: (id: number): string => {
      const row = station.orders().find((one) => one.id === id) as OrderRow;
      return [row.state, whyOf(row)?.code].filter(Boolean).join(" ");
    },
  };
}
