import assert from "node:assert/strict";
import { test } from "node:test";
import { bmsRows } from "../../lib/orders/device-tables.ts";
import { ageOf, judgementAge } from "../../lib/view/age.ts";
import { dialectOf } from "../../lib/view/dialect.ts";

const NOW = 1_800_000_000;

test("an age: fresh, old, never, and from a clock that was ahead", () => {
  assert.deepEqual(ageOf(NOW - 180, NOW, 180), { state: "fresh", age_s: 180 });
  assert.deepEqual(ageOf(NOW - 181, NOW, 180), { state: "old", age_s: 181 });
  assert.deepEqual(ageOf(NOW + 2, NOW, 180), { state: "fresh", age_s: 0 });
  assert.deepEqual(ageOf(NOW + 3, NOW, 180), { state: "future", age_s: null });
  assert.deepEqual(ageOf(null, NOW, 180), { state: "never", age_s: null });
});

test("a judgement: slow rules are not dead, dead ones are old, switched off ones are off", () => {
  assert.equal(judgementAge(NOW - 899, NOW, 180, true).state, "fresh");
  assert.equal(judgementAge(NOW - 901, NOW, 180, true).state, "old");
  assert.equal(judgementAge(NOW - 2000, NOW, 900, true).state, "fresh", "cron at every fifteen minutes");
  assert.equal(judgementAge(null, NOW, 180, true).state, "never");
  assert.equal(judgementAge(NOW + 86_400, NOW, 180, true).state, "future");
  assert.equal(judgementAge(NOW - 901, NOW, 180, false).state, "off");
});

test("a dialect that is not known is not guessed", () => {
  assert.equal(dialectOf("auto", undefined), null);
  assert.equal(dialectOf("auto", "something else"), null);
  assert.equal(dialectOf("auto", "modbus"), "modbus");
  assert.equal(dialectOf("auto", "4e57"), "4e57");
  assert.equal(dialectOf("modbus", "4e57"), "modbus");
  const keys = Object.keys(bmsRows(null));
  assert.deepEqual(keys.sort(), ["balancer_enabled", "charge_mosfet_enabled", "discharge_mosfet_enabled"]);
});
