import assert from "node:assert/strict";
import test from "node:test";
import { snapshotFromRaw } from "../../lib/codec/values.ts";
import { type BmsSample, warningFlags } from "../../lib/devices/bms/sample.ts";
import { derive, faultsOf } from "../../lib/devices/inverter/derived.ts";
import {
  INVERTER_SAMPLE_FIELDS,
  INVERTER_SETTING_FIELDS,
  STATUS_FIELDS,
  type StatusRaw,
} from "../../lib/devices/inverter/sample.ts";
import { decodeRecords } from "../../lib/devices/jkbms/decode.ts";
import { sampleFromRecords } from "../../lib/devices/jkbms/sample.ts";
import { dataOfRecords } from "../../lib/devices/jkbms/sim-records.ts";
import { plantDevices } from "../../lib/devices/plant-devices.ts";
import { addWords, decodeWords } from "../../lib/devices/pv1800/decode.ts";
import { REGISTERS, type WritableRegister } from "../../lib/devices/pv1800/registers.ts";
import { makeBms4e57 } from "../../lib/devices/simulators.ts";
import { type DrivenPlant, drivePlant, type PlantChoice } from "../../lib/sim/day-drive.ts";
import type { VariantName } from "../../lib/sim/plant/inverter.ts";
import { BmsMeter } from "../../lib/sim/plant/meters.ts";
import type { ScenarioName } from "../../lib/sim/plant/scenario.ts";
import { judgeBms } from "../../lib/view/judge-bms.ts";
import { COUNTERS, judgeInverter } from "../../lib/view/judge-inverter.ts";

/** A plant and what a reader makes of its devices' registers and records. */
function station(choice: Partial<PlantChoice> = {}) {
  const driven = drivePlant({ scenario: "clear_summer", seed: 1, capacity_ah: 100, days: 1, ...choice });
  const { inverter, bms } = plantDevices(driven.plant);
  const device = makeBms4e57({ source: bms });
  const words = () => {
    const image = new Map<number, number>();
    for (const field of Object.values(REGISTERS)) {
      for (const address of [field.addr, field.addr + 1]) {
        const word = inverter.read(address);
        if (word !== undefined) addWords(image, address, [word]);
      }
    }
    return image;
  };
  return {
    ...driven,
    bms,
    status: (): StatusRaw => decodeWords(STATUS_FIELDS, words()),
    values: () => snapshotFromRaw(INVERTER_SAMPLE_FIELDS, decodeWords(INVERTER_SAMPLE_FIELDS, words())),
    settings: () => snapshotFromRaw(INVERTER_SETTING_FIELDS, decodeWords(INVERTER_SETTING_FIELDS, words())),
    sample: (): BmsSample => sampleFromRecords(decodeRecords(dataOfRecords(device.records()), "bms"), "bms"),
    write: (key: WritableRegister, word: number) => inverter.write(REGISTERS[key].addr, word),
  };
}

interface Walk {
  readonly scenario: ScenarioName;
  readonly capacity_ah: number;
  readonly days: number;
  readonly variant?: VariantName;
  /** Hours of the day off the grid. */
  readonly off_grid?: readonly [number, number];
}

const WALKS: readonly Walk[] = [
  { scenario: "clear_summer", capacity_ah: 100, days: 1 },
  { scenario: "clear_summer", capacity_ah: 280, days: 1, off_grid: [9, 24] },
  { scenario: "winter_short", capacity_ah: 100, days: 2, off_grid: [0, 24] },
  { scenario: "week_outage", capacity_ah: 100, days: 4, off_grid: [18, 24] },
  { scenario: "broken_clouds", capacity_ah: 280, days: 1, variant: "loadfirst" },
  { scenario: "clear_lowload", capacity_ah: 100, days: 1, variant: "none" },
];

for (const walk of WALKS) {
  const { off_grid: off = [24, 24], ...choice } = walk;
  const name = `${walk.scenario}, ${walk.capacity_ah} Ah, ${walk.variant ?? "latch"}`;
  test(`every minute passes the gates and agrees with the plant: ${name}`, () => {
    const s = station(choice);
    let before: StatusRaw | null = null;
    const seen = new Set<string>();
    for (let minute = 1; minute <= walk.days * 1440; minute++) {
      const hour = (minute % 1440) / 60;
      s.write("ongrid_switch", Number(hour < off[0] || hour >= off[1]));
      s.advanceTo(minute);
      const raw = s.status();
      const known = Object.fromEntries(
        COUNTERS.flatMap((key) => (before ? [[key, { raw: Number(before[key]), age_s: 60 }]] : [])),
      );
      const verdict = judgeInverter(raw, { counters: { known, trials: [], at: minute * 60 } });
      assert.deepEqual([verdict.refusal, verdict.doubts], [null, []], `minute ${minute}`);
      before = raw;
      const sample = s.sample();
      const judged = judgeBms(sample);
      assert.deepEqual([judged.refusal, judged.doubts], [null, []], `minute ${minute}`);
      agrees(s.values(), sample, s);
      seen.add(String(s.values().work_state));
    }
    assert.ok(seen.has(off[0] === 0 ? "off_grid" : "bypass"), [...seen].join());
  });
}

