import { systemClock } from "../base/clock.ts";
import type { Context } from "../cli/spec.ts";
import type { InverterConfig } from "../config/sections/device-section.ts";
import { INVERTER_KIND } from "../devices/index.ts";
import type { InverterClient } from "../devices/inverter/client.ts";
import type { ModbusMaster } from "../modbus/master.ts";
import { RtuMaster } from "../modbus/rtu-master.ts";
import { type Line, openCounted, openGateway } from "./line.ts";

/** A line to one or several inverters. */
export interface InverterLine extends Line {
  /** Guarded against the forbidden registers. */
  readonly master: ModbusMaster;
  /** `model`: what the machine has told it is; null = nothing yet. */
  client(unit: InverterConfig, model: string | null): InverterClient;
}

/** Opens the line that this inverter is on, maybe with others. @throws PortGone, PortBusy, UsageError */
export async function openInverterLine(context: Context, first: InverterConfig): Promise<InverterLine> {
  const plug = await INVERTER_KIND.load();
  const line = (await openGateway(context, first, plug.guard)) ?? (await openMaster(context, first, plug));
  return { ...line, client: ({ slave }, model) => plug.client(line.master, { slave, model }) };
}

async function openMaster(
  context: Context,
  { gap_ms, ...unit }: InverterConfig,
  { guard, resync }: Awaited<ReturnType<typeof INVERTER_KIND.load>>,
): Promise<Line & { readonly master: ModbusMaster }> {
  const wire = await openCounted(context, unit, context.log.trace);
  const master = new RtuMaster(wire, {
    ...{ gap_ms, timeout_ms: unit.timeout_ms, retries: unit.retries + 1, resync, allowed: guard },
    byte_ms: 10_000 / unit.baud,
    // The line is timed by real time, also when a simulation tells the command another date.
    clock: systemClock,
  });
  return { master, takeUse: wire.take, close: () => master.close() };
}
