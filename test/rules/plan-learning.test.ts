/** What is learned bucket by bucket of samples that lack this or that: nothing is made of what is not known. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULTS } from "../../lib/rules/grid-switch/parameters.ts";
import { laterLoad, usualLoad } from "../../lib/rules/plan/envelope.ts";
import { learn } from "../../lib/rules/plan/learn.ts";
import { endDay } from "../../lib/rules/plan/learn-day.ts";
import { PlannerLoop } from "../../lib/rules/plan/loop.ts";
import { makePlan, TUNING } from "../../lib/rules/plan/plan.ts";
import { preview } from "../../lib/rules/plan/preview.ts";
import { freshDay, freshProfile, type Profile, solarDay } from "../../lib/rules/plan/profile.ts";
import type { PlanInput } from "../../lib/rules/plan/types.ts";
import { bmsSample, inverterSample } from "./grid-switch-station.ts";
import { JUNE, SITE } from "./plan-inputs.ts";

const NOON = JUNE + 12 * 3600;
const SETTINGS = { cell_count: 16, absorb_voltage: 56.4, grid_voltage_low: 170, capacity_ah: null };
type Inverter = Parameters<typeof inverterSample>[1];
type Bms = Parameters<typeof bmsSample>[1];

/** So many buckets of one kind, minute by minute. */
function learned(
  rows: { readonly inverter?: Inverter; readonly bms?: Bms },
  options: { readonly from?: number; readonly buckets?: number; readonly before?: Profile } = {},
): Profile {
  const { from = NOON, buckets = 1, before = freshProfile(SITE) } = options;
  const times = Array.from({ length: 10 * buckets + 1 }, (_, minute) => from + 60 * minute);
  const inverter = times.map((at) => inverterSample(at, { battery_voltage: 53, pv_power: 100, ...rows.inverter }));
  const bms = times.map((at) => bmsSample(at, rows.bms));
  return learn({ ...before, learned_until: from }, { inverter, bms }, from + 600 * buckets, SITE, SETTINGS);
}

describe("of a bucket that lacks a value", () => {
  it("no load is learned without one, and no sun without its power", () => {
    const fresh = freshProfile(SITE);
    const dark = learned({ inverter: { load_power: null, pv_power: null } });
    assert.deepEqual([dark.load, dark.load_hours], [fresh.load, fresh.load_hours]);
    assert.deepEqual([dark.today.hours, dark.today.first_light], [0, null]);
    const known = learned({ inverter: { load_power: 950, pv_power: 600 } });
    assert.equal(known.load[12], 950);
    assert.ok(known.today.hours > 0 && known.today.first_light !== null);
  });

  it("nothing is learned of the charge from the grid while neither cells nor counter tell that there is room", () => {
    const charging = (bms: Bms) =>
      learned(
        { inverter: { pv_power: 0, charge_stage: "absorb" }, bms: { battery_current: 3, soc: 50, ...bms } },
        { from: JUNE },
      ).grid_charge_a.support;
    assert.ok(charging({}) > 0);
    assert.equal(charging({ cells: [], pack_voltage: 52.8 }), 0);
    assert.equal(charging({ soc: null }), 0);
  });

  it("nor of who is served first by the sun while no cell tells that the charger takes all of it", () => {
    const served = (bms: Bms) =>
      learned({ inverter: { pv_power: 1000 }, bms: { battery_current: 10, ...bms } }).battery_first.support;
    assert.ok(served({}) > 0);
    assert.equal(served({ cells: [], pack_voltage: 52.8 }), 0);
  });

  it("the lowest cell is that of the records that know one, and no capacity is counted without any", () => {
    const empty = { battery_current: -10, soc: 10 };
    assert.ok(learned({ bms: { ...empty, cell: 3.2 } }).anchor !== null);
    assert.equal(learned({ bms: { ...empty, cells: [], pack_voltage: 51.2 } }).anchor, null);
  });

  it("of records without cells the charge still flows on from the last one that was known", () => {
    const anchored = { ...freshProfile(SITE), anchor: { soc: 0.995, ah: 0 } };
    const after = learned(
      { bms: { battery_current: -12, cells: [], soc: null, pack_voltage: 52.8 } },
      { before: anchored },
    );
    assert.ok(Math.abs((after.anchor?.ah ?? 0) + 2) < 0.01, JSON.stringify(after.anchor));
  });

  it("a counter is not followed any more once the pack was seen full and empty", () => {
    const known = { value: 0.9, support: 2 };
    const before = { ...freshProfile(SITE), capacity: known, capacity_of: 100, counted: { soc: 0.6, ah: -4 } };
    assert.equal(learned({ bms: { battery_current: -12, soc: 50 } }, { before }).counted, null);
  });
});

describe("of the grid", () => {
  const gone = { grid_voltage: 0, ongrid_switch: true } as const;

  it("a cut counts from its beginning, its hours at their hour, and its length when the grid is back", () => {
    const during = learned({ inverter: gone }, { buckets: 12 });
    assert.equal(during.cuts.support, 1);
    assert.equal(during.cut_since, NOON);
    assert.ok(Math.abs((during.outage_hours[12] as number) - 1) < 0.2, `${during.outage_hours}`);
    const back = learned({ inverter: { grid_voltage: 230 } }, { from: NOON + 7200, before: during });
    assert.equal(back.cut_since, null);
    const usual = freshProfile(SITE).cuts.value;
    assert.ok(Math.abs(back.cuts.value - (usual + (7200 - usual) / 2)) < 1, `${back.cuts.value}`);
  });

  it("nothing is learned where neither its voltage nor the switch is told, nor behind a relay where it was never seen", () => {
    for (const inverter of [
      { grid_voltage: null },
      { ongrid_switch: null, grid_voltage: 230 },
      { ongrid_switch: false, grid_voltage: 0 },
    ]) {
      const { grid_hours, cuts } = learned({ inverter });
      assert.deepEqual([Math.max(...grid_hours), cuts.support], [0, 0], JSON.stringify(inverter));
    }
  });
});

