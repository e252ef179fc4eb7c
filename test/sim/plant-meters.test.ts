import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runClairvoyant } from "../../lib/sim/plant/clairvoyant.ts";
import { BmsMeter, InverterMeter } from "../../lib/sim/plant/meters.ts";
import { Plant } from "../../lib/sim/plant/plant.ts";
import {
  type ControllerView,
  RUN_EPOCH,
  runAlwaysOffGrid,
  runAlwaysOnGrid,
  runWorld,
} from "../../lib/sim/plant/plant-run.ts";
import { flatWorld, makeWorld } from "../../lib/sim/plant/scenario.ts";

describe("meters", () => {
  it("lose about three polls in a hundred, and the BMS goes silent for spells", () => {
    const plant = new Plant({ world: makeWorld("month_mixed", 1), capacity_ah: 100 });
    const bms = new BmsMeter(plant, "test");
    const inverter = new InverterMeter(plant, "test");
    let lostBms = 0;
    let lostInverter = 0;
    let spell = 0;
    let longest = 0;
    while (plant.minute < plant.world.minutes) {
      plant.step();
      spell = bms.read(plant.minute * 60, false) ? 0 : spell + 1;
      longest = Math.max(longest, spell);
      if (spell > 0) lostBms += 1;
      if (!inverter.read(plant.minute * 60)) lostInverter += 1;
    }
    const share = (lost: number): number => (100 * lost) / plant.world.minutes;
    assert.ok(share(lostInverter) > 2.5 && share(lostInverter) < 3.5, `${share(lostInverter)}`);
    assert.ok(share(lostBms) > 2.6 && share(lostBms) < 5, `${share(lostBms)}`);
    assert.ok(longest >= 5 && longest < 40, `${longest}`);
  });

  it("read close to the truth, rounded as the devices do", () => {
    const plant = new Plant({ world: makeWorld("clear_summer", 1), capacity_ah: 100 });
    const meter = new BmsMeter(plant, "test");
    for (let minute = 0; minute < 700; minute += 1) {
      plant.step();
      const record = meter.read(minute, false);
      if (!record) continue;
      record.cells.forEach((cell, index) => {
        assert.ok(Math.abs((cell ?? 0) - (plant.pack.cells[index] ?? 0)) < 0.02);
        assert.equal(cell, Math.round((cell ?? 0) * 1000) / 1000);
      });
      assert.ok(Math.abs((record.battery_current ?? 99) - plant.pack.current) < 1.5);
      assert.equal(record.soc, Math.round(record.soc ?? Number.NaN));
    }
  });

  it("the counter of the BMS is set to 100 % by a full charge", () => {
    const plant = new Plant({
      world: flatWorld({ day_of_year: 172, days: 1, load: 700, start_soc: 0.8 }),
      capacity_ah: 100,
      variant: "abs576",
    });
    const meter = new BmsMeter(plant, "drift");
    meter.soc = 60;
    while (plant.minute < 900) {
      plant.step();
      meter.read(plant.minute, false);
    }
    assert.ok(meter.soc > 98, `${meter.soc}`);
  });

  it("the inverter reports the switch as of the minute before", () => {
    const plant = new Plant({ world: makeWorld("clear_summer", 1), capacity_ah: 100 });
    const meter = new InverterMeter(plant, "lag");
    plant.step();
    meter.read(1);
    plant.setOngridSwitch(false);
    plant.step();
    const first = meter.read(2);
    plant.step();
    const second = meter.read(3) ?? meter.read(3);
    assert.equal(first?.ongrid_switch ?? true, true);
    assert.equal(second?.ongrid_switch, false);
    assert.equal(second?.work_state, "off_grid");
  });
});

describe("runs", () => {
  it("hand the controller a window of records and carry out its orders", () => {
    const seen: number[] = [];
    const result = runWorld({
      world: makeWorld("clear_summer", 1, 1),
      capacity_ah: 100,
      interval: 5,
      controller: (view: ControllerView) => {
        seen.push(view.now);
        assert.ok(view.bms.length <= 26 && view.bms.every((record) => record.at <= view.now));
        return view.minute === 599 ? { ongrid_switch: false } : null;
      },
    });
    assert.equal(seen.length, 288);
    assert.equal(seen[0], RUN_EPOCH + 305);
    assert.equal(result.switch_overs, 1);
    assert.ok(Math.abs(result.off_grid_hours - 14) < 0.1);
  });

  it("the same world gives the same result, and the optimum is the best of all", () => {
    const world = makeWorld("clear_summer", 2);
    assert.deepEqual(runAlwaysOnGrid(world, 100), runAlwaysOnGrid(makeWorld("clear_summer", 2), 100));
    const best = runClairvoyant(world, 100);
    assert.ok(best.net < runAlwaysOnGrid(world, 100).net - 10);
    assert.ok(best.net < runAlwaysOffGrid(world, 100).net);
    assert.ok(Math.abs(best.net - best.planned) < 0.3, `${best.net} ${best.planned}`);
    assert.equal(best.unserved_minutes, 0);
  });
});
