#!/usr/bin/env node
import { wholeNumber } from "../lib/base/duration.ts";
import { run } from "../lib/cli/run-command.ts";
import type { OptionSpec } from "../lib/cli/spec.ts";
import { rawBms, setBms } from "../lib/jobs/bms-hand.ts";
import { packsWithoutState, pollPacks } from "../lib/jobs/poll-packs.ts";
import { pollDeadline, REPEAT_OPTIONS } from "../lib/jobs/polled.ts";

const writing: readonly OptionSpec[] = [
  { flags: "--yes", about: "confirm a write that touches the battery's safety" },
  { flags: "--unlock <name>", about: "let this one locked record through" },
];

run({
  spec: {
    name: "jkbms-dump",
    about: "Read the JK BMS several times, store one averaged sample, carry out queued switches.",
    job: ({ cmd, raw }) => cmd === undefined && raw !== true,
    writes: true,
    deadline_s: pollDeadline,
    options: [
      { flags: "--bms <name>", about: "only this one of several BMS units" },
      ...REPEAT_OPTIONS,
      { flags: "--settings", about: "record the settings too, whether they are due or not" },
      { flags: "--accept-machine", about: "the BMS was exchanged: take the one that answers for this station's" },
      { flags: "--raw", about: "print every record or register block as it came; store nothing" },
      {
        flags: "--cmd <number>",
        about: "one raw 4E57 command: 1 activate, 2 write, 3 read, 5 password, 6 read all",
        parse: wholeNumber(1, 6),
      },
      { flags: "--id <number>", about: "with --cmd: the record, e.g. 171 = charge MOSFET", parse: wholeNumber(0, 255) },
      { flags: "--value <hex>", about: "with --cmd 2 or 5: bytes, e.g. 01" },
      { flags: "--bms-id <number>", about: "with --cmd: the BMS's terminal number; 0 unless set otherwise" },
      { flags: "--bms_id <number>", about: "the same, as the original spells it" },
      ...writing,
    ],
  },
  handler: (context) => (context.options.cmd === undefined ? pollPacks(context) : rawBms(context)),
  withoutState: packsWithoutState,
  commands: [
    {
      spec: {
        name: "set",
        about: "Set a switch or setting of the BMS now: jkbms-dump set charge_mosfet off",
        writes: true,
        arguments: [
          {
            name: "<name>",
            about: "charge_mosfet, discharge_mosfet, balance, or a setting of docs/reference/bms-records.md",
          },
          { name: "<value>", about: "on, off, or a number in the setting's unit" },
        ],
        options: [{ flags: "--bms <name>", about: "which of several BMS units" }, ...writing],
      },
      handler: setBms,
    },
  ],
});
