import assert from "node:assert/strict";
import { test } from "node:test";
import type { Field } from "../../lib/codec/table.ts";
import { rawFromValue, valueFromRaw } from "../../lib/codec/values.ts";

const ABOUT = { doc: "", source: "" } as const;
const BOOL: Field = { kind: "bool", ...ABOUT };
const CHOICE: Field = { kind: "enum", labels: { 0: "off", 3: "only_solar" }, ...ABOUT };
const TENTHS: Field = { kind: "s16", div: 10, ...ABOUT };
const TEXT: Field = { kind: "ascii", length: 4, ...ABOUT };

for (const [field, value, raw] of [
  [BOOL, true, 1],
  [BOOL, false, 0],
  [CHOICE, "only_solar", 3],
  [TENTHS, -0.3, -3],
] as const) {
  test(`${JSON.stringify(value)} of a ${field.kind} field is ${raw}, and back`, () => {
    assert.equal(rawFromValue(field, value), raw);
    assert.equal(valueFromRaw(field, raw), value);
  });
}

for (const [field, value, says] of [
  [BOOL, "yes", /yes is no value of a bool field/],
  [BOOL, 1, /1 is no value of a bool field/],
  [CHOICE, "on", /on is no value of a enum field/],
  [TENTHS, "5", /5 is no value of a s16 field/],
  [TENTHS, 0.25, /0\.25 is finer than the step of 0\.1/],
  [TEXT, 5, /5 is no value of a ascii field/],
] as const) {
  test(`${JSON.stringify(value)} is refused by a ${field.kind} field`, () =>
    assert.throws(
      () => rawFromValue(field, value),
      (error) => error instanceof RangeError && says.test(error.message),
    ));
}

test("a text that looks like a number stays a text", () => assert.equal(valueFromRaw(TEXT, 2203), "2203"));
