import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { latestOrders } from "../../lib/store/orders.ts";
import { isAsked, takeRequests } from "../../lib/store/publish.ts";
import { observe, startBroker } from "../support/broker.ts";
import { tries } from "../support/campaign.ts";
import { type MqttStation, mqttStation } from "../support/mqtt-station.ts";
import { requirePart } from "../support/parts.ts";
import { waitFor } from "../support/wait.ts";

const skip = requirePart("mosquitto");
/** The station's clock in these tests; the broker's own runs with real time. */
const NOW = 1_790_000_000;
const SWITCH = "solar_station/inverter/ongrid_switch/set";

/** The orders that came of it, in order: they stand in the journal, and in no command file. */
function orders(station: MqttStation): string[] {
  for (const name of ["inverter_cmd.lst", "jkbms_cmd.lst"]) assert.equal(existsSync(join(station.folder, name)), false);
  const rows = station.look((store) => latestOrders(store, 100).reverse());
  // There is no device: the poll that the visit has started can only tidy them up.
  assert.ok(rows.every(({ source, state }) => source === "mqtt" && ["queued", "superseded"].includes(state)));
  return rows.map(({ device, text }) => `${device}.${text}`);
}

test("a command sent while nobody is there is carried over once, at the next run", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker);
  station.poll(NOW);
  await station.push(NOW);
  await home.publish(SWITCH, "OFF");
  assert.deepEqual((await station.push(NOW + 60)).commands, { accepted: 1, refused: 0, duplicates: 0 });
  assert.deepEqual((await station.push(NOW + 120)).commands, { accepted: 0, refused: 0, duplicates: 0 });
  assert.deepEqual(orders(station), ["inverter.ongrid_switch=off"]);
});

test("a command older than the session is gone", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker, "session_expiry_s: 1, will_delay_s: 1");
  station.poll(NOW);
  await station.push(NOW);
  await home.publish(SWITCH, "OFF");
  // The will comes with the end of the session, at the latest.
  await waitFor(() => home.last.get("solar_station/status") === "offline", "the end of the session");
  const next = await station.push(NOW + 60);
  assert.equal(next.session_present, false);
  assert.equal(next.commands.accepted, 0);
  assert.deepEqual(orders(station), []);
});

test("a command with an old time is refused, whoever delivers it", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker);
  station.poll(NOW);
  await station.push(NOW);
  await home.publish(SWITCH, JSON.stringify({ value: "OFF", ts: NOW - 121 }));
  assert.deepEqual((await station.push(NOW + 1)).commands, { accepted: 0, refused: 1, duplicates: 0 });
  assert.deepEqual(orders(station), []);
  const result = JSON.parse(home.last.get("solar_station/inverter/ongrid_switch/result") ?? "{}");
  assert.equal(result.result, "refused");
  const event = JSON.parse(home.last.get("solar_station/station/event") ?? "{}");
  assert.equal(event.event_type, "refused");
  assert.match(event.reason, /old/);
});

test("a retained command is never carried out: not before, not after the subscription", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  await home.publish(SWITCH, "OFF", { retain: true });
  const station = mqttStation(t, broker);
  station.poll(NOW);
  assert.equal((await station.push(NOW)).commands.accepted, 0);
  await home.publish(SWITCH, "ON", { retain: true });
  const second = await station.push(NOW + 1);
  assert.deepEqual(second.commands, { accepted: 0, refused: 1, duplicates: 0 });
  assert.deepEqual(orders(station), []);
});

test("the same message twice is one order and is answered from the journal", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker);
  station.poll(NOW);
  await station.push(NOW);
  const payload = JSON.stringify({ value: "OFF", ts: NOW + 1.25 });
  await home.publish(SWITCH, payload);
  await home.publish(SWITCH, payload);
  await home.publish("solar_station/inverter/max_discharge_current/set", "5");
  await home.publish("solar_station/inverter/max_discharge_current/set", "5");
  assert.deepEqual((await station.push(NOW + 2)).commands, { accepted: 2, refused: 0, duplicates: 2 });
  await home.publish(SWITCH, payload);
  assert.deepEqual((await station.push(NOW + 62)).commands, { accepted: 0, refused: 0, duplicates: 1 });
  assert.deepEqual(orders(station), ["inverter.ongrid_switch=off", "inverter.max_discharge_current=5"]);
  assert.equal(JSON.parse(home.last.get("solar_station/inverter/ongrid_switch/result") ?? "{}").result, "duplicate");
});

