import { join } from "node:path";
import type { TestContext } from "node:test";
import { Log } from "../../lib/cli/log.ts";
import type { Context } from "../../lib/cli/spec.ts";
import { configSchema } from "../../lib/config/schema.ts";
import type { BmsClient } from "../../lib/devices/bms/client.ts";
import { openBms } from "../../lib/devices/jkbms/client.ts";
import { assertAllowed, RESYNC_SPAN } from "../../lib/devices/pv1800/blocks.ts";
import { Pv1800Client } from "../../lib/devices/pv1800/client.ts";
import { RtuMaster } from "../../lib/modbus/rtu-master.ts";
import { runBmsOrders, runInverterOrders } from "../../lib/orders/carry-out.ts";
import { orderReason } from "../../lib/orders/order-reason.ts";
import { openWire } from "../../lib/port/open.ts";
import { openStore, type Store } from "../../lib/store/database.ts";
import { latestOrders, type OrderRow } from "../../lib/store/orders.ts";
import { scratchDirectory } from "./scratch.ts";

/** A station in this process, with a clock that the test moves. */
export interface OrderStation {
  readonly folder: string;
  readonly store: Store;
  readonly context: Context;
  /** UTC seconds; assign to move the clock. */
  now: number;
  /** Milliseconds that a run is told to have left. */
  time_left: number;
  /** All orders, oldest first, with their reason as a person reads it. */
  orders(): OrderRow[];
}

/** `sections`: what differs from the default configuration. */
export function orderStation(t: TestContext, sections: Readonly<Record<string, unknown>> = {}): OrderStation {
  const folder = scratchDirectory(t);
  const config = configSchema.parse({ station: { state_dir: folder }, ...sections });
  const clock = { now: () => station.now, monotonic: () => performance.now() };
  const store = openStore(join(folder, "station.db"), { clock });
  t.after(() => store.close());
  const context: Context = {
    ...{ config, configPath: null, clock, options: {}, args: [], dryRun: false, terminal: false },
    log: new Log("test", 0),
    lockPort: async () => ({ release: () => {} }),
    timeLeft: () => station.time_left,
    openStore: () => store,
    print: () => {},
  };
  const orders = () =>
    latestOrders(store, 1_000_000)
      .reverse()
      .map((order) => ({ ...order, reason: orderReason(context, store, order) }));
  const station: OrderStation = { folder, store, context, now: 1_800_000_000, time_left: 55_000, orders };
  return station;
}

/** One round of orders on the simulated inverter at `url`, as pv1800-dump has it after its poll. */
export async function inverterRound(station: OrderStation, url: string, options: { readonly dryRun?: boolean } = {}) {
  const wire = await openWire({ port: url, baud: 19200 });
  try {
    const resync = RESYNC_SPAN;
    const timing = { gap_ms: 5, timeout_ms: 150, retries: 2 };
    const master = new RtuMaster(wire, { ...timing, resync, allowed: assertAllowed });
    const context = { ...station.context, dryRun: options.dryRun ?? false };
    const client = new Pv1800Client(master, { slave: 4 });
    return await runInverterOrders({ context, store: station.store, client, name: "inverter" });
  } finally {
    await wire.close();
  }
}

/** Work on the simulated BMS at `url` with an open client. */
export async function withBms<T>(
  url: string,
  protocol: "4e57" | "modbus",
  work: (client: BmsClient) => Promise<T>,
): Promise<T> {
  const wire = await openWire({ port: url, baud: 115200 });
  try {
    return await work(await openBms(wire, { protocol, packet_gap_ms: 5, first_byte_ms: 200, retry_quiet_ms: 10 }));
  } finally {
    await wire.close();
  }
}

/** One round of orders on a simulated BMS, as jkbms-dump has it after its polls. */
export function bmsRound(station: OrderStation, url: string, protocol: "4e57" | "modbus", name = "bms") {
  const { context, store } = station;
  return withBms(url, protocol, (client) => runBmsOrders({ context, store, client, name }));
}
