import assert from "node:assert/strict";
import { test } from "node:test";
import { speech } from "../../lib/words/index.ts";

/** 2026-06-21 13:00 in Kyiv. */
const NOON = Date.UTC(2026, 5, 21, 10, 0, 0) / 1000;
const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, " ");

test("numbers as people of each language write them", () => {
  const { format: en } = speech("en");
  const { format: ru } = speech("ru");
  assert.equal(en.number(1234567.891, 2), "1,234,567.89");
  assert.equal(plain(ru.number(-1234.5, 1)), "−1 234,5");
  assert.equal(en.number(-0.04, 1), "0.0", "no minus before a zero");
  assert.equal(en.number(null, 1), "–", "missing is no 0");
  assert.equal(en.signed(12.34, 1), "+12.3");
  assert.equal(en.signed(0, 1), "0.0");
  assert.equal(ru.quantity(5, "kWh", 1), "5,0\u00a0кВт·ч");
});

test("ages in two parts at most", () => {
  const text = (seconds: number) => plain(speech("en").format.duration(seconds));
  assert.equal(text(59), "59 s");
  assert.equal(text(119), "2 min");
  assert.equal(text(12_060), "3 h 21 min");
  assert.equal(text(190_000), "2 d 4 h");
  assert.equal(text(2 * 86_400), "2 d");
  assert.equal(text(-5), "0 s");
  assert.equal(speech("en").format.duration(null), "–", "missing is no 0");
  assert.equal(text(Number.NaN), "–");
});

test("times are local, and say the day when it is another one", () => {
  assert.equal(speech("en").format.clock(NOON, NOON, "Europe/Kyiv"), "13:00");
  assert.equal(speech("ru").format.clock(NOON - 86_400, NOON, "Europe/Kyiv"), "20\u00a0июн., 13:00");
});
