import { milliseconds, systemClock } from "../base/clock.ts";
import type { WireUse } from "../base/wire-use.ts";
import type { Context } from "../cli/spec.ts";
import type { BmsConfig } from "../config/sections/device-section.ts";
import type { BmsClient } from "../devices/bms/client.ts";
import { TcpMaster } from "../modbus/tcp-master.ts";
import { counted } from "../port/counted.ts";
import { openWire, parsePort } from "../port/open.ts";
import { deviceFacts } from "../store/device-rows.ts";
import { kindOfDialect, kindToSpeak } from "../view/dialect.ts";

/** A locked line with one or (Modbus dialect) several BMS units on it. */
export interface BmsLine {
  /** Client of one unit, in the protocol that is remembered of it; `anew`: one that is to be found is looked for again. */
  client(unit: BmsConfig, options?: { readonly anew: boolean }): Promise<BmsClient>;
  /** What the wire was used for since it was last asked; null = a gateway's, which is not counted. */
  takeUse(): WireUse | null;
  close(): Promise<void>;
}

/** Opens the port that these units share. @throws PortGone, PortBusy, UsageError */
export async function openBmsLine(context: Context, first: BmsConfig): Promise<BmsLine> {
  const { gateway } = await kindOfDialect(first.protocol).load();
  if (gateway && parsePort(first.port).kind === "modbus-tcp") {
    const lock = await context.lockPort(first.port.toLowerCase(), first.lock_wait_ms);
    const options = { timeout_ms: first.timeout_ms, retries: first.retries + 1, allowed: gateway.guard };
    const master = new TcpMaster(first.port, options);
    return {
      takeUse: () => null,
      client: async (unit) => gateway.client(master, { address: unit.slave }),
      close: async () => {
        await master.close();
        lock.release();
      },
    };
  }
  // The wire is opened without a trace: a frame may carry the BMS's password, which the client blanks before it is shown.
  const opened = await openWire({
    port: first.port,
    baud: first.baud,
    lock: (key) => context.lockPort(key, first.lock_wait_ms),
    lockWaitMs: first.lock_wait_ms,
  });
  const wire = counted(opened, milliseconds);
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
