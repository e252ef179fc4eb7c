import assert from "node:assert/strict";
import { test } from "node:test";
import { type Learnt, modelRun, RecordedPlant, recordedPlant } from "../../lib/judge/recorded-plant.ts";
import { DEFAULTS } from "../../lib/rules/grid-switch/parameters.ts";
import { envelope } from "../../lib/rules/plan/envelope.ts";
import { freshProfile, type Profile, type Site } from "../../lib/rules/plan/profile.ts";
import type { InverterInput } from "../../lib/view/record.ts";
import { bmsSample, inverterSample } from "../rules/grid-switch-station.ts";

const SITE: Site = { latitude: 45, offset_s: 0, noon_s: 43_200 };
/** Midnight of 21 June 2025. */
const JUNE = 1_750_464_000;
const HOUR = 3600;

function learnt(changes: Partial<Profile> = {}): Learnt {
  const voltages = { cell_count: 16, absorb_voltage: 56.4, float_voltage: 54, grid_voltage_low: 190 };
  return { profile: { ...freshProfile(SITE), ...changes }, site: SITE, voltages };
}

/** Recorded minutes of 21 June between two hours; `of` says what was read at an hour of the day, null = nothing. */
function recorded(
  from: number,
  to: number,
  of: (hour: number) => Partial<InverterInput> | null = () => ({}),
): InverterInput[] {
  return Array.from({ length: 60 * (to - from) + 1 }, (_, minute) => from + minute / 60).flatMap((hour) => {
    const read = of(hour);
    return read === null ? [] : [inverterSample(JUNE + Math.round(hour * HOUR), { load_power: 1000, ...read })];
  });
}

const plant = (samples: InverterInput[], soc = 60, changes: Partial<Profile> = {}) =>
  new RecordedPlant(samples, 100, soc, learnt(changes));
/** The reading of a world's series at an hour of 21 June. */
const at = (series: ArrayLike<number>, from: number, hour: number) => series[Math.round((hour - from) * 60)] as number;
/** W of a clear sky at an hour of that day. */
const clearAt = (hour: number) => envelope(learnt().profile, SITE, JUNE + hour * HOUR);

test("samples that tell of no pack, or span no minute, are no plant to try settings on", () => {
  const [bms, inverter] = [[bmsSample(JUNE)], recorded(0, 1)];
  const of = (...[packs, machines, capacity]: [typeof bms, typeof inverter, (number | null)?]) =>
    recordedPlant(packs, machines, { ...DEFAULTS, capacity: capacity ?? null }, learnt());
  assert.equal(of([], inverter), null);
  assert.equal(of([bmsSample(JUNE, { capacity: null })], inverter), null);
  assert.equal(of([bmsSample(JUNE, { soc: null })], inverter), null);
  assert.equal(of(bms, []), null);
  assert.equal(of(bms, inverter.slice(0, 1)), null);
  assert.equal(modelRun([], inverter, DEFAULTS, "greedy", learnt()), null);
  assert.equal(of(bms, inverter)?.capacity, 100);
  assert.equal(of([bmsSample(JUNE, { capacity: null })], inverter, 280)?.capacity, 280, "the owner has set it");
});

test("the pack is as large as was learned, and begins as full as it was first read", () => {
  const shrunk = learnt({ capacity: { value: 0.8, support: 5 } });
  const packs = [bmsSample(JUNE, { soc: null }), bmsSample(JUNE + 60, { soc: 45 })];
  const model = recordedPlant(packs, recorded(0, 1), DEFAULTS, shrunk);
  assert.deepEqual([model?.capacity, model?.world.start_soc], [80, 0.45]);
});