describe("a day that is over", () => {
  const closed = (today: Partial<Profile["today"]>, more: Partial<Profile> = {}) => {
    const index = solarDay(freshProfile(SITE), NOON);
    return endDay({ ...freshProfile(SITE), ...more, today: { ...freshDay(index), buckets: 140, ...today } }, SITE);
  };

  it("without a first and a last light, or with both at once, tells nothing of the season", () => {
    assert.equal(closed({}).season.support, 0);
    assert.equal(closed({ first_light: -1, last_light: 0.5 }).season.support, 0);
    assert.equal(closed({ first_light: -7, last_light: 7 }).season.support, 1);
  });

  it("lit, but never under a bright sky, moves no noon and is of no kind", () => {
    const dim = closed({ first_light: -5, last_light: 7 });
    assert.equal(dim.noon_s.value, SITE.noon_s);
    assert.deepEqual([dim.class_days, dim.yesterday], [[0, 0, 0], null]);
    const bright = { hours: 8, sum: 7.5 };
    assert.ok(closed({ ...bright, first_light: -6, last_light: 7.5 }).noon_s.value > SITE.noon_s);
  });

  it("makes the array smaller only after a week of days that never came near it", () => {
    const today = { hours: 5, sum: 4, best: 700 };
    const size = (days: number) => closed(today, { best_of_days: new Array<number>(days).fill(600) }).array_w.value;
    const usual = freshProfile(SITE).array_w.value;
    assert.equal(size(3), usual);
    assert.ok(size(10) < usual && size(10) > 700);
  });
});

describe("the load of a weekday's hour", () => {
  it("is believed after some weeks, now and for later days", () => {
    const fresh = freshProfile(SITE);
    const weeks = (hours: number): Profile => ({
      ...fresh,
      week_hours: fresh.week_hours.map(() => hours),
      week_load: fresh.week_load.map(() => 1234),
    });
    assert.deepEqual([usualLoad(weeks(5), SITE, NOON), laterLoad(weeks(5), SITE, NOON)], [1234, 1234]);
    assert.notEqual(usualLoad(weeks(2), SITE, NOON), 1234);
    assert.notEqual(laterLoad(weeks(2), SITE, NOON), 1234);
  });
});

describe("the planner over many runs", () => {
  const loop = () =>
    new PlannerLoop({
      ...{ parameters: DEFAULTS, site: SITE, profile: freshProfile(SITE) },
      voltages: { cell_count: 16, absorb_voltage: 56.4, grid_voltage_low: 170, float_voltage: 54 },
    });
  const samples = (bms: Bms | null, inverter: Inverter | null = {}) => ({
    bms: bms === null ? [] : [120, 60, 0].map((age) => bmsSample(NOON - age, bms)),
    inverter: inverter === null ? [] : [120, 60, 0].map((age) => inverterSample(NOON - age, inverter)),
  });

  it("wants something only where charge, position and size of the battery are known", () => {
    assert.notEqual(loop().advice(NOON, samples({}), null), null);
    assert.equal(loop().advice(NOON, samples(null), null), null);
    assert.equal(loop().advice(NOON, samples({}, null), null), null);
    assert.equal(loop().advice(NOON, samples({ capacity: null }), null), null);
  });
});

describe("what an order by hand would change", () => {
  const input: PlanInput = {
    ...{ now: JUNE + 10 * 3600, soc: 85, on_grid: true, float: true },
    ...{ profile: freshProfile(SITE), site: SITE, tuning: TUNING },
    settings: {
      ...{ capacity_ah: 100, cell_count: 16, absorb_voltage: 56.4, float_voltage: 54, leave_margin: 2 },
      ...{ reserve: new Array<number>(24).fill(30), charger_source_rule: false },
    },
  };

  it("a lower voltage of absorption fills the battery later, or not at all, and buys no less", () => {
    const shown = preview({ ...input, on_grid: false, float: false, soc: 60 }, {
      ...{ kind: "voltage", key: "absorb_voltage", volt: 52.8 },
    } as const);
    assert.ok(shown.with.full_at === null || shown.with.full_at >= (shown.without.full_at ?? 0), JSON.stringify(shown));
    assert.ok(shown.with.bought >= shown.without.bought);
  });

  it("to hold the grid on which a full battery floats buys no less than the plan would", () => {
    const shown = preview(input, { kind: "switch", on_grid: true, until: input.now + 1200 });
    assert.ok(shown.with.bought >= shown.without.bought - 0.01, JSON.stringify(shown));
  });

  it("where the rules give no orders the switch stays where it is, and where the order puts it, even below the reserve", () => {
    const until = input.now + 3 * 86_400;
    const off = { kind: "switch", on_grid: false, until } as const;
    const stands = preview({ ...input, on_grid: true, float: false, soc: 50 }, off, until);
    assert.deepEqual([stands.without.switches, stands.with.switches], [0, 1], JSON.stringify(stands));
    assert.ok(stands.with.reserve_at !== null, "it is told when the reserve is reached");
    assert.ok(stands.with.bought < 0.5, "the grid is away");
    const acting = preview({ ...input, on_grid: true, float: false, soc: 50 }, off);
    assert.ok(acting.with.switches > 1 && acting.with.bought > stands.with.bought, JSON.stringify(acting));
  });

  it("a plan for a full battery that neither gains nor loses promises no moment that is past", () => {
    const plan = makePlan({ ...input, soc: 100 });
    for (const at of [plan.full_at, plan.reserve_at]) assert.ok(at === null || at >= input.now);
  });
});
