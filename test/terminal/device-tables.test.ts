import assert from "node:assert/strict";
import { test } from "node:test";
import { snapshotFromRaw } from "../../lib/codec/values.ts";
import type { BmsSample } from "../../lib/devices/bms/sample.ts";
import { derive } from "../../lib/devices/inverter/derived.ts";
import { INVERTER_SAMPLE_FIELDS, type InverterSampleRaw } from "../../lib/devices/inverter/sample.ts";
import { bmsText } from "../../lib/terminal/bms-text.ts";
import { inverterText } from "../../lib/terminal/inverter-text.ts";
import { fieldLine } from "../../lib/terminal/render.ts";
import type { Doubt } from "../../lib/view/doubt.ts";
import { type Language, speech } from "../../lib/words/index.ts";
import { recordedBms, recordedInverter } from "../support/recorded-samples.ts";
import { assertForPeople } from "../words/support.ts";

const EN = speech("en");
const NOISY =
  "warning: another master seems to use the line: 3 unasked frames or bytes on the line; unplug the WiFi logger and the vendor monitor";

/** 2026-06-21 10:00 UTC. */
const AT = Date.UTC(2026, 5, 21, 10, 0, 0) / 1000;

function packText(sample: BmsSample | null, doubts: readonly Doubt[] = [], lang: Language = "en"): string[] {
  const round = { device: "bms", at: AT, dialect: "4e57", sample, doubts, settings: null, failure: null };
  return bmsText(round, speech(lang), "Europe/Berlin").split("\n");
}

function machineText(changes: Partial<InverterSampleRaw>, mismatch = false, lang: Language = "en"): string[] {
  const { raw } = recordedInverter(changes);
  const values = snapshotFromRaw(INVERTER_SAMPLE_FIELDS, raw as Record<string, number | null>);
  const derived = { ...derive(values), grid_direction_mismatch: mismatch };
  const warnings = [{ code: "second_master", signs: 3 }] as never;
  const round = {
    device: "inverter",
    at: AT,
    status: raw as never,
    doubts: [],
    settings: null,
    warnings,
    failure: null,
  };
  return inverterText("inverter", round, derived, speech(lang), "Europe/Berlin").split("\n");
}

test("a pack that did not answer is said to have no sample", () => {
  assert.deepEqual(packText(null), ["bms at 2026-06-21 12:00, 4e57: no sample"]);
});

test("the alarms of a pack stand above its values, doubts below them with what was read and the limits", () => {
  const doubts: Doubt[] = [
    { key: "soc", code: "out_of_range", raw: 300, low: 0, high: 100 },
    { key: "pack_voltage", code: "contradicts", raw: 5198, twin: "cells", twin_value: 52.9 },
    { key: "cycle_count", code: "out_of_range", raw: -1, low: 0 } as Doubt,
  ];
  assert.deepEqual(packText(recordedBms({ warnings: 3 }), doubts).slice(0, 5), [
    "bms at 2026-06-21 12:00, 4e57, 1 good and 0 bad answers",
    "WARNING: Low capacity, MOSFET over-temperature",
    "doubted: SoC: sent 300\u00a0%, outside what is possible",
    "doubted: Pack voltage: sent 5.20\u00a0V, another reading says otherwise",
    "doubted: Cycle count: sent −1, outside what is possible",
  ]);
});

test("what a pack did not tell has no line; its power needs the current", () => {
  const lines = packText(recordedBms({ battery_current: null, warnings: null }));
  assert.ok(!lines.some((line) => /Battery (current|power)|Warnings|WARNING/.test(line)), lines.join("\n"));
  assert.ok(
    packText(recordedBms({ battery_current: -10_000, pack_voltage: 52_000 })).some((line) =>
      /Battery power +−520 W/.test(line),
    ),
  );
});

test("cells stand in two columns, lowest and highest marked, a cell that is not known keeps its place", () => {
  assert.deepEqual(packText(recordedBms({ cells: [3300, null, 3310, 3305, 3290] })).slice(-4), [
    "  Cells, spread 20\u00a0mV",
    "   1  3.300 V            4  3.305 V",
    "   2  –     V            5  3.290 V min",
    "   3  3.310 V max",
  ]);
  assert.equal(packText(recordedBms({ cells: [] })).at(-1), "  no cells");
});

test("a machine that did not answer is said to have no sample", () => {
  const round = { device: "inverter", at: AT, status: null, doubts: [], settings: null, warnings: [], failure: null };
  assert.equal(inverterText("inverter", round, null, EN, "UTC"), "inverter at 2026-06-21 10:00: no sample");
});

test("the faults of a machine stand above its values, errors first", () => {
  const calm = { inverter_errors_1: 0, inverter_warnings_1: 0 };
  assert.deepEqual(machineText({ ...calm, inverter_errors_1: 4, inverter_warnings_1: 1 }, true).slice(1, 5), [
    "ERROR: Battery voltage high",
    "warning: Fan 1 locked",
    "warning: the display's arrow contradicts the sign of the grid power",
    NOISY,
  ]);
  assert.equal(machineText(calm)[1], NOISY);
});

test("without load there is no power factor", () => {
  const factor = (changes: Partial<InverterSampleRaw>) =>
    machineText(changes)
      .find((line) => line.startsWith("  Power factor"))
      ?.slice(14)
      .trim();
  assert.equal(factor({ load_power: 450, load_apparent_power: 500 }), "0.90");
  assert.equal(factor({ load_power: 0, load_apparent_power: 0 }), "–");
});

test("a password is never shown, a value that is not known is a dash and never 0", () => {
  const field = { kind: "u16", div: 10, unit: "V", doc: "A voltage", source: "test" } as const;
  assert.deepEqual(fieldLine("pin", { ...field, role: "secret" }, 1234, EN), { name: "Pin", value: "(hidden)" });
  assert.deepEqual(fieldLine("voltage", field, null, EN), { name: "Voltage", value: "–" });
  assert.deepEqual(fieldLine("voltage", field, 521, EN), { name: "Voltage", value: "52.1", unit: "V" });
});

test("in a Russian station both dumps are Russian: names, states, alarms, doubts and units", () => {
  const doubts: Doubt[] = [{ key: "soc", code: "out_of_range", raw: 300, low: 0, high: 100 }];
  const pack = packText(recordedBms({ warnings: 3, cells: [3300, 3310] }), doubts, "ru");
  assert.deepEqual(pack.slice(0, 3), [
    "bms, 2026-06-21 12:00, 4e57, ответов верных 1, неверных 0",
    "ТРЕВОГА: Мало заряда, Перегрев MOSFET",
    "не верим: Заряд: прислано 300\u00a0%, вне возможного",
  ]);
  assert.equal(pack.at(-1), "   1  3,300 В мин        2  3,310 В макс");
  const machine = machineText({ inverter_errors_1: 4, energy_flow: 3 }, true, "ru");
  assert.ok(machine.includes("ОШИБКА: Высокое напряжение батареи"), machine.join("\n"));
  for (const line of [...pack.slice(1), ...machine.slice(1)])
    assertForPeople(line.trim().replace(/ {2,}/g, " "), "ru", line);
});
