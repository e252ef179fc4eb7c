/** `npm run bench`: the figures that matter on a slow board, each beside its physical or chosen limit. Never part of the tests. */
import { benchMinute } from "./bench/minute.ts";
import { benchMqtt } from "./bench/mqtt.ts";
import { benchStartUp } from "./bench/start-up.ts";
import { benchStore } from "./bench/store.ts";
import { benchWire } from "./bench/wire.ts";

const sections: Readonly<Record<string, () => Promise<string[]>>> = {
  "A minute of the station (whole processes, as cron starts them)": benchMinute,
  "Wire time (paced simulators, in process)": benchWire,
  "Start-up and one run (bundled commands, whole process)": benchStartUp,
  "State file: size and time of a year of minutes": benchStore,
  "MQTT (bundled mqtt-push, local mosquitto)": benchMqtt,
};

const only = process.argv.slice(2).map((word) => word.toLowerCase());
for (const [title, section] of Object.entries(sections)) {
  if (only.length > 0 && !only.some((word) => title.toLowerCase().includes(word))) continue;
  console.log(`\n${title}`);
  for (const line of await section()) console.log(`  ${line}`);
}
