import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { systemClock } from "../base/clock.ts";
import { wholeNumber } from "../base/duration.ts";
import { UsageError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import type { Answer, Context, OptionSpec } from "../cli/spec.ts";
import { INVERTER_KIND, POLLS } from "../devices/index.ts";
import { plantDevices } from "../devices/plant-devices.ts";
import { makeInverter } from "../devices/simulators.ts";
import { type DrivenPlant, drivePlant } from "../sim/day-drive.ts";
import { VARIANTS, type VariantName } from "../sim/plant/inverter.ts";
import { SCENARIOS, type ScenarioName } from "../sim/plant/scenario.ts";
import { plantCommand, plantLine } from "../sim/plant-console.ts";
import { serveDevice } from "../sim/serve.ts";
import { PLANT_DIALECTS, simulatedBms } from "../sim/simulated-bms.ts";
import { writeAtomically } from "../store/atomic-file.ts";

/** Which plant: the same for the served one and for the day of the demo. */
export const PLANT_CHOICE_OPTIONS: readonly OptionSpec[] = [
  { flags: "--scenario <name>", about: "weather and house", choices: Object.keys(SCENARIOS), default: "clear_summer" },
  { flags: "--seed <n>", about: "which of its many worlds", parse: wholeNumber(0, 4294967295), default: 1 },
  { flags: "--capacity <Ah>", about: "of the battery", parse: wholeNumber(20, 900), default: 100 },
];

const port = { parse: wholeNumber(0, 65535), default: 0 } as const;

/** Options of the served plant. */
export const PLANT_OPTIONS: readonly OptionSpec[] = [
  ...PLANT_CHOICE_OPTIONS,
  { flags: "--variant <name>", about: "firmware in float", choices: Object.keys(VARIANTS), default: "latch" },
  {
    flags: "--speed <n>",
    about: "simulated seconds in a second; 0: only stepped",
    parse: wholeNumber(0, 36000),
    default: 1,
  },
  { flags: "--start <HH:MM>", about: "time of the day to begin with; default: now, in UTC", parse: minuteOfDay },
  { flags: "--listen-inverter <port>", about: "TCP port on 127.0.0.1; 0: a free one", ...port },
  { flags: "--listen-bms <port>", about: "TCP port on 127.0.0.1; 0: a free one", ...port },
  { flags: "--pty-inverter <path>", about: "also offer a pty at this path (needs socat)" },
  { flags: "--pty-bms <path>", about: "also offer a pty at this path (needs socat)" },
  {
    flags: "--dialect <name>",
    about: "protocol of the BMS",
    choices: PLANT_DIALECTS,
    default: PLANT_DIALECTS[0],
  },
  { flags: "--fast", about: "no pacing: answers leave at once" },
  { flags: "--control", about: "take lines on stdin, see below; always with --speed 0" },
  { flags: "--now-file <file>", about: "keep the simulated UTC seconds in this file, for SOLAR_STATION_NOW" },
];

/** Text for the help page. */
export const PLANT_HELP = [
  "With --control on stdin, one a line: step [MINUTES], grid on|off (an outage from now on), load WATTS|auto, state, quit.",
  `At --speed 1 the commands need no other clock. Else tell them the plant's: SOLAR_STATION_NOW=$(cat FILE) ${POLLS.inverter}`,
].join("\n");

/** `station-sim plant`: inverter and BMS of one simulated plant on TCP, until the command is stopped. */
export async function simulatePlant(context: Context): Promise<Answer | undefined> {
  const { options, print } = context;
  const driven = startPlant(options);
  const { inverter, bms } = plantDevices(driven.plant);
  const text = (key: string) => options[key] as string | undefined;
  const pace = (baud: number) => (options.fast === true ? null : baud);
  const { device, baud } = await simulatedBms(String(options.dialect), { source: bms });
  const served = [
    await serveDevice(makeInverter({ source: inverter }), {
      port: Number(options.listenInverter),
      baud: pace(INVERTER_KIND.baud),
      ptyPath: text("ptyInverter"),
    }),
    await serveDevice(device, { port: Number(options.listenBms), baud: pace(baud), ptyPath: text("ptyBms") }),
  ] as const;
  try {
    const showTime = timeShower(driven, text("nowFile"));
    showTime();
    print(`inverter: ${served[0].where}\nbms: ${served[1].where}\n${plantLine(driven)}\n`);
    await runUntilStopped(driven, context, showTime);
  } finally {
    for (const line of served) await line.close();
  }
  return undefined;
}

function startPlant(options: Context["options"]): DrivenPlant {
  const now = systemClock.now();
  const midnight = now - (now % 86400);
  const driven = drivePlant({
    scenario: options.scenario as ScenarioName,
    seed: Number(options.seed),
    capacity_ah: Number(options.capacity),
    variant: options.variant as VariantName,
    epoch: midnight,
  });
  driven.advanceTo(Math.max(1, (options.start as number | undefined) ?? Math.floor((now - midnight) / 60)));
  return driven;
}

/** Writes the simulated time where commands started by hand find it. */
function timeShower(driven: DrivenPlant, file: string | undefined): () => void {
  let shown = 0;
  return () => {
    if (file === undefined || driven.now() === shown) return;
    shown = driven.now();
    writeAtomically(resolve(file), `${shown}\n`);
  };
}

async function runUntilStopped(driven: DrivenPlant, context: Context, showTime: () => void): Promise<void> {
  const { options, print } = context;
  const speed = Number(options.speed);
  const stop = new AbortController();
  const ends: Promise<unknown>[] = ["SIGINT", "SIGTERM"].map((name) => once(process, name, { signal: stop.signal }));
  let began = systemClock.monotonic();
  let start = driven.now() + (options.start === undefined ? systemClock.now() % 60 : 0);
  const follow = () => {
    const now = start + ((systemClock.monotonic() - began) / 1000) * speed;
    driven.advanceTo(Math.floor((now - driven.epoch) / 60));
    showTime();
  };
  const timer = speed === 0 ? null : setInterval(follow, Math.max(20, Math.min(1000, 60_000 / speed)));
  const input = options.control === true || speed === 0 ? createInterface({ input: process.stdin }) : null;
  if (input) {
    const obey = (line: string, quit: () => void) => {
      const before = driven.now();
      const answer = plantCommand(driven, line);
      if (driven.now() !== before) {
        // Time runs on from where it was stepped to.
        start = driven.now();
        began = systemClock.monotonic();
      }
      showTime();
      if (answer === null) quit();
      else if (answer !== "") print(`${answer}\n`);
    };
    ends.push(new Promise<void>((quit) => input.on("line", (line) => obey(line, quit))));
  }
  await Promise.race(ends);
  stop.abort();
  if (timer) clearInterval(timer);
  input?.close();
}

function minuteOfDay(text: string): number {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (!match) throw new UsageError(failure("no_time_of_day", { text }));
  return 60 * Number(match[1]) + Number(match[2]);
}
