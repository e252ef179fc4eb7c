/** The lines of a station: opened once, locked, with one or several devices on each. */
import { milliseconds } from "../base/clock.ts";
import type { Failures } from "../base/failures.ts";
import { grouped } from "../base/grouped.ts";
import type { WireUse } from "../base/wire-use.ts";
import type { Context } from "../cli/spec.ts";
import type { BmsConfig, InverterConfig } from "../config/sections/device-section.ts";
import { TcpMaster } from "../modbus/tcp-master.ts";
import { type CountedWire, counted } from "../port/counted.ts";
import { openWire, parsePort } from "../port/open.ts";
import type { Trace } from "../port/wire.ts";

/** An open, locked line. */
export interface Line {
  /** What the wire was used for since it was last asked; null = a gateway's, which is not counted. */
  takeUse(): WireUse | null;
  close(): Promise<void>;
}

type Guard = (start: number, count: number) => void;
type Unit = Pick<BmsConfig & InverterConfig, "port" | "baud" | "timeout_ms" | "retries" | "lock_wait_ms">;

/** The gateway that a port names; null = the port is a wire. `guard`: what no master may touch. */
export async function openGateway(context: Context, { port, timeout_ms, retries, lock_wait_ms }: Unit, guard: Guard) {
  if (parsePort(port).kind !== "modbus-tcp") return null;
  const lock = await context.lockPort(port.toLowerCase(), lock_wait_ms);
  const master = new TcpMaster(port, { timeout_ms, retries: retries + 1, allowed: guard });
  const close = async () => {
    await master.close();
    lock.release();
  };
  return { master, takeUse: () => null, close };
}

/** A wire, locked, whose use is counted. @throws PortGone, PortBusy, UsageError */
export async function openCounted(
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
