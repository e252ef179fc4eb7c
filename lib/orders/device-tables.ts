import { join } from "node:path";
import type { Table } from "../codec/table.ts";
import { inverterNames } from "../config/units.ts";
import { INVERTER_KIND, ORDER_FILES } from "../devices/index.ts";
import type { Told } from "../devices/kind.ts";
import type { Store } from "../store/database.ts";
import { deviceFacts } from "../store/device-rows.ts";
import { rememberedMachine, rememberedModel } from "../store/view.ts";
import { dialectOf, kindOfDialect } from "../view/dialect.ts";
import type { OrderContext } from "./context.ts";
import { bmsOrders, inverterOrders, type OrderTable } from "./order-table.ts";

/** Where the orders of a kind of device are dropped; the log lies beside it. */
export function commandFile(context: OrderContext, kind: "inverter" | "bms"): string {
  const { orders, station } = context.config;
  const given = kind === "inverter" ? orders.inverter_file : orders.bms_file;
  return given ?? join(station.state_dir, ORDER_FILES[kind]);
}

/** Table of an inverter's orders, with the ranges of its battery class as far as it is known. */
export function inverterTable(context: OrderContext, store: Store, name: string): OrderTable {
  const { orders } = context.config;
  const model = rememberedModel(store, name);
  const { models } = INVERTER_KIND;
  const rows = models.registersOf({ model, feed_in: orders.feed_in_consent });
  const { battery_class } = rememberedMachine(store, name, context.clock.now());
  const table = inverterOrders(battery_class ?? 48, rows);
  return models.isUnknown(model)
    ? { ...table, unknown_model: models.modelText(deviceFacts(store, name).identity as Told) }
    : table;
}

/** Table of a BMS's orders: that of its dialect, as configured or as found by an earlier run. */
export function bmsTable(context: OrderContext, store: Store, name: string): OrderTable | undefined {
  const bms = context.config.bms.find((one) => one.name === name);
  if (!bms) return undefined;
  const dialect = dialectOf(bms.protocol, deviceFacts(store, name).dialect);
  return bmsOrders(bmsRows(dialect));
}

/** Rows that orders for a BMS of this dialect may name; null = not known yet. */
export function bmsRows(dialect: string | null): Table {
  return kindOfDialect(dialect).orders;
}

/** Table of any device of the configuration; undefined when there is none of this name. */
export function orderTable(context: OrderContext, store: Store, device: string): OrderTable | undefined {
  if (inverterNames(context.config).includes(device)) return inverterTable(context, store, device);
  return bmsTable(context, store, device);
}

/** As orderTable, looked up once a device: for those who ask for many orders. */
export function orderTables(context: OrderContext, store: Store): (device: string) => OrderTable | undefined {
  const known = new Map<string, OrderTable | undefined>();
  return (device) => {
    if (!known.has(device)) known.set(device, orderTable(context, store, device));
    return known.get(device);
  };
}
