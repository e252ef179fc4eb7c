import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { observe, startBroker } from "../support/broker.ts";
import { tries } from "../support/campaign.ts";
import { startCommand, testStation } from "../support/command.ts";
import { requirePart } from "../support/parts.ts";
import { startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";
import { waitFor } from "../support/wait.ts";

const skip = requirePart("mosquitto");
const CRONTAB = readFileSync(resolve(import.meta.dirname, "../../crontab.example"), "utf8");
const JOBS = ["pv1800-dump", "jkbms-dump", "mqtt-push"] as const;
const CLICKS = [
  ["inverter", "ongrid_switch"],
  ["bms", "charge_mosfet_enabled"],
] as const;
/** From the click to the new state in Home Assistant, s. */
const LONGEST_S = 12;

/** How the example crontab starts a command: as it stands there, or in the comment for small boards. */
function lineOf(command: string, light: boolean): string[] {
  const head = light ? `#   ${command} ` : `* * * * *  ${command} `;
  const found = CRONTAB.split("\n").find((line) => line.startsWith(head));
  return found?.slice(head.length).trim().split(/\s+/) ?? assert.fail(`no line of ${command}`);
}

/** Simulators at their real speed, a broker, and the three jobs as cron starts them. */
async function runningStation(t: TestContext) {
  const broker = await startBroker(t);
  const inverter = await startSimulatedInverter(t, { baud: 19_200 });
  const bms = await startSimulatedBms(t, { baud: 115_200 });
  const home = await observe(t, broker);
  const station = testStation(
    t,
    [
      `inverter: {port: "${inverter.url}"}`,
      `bms: [{port: "${bms.url}", protocol: "4e57"}]`,
      `mqtt: {enabled: true, url: "${broker.url}"}`,
    ].join("\n"),
  );
  const start = (light: boolean) =>
    JOBS.map((command) => {
      const { child, finished } = startCommand(command, [...lineOf(command, light), "--config", station.configPath]);
      t.after(() => child.kill());
      return finished;
    });
  const setting = (device: string, key: string) =>
    JSON.parse(home.last.get(`solar_station/${device}/state`) ?? "{}").settings?.[key];
  return { home, inverter, start, setting };
}

test(`a click is at the device, and its new state in Home Assistant, within ${LONGEST_S} s by the example crontab`, {
  skip,
  timeout: 120_000,
}, async (t) => {
  const { home, inverter, start, setting } = await runningStation(t);
  start(false);
  for (const [device, key] of CLICKS) await waitFor(() => setting(device, key) === "ON", `${key} is shown`);
  const began = performance.now();
  await Promise.all(
    CLICKS.map(async ([device, key]) => {
      await home.publish(`solar_station/${device}/${key}/set`, click());
      await waitFor(() => setting(device, key) === "OFF", `${key} is shown as read back`);
      const seconds = (performance.now() - began) / 1000;
      t.diagnostic(`${device} ${key}: ${seconds.toFixed(1)} s`);
      assert.ok(seconds <= LONGEST_S, `${device} ${key}: ${seconds.toFixed(1)} s`);
    }),
  );
  assert.equal(inverter.device.source.read(20105), 0);
});

const click = () => JSON.stringify({ value: "OFF", ts: Date.now() / 1000 });

test("with three rounds a minute a click waits for the next minute, and is done and shown by that minute's jobs", {
  skip: skip || (tries(0, 1) === 0 && "at night: its jobs run for two minutes' worth"),
  timeout: 120_000,
}, async (t) => {
  const { home, start, setting } = await runningStation(t);
  for (const { code, stderr } of await Promise.all(start(true))) assert.equal(code, 0, stderr);
  // The worst moment: just after a minute's jobs have left.
  for (const [device, key] of CLICKS) await home.publish(`solar_station/${device}/${key}/set`, click());
  const began = performance.now();
  const minute = Promise.all(start(true)).then(() => "over");
  const isShown = ([device, key]: (typeof CLICKS)[number]) => setting(device, key) === "OFF";
  const shown = waitFor(() => CLICKS.every(isShown), "both are shown", 60_000).then(() => "shown");
  assert.equal(await Promise.race([shown, minute]), "shown");
  t.diagnostic(`${(60 + (performance.now() - began) / 1000).toFixed(1)} s with the minute before it`);
  await minute;
});
