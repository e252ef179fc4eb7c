import assert from "node:assert/strict";
import { test } from "node:test";
import { valueFromRaw } from "../../../lib/codec/values.ts";
import { assertAllowed } from "../../../lib/devices/pv1800/blocks.ts";
import { MODELS, type ModelName, modelOf, registersOf, settingsOf } from "../../../lib/devices/pv1800/models.ts";

/** What machines told in recordings and reports, and what they are taken for. */
const TOLD: readonly (readonly [Parameters<typeof modelOf>[0], ModelName | null])[] = [
  [{ machine_type: "PV", machine_number: 1800, protocol_version: 10414 }, "pv18"],
  [{ machine_type: "PH", machine_number: 1800, protocol_version: 10414 }, "pv18"],
  [{ machine_type: null, machine_number: 1800, protocol_version: null }, "pv18"],
  [{ machine_type: "PV", machine_number: 3000 }, "pv18"],
  [{ machine_type: "PV", machine_number: 1500, protocol_version: 10415 }, "vpm2"],
  [{ machine_type: "EP", machine_number: 1800 }, "unknown"],
  [{ machine_type: "PV", machine_number: 9900 }, "unknown"],
  [{ machine_type: "PV", machine_number: 1800, protocol_version: 20100 }, "unknown"],
  [{ machine_number: null }, null],
  [{}, null],
];

for (const [told, want] of TOLD) {
  test(`${JSON.stringify(told)} is ${want ?? "nobody yet"}`, () => assert.equal(modelOf(told), want));
}

test("each model has one meaning an address, inside what may be touched", () => {
  for (const [name, model] of Object.entries(MODELS)) {
    for (const table of [registersOf({ model: name as ModelName }), settingsOf({ model: name as ModelName })]) {
      const places = Object.entries(table).map(([, { addr }]) => addr);
      assert.equal(new Set(places).size, places.length, name);
    }
    for (const { start, count } of model.blocks) assertAllowed(start, count);
  }
});

test("a VPM II gives its own meanings to the words that differ, and nothing of them is written by an order", () => {
  const { battery_type, system_settings, bms_control_method, soc_cutoff } = settingsOf({ model: "vpm2" });
  assert.equal(valueFromRaw(battery_type as never, 3), "lithium");
  assert.equal(valueFromRaw(settingsOf({ model: "pv18" }).battery_type as never, 3), "sealed");
  assert.equal(valueFromRaw(bms_control_method as never, 0), "soc");
  assert.equal(valueFromRaw(soc_cutoff as never, 20), 20);
  assert.ok(!("discharge_window_start_hour" in settingsOf({ model: "vpm2" })));
  const flags = valueFromRaw(system_settings as never, 0b101) as readonly { label: string | null }[];
  assert.deepEqual(
    flags.map(({ label }) => label),
    ["overload_bypass", "overload_restart"],
  );
  for (const row of Object.values(MODELS.vpm2.rows)) assert.ok(!("write" in row), row.doc);
  assert.ok(registersOf({ model: "vpm2" }).ongrid_switch?.write);
});

test("of an unknown model everything is read and nothing written", () => {
  const rows = Object.entries(registersOf({ model: "unknown", feed_in: true }));
  assert.ok(rows.length > 100);
  assert.deepEqual(
    rows.filter(([, { write }]) => write),
    [],
  );
  assert.ok(registersOf({ model: null }).ongrid_switch?.write, "one that has not told yet is as the sheet says");
});
