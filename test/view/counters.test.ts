import assert from "node:assert/strict";
import { test } from "node:test";
import { type CounterMemory, judgeCounter } from "../../lib/view/counters.ts";
import type { Trial } from "../../lib/view/doubt.ts";

const AT = 1_800_000_000;
/** 1 kWh an hour, in tenths; known: 100.0 kWh an hour ago. */
const verdict = (raw: number, trial: Partial<Trial> | null = null) => {
  const whole = {
    key: "load_energy",
    code: "fell",
    since: AT - 3600,
    base_raw: 50,
    raw: 50,
    streak: 10,
    ...trial,
  } as Trial;
  const memory: CounterMemory = {
    known: { load_energy: { raw: 1000, age_s: 3600 } },
    trials: trial === null ? [] : [whole],
    at: AT,
  };
  const { doubt, reset } = judgeCounter("load_energy", raw, 10, 10, memory);
  return doubt?.code ?? (reset ? "reset" : "believed");
};

test("a counter stands or rises by what the machine can; anything else is doubted", () => {
  assert.deepEqual(
    [999, 1000, 1012, 1013, 9000].map((raw) => verdict(raw)),
    ["fell", "believed", "believed", "jump", "jump"],
  );
});

test("a new level is believed once it has counted on, long enough and often enough", () => {
  assert.equal(verdict(52, {}), "reset");
  assert.equal(verdict(52, { since: AT - 599 }), "fell", "ten minutes");
  assert.equal(verdict(52, { streak: 3 }), "fell", "four readings");
  assert.equal(verdict(52, { raw: 53 }), "fell", "it fell again");
  assert.equal(verdict(63, {}), "fell", "it rose faster than the machine can");
  assert.equal(verdict(52, { code: "jump" }), "fell", "another doubt");
  assert.equal(verdict(52, { base_raw: null }), "fell", "nobody remembers where it began");
  assert.equal(verdict(52, { raw: null }), "fell", "nor where it stood last");
});

test("a counter that stands still proves nothing before a day is over", () => {
  assert.equal(verdict(50, {}), "fell");
  assert.equal(verdict(50, { since: AT - 86_400 }), "reset");
});
