import { UsageError } from "../base/errors.ts";
import type { Answer, Context } from "../cli/spec.ts";
import type { InverterConfig } from "../config/sections/device-section.ts";
import { areSeveral, inverterUnits, unitNamed } from "../config/units.ts";
import { INVERTER_KIND } from "../devices/index.ts";
import type { InverterSampleRaw } from "../devices/inverter/sample.ts";
import { takeInverterOrders } from "../orders/carry-out.ts";
import { noteSecondMaster } from "../poll/heard-master.ts";
import { type InverterRound, inverterRound } from "../poll/inverter-round.ts";
import { type InverterLine, openInverterLine } from "../poll/line.ts";
import { type PollRole, pollUnits } from "../poll/poll-units.ts";
import { polled } from "../poll/polled.ts";
import { derivedOf, rememberedModel } from "../store/view.ts";
import { inverterJson, inverterText, registersText } from "../terminal/inverter-text.ts";

const INVERTER: PollRole<InverterConfig, InverterLine, InverterRound> = {
  role: "inverter",
  open: openInverterLine,
  round: inverterRound,
  hasTold: () => true,
  wireDone: (context, store, { master }, sharing) => {
    for (const { name } of sharing) noteSecondMaster(context, store, name, master.stats);
  },
  takeOrders: takeInverterOrders,
  json: (context, round) => {
    const model = rememberedModel(context.openStore(), round.device);
    return inverterJson(round.device, round, derivedIn(context, round), INVERTER_KIND.models.settingsOf({ model }));
  },
  text: (context, round) => inverterText(round.device, round, derivedIn(context, round)),
  ofOne: ({ config }) => !areSeveral(config, "inverter"),
};

function derivedIn(context: Context, { device, at, status }: InverterRound) {
  return status && derivedOf(context.openStore(), device, at, status as InverterSampleRaw);
}

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
  return polled(context, async () => {
    const round = await pollUnits(context, INVERTER, units);
    if (round.ofOrders.length === 0 && round.answer.failure) throw round.answer.failure;
    return round;
  });
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
