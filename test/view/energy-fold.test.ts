import assert from "node:assert/strict";
import { test } from "node:test";
import { isBridged } from "../../lib/view/energy-flow.ts";
import { EnergyFold, type Reading } from "../../lib/view/energy-fold.ts";

const PACK = { energy: { charge_energy: { from: "power" }, discharge_energy: { from: "power" } } } as const;
const NOON = 1_800_000_000;
const KILOWATT = 1_000_000;

/** mWh charged at 1 kW with samples at these seconds after noon. */
function charged(times: readonly number[], readings: ReadonlyMap<string, Reading> = new Map()) {
  const fold = new EnergyFold(PACK, readings);
  for (const time of times) fold.add({ at: NOON + time, power: KILOWATT });
  const mwh = [...fold.quarters.values()].reduce((sum, { charge_energy = 0 }) => sum + charge_energy, 0);
  return { seconds: Math.round((mwh * 3600) / KILOWATT), readings: fold.readings };
}

const every = (step: number, from: number, to: number) =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);

test("which distances are bridged: by the habit of the two before, at most half an hour", () => {
  assert.equal(isBridged(330, []), true);
  assert.equal(isBridged(331, []), false);
  assert.equal(isBridged(331, [600]), false, "one distance is no habit");
  assert.equal(isBridged(1320, [600, 600]), true);
  assert.equal(isBridged(1321, [600, 600]), false);
  assert.equal(isBridged(600, [60, 3600]), false, "the smaller one counts");
  assert.equal(isBridged(1800, [1500, 1500]), true);
  assert.equal(isBridged(1801, [1500, 1500]), false);
});

test("cron at 5, 10 and 15 minutes: the battery's energy of the whole day, less the first steps", () => {
  for (const [step, learnt] of [
    [300, 0],
    [600, 1200],
    [900, 1800],
  ] as const) {
    assert.equal(charged(every(step, 0, 86_400)).seconds, 86_400 - learnt, `${step} s`);
  }
});

test("a lost sample is bridged, an outage is not, whatever the habit", () => {
  const minutes = every(60, 0, 3600);
  assert.equal(charged([...minutes, ...every(60, 4500, 5400)]).seconds, 4500, "15 min out of minutes");
  const tens = every(600, 0, 7200);
  assert.equal(charged([...tens, ...every(600, 8400, 12_000)]).seconds, 12_000 - 1200, "one lost of ten minutes");
  assert.equal(charged([...tens, ...every(600, 9600, 12_000)]).seconds, 12_000 - 1200 - 2400, "40 min out");
  assert.equal(charged([...minutes, 5000, 6400]).seconds, 3600, "two outages around one sample are no habit");
});

test("what is remembered carries the habit into the next roll-up", () => {
  const first = charged(every(600, 0, 3600));
  assert.equal(charged(every(600, 4200, 7200), first.readings).seconds, 3600);
});
