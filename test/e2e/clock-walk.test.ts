/**
 * The whole station while its clock is a year ahead, and after it was set back: nothing that was stored meanwhile acts on, and nothing
 * that was there before is lost. No time since the start of the computer helps: SOLAR_STATION_NOW is the only clock.
 */
import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { activeLeases } from "../../lib/store/leases.ts";
import { latestOrders } from "../../lib/store/orders.ts";
import { countWaiting } from "../../lib/store/outbox.ts";
import { inverterSamples } from "../../lib/store/samples.ts";
import { startService } from "../publish/notifiers-support.ts";
import { observe, startBroker } from "../support/broker.ts";
import { testStation } from "../support/command.ts";
import { requirePart } from "../support/parts.ts";
import { startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";
import { waitFor } from "../support/wait.ts";

const NOON = Date.UTC(2026, 5, 21, 12) / 1000;
const AHEAD = NOON + 365 * 86_400;
const CURRENT = "solar_station/inverter/grid_charge_current/set";
const MINUTELY = ["pv1800-dump", "jkbms-dump", "batmon", "mqtt-push", "status-page"] as const;

test("a walk through all commands: a year ahead and back", { skip: requirePart("mosquitto") }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const inverter = await startSimulatedInverter(t);
  const bms = await startSimulatedBms(t);
  const service = await startService(t, { status: 200, body: "ok" });
  const pings = () => service.received.filter(({ url }) => url.startsWith("/ping")).length;
  const station = testStation(
    t,
    [
      `inverter: {port: "${inverter.url}", gap_ms: 5, timeout_ms: 150, retries: 1}`,
      `bms: [{port: "${bms.url}", protocol: "4e57", polls: 1, timeout_ms: 200}]`,
      `mqtt: {enabled: true, url: "${broker.url}", backlog: true}`,
      `notify: {reg_event: {url: "${service.base}/reg_event"}, dead_man: {url: "${service.base}/ping", every_s: 300}}`,
      "orders: {daily_writes: 2}",
      "batmon: {mode: observe}",
    ].join("\n"),
  );
  const file = join(station.folder, "inverter_cmd.lst");
  const run = async (name: string, now: number, code: number | null = 0) => {
    const done = await station.run(name, ["--json"], { now });
    if (code !== null) assert.equal(done.code, code, `${name} at ${now}: ${done.stderr}`);
    return done;
  };
  /** A minute of cron. `code` = of pv1800-dump; null = whatever it is. */
  const minute = async (now: number, code: number | null = 0, names: readonly string[] = MINUTELY) => {
    for (const name of names) {
      const done = await run(name, now, name === "pv1800-dump" ? code : null);
      if (name === "mqtt-push") assert.equal(done.code, 0, done.stderr);
    }
  };
  const word = (address: number) => inverter.device.source.read(address);
  const order = (text: string) => station.look((store) => latestOrders(store, 1000).find((row) => row.text === text));
  const stored = (from: number, to: number) =>
    station.look((store) => inverterSamples(store, "inverter", from, to).map(({ at }) => at));
  const histories = () =>
    home.messages
      .filter(({ topic }) => topic.endsWith("inverter/history"))
      .map(({ payload }) => JSON.parse(payload).timestamp as number);

  await minute(NOON);
  await run("backup-stats", NOON + 70);
  const before = stored(0, NOON + 3600);

  // A year ahead: a lease, a full budget, a command by MQTT, an order that waits for a silent line, a message that nobody takes.
  appendFileSync(file, "20113=50 for 30m\n20144=0 by automation\n20144=1 by automation id b\n");
  await home.publish(CURRENT, "5.0");
  await run("mqtt-push", AHEAD);
  await minute(AHEAD, null, ["pv1800-dump", "jkbms-dump", "batmon"]);
  appendFileSync(file, "20144=0 by automation id c\n");
  await minute(AHEAD + 60, null, ["pv1800-dump"]);
  assert.deepEqual([word(20113), word(20125)], [50, 50]);
  service.reply = { status: 503 };
  inverter.setFaults([{ kind: "silent" }]);
  appendFileSync(file, "20109=2 life 15m\n");
  const usual = word(20109);
  await minute(AHEAD + 120, 69, ["pv1800-dump"]);
  await minute(AHEAD + 1800, 69, ["pv1800-dump", "batmon"]);
  await run("backup-stats", AHEAD + 1810, null);
  assert.ok(station.look(countWaiting) > 0, "a message waits");
  assert.ok(station.look((store) => activeLeases(store).length) > 0);

  // Set right again, ten minutes after the last true minute.
  const back = NOON + 660;
  inverter.setFaults([]);
  service.reply = { status: 200, body: "ok" };
  const pinged = pings();
  appendFileSync(file, "20144=1 by automation id d\n");
  await home.publish(CURRENT, "6.0");
  await home.publish(CURRENT, "5.0");
  await run("mqtt-push", back);
  await minute(back, null);
  await run("backup-stats", back + 10, null);
  await minute(back + 60, null, ["pv1800-dump", "jkbms-dump", "mqtt-push"]);

  assert.deepEqual([order("20109=2 life 15m")?.state, word(20109)], ["expired", usual], "an order of unknown age");
  const used = order("20144=1 by automation id d");
  assert.ok(
    used?.state === "done" || used?.state === "unchanged",
    `budget of a day that never was: ${used?.state} ${used?.code}`,
  );
  assert.equal(word(20125), 50, "the last command by MQTT is no repetition of the one of next year");
  assert.equal(station.look(countWaiting), 0, "what waited for next year is sent");
  assert.equal(pings(), pinged + 1, "the watch service hears of us at once");
  assert.deepEqual(stored(0, NOON + 3600).slice(0, before.length), before, "nothing of before is pruned");
  assert.ok(stored(0, NOON + 3600).length >= before.length + 2);
  const [first] = stored(back, back + 60);
  await waitFor(() => histories().includes(first as number), `the sample of ${first} in the backlog: ${histories()}`);
  const status = JSON.parse((await station.run("station", ["status", "--json"], { now: back + 61 })).stdout);
  assert.ok(status.inverter.fresh && status.inverter.age_s < 60, "status shows the sample of now");
  const decision = JSON.parse((await station.run("batmon", ["--json"], { now: back + 65 })).stdout).decision;
  assert.ok(!decision.flags.includes("blind"), JSON.stringify(decision.flags));
  assert.equal(word(20113), 50, "the lease holds for its own length");
  await minute(back + 1865, null, ["pv1800-dump"]);
  assert.equal(word(20113), 217, "and no longer");
  assert.deepEqual(
    station.look((store) => activeLeases(store)),
    [],
  );
});
