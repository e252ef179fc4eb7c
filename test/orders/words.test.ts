/** What an order says of itself in words: before it is given, after it has ended, in logs, mails and terminals. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BadCommand, DeviceTimeout, EXIT, PortBusy, WriteMismatch } from "../../lib/base/errors.ts";
import { REGISTERS } from "../../lib/devices/pv1800/registers.ts";
import { requestedOrder, submitOrder } from "../../lib/orders/intake.ts";
import { failureOfNow, planText, registerOf } from "../../lib/orders/inverter-by-hand.ts";
import { orderLine, orderReason } from "../../lib/orders/order-reason.ts";
import { failureOfOrders } from "../../lib/orders/order-report.ts";
import { inverterOrders, orderText, permittedText, valueText } from "../../lib/orders/order-table.ts";
import { because, type Reason, reasonForTypist, reasonText } from "../../lib/orders/reasons.ts";
import { rememberFacts } from "../../lib/store/device-rows.ts";
import { finishOrder, type OrderReason, orderById } from "../../lib/store/orders.ts";
import { speech } from "../../lib/words/index.ts";
import { orderStation } from "../support/orders.ts";

const EN = speech("en");
const TABLE = inverterOrders();
const said = (reason: OrderReason, key: string | null = "max_discharge_current") =>
  reasonText(EN, reason, { table: TABLE, key })?.replaceAll("\u00a0", " ");

// biome-ignore format: a case a line
const REASONS: readonly (readonly [what: string, reason: OrderReason, key: string | null, text: string])[] = [
  ["a code that only a newer program knows", { code: "eaten_by_mice" }, null, "a newer version of this program wrote the reason"],
  ["a value that the row does not hold any more", because("out_of_range"), "max_discharge_current", "an unknown value is out of range for “Max discharge current”; permitted: 1.0 A to 21.7 A"],
  ["several switches as the number that they are", because("foreign_changed", { from: 114, to: 115 }), "system_settings", "114 became 115 at the front panel, by another program or by the device itself"],
  ["a guard whose value is yes or no", because("interrupted_unsafe", { guard: "unheard_of", value: true, threshold: false, holds: 1 }), "ongrid_switch", "it was interrupted, and the grid must not be left now: nothing is known of the battery; “on” is set"],
  ["a known guard whose value is no number", because("interrupted_unsafe", { guard: "reserve", value: true, threshold: 20, holds: 1 }), "ongrid_switch", "it was interrupted, and the grid must not be left now: the charge is not known; “on” is set"],
  ["a trouble without a name", because("command_unclear", { trouble: "gone" }), null, "no clean acknowledgement came; whether it acted is not known, and it is not repeated"],
];
for (const [what, reason, key, text] of REASONS) test(what, () => assert.equal(said(reason, key), text));

// biome-ignore format: a case a line
const ADVICE: readonly (readonly [reason: Reason, advice: RegExp])[] = [
  [because("write_cap", { scope: "device", count: 9, limit: 9 }), /9 times in 24 h; .*orders\.daily_device_writes/],
  [because("write_cap", { scope: "setting", count: 9, limit: 9 }), /orders\.daily_writes/],
  [because("write_cap", { scope: "mqtt", count: 9, limit: 9 }), /orders\.daily_mqtt_writes/],
  [because("no_such_name", { name: "max_dischrge_current", kind: "inverter", near: "max_discharge_current" }), /max_discharge_current/],
];
for (const [reason, advice] of ADVICE) {
  test(`who typed it is told what would help: ${reason.code} ${reason.scope ?? ""}`, () => {
    assert.match(reasonForTypist(EN, reason, { table: TABLE, key: "max_discharge_current" }) ?? "", advice);
  });
}

test("values as people read them, and as the original's log has them", () => {
  const { ongrid_switch, energy_use_mode, max_discharge_current, system_settings, battery_current } = REGISTERS;
  assert.deepEqual(
    [0, 1, 2].map((raw) => valueText(ongrid_switch, raw)),
    ["off", "on", "2"],
  );
  assert.deepEqual([valueText(energy_use_mode, 1), valueText(energy_use_mode, 99)], ["sbu", "unknown_99"]);
  assert.deepEqual([valueText(max_discharge_current, 50), valueText(system_settings, 114)], ["5.0 A", "0x72"]);
  assert.equal(valueText(REGISTERS.protocol_version, 10_414), "1.04.14");
  assert.deepEqual([orderText(TABLE, "battery_current", 5), valueText(battery_current, 5)], ["25274=>65531", "5 A"]);
  assert.equal(orderText(TABLE, "not_a_row", 5), "not_a_row=>5");
  assert.equal(permittedText(EN, TABLE, battery_current), EN.orders.by_hand.nothing);
});

test("a row of the list says its place, class, unit, range and present value, and null for what it has not", () => {
  const { max_discharge_current, battery_voltage, ongrid_switch } = REGISTERS;
  const amps = registerOf(EN, TABLE, "max_discharge_current", max_discharge_current, 217);
  assert.deepEqual([amps.address, amps.class, amps.unit, amps.present], [20113, "normal", "A", "21.7 A"]);
  assert.match(amps.permitted, /^1\.0 to 21\.7 A/);
  const volts = registerOf(EN, TABLE, "battery_voltage", battery_voltage, null);
  assert.deepEqual([volts.class, volts.unit, volts.present], ["never", "V", null]);
  assert.deepEqual([amps.range, amps.choices], [{ min: 1, max: 21.7 }, null]);
  assert.deepEqual([volts.range, volts.choices], [null, null]);
  const { unit, range, choices } = registerOf(EN, TABLE, "ongrid_switch", ongrid_switch, 1);
  assert.deepEqual([unit, range, choices], [null, null, { off: 0, on: 1 }]);
});

test("a plan shows what is set and what would be, for how long or until when, and the line itself where it names no row", (t) => {
  const { context, store } = orderStation(t);
  const lines = (line: string, present: unknown) =>
    planText(
      EN,
      TABLE,
      requestedOrder(context, store, { kind: "inverter", device: "inverter", line, source: "hand" }),
      present,
      () => "09:30",
    ).split("\n");
  const plan = (line: string, present: unknown = 217) => lines(line, present)[0];
  assert.match(plan("20113=50") ?? "", /^max_discharge_current \(20113\): 21\.7 A → 5\.0 A$/);
  assert.match(plan("20113=50", null) ?? "", / → 5\.0 A$/);
  assert.match(plan("20113=50 for 30m") ?? "", /21\.7 A → 5\.0 A.*30 min/);
  assert.match(plan("20113=50 until 09:30") ?? "", /21\.7 A → 5\.0 A.*09:30/);
  assert.equal(plan("rubbish"), "rubbish");
  assert.match(lines("ongrid_switch=off", 1)[1] ?? "", /^Off detaches the house/);
  assert.match(lines("ongrid_switch=on", 0)[1] ?? "", /^Grid connection: /, "what off does is not told of on");
});

test("an order that only waits has nothing to explain", (t) => {
  const { context, store } = orderStation(t);
  const request = { kind: "inverter", device: "inverter", line: "20113=50", source: "hand" } as const;
  assert.equal(orderReason(context, store, requestedOrder(context, store, request)), null);
  assert.equal(orderReason(context, store, submitOrder(context, store, request)), null);
});

test("a comment alone is no order, and is told so to whoever gives it", (t) => {
  const { context, store } = orderStation(t);
  const request = { kind: "inverter", device: "inverter", line: "# 20113=50", source: "telegram" } as const;
  const order = submitOrder(context, store, request);
  assert.deepEqual([order.state, order.code], ["refused", "no_order"]);
});

test("a machine of a model that nobody has tried is only read, by name and by address, and its owner is asked for a trace", (t) => {
  const { context, store } = orderStation(t);
  const identity = { machine_type: "EP", machine_number: 1800, protocol_version: 10_414 };
  rememberFacts(store, "inverter", "inverter", { identity });
  store.flush();
  for (const line of ["max_discharge_current=5", "20113=50"]) {
    const order = submitOrder(context, store, { kind: "inverter", device: "inverter", line, source: "hand" });
    assert.deepEqual([order.state, order.code], ["refused", "unknown_model"]);
    const text = orderReason(context, store, order, { typed: true }) ?? "";
    assert.match(text, /calls itself EP1800 yet: it is only read; .*pv1800-dump/);
  }
});

test("with several inverters a line of the journal names its machine", (t) => {
  const right = { name: "right", port: "/dev/ttyB" };
  const { context, store } = orderStation(t, { inverter: { name: "left" }, more_inverters: [right] });
  const order = submitOrder(context, store, { kind: "inverter", device: "left", line: "20113=50", source: "telegram" });
  assert.match(orderLine(context, store, order), /: left, Max discharge current → 5\.0.A: /);
});

const ENDS = [
  ["failed", WriteMismatch],
  ["refused", BadCommand],
  ["expired", BadCommand],
  ["cancelled", BadCommand],
] as const;

test("what becomes of an order that was to be carried out at once decides the exit code of the command", (t) => {
  const { context, store, now } = orderStation(t);
  const submit = () =>
    submitOrder(context, store, { kind: "inverter", device: "inverter", line: "20113=50", source: "telegram" });
  const run = (exitCode: number, stderr = "") => ({ exitCode, stderr });
  for (const [state, kind] of ENDS) {
    const { id } = submit();
    store.write(() => finishOrder(store, id, { state, why: because("often") }, now));
    const failure = failureOfNow(context, store, orderById(store, id) as ReturnType<typeof submit>, run(0));
    assert.ok(failure instanceof kind, state);
    assert.match(failure.message, new RegExp(`\\b${id}\\b.*${EN.page[`order_${state}`]}`));
  }
  const { id } = submit();
  store.write(() => finishOrder(store, id, { state: "done", why: null }, now));
  assert.equal(failureOfNow(context, store, orderById(store, id) as ReturnType<typeof submit>, run(0)), null);
  const busy = failureOfNow(context, store, submit(), run(EXIT.tempfail, "x\npv1800-dump: error: /dev/ttyA is held\n"));
  assert.ok(busy instanceof PortBusy);
  assert.match(busy.message, /\/dev\/ttyA is held/);
  assert.ok(busy.message.endsWith(EN.orders.by_hand.goes_on));
  assert.ok(failureOfNow(context, store, submit(), run(EXIT.unavailable)) instanceof DeviceTimeout);
});

test("a flood of bad lines is told by its first twenty and the number of the others", (t) => {
  const { context, store } = orderStation(t);
  const orders = Array.from({ length: 25 }, (_, index) =>
    submitOrder(context, store, { kind: "inverter", device: "inverter", line: `rubbish_${index}=1`, source: "batmon" }),
  );
  const lines = failureOfOrders(context, store, orders, [])?.message.split("\n") ?? [];
  assert.deepEqual([lines.length, lines.at(-1)], [21, EN.orders.by_hand.more(5)]);
});

test("a line that is too long to show is cut where it is told", (t) => {
  const { context, store } = orderStation(t);
  const line = `20113=50 # ${"x".repeat(180)}`;
  const { text, state } = submitOrder(context, store, { kind: "inverter", device: "inverter", line, source: "batmon" });
  assert.deepEqual([state, text.length, text.slice(0, 12), text.slice(-5)], ["queued", 120, "20113=50 # x", "xx..."]);
});
