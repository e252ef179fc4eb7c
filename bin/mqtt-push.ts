#!/usr/bin/env node
import { run } from "../lib/cli/run-command.ts";
import { stayOf } from "../lib/cli/stay.ts";
import { mqttPush } from "../lib/jobs/mqtt-push.ts";

run({
  spec: {
    name: "mqtt-push",
    about: "Publish to the MQTT broker and Home Assistant, and take the commands that wait there.",
    job: true,
    writes: true,
    deadline_s: 59,
    options: [
      {
        flags: "--stay <duration>",
        about: "keep the connection this long, so that commands act within a second: 55s from cron",
        parse: stayOf(56),
      },
      { flags: "--discovery", about: "send Home Assistant's discovery messages again, changed or not" },
      { flags: "--purge", about: "take everything retained back from the broker, and remove the entities" },
    ],
    help: [
      "The broker keeps commands for a station that is away for mqtt.session_expiry_s; older ones are gone.",
      "An entity in Home Assistant changes when its value was read back from the device, not when it was clicked.",
    ].join("\n"),
  },
  handler: (context) =>
    mqttPush(context, async (name) => {
      const { runSibling, sameConfig } = await import("../lib/cli/sibling.ts");
      return runSibling(name, sameConfig(context));
    }),
});
