/** `jkbms-dump` while the state file cannot be written: the samples for the next run. */
import type { Context } from "../cli/spec.ts";
import type { BmsConfig } from "../config/sections/devices.ts";
import { StateBusy, StationError } from "../errors.ts";
import { pollAveraged } from "../jkbms/client.ts";
import { keepForLater } from "../store/kept-samples.ts";
import { openBmsLine } from "./bms-line.ts";
import { writtenOutside } from "./outside-memory.ts";

/**
 * Polls every BMS without any state and keeps the samples beside the state file. Only while another command holds the file: a BMS takes
 * no orders from us then, and a file that is unusable for long is told by others.
 */
export async function bmsWithoutState(context: Context, trouble: StationError): Promise<void> {
  if (!(trouble instanceof StateBusy)) return;
  for (const unit of context.config.bms) {
    try {
      await keepSample(context, unit);
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      context.log.warn(error.message);
    }
  }
}

async function keepSample(context: Context, unit: BmsConfig): Promise<void> {
  const line = await openBmsLine(context, unit);
  try {
    const client = await line.client(unit, null);
    const sample = await pollAveraged(client, { polls: 1, gap_ms: unit.poll_gap_ms });
    const kept = { at: context.clock.now(), sample };
    writtenOutside(context, (folder) => keepForLater(folder, unit.name, kept));
  } finally {
    await line.close();
  }
}
