import { BadCommand, StateDamaged, StationError, WriteMismatch } from "../base/errors.ts";
import type { Answer, Context } from "../cli/spec.ts";
import type { InverterSampleRaw } from "../devices/inverter/sample.ts";
import { orderLine, ordersJson } from "../orders/order-report.ts";
import { derivedOf } from "../store/view.ts";
import { openInverterLine } from "./inverter-line.ts";
import { type InverterRound, inverterRound } from "./inverter-round.ts";
import { inverterJson, inverterText, registersText } from "./inverter-text.ts";

/** `pv1800-dump`: polls once, or again and again with --repeat, and stores what was read. */
export async function dumpInverter(context: Context): Promise<Answer | undefined> {
  const { options, config } = context;
  if (!config.inverter.enabled) {
    context.log.info("the inverter is disabled in the configuration");
    return undefined;
  }
  if (options.raw === true) return rawRegisters(context);
  if (options.repeat === undefined) {
    const round = await inverterRound(context);
    return answerOf(context, round);
  }
  return repeat(context, Number(options.repeat), Number(options.for ?? options.repeat));
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

/** Rounds at fixed times from the start; the line is free between them, so that a person gets in. */
async function repeat(context: Context, every: number, until: number): Promise<Answer> {
  const began = context.clock.monotonic();
  const elapsed = () => (context.clock.monotonic() - began) / 1000;
  let failure: Error | undefined;
  let refused: Error | undefined;
  let rounds = 0;
  do {
    try {
      const round = await inverterRound(context);
      const answer = answerOf(context, round);
      failure = answer.failure;
      if (failure) context.log.warn(failure.message);
      const { failure: ofOrders } = round.orders;
      if (ofOrders instanceof BadCommand || ofOrders instanceof WriteMismatch) refused ??= ofOrders;
      speak(context, answer);
    } catch (error) {
      if (!(error instanceof StationError) || error instanceof StateDamaged) throw error;
      failure = error;
      context.log.warn(error.message);
    }
    rounds++;
    const next = rounds * every;
    if (next >= until) break;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - elapsed()) * 1000));
  } while (elapsed() < until);
  // Trouble on the line is over when a later round works; an order that was refused stays refused.
  const told = failure ?? refused;
  return { json: { rounds }, text: () => `${rounds} rounds`, ...(told ? { failure: told } : {}) };
}

function speak(context: Context, answer: Answer): void {
  if (context.options.json === true) context.print(`${JSON.stringify(answer.json)}\n`);
  else if (context.terminal || context.options.text === true) context.print(`${answer.text?.(context.terminal)}\n\n`);
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
