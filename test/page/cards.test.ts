import assert from "node:assert/strict";
import { test } from "node:test";
import { dayBars } from "../../lib/page/bars.ts";
import { batteryCard } from "../../lib/page/battery.ts";
import { cellTrend } from "../../lib/page/cell-trend.ts";
import { doubtText } from "../../lib/page/doubts.ts";
import { flowPicture } from "../../lib/page/flow.ts";
import { inverterCard } from "../../lib/page/inverter.ts";
import type { BmsView, EnergyDay, InverterView } from "../../lib/page/model.ts";
import { renderPast } from "../../lib/page/past.ts";
import { periodOf } from "../../lib/page/periods.ts";
import { dayPicture } from "../../lib/page/picture/day-picture.ts";
import type { Doubt } from "../../lib/view/doubt.ts";
import { speech } from "../../lib/words/index.ts";
import { SITUATIONS } from "./fixtures.ts";
import { NOON_SAMPLE, SUMMER_NOON } from "./samples.ts";

const EN = speech("en");
const noon = SITUATIONS.noon("en");
const [pack] = noon.bms as [BmsView];
const plain = (text: unknown): string => String(text).replaceAll(/[\u00a0\u202f]/g, " ");

test("a pack that tells no cell has no picture of them, and its other values all the same", () => {
  const card = plain(batteryCard(noon, { ...pack, sample: { ...NOON_SAMPLE, cells: [null, null] } }));
  assert.ok(!card.includes('class="cells"'), "no cells");
  assert.ok(card.includes("53.60 V"), card);
  assert.ok(plain(batteryCard(noon, pack)).includes('class="cells"'));
});

test("the trend of the cells leaves a cell without any value empty, and tells which has moved most", () => {
  const weeks = ["2026-06-01", "2026-06-08", "2026-06-15"].map((first_day, week) => ({
    ...{ first_day, deviations: week === 1 ? [] : [week, null, -4 * week] },
  }));
  const trend = plain(cellTrend(weeks, "bms", noon));
  assert.match(trend, /3 \(−8 mV\)/);
  const ends = [...trend.matchAll(/>([+−]?\d+|)<\/(?:span|b|i)>/g)].map(([, end]) => end);
  assert.ok(ends.includes("+2") && ends.includes("−8"), trend);
  assert.ok(!trend.includes("NaN") && !trend.includes("null"), "nothing is invented for the second cell");
  assert.equal(cellTrend(weeks.slice(0, 2), "bms", noon), null, "one week with data is no trend");
});

const DOUBTS: readonly (readonly [Doubt, string])[] = [
  [{ key: "transformer_temperature", code: "out_of_range", raw: 200 }, "sent 200 °C, outside what is possible"],
  [{ key: "ac_radiator_temperature", code: "out_of_range", raw: -40 }, "sent −40 °C, outside what is possible"],
  [{ key: "cell_7", code: "out_of_range", raw: 6200 }, "sent 6.200 V, outside what is possible"],
  [{ key: "pack_voltage", code: "out_of_range", raw: 5 }, "sent 0.01 V, outside what is possible"],
  [{ key: "model", code: "out_of_range", raw: "JK??" }, "sent JK??, outside what is possible"],
  [{ key: "soc", code: "not_ready", raw: null }, ""],
  [{ key: "work_state", code: "out_of_range", raw: 77 }, "outside what is possible"],
  [{ key: "of_a_newer_edition", code: "out_of_range", raw: 12.345 }, "sent 12.35, outside what is possible"],
  [{ key: "cycle_count", code: "out_of_range", raw: 65_535 }, "sent 65,535, outside what is possible"],
];

test("a doubted value is told as the device sent it, in its unit, and not at all where that says nothing", () => {
  for (const [doubt, told] of DOUBTS) {
    const text = plain(doubtText(doubt, EN));
    const [, after] = text.split(": ");
    if (told === "") assert.doesNotMatch(text, /sent|null/, doubt.key);
    else assert.equal(after, told, doubt.key);
  }
});

