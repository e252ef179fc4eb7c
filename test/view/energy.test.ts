import assert from "node:assert/strict";
import { test } from "node:test";
import { countedEnergy, counterFaults } from "../../lib/view/energy.ts";
import { flowBetween } from "../../lib/view/energy-flow.ts";
import { ownShare, selfConsumption } from "../../lib/view/shares.ts";

/** A quarter hour's beginning. */
const START = 1_800_000_000;

const COUNTERS: readonly {
  name: string;
  values: readonly (number | null)[];
  step_s?: number;
  energy: number | null;
  faults: number;
}[] = [
  { name: "plain", values: [10, 10.1, 10.1, 10.2], energy: 0.2, faults: 0 },
  { name: "one reading is no difference", values: [10], energy: null, faults: 0 },
  { name: "nulls are skipped", values: [10, null, 10.1], energy: 0.1, faults: 0 },
  { name: "reset to zero: what came after counts", values: [100, 100.1, 0, 0.1, 0.2], energy: 0.3, faults: 1 },
  { name: "a glitch down and back invents nothing", values: [100, 0, 100.1, 100.2], energy: 0.1, faults: 2 },
  { name: "a glitch up and back invents nothing", values: [100, 6553.5, 100.1, 100.2], energy: 0.1, faults: 2 },
  { name: "a step back and forth is no energy", values: [100, 99.9, 100, 100.1], energy: 0.1, faults: 0 },
  { name: "over a gap the counter went on counting", values: [100, 112], step_s: 4 * 3600, energy: 12, faults: 0 },
  { name: "faster than the rated power is no energy", values: [100, 140], step_s: 4 * 3600, energy: 0, faults: 1 },
];

for (const { name, values, step_s, energy, faults } of COUNTERS) {
  test(`counter: ${name}`, () => {
    const readings = values.map((value, index) => ({ at: START + index * (step_s ?? 60), value }));
    assert.equal(countedEnergy(readings, START, START + 1_000_000, 6000), energy);
    assert.equal(counterFaults(readings, 6000), faults);
  });
}

test("counter: of a machine whose rating nobody knows a leap is measured by the largest there is", () => {
  const faults = (kwh: number) =>
    counterFaults(
      [100, 100 + kwh].map((value, index) => ({ at: START + index * 3600, value })),
      null,
    );
  assert.deepEqual([faults(10), faults(6553)], [0, 1]);
});

test("counter: a step over the beginning is shared out by time", () => {
  const readings = [
    { at: START - 3600, value: 10 },
    { at: START + 3600, value: 12 },
  ];
  assert.equal(countedEnergy(readings, START, START + 86_400, 6000), 1);
  assert.equal(countedEnergy(readings, START - 7200, START, 6000), null, "the second reading lies after the end");
});

test("flow: each direction on its own, zero crossed in two triangles", () => {
  assert.deepEqual(flowBetween(1000, 1000, 3600), { charged: 1000, discharged: 0 });
  assert.deepEqual(flowBetween(-500, -500, 3600), { charged: 0, discharged: 500 });
  assert.deepEqual(flowBetween(1000, -1000, 3600), { charged: 250, discharged: 250 });
  assert.deepEqual(flowBetween(-300, 100, 3600), { charged: 12.5, discharged: 112.5 });
  assert.deepEqual(flowBetween(null, 1000, 3600), { charged: 0, discharged: 0 });
});

test("own share: what was not bought, energy for the battery included", () => {
  assert.equal(ownShare(10, 4), 60);
  assert.equal(ownShare(10, 12), 0, "charging by the grid may buy more than the house used");
  assert.equal(ownShare(10, 0), 100);
  assert.equal(ownShare(null, 4), null);
  assert.equal(ownShare(10, null), null);
  assert.equal(ownShare(0, 0), null, "of nothing there is no share");
  assert.equal(selfConsumption(10, 2.5), 75);
});
