/** Each flaw of the original rules: the original shows it, ours does not. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { originalAge, originalWish, runOriginal } from "../../lib/rules/grid-switch/original.ts";
import type { BmsInput, InverterInput } from "../../lib/view/record.ts";
import { bmsSample, inverterSample, Station, T0 } from "./grid-switch-station.ts";

/** One run of the original on two records. */
function original(
  policy: "original-2024" | "original-2026",
  bms: Parameters<typeof bmsSample>[1],
  inverter: Partial<InverterInput>,
  options: { age_s?: number; inverter_age_s?: number; counter?: number } = {},
): { wish: boolean | null; counter: number } {
  const record: BmsInput = bmsSample(T0 - (options.age_s ?? 30), bms);
  const other = inverterSample(T0 - (options.inverter_age_s ?? 30), inverter);
  return runOriginal(policy, T0, record, other, options.counter ?? 0);
}

describe("flaws of the original rules", () => {
  it("2: data 59 min old passes as fresh; ours holds still after three minutes", () => {
    assert.equal(originalAge(59 * 60), 0);
    assert.equal(original("original-2024", { cell: 3.4 }, {}, { age_s: 59 * 60 }).wish, false);
    const station = new Station();
    station.pass(10, { bms: { soc: 95 } });
    station.pass(59, { bms: null });
    assert.deepEqual(station.orders, []);
  });

  it("3: data a day old passes as fresh again; ours does not", () => {
    assert.equal(originalAge(86400 + 120), 0);
    assert.equal(original("original-2024", { cell: 3.4 }, {}, { age_s: 86400 + 120 }).wish, false);
    const station = new Station();
    station.pass(10, { bms: { soc: 95 } });
    station.now += 86400 - 600;
    station.pass(30, { bms: null });
    assert.deepEqual(station.orders, []);
  });

  it("4: stale data off the grid: the original does nothing; ours returns", () => {
    for (const policy of ["original-2024", "original-2026"] as const) {
      assert.equal(original(policy, { cell: 3.0 }, { ongrid_switch: false }, { age_s: 4000, counter: 4 }).wish, null);
    }
    const station = new Station({ onGrid: false });
    station.pass(10);
    assert.equal(station.until(40, { bms: null })?.winner, "S2");
  });

  it("5: an old inverter record is acted upon; ours wants every input fresh", () => {
    assert.equal(original("original-2024", { cell: 3.4 }, {}, { inverter_age_s: 86400 * 3 }).wish, false);
    const station = new Station();
    station.pass(10, { bms: { soc: 95 } });
    station.pass(60, { bms: { soc: 95 }, inverter: null });
    assert.deepEqual(station.orders, []);
  });

  it("6: a record without cells reads 4.0 V and leaves the grid; ours rejects it", () => {
    assert.equal(original("original-2024", { cells: [] }, {}).wish, false);
    let counter = 0;
    let left = false;
    for (let run = 0; run < 6; run += 1) {
      const result = original("original-2026", { cells: [] }, {}, { counter });
      counter = result.counter;
      left ||= result.wish === false;
    }
    assert.ok(left);
    const station = new Station();
    station.pass(60, { bms: { cells: [], soc: 95 } });
    assert.deepEqual(station.orders, []);
  });

  it("7: the 900 W condition of the first version has no effect", () => {
    const view = { on_grid: true, lowest: 3.36, battery_power: 0, pv_power: 0, load_power: 700 };
    assert.equal(originalWish("original-2024", view, 0).wish, false);
  });

  it("8: a kettle's sag ends the solar day; ours takes the sag out", () => {
    const sag = { cell: 3.15, battery_current: -60 } as const;
    assert.equal(original("original-2024", sag, { ongrid_switch: false }).wish, true);
    const station = new Station({ onGrid: false });
    station.pass(20, { bms: { cell: 3.29, battery_current: -15 } });
    station.pass(4, { bms: sag });
    station.pass(10, { bms: { cell: 3.29, battery_current: -15 } });
    assert.deepEqual(station.orders, []);
  });

  it("9: an order lost at the end of the counter is never repeated; ours is", () => {
    let counter = 0;
    let wishes = 0;
    for (let run = 0; run < 40; run += 1) {
      const result = original("original-2026", { cell: 3.1 }, { ongrid_switch: false }, { counter });
      counter = result.counter;
      if (result.wish !== null) wishes += 1;
    }
    assert.equal(wishes, 1);
    const station = new Station({ onGrid: false });
    station.pass(60, { bms: { cell: 3.1 } });
    assert.ok(station.orders.length > 5);
  });

  it("9: a lost order to leave is tried anew only after the sun went and came back", () => {
    const sun = { pv_power: 900, load_power: 700 };
    const steps = [...Array<number>(12).fill(900), 100, ...Array<number>(3).fill(900)];
    let counter = 0;
    const wished: number[] = [];
    for (const [index, pv_power] of steps.entries()) {
      const result = original("original-2026", { cell: 3.33 }, { ...sun, pv_power }, { counter });
      counter = result.counter;
      if (result.wish === false) wished.push(index);
    }
    assert.deepEqual(wished, [4, 13]);
  });

  it("10: full, connected, in float: the newest version waits for ever; ours leaves", () => {
    let counter = 0;
    for (let run = 0; run < 100; run += 1) {
      const result = original(
        "original-2026",
        { cell: 3.37, soc: 100 },
        { pv_power: 30, charge_stage: "float" },
        { counter },
      );
      counter = result.counter;
      assert.equal(result.wish, null);
    }
    const station = new Station();
    assert.equal(
      station.until(40, { bms: { cell: 3.37, soc: 100 }, inverter: { pv_power: 30, charge_stage: "float" } })?.winner,
      "G1",
    );
  });

  it("11: 2.5 V is treated like 3.21 V, 25 min; ours has a fast path", () => {
    assert.equal(original("original-2026", { cell: 2.5 }, { ongrid_switch: false }).wish, null);
    const station = new Station({ onGrid: false });
    assert.equal(station.until(1, { bms: { cell: 2.5 } })?.winner, "S3");
  });

  it("12: the counter's meaning changes with the run interval; our holds are minutes", () => {
    const minutesToLeave = (interval: number): number => {
      const station = new Station({ parameters: { dwell_on: 5 } });
      station.pass(6, { bms: { soc: 60 } });
      for (let minute = 1; minute < 60; minute += 1) {
        station.now += 60;
        station.bms.push(bmsSample(station.now, { soc: 70 }));
        station.inverter.push(inverterSample(station.now, { pv_power: 1500 }));
        if (minute % interval === 0 && station.decide().action.kind === "order") return minute;
      }
      return Number.NaN;
    };
    const each = minutesToLeave(1);
    assert.ok(each >= 10 && each <= 20, `${each}`);
    assert.ok(Math.abs(minutesToLeave(5) - each) <= 5);
  });

  it("12: the counter decays towards 0, whichever end it came from, and never beyond", () => {
    const decay = (on_grid: boolean, before: number): number[] => {
      let counter = before;
      return Array.from({ length: 7 }, () => {
        const result = original("original-2026", { cell: 3.3 }, { ongrid_switch: on_grid, pv_power: 0 }, { counter });
        assert.equal(result.wish, null);
        counter = result.counter;
        return counter;
      });
    };
    for (const onGrid of [false, true]) {
      assert.deepEqual(decay(onGrid, 5), [4, 3, 2, 1, 0, 0, 0]);
      assert.deepEqual(decay(onGrid, -5), [-4, -3, -2, -1, 0, 0, 0]);
    }
  });

  it("13: no dwell: voltage that swings makes the first version switch on each sample; ours has a budget", () => {
    let onGrid = true;
    let changes = 0;
    const station = new Station();
    for (let minute = 0; minute < 600; minute += 1) {
      const cell = minute % 2 === 0 ? 3.4 : 3.1;
      const wish: boolean | null = original("original-2024", { cell }, { ongrid_switch: onGrid }).wish;
      if (wish !== null && wish !== onGrid) {
        onGrid = wish;
        changes += 1;
      }
      station.pass(1, { bms: { cell, soc: cell > 3.3 ? 95 : 10 } });
      station.obey();
    }
    assert.ok(changes > 500);
    assert.ok(station.orders.length <= 11, `${station.orders.length}`);
  });

  it("22: PV is compared with the AC load: the newest version leaves in deficit; ours counts the losses", () => {
    const view = { on_grid: true, lowest: 3.33, battery_power: 0, pv_power: 690, load_power: 700 };
    assert.equal(originalWish("original-2026", view, -4).wish, false);
    const station = new Station();
    station.pass(60, { bms: { soc: 46 }, inverter: { pv_power: 690, load_power: 700 } });
    assert.deepEqual(station.orders, []);
  });
});

