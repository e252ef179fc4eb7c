import assert from "node:assert/strict";
import { test } from "node:test";
import { never, normal, range, rowMakers, safety } from "../../lib/codec/rows.ts";
import { refusalOf } from "../../lib/orders/may-write.ts";
import { type Grade, inverterOrders } from "../../lib/orders/order-table.ts";

const { bool, choice, flags, u16, u32 } = rowMakers("addr", undefined, "setting");
const ROWS = {
  read_only: u16(1, "", 1, "", ""),
  wide: u32(2, "", 1, "", "", normal(range(0, 9))),
  locked: u16(4, "", 1, "", "", never(range(0, 9))),
  safety: u16(5, "", 1, "", "", safety(range(0, 9))),
  switch: bool(6, "", "", normal()),
  choice: choice(7, { 1: "one", 3: "three" }, "", "", normal()),
  rangeless: u16(8, "", 1, "", "", normal()),
  switches: flags(10, { 0: "one", 2: "three" }, "", "", never(range(0, 9))),
  amps: u16(9, "A", 10, "", "", normal(range(1, 21.7, { 12: null, 24: { min: 2, max: 5 } }))),
};

// biome-ignore format: a case a line
const CASES: readonly (readonly [key: string, raw: number, refusal: string | null, said?: "confirmed" | "unlocked" | null, grade?: Grade])[] = [
  ["nothing", 1, "no_such_name"], ["read_only", 1, "not_writable"], ["read_only", 1, "not_writable", "unlocked"],
  ["wide", 1, "two_registers"], ["wide", 1, "two_registers", "unlocked"],
  ["locked", 1, "locked"], ["locked", 1, "locked", "confirmed"], ["locked", 1, null, "unlocked"], ["locked", 10, "out_of_range", "unlocked"],
  ["safety", 1, "unconfirmed"], ["safety", 1, null, "confirmed"], ["safety", 10, "out_of_range", "confirmed"],
  ["switch", 0, null], ["switch", 1, null], ["switch", 2, "neither_off_nor_on"],
  ["choice", 1, null], ["choice", 2, "no_label"], ["rangeless", 1, "no_range"],
  ["switches", 5, "several_switches"], ["switches", 5, null, "unlocked"], ["switches", 2, "several_switches", "unlocked"], ["switches", 8, "several_switches", "unlocked"],
  ["amps", 9, "out_of_range"], ["amps", 10, null], ["amps", 217, null], ["amps", 218, "out_of_range"], ["amps", 10.5, "not_whole"], ["amps", Number.NaN, "not_whole"],
  ["amps", 10, "not_in_class", null, 12], ["amps", 10, "out_of_range", null, 24], ["amps", 20, null, null, 24],
];

for (const [key, raw, refusal, said, grade = 48] of CASES) {
  test(`${key} = ${raw}${said ? `, ${said}` : ""} at ${grade} V: ${refusal ?? "may be written"}`, () => {
    const permission = { confirmed: said === "confirmed", unlocked: said === "unlocked" };
    assert.equal(refusalOf(inverterOrders(grade, ROWS), key, raw, permission)?.code ?? null, refusal);
  });
}