function agrees(values: ReturnType<ReturnType<typeof station>["values"]>, sample: BmsSample, { plant }: DrivenPlant) {
  const near = (actual: number | null, wanted: number, tolerance: number, what: string) =>
    assert.ok(
      actual !== null && Math.abs(actual - wanted) <= tolerance,
      `minute ${plant.minute}: ${what} ${actual}, plant ${wanted}`,
    );
  near(values.load_power, plant.loadPower, 0.5, "load");
  near(values.grid_power, plant.gridPowerShown, 0.5, "grid");
  near(values.pv_power, plant.pvAvailable < 20 ? 0 : plant.pvPower, 0.5, "PV");
  near(values.battery_voltage, plant.pack.voltage, 0.05, "voltage");
  // In the minute in which the BMS opens a switch its current already reads 0.
  const { current } = plant.pack;
  const flows = current > 0 ? plant.chargeMosfetOn : plant.dischargeMosfetOn;
  near(values.battery_current, flows ? current : 0, 0.5, "current");
  near(
    (sample.battery_current as number) / 1000,
    flows && Math.abs(current) >= 0.3 ? current : 0,
    0.005,
    "BMS current",
  );
  near((sample.pack_voltage as number) / 1000, plant.pack.voltage, 0.4, "pack");
  assert.equal(values.grid_relay_closed, plant.connected);
  assert.equal(values.work_state === "off_grid", plant.workState === "off_grid");
  const { load_power: real, load_apparent_power: apparent, load_reactive_power: reactive } = values;
  near(Math.hypot(real as number, reactive as number), apparent as number, 1.5, "apparent power");
}

test("at night the charger is silent, by day it works, and neither is a fault", () => {
  const s = station();
  s.advanceTo(60);
  assert.deepEqual(
    [s.values().charger_work_state, s.values().pv_power, s.values().charger_battery_voltage, s.values().charge_stage],
    ["stop", 0, 0, "stop"],
  );
  assert.equal(derive(s.values()).no_sun, true);
  assert.deepEqual(faultsOf(s.values()).errors, []);
  s.advanceTo(500);
  assert.deepEqual([s.values().charger_work_state, s.values().charge_stage], ["work", "absorb"]);
  assert.ok((s.values().pv_power as number) > 600);
  assert.deepEqual(faultsOf(s.values()).errors, []);
});

test("counters begin as recorded and rise with the plant's energy", () => {
  const s = station();
  const before = s.values();
  s.advanceTo(1440);
  const after = s.values();
  for (const [key, energy] of [
    ["pv_energy", s.plant.energy.pv],
    ["grid_import_energy", s.plant.energy.grid_import],
    ["load_energy", s.plant.energy.load],
    ["grid_charge_energy", s.plant.energy.grid_charge],
  ] as const) {
    const rise = (after[key] as number) - (before[key] as number);
    assert.ok(Math.abs(rise - energy) <= 0.1 + 1e-6, `${key} rose by ${rise}, plant ${energy}`);
  }
  assert.equal(before.load_energy, 3654.1);
});

test("the grid switch moves relay and powers at once, and the plant with the next step", () => {
  const s = station();
  s.advanceTo(720);
  assert.equal(s.values().work_state, "bypass");
  s.write("ongrid_switch", 0);
  const between = s.values();
  assert.deepEqual([between.ongrid_switch, between.work_state, between.grid_power], [false, "off_grid", 0]);
  assert.equal(between.inverter_power, between.load_power);
  s.advanceTo(721);
  assert.equal(s.plant.ongridSwitch, false);
  assert.equal(s.values().work_state, "off_grid");
  s.write("ongrid_switch", 1);
  assert.equal(s.values().work_state, "bypass");
  assert.ok((s.values().grid_power as number) >= (s.values().load_power as number));
});

