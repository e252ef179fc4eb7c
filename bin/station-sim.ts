#!/usr/bin/env node
import { wholeNumber } from "../lib/base/duration.ts";
import { run } from "../lib/cli/run-command.ts";
import type { OptionSpec } from "../lib/cli/spec.ts";
import {
  FAULT_HELP,
  parseFault,
  parseWriteBehaviour,
  SIMULATED_DIALECTS,
  simulateBms,
  simulateDemo,
  simulateInverter,
} from "../lib/jobs/simulate.ts";
import { DAY_OPTIONS } from "../lib/jobs/simulate-day.ts";
import { PLANT_HELP, PLANT_OPTIONS, simulatePlant } from "../lib/jobs/simulate-plant.ts";

const LINE_OPTIONS: readonly OptionSpec[] = [
  { flags: "--listen <port>", about: "TCP port on 127.0.0.1; 0: a free one", parse: wholeNumber(0, 65535), default: 0 },
  { flags: "--pty <path>", about: "also offer a pty at this path (needs socat)" },
  { flags: "--capture <file>", about: "replay this capture instead of the recorded device" },
  { flags: "--baud <n>", about: "pace of the line; default as the device", parse: wholeNumber(300, 921600) },
  { flags: "--fast", about: "no pacing: answers leave at once" },
  { flags: "--turnaround <ms>", about: "wait before an answer", parse: wholeNumber(0, 10000), default: 1 },
  { flags: "--fault <text>", about: "what goes wrong, see below", parse: parseFault, repeatable: true },
  { flags: "--seed <n>", about: "of the noise", parse: wholeNumber(0, 4294967295), default: 1 },
  { flags: "--one-client", about: "turn a second TCP client away" },
  { flags: "--log <file>", about: "append every request and answer as JSON lines" },
];
const INVERTER_OPTIONS: readonly OptionSpec[] = [
  { flags: "--slave <n>", about: "Modbus address", parse: wholeNumber(1, 247), default: 4 },
  { flags: "--write <text>", about: "how writes end, see below", parse: parseWriteBehaviour, repeatable: true },
  { flags: "--modbus-tcp <port>", about: "also serve Modbus/TCP on 127.0.0.1", parse: wholeNumber(1, 65535) },
];
const BMS_OPTIONS: readonly OptionSpec[] = [
  { flags: "--dialect <name>", about: "protocol", choices: SIMULATED_DIALECTS, default: SIMULATED_DIALECTS[0] },
  { flags: "--address <n>", about: "slave of the modbus dialect", parse: wholeNumber(1, 247), repeatable: true },
  { flags: "--refuses", about: "4e57: acknowledge all but the MOSFET switches and store nothing" },
  { flags: "--old-protocol", about: "4e57: protocol version 0, as firmware before V2.4" },
];
const DEMO_OPTIONS: readonly OptionSpec[] = [
  { flags: "--rounds <n>", about: "how often both devices are polled", parse: wholeNumber(1, 100), default: 3 },
  { flags: "--pty", about: "poll through ptys instead of TCP (needs socat)" },
  ...DAY_OPTIONS,
];

const inverter = { name: "inverter", about: "A simulated MUST PV1800.", deadline_s: 0, help: FAULT_HELP };
const bms = { name: "bms", about: "A simulated JK BMS.", deadline_s: 0, help: FAULT_HELP };
const plant = { name: "plant", about: "Both devices of one simulated plant.", deadline_s: 0, help: PLANT_HELP };
const demo = { name: "demo", about: "The real commands against simulated devices.", deadline_s: 0 };

run({
  spec: { name: "station-sim", about: "Simulated devices on TCP or pty, for trying out and for tests." },
  commands: [
    { spec: { ...inverter, options: [...LINE_OPTIONS, ...INVERTER_OPTIONS] }, handler: simulateInverter },
    { spec: { ...bms, options: [...LINE_OPTIONS, ...BMS_OPTIONS] }, handler: simulateBms },
    { spec: { ...plant, options: PLANT_OPTIONS }, handler: simulatePlant },
    { spec: { ...demo, options: DEMO_OPTIONS }, handler: simulateDemo },
  ],
});
