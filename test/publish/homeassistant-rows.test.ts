import assert from "node:assert/strict";
import { test } from "node:test";
import type { Field } from "../../lib/codec/table.ts";
import { controlOf } from "../../lib/publish/homeassistant/controls.ts";
import { inverterFacts } from "../../lib/publish/homeassistant/device-facts.ts";
import { homeValue, readingOf } from "../../lib/publish/homeassistant/entities.ts";
import { stationComponents, stationState } from "../../lib/publish/homeassistant/station.ts";
import { homeContext, STATION_VIEW } from "../support/home-devices.ts";

const ROW = { kind: "u16", doc: "A row", source: "test" } as const;
const field = (changes: object): Field => ({ ...ROW, ...changes }) as unknown as Field;

test("a setting is a control only where any order may write it; its unit and steps are those of the row", () => {
  const inverter = homeContext("inverter");
  const range = { min: 1, max: 9 };
  for (const write of [undefined, { class: "never", range }, { class: "battery_safety", range }]) {
    assert.equal(controlOf(inverter, "delay", field(write ? { write } : {}), 48), null, JSON.stringify(write));
  }
  const write = { class: "normal", range };
  const count = controlOf(inverter, "delay", field({ write }), 48);
  assert.deepEqual([count?.min, count?.max, count?.step], [1, 9, 1]);
  assert.ok(count && !("unit_of_measurement" in count), "a bare number has no unit");
  const amperes = controlOf(inverter, "max_charge_current", field({ unit: "A", div: 10, write }), 48);
  assert.deepEqual([amperes?.unit_of_measurement, amperes?.step], ["A", 0.1]);
});

test("neither a password nor a command is ever shown", () => {
  for (const role of ["secret", "command"]) {
    assert.equal(readingOf(homeContext("bms"), "password", field({ role }), "settings"), null, role);
  }
  assert.ok(readingOf(homeContext("bms"), "password", field({}), "settings"));
});

test("a value that Home Assistant would refuse is unknown", () => {
  const volts = field({ unit: "V", div: 10 });
  assert.equal(homeValue(volts, 52.14), 52.1);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, null]) assert.equal(homeValue(volts, value), null);
  assert.equal(homeValue(field({ kind: "ascii" }), "\u0007 "), null, "nothing is left of it");
});

test("a machine's model is as much of its name as it has told", () => {
  const model = (identity: object) => inverterFacts({ identity }).model;
  assert.equal(model({ machine_type: "PV", machine_number: 1800 }), "PV1800");
  assert.equal(model({ machine_number: 1800 }), "1800");
  assert.equal(model({ machine_type: "PV" }), undefined);
  assert.equal(inverterFacts({}).model, undefined);
});

test("a station without an inverter promises no energy of the day", () => {
  const today = (view: typeof STATION_VIEW) => [
    Object.keys(stationComponents(homeContext("station"), view, true)).filter((key) => key.endsWith("_today")),
    Object.keys(stationState(view, 1_700_000_000)).filter((key) => key.endsWith("_today")),
  ];
  assert.deepEqual(today({ ...STATION_VIEW, today: null }), [[], []]);
  const five = Object.keys(STATION_VIEW.today ?? {}).map((key) => `${key}_today`);
  assert.deepEqual(today(STATION_VIEW), [five, five]);
});
