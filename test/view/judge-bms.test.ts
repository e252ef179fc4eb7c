import assert from "node:assert/strict";
import { test } from "node:test";
import { failureText } from "../../lib/base/failure/failure.ts";
import { BMS_FIELDS, type BmsSample } from "../../lib/devices/bms/sample.ts";
import { decodeRecords } from "../../lib/devices/jkbms/decode.ts";
import { parseReply } from "../../lib/devices/jkbms/frame.ts";
import { sampleFromRecords } from "../../lib/devices/jkbms/sample.ts";
import { averageBms, type BmsContext, judgeBms, limitBms } from "../../lib/view/judge-bms.ts";
import { BMS_LIMITS } from "../../lib/view/limits.ts";
import { refusalTold } from "../../lib/view/refusal.ts";
import { answerOf, capture } from "../devices/jkbms/captures.ts";

const good = sampleFromRecords(decodeRecords(parseReply(answerOf(capture("nw07")), "nw07").data, "nw07"), "nw07");
const judged = (change: Partial<BmsSample>, context: BmsContext = {}) => judgeBms({ ...good, ...change }, context);
const withCell = (number: number, mv: number) => good.cells.map((cell, index) => (index === number - 1 ? mv : cell));

const DOUBTED: readonly (readonly [string, Partial<BmsSample>, string, string])[] = [
  ["cell 1 at 0 mV", { cells: withCell(1, 0) }, "cell_1", "out_of_range"],
  ["cell 1 at 53 V", { cells: withCell(1, 53_000) }, "cell_1", "out_of_range"],
  ["pack beside the cells", { pack_voltage: 52_900 }, "pack_voltage", "contradicts"],
  ["pack 0 V", { pack_voltage: 0 }, "pack_voltage", "out_of_range"],
  ["SoC 101", { soc: 101 }, "soc", "out_of_range"],
  ["SoC 255", { soc: 255 }, "soc", "out_of_range"],
  ["SoH 101", { soh: 101 }, "soh", "out_of_range"],
  ["current -555 A", { battery_current: -555_350 }, "battery_current", "out_of_range"],
  ["current +501 A", { battery_current: 500_001 }, "battery_current", "out_of_range"],
  ["MOSFET 3276 °C", { mosfet_temperature: 32_767 }, "mosfet_temperature", "out_of_range"],
  ["probe -50 °C", { battery_temperature_2: -500 }, "battery_temperature_2", "out_of_range"],
  ["probe 101 °C", { battery_temperature_4: 1010 }, "battery_temperature_4", "out_of_range"],
  ["just started", { soc: 0, cycle_count: 0 }, "soc", "not_ready"],
  ["the count alone", { cell_count: 20 }, "cell_count", "contradicts"],
];
for (const [name, change, key, code] of DOUBTED) {
  test(`one value costs only itself: ${name}`, () => {
    const { sample, doubts, refusal } = judged(change);
    assert.equal(refusal, null);
    assert.deepEqual(
      doubts.map((doubt) => [doubt.key, doubt.code]),
      [[key, code]],
    );
    const expected = { ...good, ...change };
    if (key.startsWith("cell_") && key !== "cell_count") {
      assert.deepEqual(sample, { ...good, cells: [null, ...good.cells.slice(1)] });
    } else assert.deepEqual(sample, { ...expected, [key]: null });
  });
}

const KEPT: readonly (readonly [string, Partial<BmsSample>])[] = [
  ["as recorded", {}],
  ["pack 0.32 V beside 16 cells", { pack_voltage: 51_982 + 320 }],
  ["500 A", { battery_current: -500_000 }],
  ["SoC 100", { soc: 100 }],
  ["an empty pack with cycles", { soc: 0 }],
  [
    "a new pack that is truly empty",
    { soc: 0, cycle_count: 0, cells: good.cells.map(() => 2800), pack_voltage: 44_800 },
  ],
  ["probes missing", { mosfet_temperature: null, battery_temperature_1: null, battery_temperature_2: null }],
  ["-40 °C", { battery_temperature_1: -400 }],
];
for (const [name, change] of KEPT) {
  test(`nothing to doubt: ${name}`, () => assert.deepEqual(judged(change).doubts, []));
}

