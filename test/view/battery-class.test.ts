/** The class of a machine's battery, by whoever tells it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { batteryClass, classOfVoltage } from "../../lib/view/battery-class.ts";

test("a voltage between the ranges of two classes, or beyond all, tells no class", () => {
  assert.deepEqual(
    [13, 26.4, 52.8, 17.5, 35, 80, 0].map((voltage) => classOfVoltage(voltage)),
    [12, 24, 48, null, null, null, null],
  );
  assert.equal(classOfVoltage(null), null);
});

test("what the machine says goes before what is remembered, that before its settings, and the voltage comes last", () => {
  const settings = { charger_battery_voltage_grade: 12 };
  assert.equal(batteryClass({ battery_voltage_grade: 48, remembered: 24, settings, battery_voltage: 13 }), 48);
  assert.equal(batteryClass({ battery_voltage_grade: 36, remembered: 24, settings, battery_voltage: 52 }), 24);
  assert.equal(batteryClass({ settings, battery_voltage: 52 }), 12);
  assert.equal(batteryClass({ battery_voltage: 52 }), 48);
  assert.equal(batteryClass({ battery_voltage: 17.5 }), null);
});
