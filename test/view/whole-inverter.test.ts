/** Several inverters, or packs, as one: what is a sum, what only all of them can say, and what a silent one takes away. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { InverterSampleRaw } from "../../lib/devices/inverter/sample.ts";
import { wholeLive } from "../../lib/view/live.ts";
import { livePowers } from "../../lib/view/live-powers.ts";
import { bmsRecord, inverterRecord } from "../../lib/view/records.ts";
import { wholeBattery, wholeInverter, wholeRecord } from "../../lib/view/whole.ts";
import { recordedBms, recordedInverter } from "../support/recorded-samples.ts";

const AT = 1_795_000_000;

function machine(changes: Partial<InverterSampleRaw> = {}) {
  const { raw } = recordedInverter(changes);
  return { raw, record: inverterRecord({ at: AT, sample: { raw } }) };
}

test("of two machines powers are sums, voltages means, a state is what both say, and temperatures the hottest", () => {
  const one = machine({ pv_power: 500, battery_voltage: 530, ongrid_switch: 1, ac_radiator_temperature: 40 }).raw;
  const two = machine({ pv_power: 300, battery_voltage: 534, ongrid_switch: 1, ac_radiator_temperature: 55 }).raw;
  const whole = wholeInverter([one, two]);
  assert.deepEqual(
    [whole.pv_power, whole.battery_voltage, whole.ongrid_switch, whole.ac_radiator_temperature],
    [800, 532, 1, 55],
  );
  assert.equal(wholeInverter([one, { ...two, ongrid_switch: 0 }]).ongrid_switch, null);
  assert.equal(wholeInverter([one, { ...two, pv_power: null }]).pv_power, null, "a sum that lacks a part is none");
  assert.equal(wholeInverter([one, { ...two, grid_voltage: 0 }]).grid_voltage, 0, "a grid that one machine misses");
  assert.equal(wholeInverter([one]), one);
});

test("what no machine tells is not known of the whole: no mean, no extreme, no fault that is none", () => {
  const silent = { battery_voltage: null, grid_voltage: null, ac_radiator_temperature: null, inverter_errors_1: null };
  const { raw } = machine(silent);
  const whole = wholeInverter([raw, raw]);
  assert.deepEqual(
    [whole.battery_voltage, whole.grid_voltage, whole.ac_radiator_temperature, whole.inverter_errors_1],
    [null, null, null, null],
  );
  const known = wholeInverter([raw, { ...raw, inverter_errors_1: 4 }]);
  assert.equal(known.inverter_errors_1, 4, "a fault that one tells is one of the whole");
});

test("the hottest machine is the whole's, the ratings are a sum, and doubts stay with the values they are of", () => {
  const cool = machine({ rated_power: 5000, pv_power: 65_000 });
  const bare = machine({
    ...{ rated_power: null, ac_radiator_temperature: null, dc_radiator_temperature: null },
    ...{ transformer_temperature: null, charger_radiator_temperature: null, charger_external_temperature: null },
    ...{ load_power: 0, load_apparent_power: 0 },
  });
  const whole = wholeRecord(AT, [cool, bare], null);
  assert.equal(whole.rated_power, 5000);
  assert.equal(whole.inverter_temperature, cool.record.inverter_temperature);
  assert.equal(whole.derived?.power_factor, cool.record.derived.power_factor, "a machine without load has none");
  assert.deepEqual(
    whole.doubts?.map(({ key }) => key),
    ["pv_power"],
  );
  const cold = wholeRecord(AT, [bare, bare], null);
  assert.deepEqual(
    [cold.inverter_temperature, cold.rated_power, cold.derived?.power_factor, cold.doubts],
    [null, null, null, undefined],
  );
});

test("without one machine nothing that is a sum is known, and neither is where the switch of the whole stands", () => {
  const one = machine({ ongrid_switch: 1 });
  const whole = wholeRecord(AT, [one, null], null);
  assert.deepEqual(
    [whole.pv_power, whole.load_power, whole.grid_power, whole.battery_current, whole.load_energy],
    [null, null, null, null, null],
  );
  assert.equal(whole.ongrid_switch, null);
  assert.equal(whole.battery_voltage, one.record.battery_voltage, "the one that answers knows the battery's voltage");
});

test("switches that differ: not where an order of ours wants them, and without one off the grid, where the way back is guarded", () => {
  const both = [machine({ ongrid_switch: 1 }), machine({ ongrid_switch: 0 })];
  assert.deepEqual(
    [true, false, null].map((wanted) => wholeRecord(AT, both, wanted).ongrid_switch),
    [false, true, false],
  );
});

test("without one of several live machines nothing of the whole is live, and it is as old as the one heard longest ago", () => {
  const live = (name: string, last_at: number | null, isFresh: boolean) => {
    const { raw, record } = machine({ pv_power: 500 });
    const sample = isFresh ? { raw } : null;
    const at = isFresh ? last_at : null;
    const derived = isFresh ? record.derived : null;
    return { name, last_at, at, sample, values: null, derived, facts: {}, doubts: [] };
  };
  const both = wholeLive([live("l1", AT, true), live("l2", AT - 20, true)]);
  assert.deepEqual([both?.at, both?.last_at, both?.values?.pv_power], [AT - 20, AT - 20, 1000]);
  assert.ok(both?.derived);
  const half = wholeLive([live("l1", AT, true), live("l2", AT - 900, false)]);
  assert.deepEqual(
    [half?.at, half?.last_at, half?.sample, half?.values, half?.derived],
    [null, AT - 900, null, null, null],
  );
  assert.equal(wholeLive([live("l1", AT, true), live("l2", null, false)])?.last_at, null, "one was never heard");
});

test("an inverter of which nothing is worked out has no grid power, and no other power is lost by it", () => {
  const { values } = machine({ pv_power: 500 }).record;
  const powers = livePowers({ inverter: { values: values ?? null, derived: null }, bms: [] });
  assert.deepEqual([powers.sun, powers.grid, powers.grid_estimated], [500, null, null]);
});

test("packs as one: the hottest transistor of those that tell it, and doubts under the numbers of the whole's cells", () => {
  const record = (device: string, changes: Parameters<typeof recordedBms>[0], key?: string) =>
    bmsRecord(
      { at: AT, device, sample: recordedBms(changes) },
      key === undefined ? [] : [{ key, code: "out_of_range", raw: 0 }],
    );
  const north = record("north", { mosfet_temperature: null });
  const south = record("south", { mosfet_temperature: 31 }, "cell_2");
  const whole = wholeBattery(AT, [north, south], ["north", "south"]);
  assert.equal(whole.mosfet_temperature, south.mosfet_temperature);
  assert.deepEqual(
    whole.doubts?.map(({ key }) => key),
    ["cell_18"],
  );
});
