import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { systemClock } from "../base/clock.ts";
import { parseDuration, wholeNumber } from "../base/duration.ts";
import { BadCommand, UsageError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import { hasSibling, runSibling } from "../cli/sibling.ts";
import type { Answer, Context, OptionSpec } from "../cli/spec.ts";
import { snapshotFromRaw, valueFromRaw } from "../codec/values.ts";
import { BMS_FIELDS } from "../devices/bms/sample.ts";
import { INVERTER_SAMPLE_FIELDS } from "../devices/inverter/sample.ts";
import { type DayVerdict, simulateDay } from "../sim/day.ts";
import type { DayPoint } from "../sim/day-chart.ts";
import type { ScenarioName } from "../sim/plant/scenario.ts";
import type { DecisionRecord } from "../station/rule-memory.ts";
import { speechOfStation } from "../station/voice.ts";
import { openStore } from "../store/database.ts";
import { latestDecision } from "../store/decisions.ts";
import { alertEventsBetween } from "../store/rules.ts";
import { bmsSamples, inverterSamples } from "../store/samples.ts";
import { becauseText } from "../terminal/why-text.ts";
import type { Speech } from "../words/index.ts";
import { PLANT_CHOICE_OPTIONS } from "./simulate-plant.ts";

/** Options of the simulated day. */
export const DAY_OPTIONS: readonly OptionSpec[] = [
  { flags: "--day", about: "a whole simulated day through all commands instead of the recorded devices" },
  {
    flags: "--every <duration>",
    about: "with --day: simulated time between two ticks",
    parse: everyMinutes,
    default: 5,
  },
  { flags: "--from <hour>", about: "with --day: first hour", parse: wholeNumber(0, 23), default: 0 },
  { flags: "--to <hour>", about: "with --day: last hour", parse: wholeNumber(1, 24), default: 24 },
  { flags: "--state <folder>", about: "with --day: keep configuration and database here, to look at afterwards" },
  ...PLANT_CHOICE_OPTIONS,
];

/** `station-sim demo --day`: the commands of the station steer a simulated plant through a day. */
export async function simulatePlantDay(context: Context): Promise<Answer> {
  const { options, print, terminal } = context;
  const from = 60 * Number(options.from);
  const to = 60 * Number(options.to);
  if (from >= to)
    throw new UsageError(failure("from_after_to", { from: String(options.from), to: String(options.to) }));
  const kept = options.state === undefined ? null : resolve(String(options.state));
  const directory = kept ?? mkdtempSync(join(tmpdir(), "solar-station-day-"));
  if (kept) mkdirSync(kept, { recursive: true });
  try {
    const tools = {
      directory,
      print,
      terminal,
      runCommand: runSibling,
      hasCommand: hasSibling,
      storedPoints,
      judgedAt: (folder: string, at: number) => judgedAt(folder, at, speechOfStation(context)),
      kept: kept !== null,
      ...{ lang: context.config.station.lang, speech: speechOfStation(context) },
    };
    const plant = {
      scenario: options.scenario as ScenarioName,
      seed: Number(options.seed),
      capacity_ah: Number(options.capacity),
      days: 1,
    };
    const result = await simulateDay(tools, { plant, from, to, every: Number(options.every) });
    const { failed_commands: failed } = result;
    return { json: result, ...(failed === 0 ? {} : { failure: new BadCommand(failure("day_failed", { failed })) }) };
  } finally {
    if (!kept) rmSync(directory, { recursive: true, force: true });
  }
}

function everyMinutes(text: string): number {
  const seconds = parseDuration(text);
  if (seconds < 60 || seconds > 3600 || seconds % 60 !== 0) {
    throw new UsageError(failure("no_whole_minutes", { text }));
  }
  return seconds / 60;
}

/** Samples of both devices, paired by their time. */
function storedPoints(directory: string, from: number, to: number): DayPoint[] {
  const store = openStore(join(directory, "station.db"), { readonly: true, clock: systemClock });
  try {
    const soc = new Map(bmsSamples(store, "bms", from, to).map(({ at, sample }) => [minuteOf(at), sample.soc]));
    return inverterSamples(store, "inverter", from, to).map(({ at, sample }) => {
      const value = snapshotFromRaw(INVERTER_SAMPLE_FIELDS, sample.raw);
      const counted = soc.get(minuteOf(at)) ?? null;
      return {
        at,
        pv: value.pv_power,
        load: value.load_power,
        grid: value.grid_power,
        soc: counted === null ? null : (valueFromRaw(BMS_FIELDS.soc, counted) as number),
        on_grid: value.ongrid_switch,
      };
    });
  } finally {
    store.close();
  }
}

function minuteOf(at: number): number {
  return Math.floor(at / 60);
}

/** The order that batmon gave in its run at `at`, and what it told the owner. */
function judgedAt(directory: string, at: number, speech: Speech): DayVerdict {
  const store = openStore(join(directory, "station.db"), { readonly: true, clock: systemClock });
  try {
    const decision = latestDecision<DecisionRecord>(store);
    // The command's clock runs on from the time it is told.
    const given = decision && decision.at >= at && decision.ordered !== null ? decision : null;
    return {
      order: given && { ongrid_switch: given.ordered === true, reason: becauseText(given.record.decision, speech) },
      messages: alertEventsBetween(store, at, at + 60).map(({ text }) => text),
    };
  } finally {
    store.close();
  }
}
