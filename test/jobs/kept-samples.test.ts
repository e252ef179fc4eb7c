import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { recordedInverterWords } from "../../lib/devices/pv1800/recording-48v.ts";
import { RegisterImage } from "../../lib/devices/pv1800/sim-source.ts";
import { pollInverters } from "../../lib/jobs/poll-inverters.ts";
import { packsWithoutState, pollPacks } from "../../lib/jobs/poll-packs.ts";
import { invertersWithoutState } from "../../lib/jobs/poll-without-state.ts";
import { doubtSpells } from "../../lib/store/doubts.ts";
import { bmsSamples, inverterSamples } from "../../lib/store/samples.ts";
import { orderStation } from "../support/orders.ts";
import { startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";

const NUMBERS: readonly (readonly [number, number])[] = [
  [20002, 1],
  [20003, 2],
  [25269, 1],
  [25270, 2],
];

/** A station that has polled an inverter of a known number once; `pass`: a minute later does the work and stores what it put off. */
async function polledStation(t: TestContext) {
  const source = new RegisterImage([...recordedInverterWords(), ...NUMBERS]);
  const { url } = await startSimulatedInverter(t, { source });
  const station = orderStation(t, { inverter: { port: url, gap_ms: 5, timeout_ms: 300, retries: 2 } });
  const { context, store } = station;
  const pass = async (work: () => Promise<unknown>) => {
    station.now += 60;
    await work();
    store.flush();
  };
  await pass(() => pollInverters(context));
  return { source, station, context, store, pass };
}

test("what the inverter answered while the state file was busy is judged as any sample when it is taken in", async (t) => {
  const { source, station, context, store, pass } = await polledStation(t);
  source.words.set(25234, 200);
  await pass(() => invertersWithoutState(context));
  // The answer of a machine that is not ours.
  source.words.set(25270, 9);
  await pass(() => invertersWithoutState(context));
  source.words.set(25270, 2).set(25234, 40);
  await pass(() => pollInverters(context));
  const stored = inverterSamples(store, "inverter", 0, 2 ** 33);
  assert.deepEqual(
    stored.map(({ at, sample: { raw } }) => [
      at - 1_800_000_000,
      raw.transformer_temperature,
      typeof raw.battery_voltage,
    ]),
    [
      [60, stored[0]?.sample.raw.transformer_temperature, "number"],
      [120, null, "number"],
      [240, 40, "number"],
    ],
  );
  const spells = doubtSpells(store, "inverter", 0, 2 ** 33);
  assert.deepEqual(
    spells.map(({ key, first_at, raw, open }) => [key, first_at - 1_800_000_000, raw, open]),
    [["transformer_temperature", 120, 200, false]],
  );
  assert.equal(store.db.prepare("SELECT reason FROM rejected_samples").pluck().get(), "other_machine");
  assert.deepEqual(
    readdirSync(station.folder).filter((name) => name.includes("kept")),
    [],
  );
});

test("what was kept while a stranger was known to answer in the inverter's place is not taken for its own", async (t) => {
  const { source, context, store, pass } = await polledStation(t);
  source.words.set(20003, 9).set(25270, 9);
  await pass(() => pollInverters(context));
  // A sample without the copies of the number, which alone would not give the stranger away.
  source.words.set(25269, 0).set(25270, 0);
  await pass(() => invertersWithoutState(context));
  await pass(() => pollInverters(context));
  assert.equal(inverterSamples(store, "inverter", 0, 2 ** 33).length, 1);
  assert.deepEqual(store.db.prepare("SELECT reason FROM rejected_samples").pluck().all(), [
    "other_machine",
    "other_machine",
    "other_machine",
  ]);
});

test("a BMS keeps its answers as well, and a nonsense cell among them is doubted alone", async (t) => {
  const { url, device } = await startSimulatedBms(t);
  const bms = [{ port: url, polls: 1, timeout_ms: 300, retries: 2 }];
  const station = orderStation(t, { bms, inverter: { enabled: false } });
  const { context, store } = station;
  mkdirSync(station.folder, { recursive: true });
  const cells = device.records().get(0x79) as Uint8Array;
  device.setRecord(0x79, Uint8Array.from(cells).fill(0, 2, 4));
  station.now += 60;
  await packsWithoutState(context);
  device.setRecord(0x79, cells);
  station.now += 60;
  await pollPacks(context);
  store.flush();
  const stored = bmsSamples(store, "bms", 0, 2 ** 33);
  assert.deepEqual(
    stored.map(({ at, sample }) => [at - 1_800_000_000, sample.cells.indexOf(null), typeof sample.soc]),
    [
      [60, 0, "number"],
      [120, -1, "number"],
    ],
  );
  assert.deepEqual(
    doubtSpells(store, "bms", 0, 2 ** 33).map(({ key, raw }) => [key, raw]),
    [["cell_1", 0]],
  );
});
