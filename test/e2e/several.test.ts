import assert from "node:assert/strict";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { plantDevices } from "../../lib/devices/plant-devices.ts";
import { makeInverter } from "../../lib/devices/simulators.ts";
import { drivePlant } from "../../lib/sim/day-drive.ts";
import { onOneBus } from "../../lib/sim/one-bus.ts";
import { observe, startBroker } from "../support/broker.ts";
import { tries } from "../support/campaign.ts";
import { testStation } from "../support/command.ts";
import { validateDiscovery } from "../support/ha-validator.ts";
import { requirePart } from "../support/parts.ts";
import { startLine, startSimulatedBms, startSimulatedPb } from "../support/simulated.ts";
import { waitFor } from "../support/wait.ts";

const NOON = 12 * 60;
/** So long after a tick people look, s: on a busy computer a poll may take that long. */
const ASKED_S = 45;
const MACHINES = ["l1", "l2", "l3"] as const;
const PACKS = ["attic", "cellar", "shed"] as const;

function plantsOf() {
  return [280, 200, 100].map((capacity_ah, index) =>
    drivePlant({ scenario: "clear_summer", seed: index + 1, capacity_ah, days: 1 }),
  );
}

/** Three parallel machines at slaves 4, 5, 6 of one bus, one 4E57 pack and two PB packs on a bus of their own. */
async function severalStation(t: TestContext, more = "") {
  const plants = plantsOf();
  const sources = plants.map(({ plant }) => plantDevices(plant));
  const inverters = sources.map(({ inverter }, index) => makeInverter({ source: inverter, slave: 4 + index }));
  const bus = await startLine(t, onOneBus(inverters));
  const attic = await startSimulatedBms(t, { source: (sources[0] as (typeof sources)[0]).bms });
  const pb = await startSimulatedPb(t, {
    addresses: [1, 2],
    sources: { 1: (sources[1] as (typeof sources)[0]).bms, 2: (sources[2] as (typeof sources)[0]).bms },
  });
  const station = testStation(
    t,
    `devices:
${MACHINES.map((name, index) => `- {name: ${name}, kind: pv1800, port: "${bus.url}", address: ${4 + index}, gap_ms: 5}`).join("\n")}
- {name: attic, kind: jk-4e57, port: "${attic.url}", polls: 1}
- {name: cellar, kind: jk-pb, port: "${pb.url}", address: 1, polls: 1}
- {name: shed, kind: jk-pb, port: "${pb.url}", address: 2, polls: 1}
batmon: {mode: auto, rules: {voltage_window: 20}}
${more}`,
  );
  const [lead] = plants as [(typeof plants)[0]];
  const run = async (names: readonly string[]) => {
    const now = lead.now();
    for (const name of names) {
      const { code, stdout, stderr } = await station.run(name, [], { now });
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "" }, name);
    }
  };
  return {
    ...{ plants, lead, station, bus, attic, pb },
    advance: (minute: number) => {
      for (const driven of plants) driven.advanceTo(minute);
    },
    run,
    tick: () => run(["jkbms-dump", "pv1800-dump", "batmon"]),
    json: async (name: string, args: readonly string[]) => {
      const { code, stdout, stderr } = await station.run(name, [...args, "--json"], { now: lead.now() + ASKED_S });
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout);
    },
    text: async (name: string, args: readonly string[]) =>
      (await station.run(name, args, { now: lead.now() + ASKED_S })).stdout,
  };
}

/** What the meters of all plants have counted at a minute. */
function energies(minute: number) {
  const plants = plantsOf();
  for (const driven of plants) driven.advanceTo(minute);
  const sum = (meter: "pv" | "load" | "grid_import") =>
    plants.reduce((total, { plant }) => total + plant.energy[meter], 0);
  return { pv: sum("pv"), load: sum("load"), grid_import: sum("grid_import") };
}

