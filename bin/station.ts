#!/usr/bin/env node
import { run } from "../lib/cli/run-command.ts";
import { STATION_COMMANDS } from "../lib/jobs/station/commands.ts";

run({
  spec: {
    name: "station",
    about: "The station seen from the shell: values, history, exports, frames explained, configuration, diagnosis.",
  },
  commands: STATION_COMMANDS,
  on_terminal: "status",
});
