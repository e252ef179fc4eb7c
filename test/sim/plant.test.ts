import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CELLS, Pack, restVoltage, spreadCells, storedEnergy } from "../../lib/sim/plant/battery.ts";
import { dcNeed, VARIANTS, type VariantName } from "../../lib/sim/plant/inverter.ts";
import { Plant } from "../../lib/sim/plant/plant.ts";
import { randomStream } from "../../lib/sim/plant/random.ts";
import { flatWorld, makeWorld, SCENARIOS, type ScenarioName } from "../../lib/sim/plant/scenario.ts";
import { ARRAY_SCALE, panelPower } from "../../lib/sim/plant/sun.ts";

function near(actual: number, wanted: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(actual - wanted) <= tolerance, `${what}: ${actual}, wanted ${wanted} ± ${tolerance}`);
}

describe("sun", () => {
  it("gives the check values of the model", () => {
    near(ARRAY_SCALE, 1435.59, 0.01, "scale");
    for (const [day, hour, watts] of [
      [172, 12, 1242.7],
      [172, 9, 923.2],
      [172, 16.5, 535.5],
      [355, 12, 904],
      [355, 9, 441.4],
      [80, 12, 1263.8],
    ] as const) {
      near(panelPower(day, hour, 1), watts, 0.06, `day ${day} hour ${hour}`);
    }
    for (const [day, energy] of [
      [172, 10.17],
      [355, 5.05],
      [80, 9.156],
    ] as const) {
      let sum = 0;
      for (let minute = 0; minute < 1440; minute += 1) sum += panelPower(day, minute / 60, 1) / 60000;
      near(sum, energy, 0.003, `energy of day ${day}`);
    }
  });
});

describe("battery and inverter constants", () => {
  it("stores the energy of the model and needs its DC power", () => {
    for (const [soc, energy] of [
      [0.1, 0.482],
      [0.2, 0.997],
      [0.5, 2.572],
      [0.8, 4.164],
      [1, 5.233],
    ] as const) {
      near(storedEnergy(soc, 100), energy, 0.0015, `energy at ${soc}`);
    }
    for (const [load, need] of [
      [600, 697.1],
      [750, 857],
      [900, 1017.2],
      [2750, 3015.4],
    ] as const) {
      near(dcNeed(load, 1), need, 0.06, `need of ${load} W`);
    }
    assert.equal(restVoltage(0.995), 3.42);
    assert.equal(restVoltage(1.5), 4);
    near(restVoltage(-0.01), 2.28, 1e-9, "below empty");
  });

  it("opens and closes the protection switches at the cell limits", () => {
    const pack = new Pack(100, 0.03);
    while (pack.dischargeAllowed) pack.step(-20);
    assert.ok(pack.lowest < 2.8);
    while (!pack.dischargeAllowed) pack.step(20);
    assert.ok(pack.lowest > 3.1);
    while (pack.chargeAllowed) pack.step(20);
    assert.ok(pack.highest > 3.65);
    while (!pack.chargeAllowed) pack.step(-5);
    assert.ok(pack.highest < 3.5);
  });
});

/** After minute: mode, 100 Ah (soc, V, A, stage, bought), 280 Ah (soc, V, A). */
const GOLDEN = [
  [240, true, 0.47984, 52.846, 2.0, 0, 3.5893, 0.42851, 52.787, 2.0],
  [480, true, 0.66763, 53.537, 12.37, 1, 6.8542, 0.49593, 52.91, 12.516],
  [600, false, 0.83876, 53.511, 4.019, 1, 7.6342, 0.55785, 52.938, 4.063],
  [840, false, 1.00094, 56.373, 0.0, 2, 7.6342, 0.64015, 53.242, 3.875],
  [960, false, 0.98551, 53.944, -3.707, 2, 7.6342, 0.6428, 53.167, -3.763],
  [1200, false, 0.49934, 52.239, -16.405, 0, 7.6342, 0.46864, 52.438, -16.343],
  [1320, false, 0.16943, 51.181, -16.737, 0, 7.6342, 0.3518, 52.347, -16.372],
  [1440, true, 0.20935, 52.101, 2.0, 0, 9.4246, 0.36606, 52.576, 2.0],
] as const;

