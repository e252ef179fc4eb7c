import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { latestOrders } from "../../lib/store/orders.ts";
import { observe, startBroker } from "../support/broker.ts";
import { testStation } from "../support/command.ts";
import { validateDiscovery, validateState } from "../support/ha-validator.ts";
import { requirePart } from "../support/parts.ts";
import { startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";
import { waitFor } from "../support/wait.ts";

const skip = requirePart("mosquitto");

/** Simulators, broker, observer and a station that knows them all. */
async function wholeStation(t: TestContext) {
  const broker = await startBroker(t);
  const inverter = await startSimulatedInverter(t);
  const bms = await startSimulatedBms(t);
  const home = await observe(t, broker);
  const station = testStation(
    t,
    [
      `inverter: {port: "${inverter.url}", gap_ms: 5, timeout_ms: 200, settings_every_s: 0}`,
      `bms: [{port: "${bms.url}", protocol: "4e57", polls: 1, timeout_ms: 200, settings_every_s: 0}]`,
      `mqtt: {enabled: true, url: "${broker.url}"}`,
    ].join("\n"),
  );
  const run = async (name: string, ...args: string[]) => {
    const { code, stderr, stdout } = await station.run(name, ["--json", ...args]);
    assert.equal(stderr, "");
    assert.equal(code, 0, `${name}: ${stdout}`);
    return JSON.parse(stdout);
  };
  const state = (device: string) => JSON.parse(home.last.get(`solar_station/${device}/state`) ?? "{}");
  return { home, station, run, state, inverter, bms };
}

test("full circle: message, command file, device, read back, state", { skip }, async (t) => {
  const { home, station, run, state, inverter, bms } = await wholeStation(t);
  const before = inverter.device.source;
  await run("pv1800-dump");
  await run("jkbms-dump");
  await run("mqtt-push");
  await waitFor(() => home.last.has("solar_station/bms/state"));
  assert.equal(state("inverter").settings.ongrid_switch, "ON");
  const commands = [
    ["inverter", "ongrid_switch", "OFF"],
    ["inverter", "max_discharge_current", "12.5"],
    ["inverter", "charger_source_priority", "solar_and_utility"],
    ["bms", "charge_mosfet_enabled", "OFF"],
  ] as const;
  const ts = Math.floor(Date.now() / 1000);
  for (const [device, key, value] of commands) {
    await home.publish(`solar_station/${device}/${key}/set`, JSON.stringify({ value, ts }));
  }
  const taken = await run("mqtt-push");
  assert.deepEqual(taken.commands, { accepted: 4, refused: 0, duplicates: 0 });
  assert.equal(before.read(20105), 0);
  assert.equal(before.read(20113), 125);
  assert.equal(before.read(20143), 2);
  assert.ok(bms.device);
  for (const [device, key] of commands) {
    const results = () => home.messages.filter(({ topic }) => topic === `solar_station/${device}/${key}/result`);
    const told = await waitFor(() => results().length === 2 && results(), `both results of ${key}`);
    assert.deepEqual(
      told.map(({ payload }) => JSON.parse(payload).result),
      ["queued", "done"],
    );
  }
  // Nothing is shown as done before it was read back: the only state with the switch off comes after "queued".
  const switches = home.messages.flatMap(({ topic, payload }) => {
    if (topic === "solar_station/inverter/state") return [JSON.parse(payload).settings.ongrid_switch];
    return topic.endsWith("/ongrid_switch/result") ? [JSON.parse(payload).result] : [];
  });
  assert.deepEqual([...new Set(switches)], ["ON", "queued", "OFF", "done"]);
  assert.equal(state("inverter").settings.ongrid_switch, "OFF");
  assert.equal(state("inverter").settings.max_discharge_current, 12.5);
  assert.equal(state("inverter").settings.charger_source_priority, "solar_and_utility");
  assert.equal(state("bms").settings.charge_mosfet_enabled, "OFF");
  for (const device of ["station", "inverter", "bms"]) {
    const topic = `homeassistant/device/solar_station_${device}/config`;
    const discovery = home.last.get(topic) ?? "";
    assert.deepEqual(validateDiscovery(topic, discovery), []);
    const [values, texts] = ["state", "attributes"].map((name) => home.last.get(`solar_station/${device}/${name}`));
    assert.deepEqual(validateState(discovery, values ?? "", texts ?? ""), []);
  }
  const orders = station.look((store) => latestOrders(store, 10));
  assert.deepEqual(
    orders.map(({ source, state }) => `${source} ${state}`),
    Array(4).fill("mqtt done"),
  );
});
