import assert from "node:assert/strict";
import { test } from "node:test";
import type { HistoryLine } from "../../lib/station/history-read.ts";
import { historyCsv, historyText } from "../../lib/terminal/history-text.ts";
import { paint, sparkline } from "../../lib/terminal/paint.ts";
import { stripChart, terminalChart } from "../../lib/terminal/terminal-chart.ts";
import { speech } from "../../lib/words/index.ts";

const FROM = Date.UTC(2026, 5, 21, 9, 0, 0) / 1000;

function line(values: HistoryLine["values"], changes: Partial<HistoryLine> = {}): HistoryLine {
  const numbers = values.filter((value) => typeof value === "number");
  return {
    ...{ name: "soc", label: "State of charge", unit: "%", digits: 0, device: "bms", column: "soc", values },
    ...{ table: "bms_samples", field: null },
    least: numbers.length === 0 ? null : Math.min(...numbers),
    most: numbers.length === 0 ? null : Math.max(...numbers),
    ...changes,
  };
}

function screen(lines: readonly HistoryLine[], chart = false): string[] {
  const at = [0, 1, 2, 3].map((index) => FROM + index * 3600);
  const span = { from: FROM, to: FROM + 4 * 3600 };
  return historyText(
    span,
    { step_s: 3600, at, lines },
    { time_zone: "Europe/Kyiv", chart },
    speech("en"),
    paint(false),
  ).split("\n");
}

test("a table for other programs leaves what is not known empty, and quotes what a comma or a quote would break", () => {
  const lines = [
    line([41, null, 43]),
    line(["off_grid", 'says "no"', "low, hot"], { name: "state, of it", least: null, most: null }),
    line([true, false, null], { name: "relay" }),
  ];
  const at = [FROM, FROM + 60, FROM + 120];
  assert.deepEqual(historyCsv({ step_s: 60, at, lines }).split("\n"), [
    'time,soc,"state, of it",relay',
    "2026-06-21T09:00:00Z,41,off_grid,true",
    '2026-06-21T09:01:00Z,,"says ""no""",false',
    '2026-06-21T09:02:00Z,43,"low, hot",',
  ]);
});

test("a curve stands under its least, mean and highest value, with its unit where it has one", () => {
  const [head, , title, curve] = screen([line([0, 50, null, 100])]);
  assert.equal(head, "2026-06-21 12:00 … 2026-06-21 16:00 (Europe/Kyiv)");
  assert.equal(title, "State of charge (soc)  min 0  mean 50  max 100 %");
  assert.equal(curve, "  ▁▅ █");
  const [, , counted] = screen([line([1, 2, 3, 6], { label: "Cycles", name: "cycle_count", unit: null })]);
  assert.equal(counted, "Cycles (cycle_count)  min 1  mean 3  max 6");
});

test("volts far from zero are drawn from their least value, so that their ups and downs are seen", () => {
  const volts = { name: "pack_voltage", label: "Pack voltage", unit: "V", digits: 1 };
  assert.equal(screen([line([52, 53, 54, 52], volts)])[3], "  ▁▅█▁");
  assert.equal(screen([line([52, 52, 52, 52], volts)])[3], "  ▁▁▁▁");
  assert.equal(screen([line([-52, 0, 20, 54], volts)])[3], "   ▁▄█", "what falls below zero is drawn from zero");
});

test("states are told by how much of the time each was met; a time without samples says so", () => {
  assert.deepEqual(screen([line(["off_grid", "bypass", "off_grid", "off_grid"], { label: "State", name: "state" })]), [
    "2026-06-21 12:00 … 2026-06-21 16:00 (Europe/Kyiv)",
    "",
    "State (state)",
    "  off_grid 75 %, bypass 25 %",
  ]);
  assert.equal(screen([line(["", null, "", null])])[3], "  none 100 %");
  assert.equal(screen([line([null, null, null, null])])[3], "  no samples in this time");
});

test("asked for a chart, a curve is eight lines over the clock", () => {
  const drawn = screen([line([0, 50, 100, 100])], true).slice(3);
  assert.equal(drawn.length, 9);
  assert.equal(drawn[0], "  100 ┤  ██");
  assert.equal(drawn[7], "    0 ┤▁███");
});

test("what only falls below zero hangs from it over the whole height", () => {
  const rows = terminalChart({
    ...{ values: [-800, -400, 0], from: FROM, to: FROM + 3 * 3600, time_zone: "UTC" },
    show: (value) => value.toFixed(0),
  });
  assert.equal(rows[0], "     0 ┼───");
  assert.deepEqual(
    rows.slice(1, 9).map((row) => row.slice(8)),
    ["██", "██", "██", "██", "█", "█", "█", "█"],
  );
  assert.match(rows[8] as string, /-800 ┤/);
});

test("a line that stays at zero is drawn as one that rests", () => {
  const clock = { from: FROM, to: FROM + 86_400, time_zone: "UTC" };
  assert.equal(stripChart([{ label: "sun", values: [0, 0, 0] }], { ...clock, width: 30, margin: 5 })[0], "sun  ▁▁▁");
  const flat = terminalChart({ ...clock, values: [0, 0, 0], show: String });
  assert.match(flat.find((row) => row.includes("▁")) as string, /0 ┤▁▁▁/);
  assert.deepEqual(stripChart([{ label: "sun", values: [null] }], { ...clock, width: 30, margin: 5 }), []);
});

test("over more than three days the clock below tells days", () => {
  const values = Array.from({ length: 40 }, (_, index) => index);
  const clock = { from: FROM, to: FROM + 10 * 86_400, time_zone: "UTC", width: 46, margin: 6 };
  assert.equal(stripChart([{ label: "x", values }], clock).at(-1), "      06-21       06-24       06-27");
});

test("a line that knows no ups and downs stands in the middle, its gaps stay empty", () => {
  assert.equal(sparkline([5, null, 5]), "▅ ▅");
  assert.equal(sparkline([null]), " ");
  assert.equal(sparkline([1, 8]), "▁█");
});
