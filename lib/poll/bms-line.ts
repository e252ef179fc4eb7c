import { systemClock } from "../base/clock.ts";
import type { Context } from "../cli/spec.ts";
import type { BmsConfig } from "../config/sections/device-section.ts";
import type { BmsClient } from "../devices/bms/client.ts";
import { deviceFacts } from "../store/device-rows.ts";
import { kindOfDialect, kindToSpeak } from "../view/dialect.ts";
import { type Line, openCounted, openGateway } from "./line.ts";

/** A line to one or, by their addresses, several BMS units. */
export interface BmsLine extends Line {
  /** Client of one unit, in the protocol that is remembered of it; `anew`: one that is to be found is looked for again. */
  client(unit: BmsConfig, options?: { readonly anew: boolean }): Promise<BmsClient>;
}

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
