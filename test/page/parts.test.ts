import assert from "node:assert/strict";
import { test } from "node:test";
import { derive } from "../../lib/devices/inverter/derived.ts";
import { niceAxis } from "../../lib/page/axis.ts";
import { cellPlaces } from "../../lib/page/battery.ts";
import { colourStep, medianOf } from "../../lib/page/cell-colour.ts";
import { lineChart } from "../../lib/page/chart.ts";
import type { CellOrder } from "../../lib/page/model.ts";
import { renderPage } from "../../lib/page/page.ts";
import { statusText } from "../../lib/terminal/status-text.ts";
import { livePowers } from "../../lib/view/live-powers.ts";
import { speech } from "../../lib/words/index.ts";
import { NOON, SITUATIONS, withHeadline } from "./fixtures.ts";
import { inverterValues } from "./samples.ts";

test("cells stand as in the pack", () => {
  const shown = (count: number, order: CellOrder) =>
    cellPlaces(count, order).map((index) => (index === null ? null : index + 1));
  assert.deepEqual(shown(8, "down"), [1, 5, 2, 6, 3, 7, 4, 8]);
  assert.deepEqual(shown(8, "around"), [1, 8, 2, 7, 3, 6, 4, 5]);
  assert.deepEqual(shown(8, "across"), [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(shown(16, "around-turned").slice(0, 4), [9, 8, 10, 7]);
  for (const order of ["down", "around", "around-turned", "across"] as const) {
    for (const count of [1, 7, 15, 16, 24]) {
      const cells = shown(count, order).filter((cell) => cell !== null);
      assert.deepEqual(
        [...cells].sort((a, b) => a - b),
        Array.from({ length: count }, (_, index) => index + 1),
        `${count} ${order}: every cell once`,
      );
    }
  }
});

test("one cell that runs away does not colour the others", () => {
  const cells = [3350, 3351, 3349, null, 3652];
  assert.equal(medianOf(cells), 3350.5);
  assert.equal(colourStep(3350 - medianOf(cells), 15), 0);
  assert.equal(colourStep(3652 - medianOf(cells), 15), 3);
  assert.equal(colourStep(-100, 15), -3);
});

test("axes have round ticks inside of their limits and hold the data", () => {
  for (const [low, high] of [
    [0, 100],
    [-2412, 3877],
    [3.271, 3.312],
    [5, 5],
    [0, 0.4],
    [-40, 0],
  ] as const) {
    const axis = niceAxis(low, high);
    assert.ok(axis.min <= low + 1e-9 && axis.max >= high - 1e-9, `${low}..${high}`);
    assert.ok(axis.ticks.length >= 2 && axis.ticks.length <= 8, `${low}..${high}: ${axis.ticks}`);
  }
  assert.deepEqual(niceAxis(0, 100).ticks, [0, 50, 100]);
});

test("a line never bridges time without samples", () => {
  const chart = lineChart({
    from: NOON,
    step_s: 300,
    lines: [{ name: "x", colour: "--sun", values: [1, 2, null, null, 3, null, 4, 4] }],
    at_least: { min: 0, max: 4 },
    digits: 0,
    time_zone: "UTC",
    format: speech("en").format,
    empty: "nothing",
    ...{ title: "x", unit: "W" },
    spoken: { least: "least", most: "most", now: "now", keys: "keys", planned: "planned" },
  }).text;
  const [, path] = /<path data-name="x" d="([^"]+)" fill="none"/.exec(chart) ?? [];
  assert.equal(path?.match(/M/g)?.length, 3);
});

test("the picture's powers: the BMS before the inverter, the estimate marked, nothing from silent devices", () => {
  const noon = SITUATIONS.noon("en");
  assert.deepEqual(livePowers(noon), {
    sun: 3334,
    house: 1246,
    grid: 0,
    grid_estimated: null,
    battery: (53_604 * 37_520) / 1_000_000,
    soc: 78,
    capacity: 280_000,
    voltage: 53.604,
    packs: null,
  });
  const silent = livePowers(SITUATIONS.silent("en"));
  assert.equal(silent.soc, null);
  assert.deepEqual(silent.packs, { answer: 0, of: 1 });
  assert.equal(silent.battery, 2011, "the inverter's own, while the BMS is silent");
  const hidden = inverterValues({
    work_state: 3,
    grid_relay_closed: 1,
    grid_power: 0,
    grid_apparent_power: 1000,
    grid_reactive_power: 600,
    battery_voltage_grade: 48,
    energy_flow: 1 << 8,
  });
  const feeding = livePowers({
    ...noon,
    inverter: noon.inverter && { ...noon.inverter, values: hidden, derived: derive(hidden) },
  });
  assert.equal(feeding.grid, -800);
  assert.equal(feeding.grid_estimated, "arrow");
  assert.equal(feeding.sun, null);
});

test("rules that stand still are said in red, and nothing of them in the present tense", () => {
  const old = { state: "old", at: NOON - 2 * 86_400, age_s: 2 * 86_400 } as const;
  for (const [lang, says, quiet] of [
    ["en", "The rules have not run for 2 d.", "No open alerts"],
    ["ru", "Правила не работают уже 2 д.", "Тревог нет"],
  ] as const) {
    const model = SITUATIONS.noon(lang);
    const page = renderPage(withHeadline({ ...model, judgement: old })).replace(/[\u00a0\u202f]/g, " ");
    assert.match(page, /class="note critical"/);
    assert.ok(page.includes(says), says);
    assert.ok(page.includes(lang === "en" ? "last decided" : "последнее решение"));
    assert.ok(!page.includes(quiet));
    const text = statusText({ ...model, judgement: old }, false).replace(/[\u00a0\u202f]/g, " ");
    assert.ok(text.includes(`● ${says}`), text);
    assert.ok(!statusText(model, false).includes(says));
  }
  const ahead = renderPage({
    ...SITUATIONS.noon("en"),
    judgement: { state: "future", at: NOON + 86_400, age_s: null },
  });
  assert.ok(ahead.includes("The rules run by another clock."));
});

test("two packs: a line each in the chart of charge, and a silent one is marked", () => {
  const noon = SITUATIONS.noon("en");
  const [one] = noon.bms;
  const [line] = noon.day.soc;
  assert.ok(one && line);
  const other = { ...one, name: "annex" };
  const both = {
    ...noon,
    bms: [one, other],
    day: { ...noon.day, soc: [line, { name: "annex", values: line.values }] },
  };
  const page = renderPage(both);
  assert.match(page, /State of charge, %<\/h2>.*?<div class="legend">.*?bms.*?annex/);
  assert.ok(!page.includes("BMS 2 of 2"));
  assert.match(statusText(both, false), /SoC annex/);
  const half = { ...both, bms: [one, { ...other, sample: null, last_at: NOON - 7200 }] };
  assert.ok(renderPage(half).includes("BMS 1 of 2"));
  assert.deepEqual(livePowers(half).packs, { answer: 1, of: 2 });
});
