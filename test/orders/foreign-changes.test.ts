/** Which changes of settings somebody else made, and which are traces of our own orders. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { REGISTERS } from "../../lib/devices/pv1800/registers.ts";
import { foreignChanges, type KnownOrder } from "../../lib/orders/foreign-changes.ts";

const NOW = 1_800_000_000;
const KEY = "max_discharge_current";

/** An order that wrote 50 in place of 217 a minute ago. */
const order = (changes: Partial<KnownOrder> = {}): KnownOrder => ({
  ...{ id: 7, key: KEY, wanted_raw: 50, old_raw: 217, read_back_raw: 50, state: "done", sent_at: NOW - 60 },
  ...changes,
});

/** What is journaled of a change, as "code by order, seconds after". */
function told(old_raw: number | string | null, new_raw: number | null, orders: readonly KnownOrder[], key = KEY) {
  return foreignChanges([{ key, old_raw, new_raw }], orders, REGISTERS, NOW).map(({ why }) => {
    return [why.code, why.by ?? "", why.seconds ?? ""].join(" ").trim();
  });
}

test("a change that no order explains is somebody's; one back to the value before an order is told with it", () => {
  assert.deepEqual(told(217, 100, []), ["foreign_changed"]);
  assert.deepEqual(told(50, 100, [order()]), ["foreign_changed"]);
  assert.deepEqual(told(50, 217, [order()]), ["foreign_back 7 60"]);
  assert.deepEqual(told(50, 217, [order({ sent_at: null })]), ["foreign_back 7"]);
  assert.deepEqual(told(50, 217, [order({ state: "failed" })]), ["foreign_changed"]);
});

test("the value of an order that was cut off is not a stranger's; another one is", () => {
  const cut = order({ state: "sending", read_back_raw: null });
  assert.deepEqual(told(217, 50, [cut]), []);
  assert.deepEqual(told(217, 100, [cut]), ["foreign_changed"]);
});

test("a locked row that moves shortly after any order follows it; long after, or with none sent, somebody changed it", () => {
  const { write } = REGISTERS.system_settings;
  assert.equal(write?.class, "never");
  assert.deepEqual(told(114, 115, [order()], "system_settings"), []);
  assert.deepEqual(told(114, 115, [order({ sent_at: NOW - 901 })], "system_settings"), ["foreign_changed"]);
  assert.deepEqual(told(114, 115, [order({ sent_at: null })], "system_settings"), ["foreign_changed"]);
});

test("rows that nobody may write, texts and what is not told any more are left out", () => {
  assert.deepEqual(told(500, 510, [], "battery_voltage"), []);
  assert.deepEqual(told("a", 1, []), []);
  assert.deepEqual(told(217, null, []), []);
  assert.deepEqual(told(null, 50, []), ["foreign_changed"]);
});
