import { milliseconds, systemClock } from "../base/clock.ts";
import type { WireUse } from "../base/wire-use.ts";
import type { Context } from "../cli/spec.ts";
import type { InverterConfig } from "../config/sections/device-section.ts";
import { INVERTER_KIND } from "../devices/index.ts";
import type { InverterClient } from "../devices/inverter/client.ts";
import type { InverterPlug } from "../devices/kind.ts";
import type { ModbusMaster } from "../modbus/master.ts";
import { RtuMaster } from "../modbus/rtu-master.ts";
import { TcpMaster } from "../modbus/tcp-master.ts";
import { counted } from "../port/counted.ts";
import { openWire, parsePort } from "../port/open.ts";

/** An open line to one or several inverters: locked, guarded against the forbidden registers. */
export interface InverterLine {
  readonly master: ModbusMaster;
  /** `model`: what the machine has told it is; null = nothing yet. */
  client(unit: InverterConfig, model: string | null): InverterClient;
  /** What the wire was used for since it was last asked; null = a gateway's, which is not counted. */
  takeUse(): WireUse | null;
  close(): Promise<void>;
}

/** Opens the line that this inverter is on, maybe with others. @throws PortGone, PortBusy, UsageError */
export async function openInverterLine(context: Context, inverter: InverterConfig): Promise<InverterLine> {
  const plug = await INVERTER_KIND.load();
  const address = parsePort(inverter.port);
  const tries = inverter.retries + 1;
  if (address.kind === "modbus-tcp") {
    const lock = await context.lockPort(inverter.port.toLowerCase(), inverter.lock_wait_ms);
    const master = new TcpMaster(inverter.port, {
      timeout_ms: inverter.timeout_ms,
      retries: tries,
      allowed: plug.guard,
    });
    return line(plug, master, async () => lock.release(), null);
  }
  const { trace } = context.log;
  const opened = await openWire({
    port: inverter.port,
    baud: inverter.baud,
    lock: (key) => context.lockPort(key, inverter.lock_wait_ms),
    lockWaitMs: inverter.lock_wait_ms,
    ...(trace ? { trace } : {}),
  });
  const wire = counted(opened, milliseconds);
  const master = new RtuMaster(wire, {
    gap_ms: inverter.gap_ms,
    timeout_ms: inverter.timeout_ms,
    retries: tries,
    byte_ms: 10_000 / inverter.baud,
    resync: plug.resync,
    allowed: plug.guard,
    // The line is timed by real time, also when a simulation tells the command another date.
    clock: systemClock,
  });
  return line(plug, master, async () => {}, wire.take);
}

function line(
  plug: InverterPlug,
  master: ModbusMaster,
  release: () => Promise<void>,
  take: (() => WireUse) | null,
): InverterLine {
  return {
    master,
    takeUse: () => take?.() ?? null,
    client: ({ slave }, model) => plug.client(master, { slave, model }),
    close: async () => {
      await master.close();
      await release();
    },
  };
}