test("three inverters and three packs of two dialects through some hours of the real commands", async (t) => {
  const { plants, lead, station, bus, advance, run, tick, json, text } = await severalStation(t);
  for (let minute = NOON - 80; minute <= NOON; minute += 10) {
    advance(minute);
    await tick();
  }
  // Each machine was asked the same, one after the other.
  const asked = MACHINES.map((_, index) => bus.log.requests().filter(({ info }) => info?.unit === 4 + index).length);
  assert.ok(Math.max(...asked) - Math.min(...asked) <= 2, asked.join(" "));

  const now = await json("station", ["status"]);
  const sum = (key: string) => MACHINES.reduce((total, name) => total + now[name][key], 0);
  for (const key of ["pv_power", "load_power", "battery_power"])
    assert.equal(now.together.inverter[key], sum(key), key);
  const { battery } = now.together;
  const [a, b, c] = PACKS.map((name) => now[name]);
  assert.equal(battery.capacity, 580, JSON.stringify({ battery, a, b, c }));
  const charge = (280 * a.soc + 200 * b.soc + 100 * c.soc) / 580;
  assert.ok(Math.abs(battery.soc - charge) < 0.1, `${battery.soc} ${charge}`);
  const lowest = Math.min(...PACKS.map((name) => now[name].cell_min));
  assert.equal(battery.lowest_cell.voltage, lowest);
  assert.equal(now[battery.lowest_cell.device].cell_min, lowest);
  assert.deepEqual(battery.silent, []);

  // The battery is full and the sun shines: batmon has left the grid with all machines, and read all of them back.
  assert.deepEqual(
    plants.map(({ plant }) => plant.ongridSwitch),
    [false, false, false],
  );
  assert.equal(now.together.inverter.mixed, null);

  // One that goes its own way is named.
  appendFileSync(join(station.folder, "inverter_cmd.lst"), "l2.ongrid_switch=on\n20113=50\n");
  advance(NOON + 5);
  const { code, stderr } = await station.run("pv1800-dump", [], { now: lead.now() });
  assert.equal(code, 65);
  assert.match(stderr, /it does not say which inverter is meant; write NAME\. before it: l1, l2, l3/);
  // Orders come after the values of their round: the next one shows what they did.
  advance(NOON + 6);
  assert.match(
    (await station.run("pv1800-dump", [], { now: lead.now() })).stderr,
    /^pv1800-dump: recovered: [^\n]*\n$/,
  );
  const mixed = await json("station", ["status"]);
  assert.deepEqual(mixed.together.inverter.mixed, { on: ["l2"], off: ["l1", "l3"] });
  await run(["jkbms-dump", "status-page"]);
  const page = readFileSync(join(station.folder, "www", "index.html"), "utf8");
  for (const word of ["l2 on", "l1, l3 off", ...MACHINES, ...PACKS])
    assert.ok(page.includes(word), `${word} is not on the page`);
  assert.match(await text("station", ["status", "--text"]), /inputs differ: l2 on, l1, l3 off/);

  // A line of the grid switch that names nobody is for all of them.
  appendFileSync(join(station.folder, "inverter_cmd.lst"), "20105=0\n");
  for (const minute of [NOON + 7, NOON + 8]) {
    advance(minute);
    await run(["pv1800-dump"]);
  }
  assert.equal((await json("station", ["status"])).together.inverter.mixed, null);

  // Energies are sums, exports tell each device.
  const report = await json("station", ["report", "day"]);
  const pv = plants.reduce((total, { plant }) => total + plant.energy.pv, 0);
  assert.ok(report.total.pv_energy > 0 && report.total.pv_energy <= pv + 0.3, `${report.total.pv_energy} of ${pv}`);
  const metrics = await text("station", ["export", "--format", "prometheus", "--output", "-"]);
  for (const name of [...MACHINES, ...PACKS])
    assert.match(metrics, new RegExp(`device_up{device="${name}",kind="\\w+"} 1`));
  const csv = await text("station", ["export", "--format", "csv", "--device", "l3", "--from", "2h"]);
  assert.ok(csv.split("\n").length > 8, csv.slice(0, 200));
});