test("in the ring of the battery ten thousand watts and more are kW", () => {
  const ring = (watts: number) => {
    const current = Math.round((watts * 1_000_000) / (NOON_SAMPLE.pack_voltage as number));
    const sample = { ...NOON_SAMPLE, battery_current: current };
    return plain(flowPicture({ ...noon, bms: [{ ...pack, sample }] }));
  };
  assert.match(ring(9000), />\+9,000 W</);
  assert.match(ring(-12_340), />−12\.3 kW</);
});

test("faults are told as none only where the machine has told its faults", () => {
  const inverter = noon.inverter as InverterView;
  const card = (values: object) => plain(inverterCard(noon, { ...inverter, values: { ...SUMMER_NOON, ...values } }));
  assert.match(card({}), /Errors: none/);
  assert.match(card({}), /Warnings: none/);
  const untold = card({
    ...{ inverter_errors_1: null, inverter_errors_2: null, inverter_errors_3: null, charger_errors: null },
    ...{ inverter_warnings_1: null, inverter_warnings_2: null, charger_warnings: null },
  });
  assert.doesNotMatch(untold, /Errors|Warnings/);
});

const day = (name: string, pv: number | null, load: number | null, bought: number | null): EnergyDay => ({
  ...{ day: name, pv_energy: pv, load_energy: load, grid_import_energy: bought },
  ...{ grid_export_energy: null, grid_charge_energy: null },
});

test("bars of a day stand for what is known of it; what the house drew is never less than what was bought of it", () => {
  const drawn = (one: EnergyDay) => {
    const bars = plain(dayBars([day("2026-06-01", 10, 10, 10), one], "Days", EN));
    const path = (colour: string) =>
      new RegExp(`fill="var\\(${colour}\\)" d="([^"]*)"`)
        .exec(bars)?.[1]
        ?.split("z")
        .filter((bar) => /^M[23]\d /.test(bar));
    return { sun: path("--sun"), house: path("--house"), grid: path("--grid"), none: path("--line"), text: bars };
  };
  const half = drawn(day("2026-06-02", 5, null, null));
  assert.deepEqual([half.sun?.length, half.house, half.grid, half.none], [1, [], [], []]);
  assert.ok(half.text.includes("2 Jun: Sun 5.0 kWh, House –, From the grid –"), half.text);
  const unknown = drawn(day("2026-06-02", null, 5, null));
  assert.deepEqual([unknown.sun, unknown.house?.length, unknown.grid], [[], 1, []]);
  const more = drawn(day("2026-06-02", null, 5, 8));
  assert.deepEqual([more.house, more.grid?.length], [[], 1], "bought for the battery too");
  const none = drawn(day("2026-06-02", null, null, 3));
  assert.deepEqual([none.sun, none.grid, none.none?.length], [[], [], 1]);
  assert.ok(none.text.includes("2 Jun: no data"), none.text);
});

test("a month whose days have no pages of their own links to none", () => {
  const days = [day("2026-06-01", 10, 8, 2), day("2026-06-02", 9, 8, 1)];
  const month = (linked: readonly string[]) =>
    renderPast({
      ...{ speech: EN, time_zone: "Europe/Kyiv", station: "Cottage", version: "1", series: null, days, fed: [] },
      ...{ period: periodOf("month", "2026-06-01"), before: null, after: null, around: [] },
      totals: { ...(days[0] as EnergyDay), charge_energy: null, discharge_energy: null, saved: null },
      linked: new Set(linked),
    });
  assert.ok(month(["2026-06-02"]).includes('href="../day/2026-06-02.html"'));
  assert.ok(!month([]).includes("../day/"));
  assert.equal(month([]).match(/<nav/g)?.length, 1, "only the way back");
});

test("in the picture of a day each of two packs has its own line", () => {
  const [line] = noon.day.soc;
  assert.ok(line);
  const low = { name: "annex", values: line.values.map((soc) => soc && soc / 2) };
  const two = dayPicture({ ...noon, day: { ...noon.day, soc: [line, low] } });
  const alike = dayPicture({ ...noon, day: { ...noon.day, soc: [line, { ...low, values: line.values }] } });
  assert.notDeepEqual(two, alike);
  assert.notDeepEqual(two, dayPicture(noon));
});
