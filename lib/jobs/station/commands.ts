import { wholeNumber } from "../../base/duration.ts";
import type { Command, OptionSpec } from "../../cli/spec.ts";
import { EXPLAINED } from "../../devices/explain-frame.ts";
import { EXPORT_FORMATS } from "../../export/formats.ts";
import { stationAdopt } from "./adopt.ts";
import { runCase, stationCase } from "./case.ts";
import { configCheck, configExample, configShow } from "./config.ts";
import { stationDecode } from "./decode.ts";
import { stationDoctor } from "./doctor.ts";
import { isUrl, stationExport } from "./export.ts";

import { stationFind } from "./find.ts";
import { stationHistory } from "./history.ts";
import { stationReport } from "./report.ts";
import { stationSetup } from "./setup.ts";
import { stationStatus } from "./status.ts";

const SPAN: readonly OptionSpec[] = [
  { flags: "--from <moment>", about: "36h (ago), 2026-11-22, 2026-11-22T18:30 (local) or UTC seconds", default: "24h" },
  { flags: "--to <moment>", about: "the same; not included", default: "now" },
];

/** Everything below `station`, as data. */
export const STATION_COMMANDS: readonly Command[] = [
  {
    spec: {
      name: "status",
      about: "Show the station on one screen, or one value.",
      arguments: [{ name: "[value]", about: "only this one: bms.soc, inverter.pv_power, energy.today.pv_energy" }],
      options: [{ flags: "-w, --watch <duration>", about: "draw again and again, e.g. 5s, until interrupted" }],
      deadline_s: 0,
      help: "A value that is too old is not shown; asking for it alone ends with exit status 69.",
    },
    handler: stationStatus,
  },
  {
    spec: {
      name: "history",
      about: "Show values over time: sparklines, charts, CSV or JSON.",
      options: [
        ...SPAN,
        { flags: "--every <duration>", about: "length of a step, up to 1d (default: as the terminal is wide)" },
        { flags: "--columns <names>", about: "field names parted by commas, with the device where needed: bms.soc" },
        { flags: "--chart", about: "draw charts of eight lines" },
        { flags: "--csv", about: "print CSV" },
      ],
    },
    handler: stationHistory,
  },
  {
    spec: {
      name: "report",
      about: "Show energies of a day, a month or a year.",
      arguments: [
        { name: "[period]", about: "day, month or year (default: day)" },
        { name: "[which]", about: "2026-11-22, 2026-11 or 2026 (default: the present one)" },
      ],
    },
    handler: stationReport,
  },
  {
    spec: {
      name: "export",
      about: "Write values for other programs.",
      writes: true,
      job: ({ to }) => isUrl(to),
      options: [
        { flags: "-f, --format <format>", about: "what to write", choices: EXPORT_FORMATS.map(({ name }) => name) },
        { flags: "-o, --output <path>", about: "file (original: directory); - for stdout" },
        { flags: "--device <name>", about: "only this device (formats of samples)" },
        SPAN[0] as OptionSpec,
        {
          flags: "--to <moment>",
          about: "the same; not included. Or http(s)://…: send there what came since the last time",
          default: "now",
        },
        {
          flags: "--token-file <path>",
          about: "with --to URL: a file of your own with the token, or `Basic …`, `Bearer …`",
        },
        { flags: "--cursor <name>", about: "what came since the last committed export under this name" },
        { flags: "--commit <name>", about: "the last export with this cursor arrived: go on behind it" },
      ],
      help: `Formats; those of samples go from --from to --to:
${EXPORT_FORMATS.map(({ name, about }) => `  ${name.padEnd(11)} ${about}`).join("\n")}
To a database that takes line protocol over HTTP (InfluxDB 1 and 2, VictoriaMetrics), a line for cron:
  station export -f influx --to "http://influx.home.example:8086/api/v2/write?org=home&bucket=solar" --token-file /etc/solar-station/influx
With --cursor nothing is lost while another receiver is away:
  station export -f influx --cursor home -o /tmp/batch && curl … --data-binary @/tmp/batch && station export --commit home`,
    },
    handler: stationExport,
  },
  {
    spec: {
      name: "decode",
      about: `Explain every byte of a frame: ${EXPLAINED}.`,
      arguments: [
        { name: "[hex...]", about: "as -vv, a forum or ESPHome prints it, several frames too; none: from stdin" },
      ],
      options: [
        {
          flags: "--start <register>",
          about: "first register of a Modbus answer, which does not name it",
          parse: wholeNumber(0, 65535),
        },
      ],
    },
    handler: stationDecode,
  },
  {
    spec: {
      name: "case",
      about: "Gather what somebody needs to see the same: traces, samples, decisions, configuration; no secrets.",
      writes: true,
      options: [
        {
          flags: "--at <moment>",
          about: "the moment it is about: 36h (ago), 2026-11-22T18:30 (local)",
          default: "now",
        },
        { flags: "-o, --output <path>", about: "write it; without, its contents are only listed" },
        { flags: "--no-probe", about: "do not talk to the devices: no traces" },
      ],
      deadline_s: 180,
    },
    handler: stationCase,
    commands: [
      {
        spec: {
          name: "run",
          about: "Replay a case: its traces against the simulator, its decisions by the rules.",
          arguments: [{ name: "<file>", about: "as station case has written it" }],
          deadline_s: 180,
          help: "Exit status 65 when something comes out otherwise.",
        },
        handler: runCase,
      },
    ],
  },
  {
    spec: { name: "config", about: "The configuration." },
    commands: [
      { spec: { name: "check", about: "Say whether the file is valid." }, handler: configCheck },
      { spec: { name: "show", about: "Print every key with the value in use." }, handler: configShow },
      { spec: { name: "example", about: "Print every key with its default and meaning." }, handler: configExample },
    ],
  },
  {
    spec: {
      name: "find",
      about: "Ask every serial adapter who is there; questions only, nothing is changed.",
      options: [{ flags: "--port <port>", about: "only this one, /dev/… or tcp://host:port", repeatable: true }],
      deadline_s: 180,
    },
    handler: stationFind,
  },
  {
    spec: {
      name: "setup",
      about: "Make a station of an installed package: find the devices, write what differs, start the jobs.",
      writes: true,
      staysRoot: true,
      options: [
        { flags: "-y, --yes", about: "do not ask" },
        { flags: "--answers <file>", about: "take this configuration instead of what is found" },
        { flags: "--port <port>", about: "look for devices only here, /dev/… or tcp://host:port", repeatable: true },
        { flags: "--no-probe", about: "do not talk to the devices" },
        { flags: "--timers", about: "timers of systemd instead of cron" },
        { flags: "--undo", about: "stop the jobs; configuration and data stay" },
        { flags: "--root <folder>", about: "below this folder, for an image of a card" },
      ],
      deadline_s: 0,
      help: "Can be called again at any time: what is there stays.",
    },
    handler: stationSetup,
  },
  {
    spec: {
      name: "adopt",
      about: "Migrate from the original Solar-Station scripts: take over, import, compare, switch.",
      writes: true,
      staysRoot: true,
      arguments: [{ name: "[files...]", about: "files or folders with its lines (default: /backup and /tmp)" }],
      options: [
        { flags: "--from <moment>", about: "compare from here on: 14d (ago), 2026-11-22", default: "14d" },
        { flags: "--switch", about: "stop its lines of cron, take its settings over, start ours" },
        { flags: "--back", about: "the other way round; configuration and data of ours stay" },
        { flags: "--root <folder>", about: "below this folder, for an image of a card" },
      ],
      deadline_s: 0,
      help: "Without --switch nothing of the original is changed: run it as often as wanted, each time it reads what came.",
    },
    handler: stationAdopt,
  },
  {
    spec: {
      name: "doctor",
      about: "Check wiring and set-up in one go; every line says what to do.",
      options: [{ flags: "--no-probe", about: "do not talk to the devices" }],
      deadline_s: 180,
      help: "Exit status 69 when a check failed. Reads the devices, writes nothing.",
    },
    handler: stationDoctor,
  },
];