const skip = requirePart("mosquitto");

/** Minutes between two ticks, and the first and the last of them: some of the morning, or a whole day. */
const [STEP, FIRST, LAST] = [tries(30, 5), tries(9 * 60, 5), tries(9 * 60 + 30, 24 * 60 - 5)];

test("a day of three inverters and three packs, from the devices to Home Assistant, reports and exports", {
  skip,
}, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const mqtt = `mqtt: {enabled: true, url: "${broker.url}", timeout_s: 10}`;
  const { plants, lead, station, advance, run, tick, json, text } = await severalStation(t, mqtt);
  const positions = new Set<string>();
  let ticks = 0;
  for (let minute = FIRST; minute <= LAST; minute += STEP, ticks++) {
    advance(minute);
    await tick();
    if (minute % 60 === 0) await run(["mqtt-push", "status-page"]);
    positions.add(plants.map(({ plant }) => (plant.ongridSwitch ? "on" : "off")).join());
  }
  if (ticks > 200) assert.deepEqual([...positions].sort(), ["off,off,off", "on,on,on"], "always all of them");

  await run(["mqtt-push", "status-page"]);
  const now = await json("station", ["status"]);
  const state = (name: string) => home.messages.findLast(({ topic }) => topic === `solar_station/${name}/state`);
  await waitFor(() => [...MACHINES, ...PACKS].every((name) => state(name)), "a state of each");
  const config = home.messages.filter(({ topic }) => topic.startsWith("homeassistant/device/"));
  for (const { topic, payload } of config) assert.deepEqual(validateDiscovery(topic, payload.toString()), []);
  const found = new Map(config.map(({ topic, payload }) => [topic, JSON.parse(payload.toString()).device]));
  const via = [...found.values()].flatMap(({ via_device }) => via_device ?? []);
  assert.deepEqual([found.size, via.length, new Set(via).size], [7, 6, 1], "each its own, linked to the station");
  for (const name of MACHINES) {
    const told = JSON.parse(state(name)?.payload.toString() ?? "{}");
    assert.equal(told.load_power, now[name].load_power, name);
  }
  for (const name of PACKS) assert.equal(JSON.parse(state(name)?.payload.toString() ?? "{}").soc, now[name].soc, name);
  const page = readFileSync(join(station.folder, "www", "index.html"), "utf8");
  for (const name of [...MACHINES, ...PACKS]) assert.ok(page.includes(name), `${name} is not on the page`);

  // What the meters of the plants say, less what was before the first sample; a counter shows tenths, and there are three.
  const { total } = await json("station", ["report", "day"]);
  const meters = { pv_energy: "pv", load_energy: "load", grid_import_energy: "grid_import" } as const;
  const began = energies(FIRST);
  for (const [key, meter] of Object.entries(meters)) {
    const truth = plants.reduce((sum, { plant }) => sum + plant.energy[meter], 0) - began[meter];
    assert.ok(Math.abs(total[key] - truth) <= 0.31, `${key} ${total[key]}, the plants ${truth.toFixed(2)}`);
  }
  for (const name of [...MACHINES, ...PACKS].slice(tries(5, 0))) {
    const csv = await text("station", ["export", "--format", "csv", "--device", name, "--from", "25h"]);
    assert.equal(csv.trimEnd().split("\n").length, ticks + 1, `${name}: a line for each tick`);
  }
  station.look((store) => {
    assert.equal(store.db.prepare("SELECT count(*) FROM rejected_samples").pluck().get(), 0);
    assert.equal(store.db.prepare("SELECT count(*) FROM doubts").pluck().get(), 0);
  });
  t.diagnostic(`${ticks} ticks; ${lead.plant.energy.grid_import.toFixed(1)} kWh bought by the first machine`);
});
