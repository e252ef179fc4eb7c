import type { Context } from "../cli/spec.ts";
import type { InverterConfig } from "../config/sections/device-section.ts";
import { areSeveral, inverterUnits } from "../config/units.ts";
import { INVERTER_KIND } from "../devices/index.ts";
import type { InverterSampleRaw } from "../devices/inverter/sample.ts";
import { noteSecondMaster } from "../poll/heard-master.ts";
import { type InverterLine, openInverterLine } from "../poll/inverter-line.ts";
import { type InverterRound, inverterRound } from "../poll/inverter-round.ts";
import { speechOfStation } from "../station/voice.ts";
import { derivedOf, rememberedModel } from "../store/view.ts";
import { inverterJson, inverterText, registersText } from "../terminal/inverter-text.ts";
import { onlyOne, type PollRole, pollRole } from "./poll-job.ts";

const INVERTER: PollRole<InverterConfig, InverterLine, InverterRound> = {
  ...{ role: "inverter", word: "inverter", units: inverterUnits },
  ...{ open: openInverterLine, round: inverterRound },
  hasTold: () => true,
  lineDone: (context, store, { master }, sharing) => {
    for (const { name } of sharing) noteSecondMaster(context, store, name, master.stats);
  },
  json: (context, round) => {
    const model = rememberedModel(context.openStore(), round.device);
    return inverterJson(round.device, round, derivedIn(context, round), INVERTER_KIND.models.settingsOf({ model }));
  },
  text: (context, round) => {
    const { time_zone } = context.config.station;
    return inverterText(round.device, round, derivedIn(context, round), speechOfStation(context), time_zone);
  },
  ofOne: ({ config }) => !areSeveral(config, "inverter"),
  raw: async (context, units) => {
    const unit = onlyOne(INVERTER, units, "--raw");
    const line = await openInverterLine(context, unit);
    try {
      const blocks = await line.client(unit, null).readRegisters();
      const words = blocks.flatMap(({ start, words: all }) => all.map((word, i) => [String(start + i), word] as const));
      return { json: { registers: Object.fromEntries(words) }, text: () => registersText(blocks), always: true };
    } finally {
      await line.close();
    }
  },
};

/** Polls every inverter of the station. */
export const pollInverters = (context: Context) => pollRole(context, INVERTER);

function derivedIn(context: Context, { device, at, status }: InverterRound) {
  return status && derivedOf(context.openStore(), device, at, status as InverterSampleRaw);
}
