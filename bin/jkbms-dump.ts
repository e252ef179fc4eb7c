#!/usr/bin/env node
import { run } from "../lib/cli/run.ts";
import { dumpBms } from "../lib/jobs/dump-bms.ts";

run({
  spec: {
    name: "jkbms-dump",
    about: "Read the JK BMS several times, store one averaged sample, carry out queued switches.",
    job: true,
    writes: true,
    options: [
      { flags: "--bms <name>", about: "only this one of several BMS units" },
      { flags: "--settings", about: "record the settings too, whether they are due or not" },
      { flags: "--raw", about: "print every record or register block as it came; store nothing" },
    ],
  },
  handler: dumpBms,
});