describe("the original presets inside the rails", () => {
  it("2024: leave above 3.35 V, return at 3.15 V", () => {
    const station = new Station();
    station.policy = "original-2024";
    const left = station.until(40, { bms: { cell: 3.36, soc: 97 } });
    assert.equal(left?.winner, "F");
    station.obey();
    station.pass(5, { bms: { cell: 3.25 } });
    assert.equal(station.until(2, { bms: { cell: 3.14 } })?.winner, "F");
  });

  it("2026: counts runs of five minutes, repeats a lost order", () => {
    const station = new Station({ onGrid: false });
    station.policy = "original-2026";
    const first = station.until(60, { bms: { cell: 3.2 } });
    assert.equal(first?.winner, "N");
    const minutes = (station.now - T0) / 60;
    assert.ok(minutes >= 20 && minutes <= 27, `${minutes}`);
    assert.ok(station.until(10, { bms: { cell: 3.2 } }));
  });

  it("their data rails are ours: stale data never leaves, blind returns", () => {
    for (const policy of ["original-2024", "original-2026"] as const) {
      const station = new Station();
      station.policy = policy;
      station.pass(10, { bms: { cell: 3.4 } });
      station.pass(60, { bms: null });
      assert.deepEqual(station.orders, []);
      const off = new Station({ onGrid: false });
      off.policy = policy;
      off.pass(10);
      assert.equal(off.until(40, { bms: null })?.winner, "S2");
    }
  });
});