test("a broker that wakes up after a power cut delivers once more; nothing is carried out twice", {
  skip,
}, async (t) => {
  const broker = await startBroker(t, { persistence: true });
  const home = await observe(t, broker);
  const station = mqttStation(t, broker);
  station.poll(NOW);
  await station.push(NOW);
  await home.publish(SWITCH, JSON.stringify({ value: "OFF", ts: NOW + 1 }));
  await broker.save();
  assert.equal((await station.push(NOW + 2)).commands.accepted, 1);
  await broker.kill();
  await broker.start();
  assert.deepEqual((await station.push(NOW + 62)).commands, { accepted: 0, refused: 0, duplicates: 1 });
  assert.deepEqual(orders(station), ["inverter.ongrid_switch=off"]);
});

test("on, off, on again are three orders, in order", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker);
  station.poll(NOW);
  await station.push(NOW);
  for (const payload of ["OFF", "ON", "OFF"]) await home.publish(SWITCH, payload);
  assert.equal((await station.push(NOW + 1)).commands.accepted, 3);
  assert.deepEqual(
    orders(station),
    ["off", "on", "off"].map((value) => `inverter.ongrid_switch=${value}`),
  );
});

test("values outside the table, locked rows and hostile payloads become no line", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker, "", "bms: [{name: left}, {name: right, port: /dev/ttyUSB7}]");
  station.poll(NOW, ["inverter"]);
  await station.push(NOW);
  const base = "solar_station/inverter";
  const hostile: [string, string | Buffer][] = [
    [`${base}/max_discharge_current/set`, "99"],
    [`${base}/max_discharge_current/set`, "NaN"],
    [`${base}/max_discharge_current/set`, "Infinity"],
    [`${base}/max_discharge_current/set`, "1e400"],
    [`${base}/max_discharge_current/set`, "-5"],
    [`${base}/max_discharge_current/set`, "5.05"],
    [`${base}/energy_use_mode/set`, "constructor"],
    [`${base}/discharge_to_grid/set`, "ON"],
    [`${base}/clear_charger_totals/set`, "1"],
    [SWITCH, "OFF\ninverter.discharge_to_grid=on"],
    [SWITCH, "off by hand"],
    [SWITCH, "off#"],
    [SWITCH, Buffer.from([0xff, 0x00, 0x80])],
    [SWITCH, "x".repeat(257)],
    [`${base}/../../../tmp/x/set`, "1"],
    ["solar_station/left/charge_mosfet_enabled/set", "OFF"],
    [`solar_station/${"y".repeat(3000)}/x/set`, "1"],
  ];
  for (const [topic, payload] of hostile) await home.publish(topic, payload);
  const { commands } = await station.push(NOW + 1);
  assert.equal(commands.accepted, 0);
  // The path sign has too many levels and the BMS was never seen: what the subscription lets through is refused.
  assert.ok(commands.refused >= 15, JSON.stringify(commands));
  assert.deepEqual(orders(station), []);
  const state = JSON.parse(home.last.get("solar_station/station/state") ?? "{}");
  assert.match(state.last_command, /refused/);
  await station.push(NOW + 61);
  await waitFor(
    () => JSON.parse(home.last.get("solar_station/station/state") ?? "{}").refused_messages === commands.refused,
  );
});

test("packets too large for any command are not even received", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker);
  station.poll(NOW);
  await station.push(NOW);
  await home.publish(SWITCH, Buffer.alloc(10_000_000, 0x31));
  await home.publish(SWITCH, "OFF");
  const answer = (await station.push(NOW + 1)) as unknown as { bytes_received: number; commands: { accepted: number } };
  assert.equal(answer.commands.accepted, 1);
  assert.ok(answer.bytes_received < 10_000, `${answer.bytes_received}`);
});

test("ten thousand messages: bounded, counted, one notice, and the run does its work", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker, "max_commands: 5");
  station.poll(NOW);
  const run = station.start("mqtt-push", ["--json", "-v", "--stay", "8s"], { now: NOW });
  await waitFor(() => home.last.has("solar_station/inverter/state"));
  await Promise.all(
    Array.from({ length: 10_000 }, (_, i) =>
      home.publish(SWITCH, JSON.stringify({ value: "OFF", ts: NOW + i / 1000 })),
    ),
  );
  const { code, stdout, stderr } = await run.finished;
  assert.equal(code, 0, stderr);
  const { accepted, refused } = JSON.parse(stdout).commands;
  assert.equal(accepted, 5);
  assert.ok(refused > 1000, `${refused}`);
  assert.equal(orders(station).length, 5);
  assert.ok(stderr.split("\n").filter((line) => line.includes("warning")).length <= 25, stderr);
  assert.equal(stderr.split("\n").filter((line) => line.includes("too many messages")).length, 1);
});