describe("golden run", () => {
  for (const capacity of [100, 280]) {
    it(`is met with ${capacity} Ah`, () => {
      const world = flatWorld({ day_of_year: 172, days: 1, load: 750, start_soc: 0.4 });
      const plant = new Plant({ world, capacity_ah: capacity });
      const pv: Record<number, number> = { 480: 662.2, 600: 1072.1, 720: 1211.7, 840: 1063.3, 960: 656.9 };
      let rows = 0;
      for (let minute = 0; minute < 1440; minute += 1) {
        if (minute === 540) plant.setOngridSwitch(false);
        if (minute === 1320) plant.setOngridSwitch(true);
        plant.step();
        const after = minute + 1;
        if (pv[after] !== undefined) near(plant.pvAvailable, pv[after], 0.06, `PV at ${after}`);
        const row = GOLDEN.find(([at]) => at === after);
        if (!row) continue;
        rows += 1;
        const small = capacity === 100;
        assert.equal(plant.ongridSwitch, row[1]);
        near(plant.pack.soc, small ? row[2] : row[7], 0.001, `soc at ${after}`);
        near(plant.pack.voltage, small ? row[3] : row[8], 0.03, `V at ${after}`);
        near(plant.pack.current, small ? row[4] : row[9], 0.02, `A at ${after}`);
        if (!small) continue;
        assert.equal(plant.stage, row[5], `stage at ${after}`);
        near(plant.energy.grid_import, row[6], 0.005, `bought at ${after}`);
      }
      assert.equal(rows, GOLDEN.length);
    });
  }
});

/** One clear summer day, connected all the time, from a battery that fills by noon. */
function connectedDay(variant: VariantName, days = 1): Plant {
  const world = flatWorld({ day_of_year: 172, days, load: 750, start_soc: 0.6 });
  const plant = new Plant({ world, capacity_ah: 100, variant });
  for (let minute = 0; minute < world.minutes; minute += 1) plant.step();
  return plant;
}

function stageAt(variant: VariantName, minutes: number): number {
  const world = flatWorld({ day_of_year: 172, days: 2, load: 750, start_soc: 0.97 });
  const plant = new Plant({ world, capacity_ah: 100, variant });
  while (plant.minute < minutes) plant.step();
  return plant.stage;
}

/** The charger's stage in the first light of the second day. */
function stageAtDawn(variant: VariantName): number {
  const world = flatWorld({ day_of_year: 172, days: 2, load: 750, start_soc: 0.97 });
  const plant = new Plant({ world, capacity_ah: 100, variant });
  while (plant.minute <= 1440 || plant.pvAvailable < 20) plant.step();
  return plant.stage;
}

describe("firmware variants", () => {
  const used = Object.fromEntries(
    Object.keys(VARIANTS).map((name) => [name, connectedDay(name as VariantName).energy]),
  ) as Record<VariantName, Plant["energy"]>;

  it("latch wastes PV, mild less, healthy firmware nothing", () => {
    assert.ok(used.latch.pv < 0.4 * used.latch.pv_available);
    assert.ok(used.mild.pv > used.latch.pv + 1);
    assert.ok(used.none.pv > 0.8 * used.none.pv_available);
    assert.ok(used.none.grid_import < used.latch.grid_import - 3);
  });

  it("cvfloat stores less, abs576 at least as much, longabs absorbs longer", () => {
    assert.ok(used.cvfloat.pv < used.latch.pv);
    assert.ok(used.abs576.pv > used.latch.pv);
    assert.equal(stageAt("latch", 780), 2);
    assert.equal(stageAt("longabs", 780), 1);
  });

  it("loadfirst serves the house from PV, nogridchg buys nothing for the battery", () => {
    assert.ok(used.loadfirst.grid_import < used.latch.grid_import - 1);
    assert.equal(used.nogridchg.grid_charge, 0);
    assert.ok(used.latch.grid_charge > 0.1);
  });

  it("sticky stays in float over the night while connected, latch starts over", () => {
    assert.equal(stageAtDawn("sticky"), 2);
    assert.equal(stageAtDawn("latch"), 1);
  });

  it("a mode change ends float and PV comes back", () => {
    const plant = new Plant({
      world: flatWorld({ day_of_year: 172, days: 1, load: 750, start_soc: 0.95 }),
      capacity_ah: 100,
    });
    while (plant.minute < 720) plant.step();
    assert.equal(plant.stage, 2);
    assert.ok(plant.pvPower < 50);
    plant.setOngridSwitch(false);
    plant.step();
    assert.ok(plant.pvPower > 800);
  });
});

