import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { recordedInverterWords } from "../../lib/devices/pv1800/recording-48v.ts";
import { RegisterImage } from "../../lib/devices/pv1800/sim-source.ts";
import { deviceEvents } from "../../lib/store/device-events.ts";
import { doubtSpells } from "../../lib/store/doubts.ts";
import { latestOrders } from "../../lib/store/orders.ts";
import { inverterSamples } from "../../lib/store/samples.ts";
import { latestSettings } from "../../lib/store/setting-rows.ts";
import { testStation } from "../support/command.ts";
import { startSimulatedInverter } from "../support/simulated.ts";

const inverterAt = (port: string) => `inverter: {port: "${port}", gap_ms: 5, timeout_ms: 150, retries: 1}`;
const samples = (station: ReturnType<typeof testStation>) =>
  station.look((store) => inverterSamples(store, "inverter", 0, 2 ** 33));

/** Each in its own way takes something from the sample; none takes the way back to the grid. */
const FAULTS: readonly {
  name: string;
  words: readonly (readonly [number, number])[];
  stored: boolean;
  doubted?: string;
}[] = [
  { name: "a bus of 650 V", words: [[25208, 6500]], stored: true, doubted: "bus_voltage" },
  { name: "a sensor at 200 °C", words: [[25234, 200]], stored: true, doubted: "transformer_temperature" },
  {
    name: "a foreign answer, refused as a whole",
    words: [
      [25202, 7],
      [15215, 5],
    ],
    stored: false,
  },
];
for (const { name, words, stored, doubted } of FAULTS) {
  test(`${name}: the order for the way back is carried out in the same run`, async (t) => {
    const source = new RegisterImage([...recordedInverterWords(), [20105, 0], ...words]);
    const sim = await startSimulatedInverter(t, { source });
    const station = testStation(t, inverterAt(sim.url));
    appendFileSync(join(station.folder, "inverter_cmd.lst"), "20105=1\n");
    const { code, stderr } = await station.run("pv1800-dump");
    assert.equal(code, stored ? 0 : 76, stderr);
    assert.equal(source.read(20105), 1);
    assert.equal(samples(station).length, stored ? 1 : 0);
    const spells = station.look((store) => doubtSpells(store, "inverter", 0, 2 ** 33));
    assert.deepEqual(
      spells.map(({ key }) => key),
      doubted ? [doubted] : [],
    );
  });
}

for (const fault of [{ kind: "silent" }, { kind: "wrong_checksum" }] as const) {
  test(`a settings block that is ${fault.kind} costs its settings alone, and after three rounds it counts as not there`, async (t) => {
    const sim = await startSimulatedInverter(t, { faults: [{ ...fault, target: 20101 }] });
    const station = testStation(t, inverterAt(sim.url));
    const codes = [];
    const seconds = [0, 60, 120, 180, 240];
    for (const second of seconds) {
      const { code } = await station.run("pv1800-dump", [], { now: 1_800_000_000 + second });
      codes.push(code === 76 ? 69 : code);
    }
    assert.deepEqual(codes, [69, 69, 69, 0, 0]);
    assert.equal(samples(station).length, seconds.length);
    const known = () => station.look((store) => latestSettings(store, "inverter")?.raw);
    // The other blocks told theirs: the charger's, and the switch that comes with the status.
    assert.deepEqual([known()?.charger_battery_voltage_grade, known()?.energy_use_mode ?? null], [48, null]);
    const told = () => station.look((store) => deviceEvents(store, "inverter", 0).map(({ code }) => code));
    assert.deepEqual(told(), ["part_silent"]);
    // Asked for by hand, it is asked, and its silence told; so it is once a day, and then it is no failure.
    assert.notEqual((await station.run("pv1800-dump", ["--settings"], { now: 1_800_000_300 })).code, 0);
    const { code } = await station.run("pv1800-dump", [], { now: 1_800_100_000 });
    assert.equal(code, 0);
    assert.deepEqual(told(), ["part_silent"]);
  });
}

test("a silent identity is no failure for ever, and a block of live values that never answered neither", async (t) => {
  const faults = [20000, 10001, 15201].map((target) => ({ kind: "silent", target }) as const);
  const sim = await startSimulatedInverter(t, { faults });
  const station = testStation(t, inverterAt(sim.url));
  const codes = [];
  for (let round = 0; round < 11; round++) {
    codes.push((await station.run("pv1800-dump", [], { now: 1_800_000_000 + 60 * round })).code);
  }
  assert.deepEqual(codes, [...Array(10).fill(69), 0]);
  const stored = samples(station);
  assert.equal(stored.length, 11);
  assert.deepEqual([stored[0]?.sample.raw.pv_power, typeof stored[0]?.sample.raw.battery_voltage], [null, "number"]);
});

test("settings that were known and fall silent are unknown after some rounds, and come back as no change of a stranger", async (t) => {
  const sim = await startSimulatedInverter(t);
  const station = testStation(t, inverterAt(sim.url));
  const run = (second: number, args: string[] = []) =>
    station.run("pv1800-dump", args, { now: 1_800_000_000 + second });
  assert.equal((await run(0)).code, 0);
  const priority = () => station.look((store) => latestSettings(store, "inverter")?.raw.energy_use_mode);
  const known = priority();
  assert.equal(typeof known, "number");
  sim.setFaults([{ kind: "silent", target: 20101 }]);
  for (let round = 0; round < 7; round++) await run(90_000 + 60 * round, ["--settings"]);
  assert.equal((await run(91_000)).code, 0);
  assert.equal(priority(), null);
  sim.setFaults([]);
  assert.equal((await run(99_000)).code, 0);
  assert.equal(priority(), known);
  assert.deepEqual(
    station.look((store) => latestOrders(store, 5)),
    [],
  );
});

test("an update of the firmware is asked again, accepted and journaled; another machine is not", async (t) => {
  const copies: readonly (readonly [number, number])[] = [
    [20006, 10414],
    [25278, 10414],
    [20002, 1],
    [20003, 2],
    [25269, 1],
    [25270, 2],
  ];
  const source = new RegisterImage([...recordedInverterWords(), ...copies]);
  const sim = await startSimulatedInverter(t, { source });
  const station = testStation(t, inverterAt(sim.url));
  const run = (now: number) => station.run("pv1800-dump", [], { now });
  assert.equal((await run(1_800_000_000)).code, 0);
  source.words.set(20006, 10415).set(25278, 10415);
  assert.equal((await run(1_800_000_060)).code, 0);
  const codes = () => station.look((store) => deviceEvents(store, "inverter", 0).map(({ code }) => code));
  assert.deepEqual(codes(), ["firmware_changed"]);
  source.words.set(20003, 9).set(25270, 9);
  const other = await run(1_800_000_120);
  assert.equal(other.code, 76);
  assert.match(other.stderr, /another machine.*serial_number/);
  assert.deepEqual(codes(), ["firmware_changed", "other_machine"]);
  assert.equal(samples(station).length, 2);
});