test("a 24-cell pack of 79 V is one", () => {
  const cells = Array.from({ length: 24 }, () => 3292);
  assert.deepEqual(judged({ cells, cell_count: 24, pack_voltage: 79_008 }).doubts, []);
});

test("an answer that contradicts itself as a whole is refused", () => {
  assert.equal(judged({ cells: good.cells.slice(1) }).refusal?.code, "cell_count");
  assert.equal(judged({ cells: [], cell_count: 0 }).refusal?.code, "no_cells");
  const zero = Object.fromEntries(Object.keys(BMS_FIELDS).map((key) => [key, 0])) as unknown as BmsSample;
  assert.equal(
    judgeBms({ ...zero, cells: good.cells.map(() => 0), good_answers: 1, bad_answers: 0 }).refusal?.code,
    "all_zero",
  );
});

test("a cell at 1.95 V is an emergency, beside the device's own words and beside none", () => {
  const cells = withCell(7, 1950);
  const pack_voltage = 51_982 - ((good.cells[6] as number) - 1950);
  for (const told of [{ warnings: 2 ** 11 }, { discharge_mosfet_on: 0 }, {}]) {
    const { sample, doubts } = judged({ cells, pack_voltage, ...told });
    assert.deepEqual([sample.cells[6], doubts], [1950, []], JSON.stringify(told));
  }
});

test("beside the device's protection even 0.6 V is believed, and its bits survive everything", () => {
  const cells = withCell(7, 600);
  const { sample, doubts } = judged({ cells, warnings: 2 ** 11, discharge_mosfet_on: 0 });
  assert.equal(sample.cells[6], 600);
  // The pack, as it was, no longer is the sum of its cells.
  assert.deepEqual(
    doubts.map(({ key }) => key),
    ["pack_voltage"],
  );
  const alone = judged({ cells });
  assert.deepEqual([alone.sample.cells[6], alone.doubts[0]?.code], [null, "out_of_range"]);
  const broken = judged({ cells: withCell(7, 0), warnings: 2 ** 11, discharge_mosfet_on: 0 });
  assert.deepEqual([broken.sample.cells[6], broken.sample.warnings], [null, 2 ** 11]);
});

test("the one cell that the pack does not know of is the wrong one", () => {
  const { sample, doubts } = judged({ cells: withCell(3, 2100) });
  assert.deepEqual([sample.cells[2], sample.pack_voltage], [null, good.pack_voltage]);
  assert.equal(doubts[0]?.twin, "pack_voltage");
});

test("not ready is bounded: after a minute the SoC is what the device says", () => {
  const start = { soc: 0, cycle_count: 0 };
  const trial = (since: number) => ({ key: "soc", code: "not_ready", since, base_raw: 0, streak: 1, raw: 0 }) as const;
  const memory = (since: number) => ({ counters: { known: {}, trials: [trial(since)], at: 1000 } });
  assert.equal(judged(start, memory(970)).sample.soc, null);
  assert.deepEqual([judged(start, memory(940)).sample.soc, judged(start, memory(940)).doubts], [0, []]);
});

test("a probe flagged over nothing is believed once it has shown a value", () => {
  const pb = { alarms: 0, warnings: null, battery_temperature_3: 0 };
  assert.deepEqual(judged(pb).doubts, [{ key: "battery_temperature_3", code: "phantom", raw: 0 }]);
  assert.deepEqual(judged(pb, { probes_seen: ["battery_temperature_3"] }).doubts, []);
});

test("a counter that falls is doubted", () => {
  const known = { cycle_count: { raw: 50, age_s: 60 } };
  const { sample, doubts } = judged({ cycle_count: 2 }, { counters: { known, trials: [], at: 1000 } });
  assert.deepEqual([sample.cycle_count, doubts[0]?.code], [null, "fell"]);
});

