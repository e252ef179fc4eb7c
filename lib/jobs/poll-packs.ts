import { Failures } from "../base/failures.ts";
import type { Context } from "../cli/spec.ts";
import type { BmsConfig } from "../config/sections/device-section.ts";
import { type BmsLine, openBmsLine } from "../poll/bms-line.ts";
import { type BmsRound, bmsRound } from "../poll/bms-round.ts";
import { onEveryLine } from "../poll/line.ts";
import { keepAnswer } from "../poll/take-kept.ts";
import { speechOfStation } from "../station/voice.ts";
import { bmsJson, bmsText, rawBmsText } from "../terminal/bms-text.ts";
import { chosen, type PollRole, pollRole } from "./poll-job.ts";

const BMS: PollRole<BmsConfig, BmsLine, BmsRound> = {
  ...{ role: "bms", word: "BMS", units: ({ bms }) => bms },
  ...{ open: openBmsLine, round: bmsRound },
  hasTold: ({ sample, orders }) => sample !== null || orders.orders.length > 0,
  json: (_context, round) => bmsJson(round),
  text: (context, round) => bmsText(round, speechOfStation(context), context.config.station.time_zone),
  raw: async (context, units) => {
    const raw: Record<string, unknown> = {};
    const failures = new Failures();
    const open = (first: BmsConfig) => openBmsLine(context, first);
    await onEveryLine(units, failures, open, async (line, unit) => {
      raw[unit.name] = await (await line.client(unit)).readRaw();
    });
    const failure = failures.asOne();
    return { json: raw, text: () => rawBmsText(raw), always: true, ...(failure ? { failure } : {}) };
  },
};

/** Polls every BMS of the station. */
export const pollPacks = (context: Context) => pollRole(context, BMS);

/** The BMS units that --bms chooses; all of them without it. @throws UsageError */
export function chosenPacks(context: Context): readonly BmsConfig[] {
  return chosen(context, BMS);
}

/** Polls every BMS without any state, and keeps what each answers beside the state file for the next run that can store it. */
export async function packsWithoutState(context: Context): Promise<void> {
  if (context.options.raw === true) return;
  const failures = new Failures();
  const open = (first: BmsConfig) => openBmsLine(context, first);
  await onEveryLine(chosenPacks(context), failures, open, async (line, unit) =>
    keepAnswer(context, unit.name, await (await line.client(unit, { anew: true })).readSample()),
  );
  const failure = failures.asOne();
  if (failure) context.log.warn(failure.message);
}
