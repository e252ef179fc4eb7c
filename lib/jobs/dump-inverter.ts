import type { Answer, Context } from "../cli/spec.ts";
import type { InverterSampleRaw } from "../devices/inverter/sample.ts";
import { orderLine, ordersJson } from "../orders/order-report.ts";
import { derivedOf } from "../store/view.ts";
import { openInverterLine } from "./inverter-line.ts";
import { type InverterRound, inverterRound } from "./inverter-round.ts";
import { inverterJson, inverterText, registersText } from "./inverter-text.ts";
import { polled } from "./polled.ts";

/** `pv1800-dump`: polls once, or again and again with --repeat, and stores what was read. */
export async function dumpInverter(context: Context): Promise<Answer | undefined> {
  const { options, config } = context;
  if (!config.inverter.enabled) {
    context.log.info("the inverter is disabled in the configuration");
    return undefined;
  }
  if (options.raw === true) return rawRegisters(context);
  return polled(context, async () => {
    const round = await inverterRound(context);
    return { answer: answerOf(context, round), ofOrders: [round.orders.failure] };
  });
}

function answerOf(context: Context, round: InverterRound): Answer {
  const { name } = context.config.inverter;
  const store = context.openStore();
  const orders = ordersJson(context, store, round.orders);
  const derived = round.status && derivedOf(store, name, round.at, round.status as InverterSampleRaw);
  return {
    json: { ...inverterJson(name, round, derived), orders },
    text: () => [inverterText(name, round, derived), ...orderLines(context, round)].join("\n"),
    ...(round.failure ? { failure: round.failure } : {}),
  };
}

function orderLines(context: Context, round: InverterRound): string[] {
  return round.orders.orders.map((order) => orderLine(context, context.openStore(), order));
}

async function rawRegisters(context: Context): Promise<Answer> {
  const line = await openInverterLine(context);
  try {
    const blocks = await line.client.readRegisters();
    const registers = blocks.flatMap(({ start, words }) => words.map((word, i) => [String(start + i), word] as const));
    return { json: { registers: Object.fromEntries(registers) }, text: () => registersText(blocks), always: true };
  } finally {
    await line.close();
  }
}