test("a counter that has begun anew is believed once it has counted on, and the change is told", () => {
  const known = { cycle_count: { raw: 50, age_s: 60 } };
  const trial = { key: "cycle_count", code: "fell", since: 1000, base_raw: 2, raw: 2, streak: 9 } as const;
  const { sample, doubts, resets } = judged({ cycle_count: 3 }, { counters: { known, trials: [trial], at: 4600 } });
  assert.deepEqual([sample.cycle_count, doubts], [3, []]);
  assert.deepEqual(resets, [{ key: "cycle_count", from_raw: 50, to_raw: 3, since: 1000 }]);
});

test("a count of cells that contradicts the list is refused also where the list cannot be added up", () => {
  const { refusal } = judged({ cell_count: 20, cells: [null, ...good.cells.slice(1)] });
  assert.deepEqual(refusal, { code: "cell_count", evidence: [{ key: "cells", raw: 15, expected: 20 }] });
  const told = refusalTold({ code: "cell_count", evidence: [{ key: "cells", raw: 15, expected: null }] });
  assert.deepEqual(
    told.map((one) => failureText(one)),
    ["the answer contradicts itself", "cells reads 15"],
  );
});

test("a stored sample without cells passes the limits of its other values", () => {
  const { sample, doubts } = limitBms({ ...good, cells: [], soc: 255 });
  assert.deepEqual([sample.soc, sample.pack_voltage], [null, good.pack_voltage]);
  assert.deepEqual(
    doubts.map(({ key }) => key),
    ["soc"],
  );
});

test("an average leaves out what one answer did not have", () => {
  const one = judged({ cells: withCell(1, 0), soc: 255 });
  const other = judged({});
  const { sample, doubts } = averageBms([one, other], 3);
  assert.deepEqual(doubts, []);
  assert.deepEqual(sample, { ...good, good_answers: 2, bad_answers: 3 });
  assert.equal(averageBms([one, one], 0).doubts.length, 2);
});

test("of three answers one alone moves nothing; of two the newest counts", () => {
  const one = judged({});
  const wild = judged({ soc: 12, battery_current: -90_000, cells: withCell(1, 2_500) });
  assert.deepEqual(averageBms([one, one, wild], 0).sample, { ...good, good_answers: 3, bad_answers: 0 });
  assert.equal(averageBms([one, wild], 0).sample.soc, 12);
});

test("a cell beyond those that the pack has is not believed at once, unless the pack's voltage knows of it", () => {
  const more = [...good.cells, ...Array(8).fill(null), 1536];
  const { sample, doubts } = judged({ cells: more, cell_count: 17 }, { cell_count: 16 });
  assert.deepEqual(sample.cells.slice(0, 16), good.cells);
  assert.equal(sample.cells[24], null);
  assert.deepEqual(doubts, [{ key: "cell_25", code: "contradicts", raw: 1536, twin: "cell_count", twin_value: 16 }]);
  const grown = Array.from({ length: 24 }, () => 3292);
  assert.deepEqual(judged({ cells: grown, cell_count: 24, pack_voltage: 79_008 }, { cell_count: 16 }).doubts, []);
});

test("of three answers one alone adds no cell", () => {
  const one = judged({});
  const longer = judged({ cells: [...good.cells, null, 1536], cell_count: 17 });
  assert.equal(longer.sample.cells.length, 18);
  assert.deepEqual(averageBms([one, one, longer], 0).sample.cells, good.cells);
});

test("every numeric field has limits", () => {
  const numeric = Object.entries(BMS_FIELDS)
    .filter(([key, { kind }]) => !["flags", "bool"].includes(kind) && key !== "cell_count")
    .map(([key]) => key);
  assert.deepEqual(Object.keys(BMS_LIMITS).sort(), numeric.sort());
});
