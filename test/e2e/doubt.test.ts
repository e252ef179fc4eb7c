import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { RegisterImage } from "../../lib/sim/inverter-source.ts";
import { recordedInverterWords } from "../../lib/sim/recordings/inverter-48v.ts";
import { deviceEvents } from "../../lib/store/device-events.ts";
import { doubtSpells } from "../../lib/store/doubts.ts";
import { inverterSamples } from "../../lib/store/samples.ts";
import { latestSettings } from "../../lib/store/settings.ts";
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

test("silent settings cost the settings alone", async (t) => {
  const sim = await startSimulatedInverter(t, { faults: [{ kind: "silent", target: 20101 }] });
  const station = testStation(t, inverterAt(sim.url));
  const { code, stderr } = await station.run("pv1800-dump");
  assert.equal(code, 69, stderr);
  assert.equal(stderr.trimEnd().split("\n").length, 1);
  assert.equal(samples(station).length, 1);
  assert.equal(
    station.look((store) => latestSettings(store, "inverter")),
    null,
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
