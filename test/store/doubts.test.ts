import assert from "node:assert/strict";
import { test } from "node:test";
import { doubtSpells, openTrials, saveDoubts } from "../../lib/store/doubts.ts";
import { bmsRecords } from "../../lib/store/view.ts";
import type { Doubt } from "../../lib/view/doubt.ts";
import { MONDAY, newStore, storeBms } from "./history-support.ts";

const HIGH = { key: "battery_voltage", code: "out_of_range", raw: 999, low: 40, high: 64 } as const;
const FELL = { key: "pv_energy", code: "fell", raw: 100 } as const;

/** A store in which the samples of minute 0, 1, 2 … doubted what is given; [] = nothing. */
function doubted(t: Parameters<typeof newStore>[0], minutes: readonly (readonly Doubt[])[]) {
  const store = newStore(t);
  for (const [minute, doubts] of minutes.entries()) {
    store.write(() => saveDoubts(store, "inverter", "inverter", MONDAY + 60 * minute, doubts));
  }
  const spells = doubtSpells(store, "inverter", MONDAY, MONDAY + 3600);
  return {
    spells: spells.map((one) => [one.key, one.code, (one.last_at - one.first_at) / 60, one.count, one.open]),
    values: spells,
    trials: openTrials(store, "inverter"),
  };
}

test("a doubt that goes on is one spell, also when it was gone for some samples", (t) => {
  const { spells, trials } = doubted(t, [[HIGH], [HIGH], [], [HIGH]]);
  assert.deepEqual(spells, [["battery_voltage", "out_of_range", 3, 3, true]]);
  assert.deepEqual(
    trials.map(({ since, streak }) => [(since - MONDAY) / 60, streak]),
    [[3, 1]],
    "the judge counts from where it came again",
  );
});

test("another doubt of the same value is a spell of its own, and ends the first", (t) => {
  const { spells } = doubted(t, [[HIGH], [{ ...HIGH, code: "contradicts" }]]);
  assert.deepEqual(spells, [
    ["battery_voltage", "contradicts", 0, 1, true],
    ["battery_voltage", "out_of_range", 0, 1, false],
  ]);
});

test("a counter that goes on from where it fell proves itself; one that falls again begins anew", (t) => {
  const going = doubted(t, [[FELL], [{ ...FELL, raw: 101 }], [{ ...FELL, raw: 102 }]]);
  assert.deepEqual(
    going.trials.map(({ base_raw, raw, streak }) => [base_raw, raw, streak]),
    [[100, 102, 3]],
  );
  const again = doubted(t, [[FELL], [{ ...FELL, raw: 101 }], [{ ...FELL, raw: 7 }]]);
  assert.deepEqual(
    again.trials.map(({ base_raw, raw, streak }) => [base_raw, raw, streak]),
    [[7, 7, 1]],
  );
});

test("limits, the twin that contradicts, and a text come back as they were stored", (t) => {
  const twin = { key: "soc", code: "contradicts", raw: 4, twin: "pack_voltage", twin_value: 53.2 } as const;
  const text = { key: "name", code: "out_of_range", raw: "??" } as const;
  const { values } = doubted(t, [[HIGH, twin, text]]);
  const stored = values.map(({ first_at, last_at, count, open, ...doubt }) => doubt);
  assert.deepEqual(stored, [HIGH, text, twin]);
});

test("a cell that is doubted is told with the sample that lacks it, and with no other", (t) => {
  const store = newStore(t);
  const cells = (minute: number) => [3300, minute === 1 ? null : 3301, 3302];
  storeBms(store, [MONDAY, MONDAY + 60, MONDAY + 120], (at) => ({ cells: cells((at - MONDAY) / 60) }));
  const odd = { key: "cell_2", code: "out_of_range", raw: 9000 } as const;
  store.write(() => saveDoubts(store, "bms", "bms", MONDAY + 60, [odd]));
  const records = bmsRecords(store, "bms", MONDAY, MONDAY + 180);
  assert.deepEqual(
    records.map(({ doubts = [] }) => doubts.map(({ key }) => key).filter((key) => key.startsWith("cell_"))),
    [[], ["cell_2"], []],
  );
});
