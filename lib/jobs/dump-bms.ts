import type { Answer, Context } from "../cli/spec.ts";
import type { BmsConfig } from "../config/sections/device-section.ts";
import { unitNamed } from "../config/units.ts";
import { POLLS } from "../devices/index.ts";
import { takeBmsOrders } from "../orders/carry-out.ts";
import { orderLine, ordersJson } from "../orders/order-report.ts";
import type { Store } from "../store/database.ts";
import { openBmsLine } from "./bms-line.ts";
import { type BmsRound, bmsRound } from "./bms-round.ts";
import { bmsJson, bmsText, rawBmsText } from "./bms-text.ts";
import { noteBusUse } from "./bus-use.ts";
import { Failures } from "./failures.ts";
import { type Polled, polled } from "./polled.ts";
import { keepAnswer } from "./take-kept.ts";
import { onEveryWire } from "./wires.ts";

/** `jkbms-dump`: polls every BMS of the station; one that is missing never stops the others. */
export function dumpBms(context: Context): Promise<Answer> {
  const units = chosenUnits(context);
  return polled(context, () => pollUnits(context, units));
}

async function pollUnits(context: Context, units: readonly BmsConfig[]): Promise<Polled> {
  const rounds: BmsRound[] = [];
  const raw: Record<string, unknown> = {};
  const failures = new Failures();
  const open = (first: BmsConfig) => openBmsLine(context, first);
  await onEveryWire(units, failures, open, async (line, unit) => {
    if (context.options.raw === true) raw[unit.name] = await (await line.client(unit)).readRaw();
    else {
      try {
        const round = await bmsRound(context, line, unit);
        if (round.failure) failures.add(round.failure);
        // A unit that told nothing is a failure, not a device with empty values.
        if (round.sample !== null || round.orders.orders.length > 0) rounds.push(round);
      } finally {
        noteBusUse(context, context.openStore(), POLLS.bms, unit.name, line);
      }
    }
  });
  // When no device answered, orders are journaled all the same, and their life runs.
  if (rounds.length === 0 && context.options.raw !== true) takeBmsOrders(context, context.openStore());
  const failure = failures.asOne();
  const extra = failure ? { failure } : {};
  if (context.options.raw === true) {
    return { answer: { json: raw, text: () => rawBmsText(raw), always: true, ...extra }, ofOrders: [] };
  }
  const store = context.openStore();
  const answer = {
    json: { devices: rounds.map((round) => ({ ...bmsJson(round), orders: ordersJson(context, store, round.orders) })) },
    text: () => rounds.map((round) => [bmsText(round), ...orderLines(context, store, round)].join("\n")).join("\n\n"),
    ...extra,
  };
  return { answer, ofOrders: rounds.map((round) => round.orders.failure) };
}

/** Polls every BMS without any state, and keeps what each answers beside the state file for the next run that can store it. */
export async function bmsWithoutState(context: Context): Promise<void> {
  if (context.options.raw === true) return;
  const failures = new Failures();
  const open = (first: BmsConfig) => openBmsLine(context, first);
  await onEveryWire(chosenUnits(context), failures, open, async (line, unit) =>
    keepAnswer(context, unit.name, await (await line.client(unit, { anew: true })).readSample()),
  );
  const failure = failures.asOne();
  if (failure) context.log.warn(failure.message);
}

function orderLines(context: Context, store: Store, round: BmsRound): string[] {
  return round.orders.orders.map((order) => orderLine(context, store, order));
}

/** The units that --bms chooses; all of them without it. @throws UsageError */
export function chosenUnits(context: Context): readonly BmsConfig[] {
  const { bms } = context.config;
  const wanted = context.options.bms;
  return wanted === undefined ? bms : [unitNamed(bms, wanted, "BMS")];
}
