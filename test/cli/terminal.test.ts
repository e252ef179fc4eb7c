import assert from "node:assert/strict";
import { test } from "node:test";
import { hasColour, inAscii, isUtf8, widthOf, wrapped } from "../../lib/cli/terminal.ts";
import { stripChart, terminalChart } from "../../lib/terminal/terminal-chart.ts";

test("colour and letters by the rules of the field", () => {
  assert.ok(hasColour({}));
  assert.ok(hasColour({ NO_COLOR: "" }), "an empty value is none");
  assert.ok(!hasColour({ NO_COLOR: "1" }));
  assert.ok(!hasColour({ TERM: "dumb" }));
  assert.ok(isUtf8({ LANG: "ru_UA.UTF-8" }));
  assert.ok(isUtf8({ LC_ALL: "C.utf8", LANG: "C" }));
  assert.ok(!isUtf8({ LANG: "C" }));
  assert.ok(!isUtf8({ LC_ALL: "POSIX", LANG: "en_US.UTF-8" }), "LC_ALL wins");
  assert.ok(!isUtf8({}));
  assert.equal(inAscii("● −948\u00a0W ⇒ ▁▅█ 22\u00a0°C"), "* -948 W => _+# 22 C");
  assert.equal(inAscii("сеть → дом"), "сеть -> дом", "letters of a language stay");
});

const NOON = Date.UTC(2026, 5, 21, 9, 0, 0) / 1000;
const chart = (values: readonly (number | null)[]) =>
  terminalChart({
    ...{ values, from: NOON, to: NOON + 86_400, time_zone: "Europe/Kyiv" },
    show: (value) => value.toFixed(0),
  });

test("a discharge hangs below the zero line, a charge stands on it, rest is neither", () => {
  const rows = chart([2000, 0, -2000, null, -1000]);
  const zero = rows.findIndex((row) => row.includes("┼"));
  assert.match(rows[zero] as string, /0 ┼─── ─/);
  const column = (index: number) => rows.map((row) => row[(rows[zero] as string).indexOf("┼") + 1 + index] ?? " ");
  const drawn = (index: number, from: number, to?: number) => column(index).slice(from, to).join("").trim();
  assert.equal(drawn(0, 0, zero), "████");
  assert.equal(drawn(0, zero + 1, -1), "");
  assert.equal(drawn(1, zero + 1, -1), "", "rest");
  assert.equal(drawn(2, 0, zero), "");
  assert.equal(drawn(2, zero + 1, -1), "████");
  assert.equal(drawn(4, zero + 1, -1), "██");
  assert.match(rows[0] as string, /2000 ┤/);
  assert.match(rows.at(-2) as string, /-2000 ┤/);
});

test("volts are drawn between their own limits, and the clock stands below", () => {
  const rows = chart(Array.from({ length: 40 }, (_, index) => 50 + index / 10));
  assert.equal(rows.length, 9);
  assert.ok(!rows.some((row) => row.includes("┼")));
  assert.match(rows.at(-1) as string, /^ +12:00 +19:12 +02:24$/);
  assert.deepEqual(chart([null, null]), []);
});

test("strips share one clock; what is below zero hangs below its line", () => {
  const clock = { from: NOON, to: NOON + 86_400, time_zone: "Europe/Kyiv", width: 30, margin: 6 };
  const rows = stripChart(
    [
      { label: "sun", values: [0, 500, 1000, null] },
      { label: "bat", values: [1000, 0, -1000, -500] },
      { label: "none", values: [null] },
    ],
    clock,
  );
  assert.deepEqual(rows, ["sun   ▁▅█", "bat   █▁", "        █▀", ""]);
  const long = stripChart([{ label: "x", values: Array.from({ length: 288 }, (_, i) => i) }], clock);
  assert.ok(long.every((row) => row.length <= 30));
  assert.match(long.at(-1) as string, /^ {6}12:00 +00:00$/);
});

test("a wide line breaks between words; colours take no room, and a figure keeps its unit", () => {
  assert.deepEqual(wrapped("one two three", 9, 2), ["one two", "  three"]);
  assert.deepEqual(wrapped("  one two three", 9, 4), ["  one two", "    three"]);
  assert.deepEqual(wrapped(" ".repeat(12), 9), [""]);
  assert.deepEqual(wrapped("\u001b[1mone two\u001b[0m", 7), ["\u001b[1mone two\u001b[0m"]);
  assert.deepEqual(wrapped("label   22\u00a0°C 230\u00a0V", 14, 8), ["label   22\u00a0°C", "        230\u00a0V"]);
  assert.equal(widthOf("\u001b[31m● ⇒\u001b[0m"), 3);
});
