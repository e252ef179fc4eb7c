import assert from "node:assert/strict";
import { test } from "node:test";
import { isLow, type NutInput, nutText, runtimeOf } from "../../lib/export/nut.ts";

const CALM: NutInput = {
  ...{ timer_s: 5, low_charge: 30, grid_voltage_low: 170, station: "Solar station", soc: 80, capacity: 280 },
  ...{ battery_voltage: 53.2, battery_current: -20, battery_temperature: 24, discharge_mosfet_on: true },
  ...{ ongrid_switch: true, work_state: "bypass", grid_voltage: 230, grid_frequency: 50 },
  ...{ inverter_voltage: 230, inverter_frequency: 50, load_power: 900, load_apparent_power: 1000, load_percent: 20 },
  ...{ rated_apparent_power: 5000, battery_low_warning: false, alarms: [] },
};
const status = (changes: Partial<NutInput>) => /^ups\.status: (.*)$/m.exec(nutText({ ...CALM, ...changes }))?.[1];

const CASES: readonly (readonly [string, Partial<NutInput>, string])[] = [
  ["the grid is there", {}, "OL DISCHRG"],
  ["charging", { battery_current: 12 }, "OL CHRG"],
  ["idle", { battery_current: 0.2 }, "OL"],
  ["an outage", { grid_voltage: 0 }, "OB DISCHRG"],
  ["a grid too low to be used", { grid_voltage: 140 }, "OB DISCHRG"],
  ["an outage at the reserve", { grid_voltage: 0, soc: 30 }, "OB LB DISCHRG"],
  ["at the reserve with the grid there", { soc: 20 }, "OL DISCHRG"],
  ["off the grid by choice, the grid is seen", { ongrid_switch: false, work_state: "off_grid" }, "OL DISCHRG"],
  [
    "off the grid by choice, 0 V behind the relay",
    { ongrid_switch: false, work_state: "off_grid", grid_voltage: 0 },
    "OL DISCHRG",
  ],
  [
    "the same with a low battery",
    { ongrid_switch: false, work_state: "off_grid", grid_voltage: 0, soc: 25 },
    "OB LB DISCHRG",
  ],
  ["a grid voltage that is not known, off the grid", { work_state: "off_grid", grid_voltage: null }, "OB DISCHRG"],
  ["a grid voltage that is not known, in bypass", { grid_voltage: null }, "OL DISCHRG"],
  ["an outage without a BMS", { grid_voltage: 0, soc: null, battery_current: null }, "OB"],
  [
    "the same when the inverter warns",
    { grid_voltage: 0, soc: null, battery_current: null, battery_low_warning: true },
    "OB LB",
  ],
  ["a BMS that lets nothing out", { grid_voltage: 0, discharge_mosfet_on: false }, "OB LB DISCHRG"],
  ["an alert", { alarms: ["A cell is too low"] }, "ALARM OL DISCHRG"],
];
for (const [name, changes, wanted] of CASES) test(`NUT: ${name}`, () => assert.equal(status(changes), wanted));

test("NUT: the runtime is what is left above the low charge; nothing while it is not discharged", () => {
  assert.equal(runtimeOf(CALM), Math.round((0.5 * 280 * 3600) / 20));
  assert.equal(runtimeOf({ ...CALM, battery_current: 5 }), null);
  assert.equal(runtimeOf({ ...CALM, soc: null }), null);
  assert.equal(isLow(CALM), false);
});

test("NUT: what is not known has no line, and no text can end its own", () => {
  const text = nutText({
    ...CALM,
    soc: null,
    battery_temperature: null,
    alarms: ['a "cell"\nups.status: OB LB # = \\'],
  });
  assert.doesNotMatch(text, /battery\.charge:|battery\.temperature|null|NaN/);
  assert.equal(text.match(/^ups\.status/gm)?.length, 1);
  assert.match(text, /\nTIMER 5\n$/);
});
