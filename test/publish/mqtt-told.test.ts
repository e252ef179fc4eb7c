/** What is told over MQTT of a station as it stands: results of commands, topics of the original, discovery, the samples of before. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { sendBacklog } from "../../lib/home/backlog.ts";
import { sessionOptions } from "../../lib/home/broker.ts";
import { originalOutgoing } from "../../lib/home/original-topics.ts";
import { discoveryOutgoing } from "../../lib/home/publisher.ts";
import { endedCommands, tellResults } from "../../lib/home/results.ts";
import { submitOrder } from "../../lib/orders/intake.ts";
import { configTopic } from "../../lib/publish/homeassistant/component.ts";
import { MqttSession } from "../../lib/publish/mqtt-session.ts";
import { finishOrder } from "../../lib/store/orders.ts";
import { ask, discoveryRows, insertMqttCommand, saveDiscovery, setCursor } from "../../lib/store/publish.ts";
import { saveSettings } from "../../lib/store/setting-rows.ts";
import { observe, startBroker } from "../support/broker.ts";
import { type OrderStation, orderStation } from "../support/orders.ts";
import { savePlantSamples } from "../support/plant-samples.ts";
import { recordedInverterSettings } from "../support/recorded-samples.ts";
import { waitFor } from "../support/wait.ts";

const mqttStation = (t: TestContext, mqtt: object = {}, more: object = {}) =>
  orderStation(t, { mqtt: { enabled: true, ...mqtt }, ...more });

/** A command that came by MQTT some seconds ago. */
function command({ store, now }: OrderStation, device: string, key: string, value: string, ago_s = 0): string {
  const source_id = `${device}-${key}-${ago_s}`;
  const row = { received_at: now - ago_s, device, key, value, given_at: null, source_id, reason: null };
  store.write(() => insertMqttCommand(store, { ...row, state: "queued", acknowledged: 1 }, false));
  return source_id;
}

const ends = ({ context, store }: OrderStation) =>
  endedCommands(context, store).map(({ command: { device, key }, end }) => [device, key, end.result, end.code ?? null]);

test("a command that no job takes is over after the time that its order could have lived, and an hour", (t) => {
  const station = mqttStation(t);
  const { life_s } = station.context.config.orders;
  command(station, "inverter", "max_discharge_current", "5", life_s + 3600);
  assert.deepEqual(ends(station), []);
  station.now += 1;
  assert.deepEqual(ends(station), [["inverter", "max_discharge_current", "expired", "never_taken"]]);
});

test("a command of the future, which nobody took, was given while the clock was wrong and is over", (t) => {
  const station = mqttStation(t);
  command(station, "inverter", "max_discharge_current", "5", -86_400);
  assert.deepEqual(ends(station), [["inverter", "max_discharge_current", "expired", "never_taken"]]);
});

test("what was asked of the station is over when no job has taken it for an hour, and done when one has", (t) => {
  const station = mqttStation(t);
  const { store } = station;
  command(station, "station", "report", "press", 3600);
  store.write(() => ask(store, { at: station.now, what: "report", value: "", source: "mqtt" }));
  assert.deepEqual(ends(station), []);
  station.now += 1;
  assert.deepEqual(ends(station), [["station", "report", "expired", "never_taken"]]);
  store.write(() => store.db.prepare("DELETE FROM requests").run());
  assert.deepEqual(ends(station), [["station", "report", "done", null]]);
});

const ORIGINAL = { original_topics: true };

