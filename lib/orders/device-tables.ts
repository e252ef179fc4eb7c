import { join } from "node:path";
import type { Field, Table } from "../codec/table.ts";
import { inverterNames } from "../config/units.ts";
import { PB_SETTINGS } from "../devices/jkbms/pb-settings.ts";
import { RECORDS } from "../devices/jkbms/records.ts";
import type { Dialect } from "../devices/jkbms/settings.ts";
import { modelText, registersOf, type Told } from "../devices/pv1800/models.ts";
import type { Store } from "../store/database.ts";
import { deviceFacts } from "../store/device-rows.ts";
import { rememberedMachine, rememberedModel } from "../store/view.ts";
import { dialectOf } from "../view/dialect.ts";
import type { OrderContext } from "./context.ts";
import { bmsOrders, inverterOrders, type OrderTable } from "./order-table.ts";

/** Where the orders of a kind of device are dropped; the log lies beside it. */
export function commandFile(context: OrderContext, kind: "inverter" | "bms"): string {
  const { orders, station } = context.config;
  const given = kind === "inverter" ? orders.inverter_file : orders.bms_file;
  return given ?? join(station.state_dir, kind === "inverter" ? "inverter_cmd.lst" : "jkbms_cmd.lst");
}

/** Table of an inverter's orders, with the ranges of its battery class as far as it is known. */
export function inverterTable(context: OrderContext, store: Store, name: string): OrderTable {
  const { orders } = context.config;
  const model = rememberedModel(store, name);
  const rows = registersOf({ model, feed_in: orders.feed_in_consent });
  const { battery_class } = rememberedMachine(store, name, context.clock.now());
  const table = inverterOrders(battery_class ?? 48, rows);
  return model === "unknown"
    ? { ...table, unknown_model: modelText(deviceFacts(store, name).identity as Told) }
    : table;
}

/** Table of a BMS's orders: that of its dialect, as configured or as found by an earlier run. */
export function bmsTable(context: OrderContext, store: Store, name: string): OrderTable | undefined {
  const bms = context.config.bms.find((one) => one.name === name);
  if (!bms) return undefined;
  const dialect = dialectOf(bms.protocol, deviceFacts(store, name).dialect);
  return bmsOrders(bmsRows(dialect));
}

/** Switches mean the same in both dialects; of every other row a guess could write a thousandfold. */
const SWITCHES_OF_BOTH: Table = Object.fromEntries(
  Object.entries<Field>(RECORDS).filter(([key, { kind }]) => kind === "bool" && Object.hasOwn(PB_SETTINGS, key)),
);

const ROWS: Readonly<Record<Dialect, Table>> = { "4e57": RECORDS, modbus: PB_SETTINGS, jbd: {} };

/** Rows of a dialect; null = not known yet. */
export function bmsRows(dialect: Dialect | null): Table {
  if (dialect === null) return SWITCHES_OF_BOTH;
  return ROWS[dialect];
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