test("settings begin as the plant has them; orders change plant and read-back, other registers the image only", () => {
  const s = station({ capacity_ah: 280 });
  const { ongrid_switch, charger_source_priority, grid_charge_current, float_voltage, battery_capacity } = s.settings();
  assert.deepEqual(
    { ongrid_switch, charger_source_priority, grid_charge_current, float_voltage, battery_capacity },
    {
      ongrid_switch: true,
      charger_source_priority: "solar_first",
      grid_charge_current: 2,
      float_voltage: 54,
      battery_capacity: 280,
    },
  );
  s.advanceTo(30);
  assert.equal(s.values().battery_current, 2);
  s.write("grid_charge_current", 100);
  s.advanceTo(31);
  assert.equal(s.values().battery_current, 10);
  assert.equal(s.values().work_state, "grid_charging");
  s.write("charger_source_priority", 3);
  s.advanceTo(32);
  assert.equal(s.settings().charger_source_priority, "only_solar");
  assert.equal(s.values().battery_current, 0);
  s.write("absorption_voltage", 560);
  assert.equal(s.settings().absorption_voltage_mirror, 56);
  assert.equal(s.write("grid_power" as WritableRegister, 1), 2);
});

test("with the charge MOSFET off and 20113=50 PV is sold while register 25214 reads 0 and only S and Q tell", () => {
  const s = station();
  s.advanceTo(660);
  s.bms.setSwitch("charge_mosfet_enabled", false);
  s.write("max_discharge_current", 50);
  assert.equal(s.sample().charge_mosfet_on, 0);
  const before = s.values();
  s.advanceTo(780);
  const values = s.values();
  assert.ok(s.plant.gridPower < -100, `grid ${s.plant.gridPower} W`);
  assert.equal(values.grid_power, 0);
  assert.equal(values.work_state, "grid_tie");
  assert.equal(values.battery_current, 0);
  const sold = (values.grid_export_energy as number) - (before.grid_export_energy as number);
  assert.ok(Math.abs(sold - s.plant.energy.grid_export) <= 0.1 + 1e-6 && sold > 0, `sold ${sold} kWh`);
  const { grid_power_estimated: estimate, grid_estimate } = derive(values);
  assert.ok(estimate !== null && Math.abs(estimate - s.plant.gridPower) < 5, `estimate ${estimate}`);
  assert.deepEqual([grid_estimate?.direction, grid_estimate?.reason], ["export", "balance"]);
});

test("an outage shows at voltage, frequency and relay, and the switch keeps its word", () => {
  const s = station();
  s.plant.world.grid.fill(0, 100, 200);
  s.advanceTo(150);
  const { grid_voltage, grid_frequency, grid_relay_closed, ongrid_switch, work_state } = s.values();
  assert.deepEqual(
    { grid_voltage, grid_frequency, grid_relay_closed, ongrid_switch, work_state },
    { grid_voltage: 0, grid_frequency: 0, grid_relay_closed: false, ongrid_switch: true, work_state: "off_grid" },
  );
  s.advanceTo(201);
  assert.equal(s.values().grid_voltage, 230);
});

test("a float voltage that is set stands in its mirror too", () => {
  const s = station();
  s.write("float_voltage", 552);
  assert.deepEqual([s.settings().float_voltage, s.settings().float_voltage_mirror], [55.2, 55.2]);
});

test("a cell over its limit ends the charge, warns, and the inverter reads on", () => {
  const s = station({ variant: "abs576" });
  for (let minute = 1; s.plant.pack.chargeAllowed && minute < 1440; minute++) s.advanceTo(minute);
  const { charge_mosfet_on, battery_current } = s.sample();
  const flags = warningFlags(s.sample())?.map(({ bit }) => bit);
  assert.deepEqual([charge_mosfet_on, flags], [0, [10]]);
  s.advanceTo(s.plant.minute + 2);
  assert.ok((s.sample().battery_current ?? 1) <= 0, `${battery_current}`);
  const told = new BmsMeter(s.plant, "test");
  const record = Array.from({ length: 5 }, (_, i) => told.read(i, false)).find((one) => one !== null);
  assert.deepEqual(
    record?.warnings?.map(({ bit }) => bit),
    [10],
  );
});

test("the BMS opens its switches by itself, warns, and obeys its master", () => {
  const s = station({ scenario: "winter_short" });
  s.write("ongrid_switch", 0);
  for (let minute = 1; s.plant.pack.dischargeAllowed && minute < 1440; minute++) s.advanceTo(minute);
  const low = s.sample();
  assert.deepEqual([low.discharge_mosfet_on, warningFlags(low)?.map(({ bit }) => bit)], [0, [0, 11]]);
  s.advanceTo(s.plant.minute + 2);
  assert.equal(s.values().work_state, "stop");
  assert.equal(s.values().load_power, 0);
  s.bms.setSwitch("discharge_mosfet_enabled", false);
  s.bms.setSwitch("balancer_enabled", false);
  const { discharge_mosfet_enabled, balancer_enabled, charge_mosfet_enabled } = s.bms.read();
  assert.deepEqual([discharge_mosfet_enabled, balancer_enabled, charge_mosfet_enabled], [false, false, true]);
});