describe("plant", () => {
  it("goes dark when detached and empty, and comes back above the restart voltage", () => {
    const world = flatWorld({ day_of_year: 172, days: 2, load: 900, start_soc: 0.2 });
    const plant = new Plant({ world, capacity_ah: 100 });
    plant.setOngridSwitch(false);
    while (!plant.dark && plant.minute < world.minutes) plant.step();
    assert.ok(plant.dark);
    assert.equal(plant.workState, "stop");
    while (plant.dark && plant.minute < world.minutes) plant.step();
    assert.ok(!plant.dark);
    assert.ok(plant.unservedMinutes > 60);
  });

  it("an outage while connected is carried by the battery", () => {
    const world = flatWorld({ day_of_year: 172, days: 1, load: 700, start_soc: 0.5 });
    world.grid.fill(0, 60, 120);
    const plant = new Plant({ world, capacity_ah: 100 });
    while (plant.minute < 100) plant.step();
    assert.equal(plant.gridVoltage, 0);
    assert.equal(plant.gridRelayClosed, false);
    assert.equal(plant.ongridSwitch, true);
    assert.equal(plant.workState, "off_grid");
    assert.ok(plant.pack.current < -10);
    assert.equal(plant.unservedMinutes, 0);
  });

  it("actuators act: charger source, grid charge current, BMS switches", () => {
    const world = flatWorld({ day_of_year: 172, days: 1, load: 700, start_soc: 0.5 });
    const plant = new Plant({ world, capacity_ah: 100 });
    plant.step();
    assert.equal(plant.pack.current, 2);
    plant.setGridChargeCurrent(5);
    plant.step();
    assert.equal(plant.pack.current, 5);
    plant.setChargerSource(3);
    plant.step();
    assert.equal(plant.pack.current, 0);
    plant.setOngridSwitch(false);
    plant.setBmsSwitches({ discharge: false });
    plant.step();
    assert.ok(plant.dark);
  });

  it("feeds in while the BMS charge switch is off, limited, with the power register at 0", () => {
    const world = flatWorld({ day_of_year: 172, days: 1, load: 200, start_soc: 0.5 });
    const plant = new Plant({ world, capacity_ah: 100, feed_in: true });
    plant.setBmsSwitches({ charge: false });
    plant.setFeedInLimit(3);
    while (plant.minute < 720) plant.step();
    near(plant.gridPower, 230 - 690, 0.01, "grid power");
    assert.equal(plant.gridPowerShown, 0);
    assert.ok(plant.energy.grid_export > 1);
    assert.equal(plant.pack.current, 0);
    const exported = plant.energy.grid_export;
    plant.setFeedInLimit(0.5);
    plant.step();
    assert.equal(plant.energy.grid_export, exported);
    assert.ok(plant.gridPowerShown > 0);
  });

  it("balances energy: PV + grid = load + losses + stored", () => {
    const plant = connectedDay("latch", 3);
    const stored = storedEnergy(plant.pack.soc, 100) - storedEnergy(0.6, 100);
    const losses = plant.energy.pv + plant.energy.grid_import - plant.energy.load - stored;
    assert.ok(losses > 0 && losses < 0.12 * plant.energy.load + 2.5, `losses ${losses}`);
  });
});

describe("worlds", () => {
  it("are the same for the same seed and differ between seeds", () => {
    for (const name of Object.keys(SCENARIOS) as ScenarioName[]) {
      const one = makeWorld(name, 1);
      assert.deepEqual(one.pv, makeWorld(name, 1).pv);
      assert.notDeepEqual(one.load, makeWorld(name, 2).load);
      assert.equal(one.minutes, SCENARIOS[name].days * 1440);
      assert.ok(one.start_soc >= 0.35 && one.start_soc <= 0.55);
      assert.ok(one.load.every((watts) => watts >= 600));
    }
  });

  it("outages last 9 hours in total, the BMS is lost for 8", () => {
    const missing = makeWorld("week_outage", 1).grid.filter((value) => value === 0).length;
    assert.ok(missing <= 540 && missing >= 360);
    assert.equal(makeWorld("bms_loss", 1).bms_lost.filter((value) => value === 1).length, 480);
  });

  it("random streams have the right mean and spread", () => {
    const random = randomStream("check");
    let sum = 0;
    let squares = 0;
    for (let index = 0; index < 20000; index += 1) {
      const value = random.normal();
      sum += value;
      squares += value * value;
    }
    near(sum / 20000, 0, 0.03, "mean");
    near(squares / 20000, 1, 0.04, "variance");
    assert.notEqual(randomStream("a").uniform(), randomStream("b").uniform());
  });

  it("packs differ a little from cell to cell", () => {
    const spread = spreadCells(100, randomStream("pack"));
    assert.equal(spread.capacity.length, CELLS);
    assert.ok(Math.min(...spread.capacity) < 98);
    assert.ok(Math.max(...spread.capacity) < 104);
    assert.ok(new Pack(100, 0.1, spread).highest - new Pack(100, 0.1, spread).lowest > 0.005);
  });
});
