/** The lines of a station: opened once, locked, with one or several devices on each. */
import { milliseconds, systemClock } from "../base/clock.ts";
import type { Failures } from "../base/failures.ts";
import { grouped } from "../base/grouped.ts";
import type { WireUse } from "../base/wire-use.ts";
import type { Context } from "../cli/spec.ts";
import type { BmsConfig, InverterConfig } from "../config/sections/device-section.ts";
import type { BmsClient } from "../devices/bms/client.ts";
import { INVERTER_KIND } from "../devices/index.ts";
import type { InverterClient } from "../devices/inverter/client.ts";
import type { ModbusMaster } from "../modbus/master.ts";
import { RtuMaster } from "../modbus/rtu-master.ts";
import { TcpMaster } from "../modbus/tcp-master.ts";
import { type CountedWire, counted } from "../port/counted.ts";
import { openWire, parsePort } from "../port/open.ts";
import type { Trace } from "../port/wire.ts";
import { deviceFacts } from "../store/device-rows.ts";
import { kindOfDialect, kindToSpeak } from "../view/dialect.ts";

export interface Line {
  /** What the wire was used for since it was last asked; null = a gateway's, which is not counted. */
  takeUse(): WireUse | null;
  close(): Promise<void>;
}

export interface BmsLine extends Line {
  /** Client of one unit, in the protocol that is remembered of it; `anew`: one that is to be found is looked for again. */
  client(unit: BmsConfig, options?: { readonly anew: boolean }): Promise<BmsClient>;
}

export interface InverterLine extends Line {
  /** Guarded against the forbidden registers. */
  readonly master: ModbusMaster;
  /** `model`: what the machine has told it is; null = nothing yet. */
  client(unit: InverterConfig, model: string | null): InverterClient;
}

type Guard = (start: number, count: number) => void;
type Unit = Pick<BmsConfig & InverterConfig, "port" | "baud" | "timeout_ms" | "retries" | "lock_wait_ms">;

/** Opens the port that these units share. @throws PortGone, PortBusy, UsageError */
export async function openBmsLine(context: Context, first: BmsConfig): Promise<BmsLine> {
  const { gateway } = await kindOfDialect(first.protocol).load();
  const through = gateway && (await openGateway(context, first, gateway.guard));
  if (through) return { ...through, client: async (unit) => gateway.client(through.master, { address: unit.slave }) };
  // The wire is opened without a trace: a frame may carry the BMS's password, which the client blanks before it is shown.
  const wire = await openCounted(context, first, undefined);
  const { trace } = context.log;
  return {
    client: async (unit, { anew } = { anew: false }) => {
      const facts = anew ? {} : deviceFacts(context.openStore(), unit.name);
      const { client } = await kindToSpeak(unit.protocol, facts).load();
      return client(wire, {
        address: unit.slave,
        terminal: unit.terminal,
        facts,
        first_byte_ms: unit.timeout_ms,
        tries: unit.retries + 1,
        clock: systemClock,
        ...(trace ? { trace } : {}),
      });
    },
    takeUse: wire.take,
    close: () => wire.close(),
  };
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

/** The gateway that a port names; null = the port is a wire. `guard`: what no master may touch. */
async function openGateway(context: Context, { port, timeout_ms, retries, lock_wait_ms }: Unit, guard: Guard) {
  if (parsePort(port).kind !== "modbus-tcp") return null;
  const lock = await context.lockPort(port.toLowerCase(), lock_wait_ms);
  const master = new TcpMaster(port, { timeout_ms, retries: retries + 1, allowed: guard });
  const close = async () => {
    await master.close();
    lock.release();
  };
  return { master, takeUse: () => null, close };
}

async function openCounted(
  context: Context,
  { port, baud, lock_wait_ms }: Unit,
  trace: Trace | undefined,
): Promise<CountedWire> {
  const lock = (key: string) => context.lockPort(key, lock_wait_ms);
  const opened = await openWire({ port, baud, lock, lockWaitMs: lock_wait_ms, ...(trace ? { trace } : {}) });
  return counted(opened, milliseconds);
}

/** Opens each line once and works with every unit on it; a line or a unit that fails is noted in `failures` and stops no other. */
export async function onEveryLine<U extends { readonly port: string }, L extends Line>(
  units: readonly U[],
  failures: Failures,
  open: (first: U) => Promise<L>,
  work: (line: L, unit: U) => Promise<void>,
  /** Once a line, before it is closed. */
  done: (line: L, sharing: readonly U[]) => void = () => {},
): Promise<void> {
  for (const sharing of grouped(units, ({ port }) => port).values()) {
    await failures.attempt(async () => {
      const line = await open(sharing[0] as U);
      try {
        for (const unit of sharing) await failures.attempt(() => work(line, unit));
      } finally {
        done(line, sharing);
        await line.close();
      }
    });
  }
}
