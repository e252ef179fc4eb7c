import { systemClock } from "../base/clock.ts";
import type { Context } from "../cli/spec.ts";
import { assertAllowed, RESYNC_SPAN } from "../devices/pv1800/blocks.ts";
import { Pv1800Client } from "../devices/pv1800/client.ts";
import type { ModbusMaster } from "../modbus/master.ts";
import { RtuMaster } from "../modbus/rtu-master.ts";
import { TcpMaster } from "../modbus/tcp-master.ts";
import { openWire, parsePort } from "../port/open.ts";

/** An open line to the inverter: locked, guarded against the forbidden registers. */
export interface InverterLine {
  readonly client: Pv1800Client;
  readonly master: ModbusMaster;
  close(): Promise<void>;
}

/** Opens the configured line. @throws PortGone, PortBusy, UsageError */
export async function openInverterLine(context: Context): Promise<InverterLine> {
  const { inverter } = context.config;
  const address = parsePort(inverter.port);
  const tries = inverter.retries + 1;
  if (address.kind === "modbus-tcp") {
    const lock = await context.lockPort(inverter.port.toLowerCase(), inverter.lock_wait_ms);
    const master = new TcpMaster(inverter.port, {
      timeout_ms: inverter.timeout_ms,
      retries: tries,
      allowed: assertAllowed,
    });
    return line(master, inverter.slave, async () => lock.release());
  }
  const { trace } = context.log;
  const wire = await openWire({
    port: inverter.port,
    baud: inverter.baud,
    lock: (key) => context.lockPort(key, inverter.lock_wait_ms),
    lockWaitMs: inverter.lock_wait_ms,
    ...(trace ? { trace } : {}),
  });
  const master = new RtuMaster(wire, {
    gap_ms: inverter.gap_ms,
    timeout_ms: inverter.timeout_ms,
    retries: tries,
    byte_ms: 10_000 / inverter.baud,
    resync: { slave: inverter.slave, ...RESYNC_SPAN },
    allowed: assertAllowed,
    // The line is timed by real time, also when a simulation tells the command another date.
    clock: systemClock,
  });
  return line(master, inverter.slave, async () => {});
}

function line(master: ModbusMaster, slave: number, release: () => Promise<void>): InverterLine {
  return {
    master,
    client: new Pv1800Client(master, { slave }),
    close: async () => {
      await master.close();
      await release();
    },
  };
}
