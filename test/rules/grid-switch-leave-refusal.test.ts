import assert from "node:assert/strict";
import { test } from "node:test";
import { faultFlag } from "../../lib/codec/bits.ts";
import { BMS_FIELDS } from "../../lib/devices/bms/sample.ts";
import { leaveRefusal } from "../../lib/rules/grid-switch/leave-refusal.ts";
import { type Minute, Station } from "./grid-switch-station.ts";

function refusal(readings: Minute, after = 0): string | null {
  const station = new Station();
  station.pass(30, readings);
  const { bms, inverter, state, parameters } = station;
  return leaveRefusal({ now: station.now + after, samples: { bms, inverter }, state, parameters })?.code ?? null;
}

test("with good data the grid may be left, whoever held it there", () => {
  assert.equal(refusal({ bms: { soc: 60 } }), null);
  const station = new Station({ onGrid: false });
  station.pass(30);
  station.onGrid = true;
  station.pass(2);
  const { bms, inverter, state, parameters, now } = station;
  assert.ok((state?.manual_until ?? 0) > now, "the rules themselves keep their hands off");
  assert.equal(leaveRefusal({ now, samples: { bms, inverter }, state, parameters }), null);
});

test("each guard that is about safety is named by its code", () => {
  assert.equal(refusal({ bms: null }), "fresh_bms");
  assert.equal(refusal({ inverter: null }), "fresh_inverter");
  assert.equal(refusal({}, 29 * 60), "fresh_bms", "data of half an hour ago");
  assert.equal(refusal({ bms: { warnings: [faultFlag(BMS_FIELDS.warnings, 11)] } }), "faults");
  assert.equal(refusal({ bms: { charge_mosfet_on: false } }), "bms_switches");
  assert.equal(refusal({ bms: { battery_temperature_1: 55 } }), "temperature");
  assert.equal(refusal({ inverter: { load_power: 4500 } }), "load");
  assert.equal(refusal({ bms: { cell: 3.25 } }), "reserve");
});

test("invalid parameters refuse", () => {
  const station = new Station({ parameters: { reserve: 5 } });
  station.pass(30);
  const { bms, inverter, state, parameters, now } = station;
  assert.equal(leaveRefusal({ now, samples: { bms, inverter }, state, parameters })?.code, "parameters");
});
