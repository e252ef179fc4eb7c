import { UsageError } from "../base/errors.ts";
import type { Answer, Context } from "../cli/spec.ts";
import type { InverterConfig } from "../config/sections/device-section.ts";
import { areSeveral, inverterUnits, unitNamed } from "../config/units.ts";
import { INVERTER_KIND, POLLS } from "../devices/index.ts";
import type { InverterSampleRaw } from "../devices/inverter/sample.ts";
import { takeInverterOrders } from "../orders/carry-out.ts";
import { orderLine, ordersJson } from "../orders/order-report.ts";
import { derivedOf, rememberedModel } from "../store/view.ts";
import { noteBusUse } from "./bus-use.ts";
import { Failures } from "./failures.ts";
import { openInverterLine } from "./inverter-line.ts";
import { type InverterRound, inverterRound } from "./inverter-round.ts";
import { inverterJson, inverterText, registersText } from "./inverter-text.ts";
import { type Polled, polled } from "./polled.ts";
import { noteSecondMaster } from "./second-master.ts";
import { onEveryWire } from "./wires.ts";

/** Polls every inverter of the station once, or again and again with --repeat, and stores what was read. */
export async function dumpInverter(context: Context): Promise<Answer | undefined> {
  const { options, config } = context;
  if (inverterUnits(config).length === 0) {
    context.log.info("the inverter is disabled in the configuration");
    return undefined;
  }
  const units = chosenInverters(context);
  if (options.raw === true) return rawRegisters(context, onlyOne(units, "--raw"));
  if (options.acceptMachine === true) onlyOne(units, "--accept-machine");
  return polled(context, () => pollAll(context, units));
}

/** The inverters that --inverter chooses; all of them without it. @throws UsageError */
function chosenInverters({ config, options }: Context): readonly InverterConfig[] {
  const units = inverterUnits(config);
  return options.inverter === undefined ? units : [unitNamed(units, options.inverter, "inverter")];
}

/** @throws UsageError when there are several to choose from */
function onlyOne(units: readonly InverterConfig[], flag: string): InverterConfig {
  if (units.length === 1) return units[0] as InverterConfig;
  throw new UsageError(`${flag} is for one of ${units.map(({ name }) => name).join(", ")}; say --inverter NAME`);
}

/**
 * One round of every unit, port by port; one that is missing never stops the others. A port that does not open must not hide an order:
 * when nobody was heard, the orders are journaled all the same, and their life runs.
 */
async function pollAll(context: Context, units: readonly InverterConfig[]): Promise<Polled> {
  const store = context.openStore();
  const rounds: InverterRound[] = [];
  const failures = new Failures();
  await onEveryWire(
    units,
    failures,
    (first) => openInverterLine(context, first),
    async (line, unit) => {
      try {
        const round = await inverterRound(context, line, unit);
        rounds.push(round);
        if (round.failure) failures.add(round.failure);
      } finally {
        noteBusUse(context, store, POLLS.inverter, unit.name, line);
      }
    },
    ({ master }, sharing) => {
      for (const { name } of sharing) noteSecondMaster(context, store, name, master.stats);
    },
  );
  const failure = failures.asOne();
  if (rounds.length === 0) {
    takeInverterOrders(context, store);
    if (failure) throw failure;
  }
  const told = rounds.map((round) => answerOf(context, round));
  const one = told.length === 1 && areSeveral(context.config, "inverter") === false ? told[0] : undefined;
  const answer = {
    json: one?.json ?? { devices: told.map(({ json }) => json) },
    text: () => told.map(({ text }) => text()).join("\n\n"),
    ...(failure ? { failure } : {}),
  };
  return { answer, ofOrders: rounds.map(({ orders }) => orders.failure) };
}

function answerOf(context: Context, round: InverterRound) {
  const name = round.device;
  const store = context.openStore();
  const orders = ordersJson(context, store, round.orders);
  const derived = round.status && derivedOf(store, name, round.at, round.status as InverterSampleRaw);
  return {
    json: {
      ...inverterJson(name, round, derived, INVERTER_KIND.models.settingsOf({ model: rememberedModel(store, name) })),
      orders,
    },
    text: () => [inverterText(name, round, derived), ...orderLines(context, round)].join("\n"),
  };
}

function orderLines(context: Context, round: InverterRound): string[] {
  return round.orders.orders.map((order) => orderLine(context, context.openStore(), order));
}

async function rawRegisters(context: Context, unit: InverterConfig): Promise<Answer> {
  const line = await openInverterLine(context, unit);
  try {
    const blocks = await line.client(unit, null).readRegisters();
    const registers = blocks.flatMap(({ start, words }) => words.map((word, i) => [String(start + i), word] as const));
    return { json: { registers: Object.fromEntries(registers) }, text: () => registersText(blocks), always: true };
  } finally {
    await line.close();
  }
}