test("a reading holds a quarter of an hour; a longer hole in the record has neither sun nor load", () => {
  const hole = (hour: number) => (hour > 10 && hour < 11 ? null : { pv_power: 500, load_power: 800 });
  const { world } = plant(recorded(9, 12, hole));
  assert.equal(world.minutes, 180);
  assert.deepEqual([at(world.load, 9, 10.2), at(world.pv, 9, 10.2)], [800, 500]);
  assert.deepEqual([at(world.load, 9, 10.5), at(world.pv, 9, 10.5)], [0, 0]);
  assert.deepEqual([at(world.load, 9, 11), at(world.pv, 9, 11)], [800, 500]);
  const silent = plant(recorded(9, 10, () => ({ pv_power: null, load_power: null })));
  assert.deepEqual([at(silent.world.load, 9, 9.5), at(silent.world.pv, 9, 9.5)], [0, 0]);
});

test("the sun that a full battery left unused is that of the clear sky, as bright as it was before", () => {
  const full = (hour: number): Partial<InverterInput> =>
    hour < 12 ? { pv_power: 0.5 * clearAt(hour) } : { pv_power: 30, charge_stage: "float" };
  const { world } = plant(recorded(0, 24, full));
  assert.ok(Math.abs(at(world.pv, 0, 13) / clearAt(13) - 0.5) < 0.01, `${at(world.pv, 0, 13)}`);
  assert.equal(at(world.pv, 0, 11), 0.5 * clearAt(11), "what was used is as it was read");
  assert.equal(at(world.pv, 0, 23), 30, "after dark nothing is made up");
  const off = plant(recorded(0, 24, (hour) => ({ ...full(hour), ongrid_switch: false })));
  assert.equal(
    at(off.world.pv, 0, 13),
    30,
    "off the grid a full battery still feeds the house: nothing is left unused",
  );
});

test("a power cut is in the model only where the inverter would have seen the grid", () => {
  const cut = (changes: Partial<InverterInput>) => (hour: number) =>
    hour >= 2 && hour < 4 ? { grid_voltage: 0, ...changes } : {};
  const empty = plant(recorded(0, 6, cut({})), 5).alwaysOnGrid();
  assert.ok(empty.dark_minutes > 60, JSON.stringify(empty));
  assert.ok(empty.lowest_cell < 3);
  const charged = plant(recorded(0, 6, cut({})), 90).alwaysOnGrid();
  assert.equal(charged.dark_minutes, 0);
  for (const unseen of [{ ongrid_switch: false }, { grid_voltage: null }]) {
    assert.equal(plant(recorded(0, 6, cut(unseen)), 5).alwaysOnGrid().dark_minutes, 0, JSON.stringify(unseen));
  }
});

test("the model moves the switch as it really was moved, and leaves it where the record does not know", () => {
  const moved = (hour: number) => ({ ongrid_switch: hour < 1 ? true : hour < 3 ? false : hour < 4 ? null : true });
  const model = plant(recorded(0, 6, moved), 90);
  const real = model.asItWas();
  assert.equal(real.switches, 2);
  const always = model.alwaysOnGrid();
  assert.equal(always.switches, 0);
  // Three hours of a kilowatt from the battery: what it gave is accounted for.
  assert.ok(real.lowest_cell < always.lowest_cell, JSON.stringify({ real, always }));
  assert.equal(plant(recorded(0, 6, () => ({ ongrid_switch: null }))).asItWas().switches, 0);
});

test("greedy and planner both buy less on a sunny day than a house that stays on the grid; firmware without the quirk less still", () => {
  const sunny = (hour: number) => ({ pv_power: 0.9 * clearAt(hour), load_power: 500 });
  const model = plant(recorded(5, 19, sunny), 60);
  const [greedy, planner, always] = [
    model.under(DEFAULTS, "greedy"),
    model.under(DEFAULTS, "planner"),
    model.alwaysOnGrid(),
  ];
  for (const side of [greedy, planner]) {
    assert.ok(side.bought < always.bought - 1 && side.switches > 0, JSON.stringify({ side, always }));
    assert.equal(side.dark_minutes, 0);
  }
  assert.notDeepEqual(greedy, planner);
  const healthy = plant(recorded(5, 19, sunny), 60, { float_share: { value: 0.9, support: 3 } });
  assert.ok(healthy.alwaysOnGrid().bought < always.bought - 1);
});
