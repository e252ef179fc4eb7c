import assert from "node:assert/strict";
import { test } from "node:test";
import { takeRequests } from "../../lib/store/publish.ts";
import { saveInverterSample } from "../../lib/store/samples.ts";
import { saveSettings } from "../../lib/store/setting-rows.ts";
import { observe, startBroker } from "../support/broker.ts";
import { mqttStation } from "../support/mqtt-station.ts";
import { requirePart } from "../support/parts.ts";
import { recordedInverter, recordedInverterSettings } from "../support/recorded-samples.ts";

const skip = requirePart("mosquitto");
const NOW = 1_790_000_000;
const STATE = "solar_station/inverter/state";

test("what an order has changed is told at once, with the sample that was told before", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker);
  const states = () => home.messages.filter(({ topic }) => topic === STATE).map(({ payload }) => JSON.parse(payload));
  station.poll(NOW);
  await station.push(NOW);
  await station.push(NOW + 10);
  assert.equal(states().length, 1, "the same sample is told once");
  station.store((store) =>
    store.write(() => {
      const changed = { ...recordedInverterSettings(), max_discharge_current: 77 };
      saveSettings(store, "inverter", "inverter", NOW + 12, changed, () => "order 1");
    }),
  );
  await station.push(NOW + 15);
  assert.equal(states().length, 2);
  assert.equal(states()[1].settings.max_discharge_current, 7.7);
  assert.equal(states()[1].sample_time, states()[0].sample_time);
});

test("samples that come fast wait for min_interval_s; a changed state does not", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker, "min_interval_s: 20");
  const told = () => home.messages.filter(({ topic }) => topic === STATE).length;
  const sample = (at: number, changes: Parameters<typeof recordedInverter>[0]) =>
    station.store((store) => store.write(() => saveInverterSample(store, "inverter", at, recordedInverter(changes))));
  station.poll(NOW);
  await station.push(NOW);
  sample(NOW + 5, { pv_power: 600 });
  await station.push(NOW + 5);
  assert.equal(told(), 1, "only a power moved");
  sample(NOW + 10, { pv_power: 620, grid_relay_closed: 0 });
  await station.push(NOW + 10);
  assert.equal(told(), 2, "a relay moved");
  sample(NOW + 15, { pv_power: 640, grid_relay_closed: 0 });
  await station.push(NOW + 15);
  assert.equal(told(), 2);
  sample(NOW + 31, { pv_power: 660, grid_relay_closed: 0 });
  await station.push(NOW + 31);
  assert.equal(told(), 3);
});

test("what is asked of the station ends: done when it was taken, a mode when it is the present one", {
  skip,
}, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker);
  const result = (key: string) => JSON.parse(home.last.get(`solar_station/station/${key}/result`) ?? "{}").result;
  station.poll(NOW);
  await station.push(NOW);
  await home.publish("solar_station/station/report/set", JSON.stringify({ value: "PRESS", ts: NOW + 1 }));
  await station.push(NOW + 2);
  assert.equal(result("report"), "asked");
  await station.push(NOW + 5);
  assert.equal(result("report"), "asked", "batmon has not run yet");
  station.store((store) => store.write(() => takeRequests(store, "report")));
  await station.push(NOW + 60);
  assert.equal(result("report"), "done");
  await home.publish("solar_station/station/mode/set", JSON.stringify({ value: "observe", ts: NOW + 61 }));
  await station.push(NOW + 62);
  assert.equal(result("mode"), "asked");
  await station.run("batmon", [], { now: NOW + 70 });
  await station.push(NOW + 80);
  assert.equal(result("mode"), "done");
});

test("a command for a key that is not offered gets its answer", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker);
  station.poll(NOW);
  await station.push(NOW);
  await home.publish("solar_station/inverter/output_frequency/set", "60");
  const { code } = await station.run("mqtt-push", ["--json"], { now: NOW + 5 });
  assert.equal(code, 0);
  const answer = JSON.parse(home.last.get("solar_station/inverter/output_frequency/result") ?? "{}");
  assert.equal(answer.result, "refused");
  assert.match(answer.reason, /^not among the controls of inverter: /);
});

test("the original's topics go out beside ours, once a sample, when they are asked for", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker, "original_topics: true");
  const TOPIC = "homeassistant/sensor/solar_station_inv/state";
  station.poll(NOW);
  await station.push(NOW);
  await station.push(NOW + 5);
  const told = home.messages.filter(({ topic }) => topic === TOPIC);
  assert.equal(told.length, 1);
  assert.equal(JSON.parse(told[0]?.payload ?? "{}").battery_v, 52.1);
  assert.ok(home.last.has("homeassistant/switch/solar_station_jkbms/state"));
});
