import assert from "node:assert/strict";
import { test } from "node:test";
import { latestOrders } from "../../lib/store/orders.ts";
import { latestMqttCommandFor } from "../../lib/store/publish.ts";
import { observe, startBroker } from "../support/broker.ts";
import { tries } from "../support/campaign.ts";
import { type MqttStation, mqttStation } from "../support/mqtt-station.ts";
import { requirePart } from "../support/parts.ts";

const skip = requirePart("mosquitto");
const NOW = 1_790_000_000;
const CURRENT = "solar_station/inverter/max_discharge_current";

function orders(station: MqttStation): string[] {
  const rows = station.look((store) => latestOrders(store, 1000).reverse());
  return rows.map(({ device, text }) => `${device}.${text}`);
}

const ROUNDS = tries(3, 8);
const TRIES = 25;

test(`a broker crash that loses what was acknowledged: nothing twice in ${ROUNDS * TRIES} tries`, {
  skip,
}, async (t) => {
  const broker = await startBroker(t, { persistence: true });
  const home = await observe(t, broker);
  const station = mqttStation(t, broker);
  let now = NOW;
  const pushLoudly = async () => {
    now += 60;
    const { code, stdout, stderr } = await station.run("mqtt-push", ["--json"], { now });
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as { commands: { accepted: number; refused: number }; broker_memory: string };
  };
  station.poll(now);
  await station.push(now);
  for (let round = 0; round < ROUNDS; round++) {
    station.poll(now + 60);
    for (let i = 0; i < TRIES; i++) await home.publish(`${CURRENT}/set`, ((10 + round * TRIES + i) / 10).toFixed(1));
    await broker.save();
    assert.equal((await pushLoudly()).commands.accepted, TRIES, "taken once");
    const known = orders(station);
    await broker.kill();
    await broker.start();
    station.poll(now + 60);
    const after = await pushLoudly();
    assert.deepEqual([after.commands.accepted, after.commands.refused], [0, TRIES], `round ${round}`);
    assert.equal(after.broker_memory, "back");
    assert.deepEqual(orders(station), known);
    const last = station.store((store) => latestMqttCommandFor(store, "inverter", "max_discharge_current"));
    assert.match(last?.reason ?? "", /the broker has lost its memory.*give it again/);
  }
  assert.equal(orders(station).length, ROUNDS * TRIES);
  assert.equal(new Set(orders(station)).size, ROUNDS * TRIES);
});

test("a broker that saved everything, or was empty, is trusted: its queue is taken", { skip }, async (t) => {
  const broker = await startBroker(t, { persistence: true });
  const home = await observe(t, broker);
  const station = mqttStation(t, broker);
  station.poll(NOW);
  await station.push(NOW);
  await home.publish(`${CURRENT}/set`, "7.5");
  await broker.stop();
  await broker.start();
  station.poll(NOW + 60);
  assert.equal((await station.push(NOW + 60)).commands.accepted, 1);
  assert.deepEqual(orders(station), ["inverter.max_discharge_current=7.5"]);
});

test("a command with its time is taken although the broker forgot", { skip }, async (t) => {
  const broker = await startBroker(t, { persistence: true });
  const station = mqttStation(t, broker);
  station.poll(NOW);
  await station.push(NOW);
  await broker.save();
  await station.push(NOW + 5);
  await broker.kill();
  await broker.start();
  const home = await observe(t, broker);
  await home.publish(`${CURRENT}/set`, JSON.stringify({ value: "7.5", ts: NOW + 30 }));
  await home.publish(`${CURRENT}/set`, "8.5");
  const { code, stdout } = await station.run("mqtt-push", ["--json"], { now: NOW + 60 });
  assert.equal(code, 0);
  const { accepted, refused } = JSON.parse(stdout).commands;
  assert.deepEqual([accepted, refused], [1, 1]);
  assert.deepEqual(orders(station), ["inverter.max_discharge_current=7.5"]);
});