test("buttons and modes become requests to the other commands", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker);
  station.poll(NOW);
  await station.push(NOW);
  await home.publish("solar_station/station/report/set", "PRESS");
  await home.publish("solar_station/station/poll_settings/set", JSON.stringify({ value: "PRESS", ts: NOW }));
  await home.publish("solar_station/station/report/set", "explode");
  await home.publish("solar_station/station/mode/set", "off-grid");
  await home.publish("solar_station/station/mode/set", "turbo");
  assert.deepEqual((await station.push(NOW + 1)).commands, { accepted: 3, refused: 2, duplicates: 0 });
  station.store((store) => {
    assert.equal(isAsked(store, "poll_inverter_settings"), true);
    assert.equal(store.write(() => takeRequests(store, "report")).length, 1);
    assert.equal(isAsked(store, "report"), false);
    assert.deepEqual(
      store.write(() => takeRequests(store, "mode")).map(({ value, source }) => [value, source]),
      [["off-grid", "mqtt"]],
    );
  });
});

test("with commands: false nothing is offered and nothing is taken", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker, "commands: false");
  station.poll(NOW);
  await station.push(NOW);
  assert.ok(
    !(home.last.get("homeassistant/device/solar_station_inverter/config") ?? "command_topic").includes("command_topic"),
  );
  await home.publish(SWITCH, "OFF");
  assert.equal((await station.push(NOW + 1)).commands.accepted, 0);
  assert.deepEqual(orders(station), []);
});

test("a command file in disorder keeps no command from the queue", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker);
  station.poll(NOW);
  await station.push(NOW);
  mkdirSync(join(station.folder, "inverter_cmd.lst"));
  await home.publish(SWITCH, "OFF");
  assert.equal((await station.push(NOW + 60)).commands.accepted, 1);
  assert.equal(JSON.parse(home.last.get("solar_station/inverter/ongrid_switch/result") ?? "{}").result, "queued");
  assert.deepEqual(
    station.look((store) => latestOrders(store, 10)).map(({ text, state }) => [text, state]),
    [["ongrid_switch=off", "queued"]],
  );
});

test("a value taken while the clock was a year ahead does not make today's one a repetition", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker);
  const ahead = NOW + 365 * 86400;
  station.poll(ahead);
  await station.push(ahead);
  await home.publish(SWITCH, "OFF");
  assert.equal((await station.push(ahead + 1)).commands.accepted, 1);
  station.poll(NOW);
  await home.publish(SWITCH, "OFF");
  assert.deepEqual((await station.push(NOW)).commands, { accepted: 1, refused: 0, duplicates: 0 });
});

/** Killed at both sides of the store, over and over: the broker sends the command again, and it is queued once. */
for (const payload of ["plain", "dated"] as const) {
  test(`a kill between storing and acknowledging never queues a command twice (${payload})`, { skip }, async (t) => {
    const broker = await startBroker(t);
    const home = await observe(t, broker);
    const station = mqttStation(t, broker, "duplicate_window_s: 0");
    station.poll(NOW);
    await station.push(NOW);
    let now = NOW;
    let refusals = 0;
    for (let i = 0; i < tries(3, 15); i++) {
      now += 60;
      const value = i % 2 === 0 ? "OFF" : "ON";
      await home.publish(SWITCH, payload === "plain" ? value : JSON.stringify({ value, ts: now }));
      const point = i % 3 === 0 ? "mqtt_before_store" : "mqtt_stored";
      const killed = await station.run("mqtt-push", [], { now, env: { SOLAR_STATION_FAULT_POINT: point } });
      assert.equal(killed.code, null, killed.stderr);
      now += 60;
      const { commands } = await station.push(now);
      // A run that was killed leaves a counter that the broker does not have: a command without a time is refused then, and told.
      const refused = payload === "plain" ? commands.refused : 0;
      if (point === "mqtt_before_store") refusals += refused;
      assert.equal(commands.accepted + commands.duplicates + refused, 1);
      assert.equal(orders(station).length, i + 1 - refusals, `the command of round ${i} is queued once`);
    }
    // The same value again, when the broker has our acknowledgement of the last one, is a new command.
    await home.publish(SWITCH, payload === "plain" ? "OFF" : JSON.stringify({ value: "OFF", ts: now + 1 }));
    assert.equal((await station.push(now + 60)).commands.accepted, 1);
  });
}
