import assert from "node:assert/strict";
import { test } from "node:test";
import type { BmsInput } from "../../lib/view/record.ts";
import { cellOf, chargeOf, mixedSwitch, roundsOf, wholeBattery } from "../../lib/view/whole.ts";

const pack = (device: string, soc: number, capacity: number, cells: number[]): BmsInput => ({
  ...{ at: 100, device, cells, pack_voltage: 53, battery_current: 10, soc, capacity },
  ...{ mosfet_temperature: 30, battery_temperature_1: 20, battery_temperature_2: 21, warnings: [] },
  ...{ charge_mosfet_on: true, discharge_mosfet_on: true, good_answers: 1, bad_answers: 0 },
});
const A = pack("attic", 90, 300, [3.3, 3.31]);
const B = pack("shed", 50, 100, [3.2, 3.4]);

test("several packs are one: charge by capacity, currents summed, cells named with their pack", () => {
  const whole = wholeBattery(100, [A, B], ["attic", "shed"]);
  assert.deepEqual([whole.soc, whole.capacity, whole.battery_current, whole.missing], [80, 400, 20, undefined]);
  assert.deepEqual(cellOf(whole, 3), { device: "shed", cell: 1 });
  assert.deepEqual(cellOf(A, 2), { device: null, cell: 2 });
});

test("a silent pack is named, never averaged away; what the others tell of their cells stays", () => {
  const whole = wholeBattery(100, [A, null], ["attic", "shed"]);
  assert.deepEqual([whole.soc, whole.capacity, whole.battery_current], [null, null, null]);
  assert.deepEqual([whole.missing, whole.cells], [["shed"], [3.3, 3.31]]);
});

test("one that lets nothing out, and one that takes nothing in", () => {
  const off = { ...B, discharge_mosfet_on: false, charge_mosfet_on: false };
  const whole = wholeBattery(100, [A, off], ["attic", "shed"]);
  assert.deepEqual([whole.charge_mosfet_on, whole.discharge_mosfet_on], [true, false]);
});

test("without capacities packs count alike; one that tells no charge makes it incomplete", () => {
  assert.deepEqual(
    chargeOf([
      { soc: 40, capacity: null },
      { soc: 60, capacity: 100 },
    ]),
    { soc: 50, capacity: null, complete: true },
  );
  assert.equal(
    chargeOf([
      { soc: 40, capacity: 100 },
      { soc: null, capacity: 100 },
    ]).complete,
    false,
  );
  assert.equal(chargeOf([]).soc, null);
});

test("rounds: one a device each; a device that misses one stands with its last, until that is old", () => {
  const at = (...ats: number[]) => ats.map((one) => ({ at: one }));
  const rounds = roundsOf([at(0, 60, 120, 180, 240, 300), at(5, 125)], 100);
  assert.deepEqual(
    rounds.map(({ at: when, parts }) => [when, parts.map((part) => part?.at ?? null)]),
    [
      [5, [0, 5]],
      [60, [60, 5]],
      [125, [120, 125]],
      [180, [180, 125]],
      [240, [240, null]],
      [300, [300, null]],
    ],
  );
});

test("switches that differ are named; one that does not tell says nothing", () => {
  assert.deepEqual(
    mixedSwitch([
      ["l1", true],
      ["l2", false],
      ["l3", null],
    ]),
    { on: ["l1"], off: ["l2"] },
  );
  assert.equal(
    mixedSwitch([
      ["l1", true],
      ["l2", null],
    ]),
    null,
  );
});
