import { systemClock } from "../base/clock.ts";
import type { Context } from "../cli/spec.ts";
import type { BmsConfig } from "../config/sections/device-section.ts";
import type { BmsClient } from "../devices/bms/client.ts";
import { JbdBms } from "../devices/jbd/jbd-bms.ts";
import { TIMING_JBD } from "../devices/jbd/jbd-client.ts";
import { openBms } from "../devices/jkbms/client.ts";
import { BmsModbusClient, pbRangeGuard } from "../devices/jkbms/client-modbus.ts";
import type { Known4e57 } from "../devices/jkbms/decode.ts";
import type { Dialect } from "../devices/jkbms/settings.ts";
import { TcpMaster } from "../modbus/tcp-master.ts";
import { openWire, parsePort } from "../port/open.ts";
import { deviceFacts } from "../store/device-rows.ts";

/** A locked line with one or (Modbus dialect) several BMS units on it. */
export interface BmsLine {
  /** Client of one unit; `known` is the dialect found earlier, so that "auto" need not probe again. */
  client(unit: BmsConfig, known: Dialect | null): Promise<BmsClient>;
  close(): Promise<void>;
}

/** Opens the port that these units share. @throws PortGone, PortBusy, UsageError */
export async function openBmsLine(context: Context, first: BmsConfig): Promise<BmsLine> {
  if (parsePort(first.port).kind === "modbus-tcp" && first.protocol !== "jbd") {
    const lock = await context.lockPort(first.port.toLowerCase(), first.lock_wait_ms);
    const options = { timeout_ms: first.timeout_ms, retries: first.retries + 1, allowed: pbRangeGuard };
    const master = new TcpMaster(first.port, options);
    return {
      client: async (unit) => new BmsModbusClient(null, master, { address: unit.slave }),
      close: async () => {
        await master.close();
        lock.release();
      },
    };
  }
  // The wire is opened without a trace: a 4E57 frame carries the BMS's password, which the client blanks before it is shown.
  const wire = await openWire({
    port: first.port,
    baud: first.baud,
    lock: (key) => context.lockPort(key, first.lock_wait_ms),
    lockWaitMs: first.lock_wait_ms,
  });
  const { trace } = context.log;
  return {
    client: async (unit, known) => {
      // A JBD board is never looked for: what is remembered of one says nothing about a device that is to be found anew.
      const protocol = unit.protocol !== "auto" || known === "jbd" ? unit.protocol : (known ?? "auto");
      const timing = { first_byte_ms: Math.max(unit.timeout_ms, TIMING_JBD.first_byte_ms), tries: unit.retries + 1 };
      if (protocol === "jbd") return new JbdBms(wire, { ...timing, clock: systemClock, ...(trace ? { trace } : {}) });
      return openBms(wire, {
        protocol,
        address: unit.slave,
        terminal: unit.terminal,
        known: remembered(context, unit),
        first_byte_ms: unit.timeout_ms,
        tries: unit.retries + 1,
        clock: systemClock,
        ...(trace ? { trace } : {}),
      });
    },
    close: () => wire.close(),
  };
}

/** What this device once told about its coding. */
function remembered(context: Context, unit: BmsConfig): Known4e57 {
  const { protocol_version } = deviceFacts(context.openStore(), unit.name);
  return typeof protocol_version === "number" ? { protocol_version } : {};
}
