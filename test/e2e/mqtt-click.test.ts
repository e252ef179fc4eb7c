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

/** The options with which the example crontab starts a command. */
function optionsOf(command: string): string[] {
  const head = `* * * * *  ${command} `;
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
  /** As cron does at the full minute: all at once. */
  const start = (options: (command: string) => string[]) =>
    JOBS.map((command) => {
      const { child, finished } = startCommand(command, [...options(command), "--config", station.configPath]);
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
  start(optionsOf);
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

const PLAIN_S = 65;
/** Between two starts of cron's, s; by day the second minute begins when the first one's jobs are over. */
const MINUTE_S = tries(0, 60);

test(`with one run a minute a click waits for the next one, and is done and shown by it: ${PLAIN_S} s at most`, {
  skip,
  timeout: 180_000,
}, async (t) => {
  const { home, inverter, start, setting } = await runningStation(t);
  const plain = () => [];
  const minute = performance.now();
  for (const { code, stderr } of await Promise.all(start(plain))) assert.equal(code, 0, stderr);
  // The worst moment: just after the minute's jobs have left.
  const began = performance.now();
  for (const [device, key] of CLICKS) await home.publish(`solar_station/${device}/${key}/set`, click());
  await waitFor(() => performance.now() - minute >= MINUTE_S * 1000, "the next minute begins", 70_000);
  for (const { code, stderr } of await Promise.all(start(plain))) assert.equal(code, 0, stderr);
  for (const [device, key] of CLICKS) assert.equal(setting(device, key), "OFF", `${device} ${key} as read back`);
  const seconds = (performance.now() - began) / 1000;
  t.diagnostic(`${seconds.toFixed(1)} s, ${MINUTE_S} of them a minute of cron's`);
  assert.ok(seconds <= PLAIN_S, `${seconds.toFixed(1)} s`);
  assert.equal(inverter.device.source.read(20105), 0);
});
