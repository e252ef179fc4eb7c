import { Failures } from "../base/failures.ts";
import type { Answer, Context } from "../cli/spec.ts";
import type { BmsConfig } from "../config/sections/device-section.ts";
import { unitNamed } from "../config/units.ts";
import { takeBmsOrders } from "../orders/carry-out.ts";
import { type BmsRound, bmsRound } from "../poll/bms-round.ts";
import { type BmsLine, onEveryLine, openBmsLine } from "../poll/line.ts";
import { type PollRole, pollUnits } from "../poll/poll-units.ts";
import { polled } from "../poll/polled.ts";
import { keepAnswer } from "../poll/take-kept.ts";
import { bmsJson, bmsText, rawBmsText } from "../terminal/bms-text.ts";

const BMS: PollRole<BmsConfig, BmsLine, BmsRound> = {
  role: "bms",
  open: openBmsLine,
  round: bmsRound,
  hasTold: ({ sample, orders }) => sample !== null || orders.orders.length > 0,
  takeOrders: takeBmsOrders,
  json: (_context, round) => bmsJson(round),
  text: (_context, round) => bmsText(round),
};

/** Polls every BMS of the station. */
export function dumpBms(context: Context): Promise<Answer> {
  const units = chosenUnits(context);
  return polled(context, async () =>
    context.options.raw === true
      ? { answer: await rawRecords(context, units), ofOrders: [] }
      : pollUnits(context, BMS, units),
  );
}

async function rawRecords(context: Context, units: readonly BmsConfig[]): Promise<Answer> {
  const raw: Record<string, unknown> = {};
  const failures = new Failures();
  const open = (first: BmsConfig) => openBmsLine(context, first);
  await onEveryLine(units, failures, open, async (line, unit) => {
    raw[unit.name] = await (await line.client(unit)).readRaw();
  });
  const failure = failures.asOne();
  return { json: raw, text: () => rawBmsText(raw), always: true, ...(failure ? { failure } : {}) };
}

/** Polls every BMS without any state, and keeps what each answers beside the state file for the next run that can store it. */
export async function bmsWithoutState(context: Context): Promise<void> {
  if (context.options.raw === true) return;
  const failures = new Failures();
  const open = (first: BmsConfig) => openBmsLine(context, first);
  await onEveryLine(chosenUnits(context), failures, open, async (line, unit) =>
    keepAnswer(context, unit.name, await (await line.client(unit, { anew: true })).readSample()),
  );
  const failure = failures.asOne();
  if (failure) context.log.warn(failure.message);
}

/** The units that --bms chooses; all of them without it. @throws UsageError */
export function chosenUnits(context: Context): readonly BmsConfig[] {
  const { bms } = context.config;
  const wanted = context.options.bms;
  return wanted === undefined ? bms : [unitNamed(bms, wanted, "BMS")];
}
