import assert from "node:assert/strict";
import { test } from "node:test";
import type { Table } from "../../lib/codec/table.ts";
import { fieldName } from "../../lib/codec/values.ts";
import { KINDS } from "../../lib/devices/index.ts";
import { INVERTER_IDENTITY_FIELDS } from "../../lib/devices/inverter/sample.ts";
import { settingName, settingValue } from "../../lib/orders/reasons.ts";
import { LANGUAGE_CODES, speech } from "../../lib/words/index.ts";
import { assertForPeople } from "./support.ts";

/** Bits of it are drawn, never told. */
const DRAWN = ["energy_flow"];

for (const language of LANGUAGE_CODES) {
  test(`every setting that an order may name has a name, and each of its values: ${language}`, () => {
    const words = speech(language);
    for (const { orders } of Object.values(KINDS)) {
      for (const [key, row] of Object.entries(orders as Table)) {
        if (!row.write) continue;
        const name = settingName(words, key, row);
        assertForPeople(name, language, key);
        if (language !== "en") assert.notEqual(name, fieldName(key, row), `${key} has no name in ${language}`);
        if (row.kind !== "enum") continue;
        for (const raw of Object.keys(row.labels)) {
          const value = settingValue(words, row, Number(raw));
          assertForPeople(value, language, `${key} ${raw}`);
          assert.doesNotMatch(value, /неизвестно/, `${key} ${row.labels[Number(raw)]}`);
        }
      }
    }
  });

  test(`what an alert may say of a machine, a part of it or a setting has a name: ${language}`, () => {
    const { field } = speech(language);
    const keys = new Set(["dialect", "settings", "device_info", ...Object.keys(INVERTER_IDENTITY_FIELDS)]);
    for (const kind of Object.values(KINDS)) {
      if (kind.role === "bms") for (const key of Object.keys(kind.identityOf({ manufacturer_id: "" }))) keys.add(key);
      // One that somebody else has written.
      for (const [key, { write }] of Object.entries(kind.settings as Table)) if (write) keys.add(key);
    }
    for (const key of keys) {
      assertForPeople(field(key), language, key);
      assert.doesNotMatch(field(key), /«/, `${key} has no name in ${language}`);
    }
  });

  test(`every row, state and fault bit of every kind of device has a name: ${language}`, () => {
    const { field, state, fault } = speech(language);
    for (const [kind, { fields }] of Object.entries(KINDS)) {
      for (const [key, row] of Object.entries(fields as Table)) {
        assertForPeople(field(key), language, `${kind} ${key}`);
        if (language !== "en") assert.ok(!field(key).startsWith("«"), `${kind} ${key} has no name in ${language}`);
        if ("labels" in row) {
          for (const label of Object.values(row.labels)) assertForPeople(state(label), language, `${kind} ${label}`);
        }
        if (!("bits" in row) || DRAWN.includes(key)) continue;
        for (const label of Object.values(row.bits)) {
          const text = fault(label, 0);
          assertForPeople(text, language, `${kind} ${label}`, ["309_A", "309_B"]);
          if (language !== "en") assert.notEqual(text, fault("no such bit", 0), `${kind} ${label}`);
        }
      }
    }
  });
}
