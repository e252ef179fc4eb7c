#!/usr/bin/env node
import { run } from "../lib/cli/run-command.ts";
import { pollInverters } from "../lib/jobs/poll-inverters.ts";
import { invertersWithoutState, stateUsableAgain } from "../lib/jobs/poll-without-state.ts";
import { pollDeadline, REPEAT_OPTIONS } from "../lib/jobs/polled.ts";

run({
  spec: {
    name: "pv1800-dump",
    about: "Read the MUST PV1800 inverter, store one sample and what changed in the settings, carry out queued orders.",
    job: ({ raw }) => raw !== true,
    writes: true,
    deadline_s: pollDeadline,
    options: [
      ...REPEAT_OPTIONS,
      { flags: "--inverter <name>", about: "only this one of several inverters" },
      { flags: "--settings", about: "read the settings too, whether they are due or not" },
      { flags: "--accept-machine", about: "the inverter was exchanged: take the one that answers for this station's" },
      { flags: "--raw", about: "print the registers of all blocks as they came; store nothing" },
    ],
  },
  handler: pollInverters,
  withoutState: invertersWithoutState,
  stateUsable: stateUsableAgain,
});