test("the original's topics are told once a sample, of the devices that there are", (t) => {
  const whole = mqttStation(t, ORIGINAL);
  const alone = mqttStation(t, ORIGINAL, { bms: [] });
  const silent = mqttStation(t, ORIGINAL);
  for (const { store, now } of [whole, alone]) store.write(() => savePlantSamples(store, now));
  const tell = ({ context, store }: OrderStation) =>
    store.write(() =>
      originalOutgoing(context, store).map(({ topic, acknowledged }) => {
        acknowledged?.();
        return topic.replace(/^homeassistant\/(\w+).*/, "$1");
      }),
    );
  assert.deepEqual(tell(alone), ["sensor"]);
  assert.deepEqual(tell(silent), []);
  assert.deepEqual(tell(mqttStation(t)), []);
  // The inverter's switches wait for the first reading of its settings.
  assert.deepEqual(tell(whole), ["sensor", "switch", "sensor"]);
  assert.deepEqual(tell(whole), []);
  const { store, now } = whole;
  store.write(() => saveSettings(store, "inverter", "inverter", now, recordedInverterSettings(), () => "foreign"));
  assert.deepEqual(tell(whole), ["switch"]);
});

test("a silent device keeps its place in Home Assistant; without discovery, or out of the configuration, it is withdrawn", (t) => {
  const withdrawn = (mqtt: object, device: string) => {
    const { context, store, now } = mqttStation(t, mqtt);
    const topic = configTopic({ station: "solar_station", base: "solar_station", prefix: "homeassistant" }, device);
    store.write(() => saveDiscovery(store, { topic, device, hash: "x", components: {}, sent_at: now }));
    const outgoing = discoveryOutgoing(context, store, [], discoveryRows(store), { discovery: false, state: false });
    return outgoing.map((one) => [one.topic.replace(/^.*solar_station/, ""), one.payload]);
  };
  assert.deepEqual(withdrawn({}, "bms"), []);
  assert.equal(withdrawn({ discovery: false }, "bms").length, 1);
  assert.equal(withdrawn({}, "gone").length, 4);
  assert.ok(withdrawn({}, "gone").every(([, payload]) => payload === ""));
});

test("results and the samples of before, through a broker", async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, { url: broker.url, backlog_days: 2 });
  const { context, store, now } = station;
  const session = await MqttSession.open({ ...sessionOptions(context.config), onMessage: () => {} });
  const told = (topic: string) =>
    home.messages.filter((one) => one.topic.endsWith(topic)).map(({ payload }) => JSON.parse(payload));
  try {
    // A lost cursor, one device without any sample: what is kept is sent anew, and nothing of the other.
    const ages = [3 * 86_400, 3600, 60];
    store.write(() => {
      for (const age of ages) savePlantSamples(store, now - age, { without: ["bms"] });
      setCursor(store, "mqtt_history:inverter", now + 86_400);
    });
    assert.equal(await sendBacklog(context, session, store), 2);
    assert.equal(await sendBacklog(context, session, store), 0);
    // A mode that is another one by now is not told as done; an order that gave way is told as refused.
    command(station, "station", "mode", "manual", 60);
    const source_id = command(station, "inverter", "max_discharge_current", "5", 60);
    const line = "max_discharge_current=5";
    const request = { kind: "inverter", device: "inverter", line, source: "mqtt", source_id } as const;
    const { id } = submitOrder(context, store, request);
    const why = { code: "owner_later", by: 9 };
    store.write(() => finishOrder(store, id, { state: "cancelled", why }, now));
    const written = tellResults(context, session, store, endedCommands(context, store), "auto");
    await session.settle();
    store.write(() => {
      for (const write of written) write();
    });
    await waitFor(() => home.messages.filter(({ topic }) => topic.endsWith("/event")).length === 2, "both events");
    const [mode] = told("/station/mode/result");
    assert.deepEqual([mode.result, mode.code], ["cancelled", "other_mode"]);
    const [amps] = told("/max_discharge_current/result");
    assert.deepEqual([amps.result, amps.code], ["cancelled", "owner_later"]);
    assert.deepEqual(
      told("/event").map(({ event_type, key }) => [event_type, key]),
      [
        ["refused", "mode"],
        ["refused", "max_discharge_current"],
      ],
    );
    assert.deepEqual(endedCommands(context, store), []);
    assert.deepEqual(
      told("/history").map(({ timestamp }) => now - timestamp),
      [3600, 60],
    );
  } finally {
    await session.close("for_good");
  }
});
