import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULTS } from "../../lib/rules/grid-switch/parameters.ts";
import { advise, FRESH_ACT, gainNow } from "../../lib/rules/plan/act.ts";
import { envelope } from "../../lib/rules/plan/envelope.ts";
import { learn } from "../../lib/rules/plan/learn.ts";
import { floatShare, looking } from "../../lib/rules/plan/learn-quirk.ts";
import { makePlan, TUNING } from "../../lib/rules/plan/plan.ts";
import { freshProfile, oddity, type Profile, restoreProfile, type Site } from "../../lib/rules/plan/profile.ts";
import type { Plan } from "../../lib/rules/plan/types.ts";
import { runClairvoyant } from "../../lib/sim/plant/clairvoyant.ts";
import type { VariantName } from "../../lib/sim/plant/inverter.ts";
import { epochOf, runAlwaysOnGrid, runWorld } from "../../lib/sim/plant/plant-run.ts";
import { makeWorld, type ScenarioName } from "../../lib/sim/plant/scenario.ts";
import type { BmsInput, InverterInput } from "../../lib/view/record.ts";
import { emptyMemory, plannerController, rulesController } from "../../tools/policy-controllers.ts";
import { bmsSample, inverterSample } from "./grid-switch-station.ts";
import { input, JUNE, SITE } from "./plan-inputs.ts";

describe("a plan", () => {
  it("is made again from its stored inputs, whatever was planned in between", () => {
    const cases = [input(), input({ soc: 40, on_grid: true }), input({ now: JUNE + 5 * 3600 + 123, soc: 33 })];
    const first = cases.map((one) => JSON.stringify(makePlan(one)));
    makePlan(input({ settings: { ...input().settings, capacity_ah: 280 } }));
    const again = cases.reverse().map((one) => JSON.stringify(makePlan(JSON.parse(JSON.stringify(one)))));
    assert.deepEqual(again.reverse(), first);
  });

  it("of a big pack that is new is followed under a broken sky, under a dull one are the rules", () => {
    const after = (yesterday: number): number => {
      const profile: Profile = { ...freshProfile(SITE), days: 2, class_days: [1, 1, 0], yesterday };
      const settings = { ...input().settings, capacity_ah: 280 };
      return makePlan(input({ now: JUNE + 3600, profile, settings })).gains.length;
    };
    assert.ok(after(0) > 0 && after(1) > 0);
    assert.equal(after(2), 0);
  });

  it("covers the time to the midnight after tomorrow without a hole", () => {
    const plan = makePlan(input());
    const { course } = plan;
    assert.equal(course.at(-1)?.at, JUNE + 2 * 86_400);
    assert.ok((course[0]?.at ?? 0) > plan.at && (course[0]?.at ?? 0) <= plan.at + 600);
    for (const [index, step] of course.entries()) {
      if (index > 0) assert.equal(step.at - (course[index - 1]?.at ?? 0), 600);
      assert.ok(step.soc_low <= step.soc && step.soc <= step.soc_high, JSON.stringify(step));
      assert.ok(step.soc >= 0 && step.soc <= 100 && step.bought >= 0);
    }
    assert.doesNotMatch(JSON.stringify(plan), /null,null|NaN|Infinity/);
  });

  it("never leaves the grid below the reserve, and goes back to it there", () => {
    const low = makePlan(input({ soc: 31, on_grid: true, now: JUNE + 2 * 3600 }));
    assert.ok(low.course[0]?.on_grid);
    for (const soc of [33, 60, 90]) {
      for (const hour of [2, 12, 19]) {
        const { course } = makePlan(input({ soc, now: JUNE + hour * 3600 }));
        for (const step of course) assert.ok(step.on_grid || step.soc > 27, JSON.stringify(step));
        assert.ok(course.some((step) => !step.on_grid) && course.some((step) => step.on_grid));
      }
    }
  });

  it("knows the difference between June and December, and between places", () => {
    const profile = freshProfile(SITE);
    const day = (from: number, site: Site): number => {
      let sum = 0;
      for (let at = from; at < from + 86_400; at += 600) sum += envelope(profile, site, at) / 6000;
      return sum;
    };
    const december = JUNE + 183 * 86_400;
    assert.ok(day(JUNE, SITE) > 8.5 && day(JUNE, SITE) < 11, `${day(JUNE, SITE)}`);
    assert.ok(day(december, SITE) > 4 && day(december, SITE) < 5.5, `${day(december, SITE)}`);
    const south: Site = { ...SITE, latitude: -45 };
    assert.ok(Math.abs(day(december, south) - day(JUNE, SITE)) < 0.1);
  });
});

describe("acting on a plan", () => {
  const plan = (gain: number): Plan => {
    const made = makePlan(input({ on_grid: true }));
    const row = new Array<number>(51).fill(gain);
    return { ...made, gains: made.gains.map(() => ({ bulk: row, float: row })) };
  };
  const view = (now: number, on_grid: boolean, soc = 60) => ({
    ...{ now, soc, on_grid, float: false },
    ...{ reserve: 30, leave_margin: 2, looking: false },
  });

  it("asks only when the other position is better by more than the threshold on two runs in a row", () => {
    const now = input().now;
    const first = advise(plan(0.1), view(now, true), FRESH_ACT);
    assert.equal(first.advice?.wish, null);
    const second = advise(plan(0.1), view(now + 60, true), first.memory);
    assert.equal(second.advice?.wish, false);
    assert.equal(advise(plan(0.1), view(now + 120, false), second.memory).advice?.wish, null);
    assert.equal(advise(plan(0.03), view(now + 60, true), first.memory).advice?.wish, null);
    const back = advise(plan(-0.1), view(now, false), FRESH_ACT);
    assert.equal(advise(plan(-0.1), view(now + 60, false), back.memory).advice?.wish, true);
  });

  it("goes by the threshold that the plan was made with: a smaller one for a pack that no clear day fills", () => {
    const big = { settings: { ...input().settings, capacity_ah: 280 } };
    assert.equal(makePlan(input()).act, TUNING.act);
    assert.equal(makePlan(input(big)).act, TUNING.big_switch_cost);
    assert.equal(
      makePlan(input({ settings: { ...big.settings, charger_source_rule: true } })).act,
      TUNING.source_switch_cost,
    );
    const { big_switch_cost: _, source_switch_cost: __, ...earlier } = TUNING;
    assert.equal(makePlan(input({ ...big, tuning: earlier })).act, TUNING.act);
    const now = input().now;
    const wish = (act: number | null): boolean | null | undefined => {
      const { act: _, ...rest } = plan(0.03);
      const made = act === null ? rest : { ...rest, act };
      const first = advise(made, view(now, true), FRESH_ACT);
      return advise(made, view(now + 60, true), first.memory).advice?.wish;
    };
    assert.deepEqual([wish(0.025), wish(0.04), wish(null)], [false, null, null]);
  });

  it("has nothing to say without a plan, with an old one, without a charge, or just above the reserve", () => {
    const now = input().now;
    assert.equal(advise(null, view(now, true), FRESH_ACT).advice, null);
    assert.equal(gainNow(plan(0.1), now + 2401, 60, false), null);
    assert.equal(gainNow(plan(0.1), now - 120, 60, false), null);
    assert.equal(advise(plan(0.1), { ...view(now, true), soc: null }, FRESH_ACT).advice, null);
    const held = { wish: false, runs: 2 };
    assert.equal(advise(plan(0.1), view(now, true, 31.5), held).advice?.wish, null);
  });
});

describe("the profile", () => {
  it("comes back from the store as it was, and field by field when something is damaged", () => {
    const fresh = freshProfile(SITE);
    const stored: Profile = { ...fresh, days: 9, yesterday: 1, own_w: { value: 55, support: 30 } };
    assert.deepEqual(restoreProfile(JSON.parse(JSON.stringify(stored)), SITE), stored);
    const damaged = { ...stored, load: [1, 2], own_w: { value: null }, unknown: 1 };
    const restored = restoreProfile(damaged, SITE);
    assert.deepEqual(restored.load, fresh.load);
    assert.equal(restored.days, 9);
    assert.ok(!("unknown" in restored));
    assert.deepEqual(restoreProfile(null, SITE), fresh);
  });

  it("learns the plant: its load, its own use, its charge current, the array, the kind of its days", () => {
    const memory = emptyMemory();
    const world = makeWorld("week_mixed", 301);
    runWorld({ world, capacity_ah: 100, epoch: epochOf(world), controller: plannerController(DEFAULTS, { memory }) });
    const { profile } = memory;
    assert.ok(profile.days >= 6);
    for (const load of profile.load) assert.ok(load > 600 && load < 1100, `${load}`);
    assert.ok(Math.abs(profile.own_w.value - 60) < 20 && profile.own_w.support >= 1, JSON.stringify(profile.own_w));
    assert.ok(Math.abs(profile.grid_charge_a.value - 2) < 0.3, JSON.stringify(profile.grid_charge_a));
    assert.ok(Math.abs(profile.array_w.value - 1270) < 200, JSON.stringify(profile.array_w));
    assert.ok(Math.abs(profile.capacity.value - 1) < 0.12, JSON.stringify(profile.capacity));
    assert.ok(Math.abs(profile.season.value) < 5, JSON.stringify(profile.season));
    assert.ok(profile.class_days.reduce((a, b) => a + b) >= 5);
  });
});

describe("what is learned of a pack and its firmware", () => {
  const NOON = JUNE + 12 * 3600;
  const settings = { cell_count: 16, absorb_voltage: 56.4, grid_voltage_low: 170, capacity_ah: null };
  const inverterAt = (at: number, changes: Partial<InverterInput> = {}): InverterInput =>
    inverterSample(at, { ongrid_switch: true, charge_stage: "absorb", pv_power: 100, battery_voltage: 53, ...changes });
  const bmsAt = (at: number, changes: Partial<BmsInput> = {}): BmsInput =>
    bmsSample(at, { cell: 3.3, battery_current: 0, soc: 60, capacity: 100, ...changes });
  const minutes = (from: number, count: number): number[] =>
    Array.from({ length: count + 1 }, (_, at) => from + 60 * at);

  it("gives a pack the size that its counter goes by, and keeps the Ah when another size is said", () => {
    let profile = freshProfile(SITE);
    for (let bucket = 0; bucket < 24; bucket += 1) {
      const times = minutes(NOON + 600 * bucket, 10);
      const bms = times.map((at) =>
        bmsAt(at, { battery_current: -15, soc: Math.round(90 - (15 * (at - NOON)) / 3600) }),
      );
      const samples = { inverter: times.map((at) => inverterAt(at)), bms };
      profile = learn(profile, samples, NOON + 600 * (bucket + 1), SITE, { ...settings, capacity_ah: 80 });
    }
    assert.ok(profile.capacity.value * 80 > 93, JSON.stringify(profile.capacity));
    const before = profile.capacity.value * 80;
    const times = minutes(NOON + 600 * 24, 10);
    const samples = { inverter: times.map((at) => inverterAt(at)), bms: times.map((at) => bmsAt(at)) };
    profile = learn(profile, samples, NOON + 600 * 25, SITE, settings);
    assert.ok(Math.abs(profile.capacity.value * 100 - before) < 0.01);
  });

  it("leaves plans aside after a day with hours of silence, not after one silence", () => {
    for (const [silences, odd] of [
      [1, null],
      [2, "holes"],
    ] as const) {
      let profile = freshProfile(SITE);
      const silent = (hour: number): boolean => (hour >= 2 && hour < 4) || (silences > 1 && hour >= 9 && hour < 11);
      const inverter = minutes(JUNE, 14 * 60).flatMap((at) => (silent((at - JUNE) / 3600) ? [] : [inverterAt(at)]));
      for (let now = JUNE + 3600; now <= JUNE + 14 * 3600; now += 3600) {
        const seen = inverter.filter(({ at }) => at > now - 3700 && at <= now);
        profile = learn(profile, { inverter: seen, bms: [] }, now, SITE, settings);
      }
      const now = JUNE + 14 * 3600;
      assert.equal(oddity(profile, now), odd);
      assert.equal(makePlan(input({ now, profile })).gains.length === 0, odd !== null);
    }
  });

  /** Four mornings of a full battery on the grid, until nobody looks any more: the days that were looked at, and what is believed then. */
  const mornings = (midnight: number, light: number, days: number, used: number) => {
    let profile: Profile = { ...freshProfile(SITE), days, learned_until: midnight };
    const looked = new Set<number>();
    for (let day = 0; day < 4; day += 1) {
      const dawn = midnight + light * 3600 + day * 86_400;
      let float = true;
      for (let now = dawn; now < dawn + 7200; now += 600) {
        const times = minutes(now, 10);
        const rows = times.map((at) => {
          const sun = 0.8 * envelope(profile, SITE, at);
          const on = { charge_stage: "float", ongrid_switch: true, pv_power: used * sun } as const;
          return inverterAt(at, float ? on : { ongrid_switch: false, pv_power: sun });
        });
        profile = learn(profile, { inverter: rows, bms: [] }, now + 600, SITE, settings);
        const looks: boolean = float && looking(profile, SITE, { now: now + 600, soc: 99, float });
        if (looks) looked.add(day);
        float = looks;
      }
    }
    return { looked: [...looked], share: floatShare(profile) };
  };

  it("is looked at in the first light: once where all the sun is used, on a second morning where it is not", () => {
    const healthy = mornings(JUNE, 4, 9, 1);
    assert.deepEqual(healthy, { looked: [0], share: 1 });
    const quirk = mornings(JUNE, 4, 9, 0.03);
    assert.deepEqual(quirk.looked, [0, 1]);
    assert.ok(Math.abs(quirk.share - 0.03) < 0.02, `${quirk.share}`);
  });

  it("is not looked at with a full pack in the morning before the eleventh day: it has no room for the noon", () => {
    const at = (days: number, float: boolean): boolean =>
      looking({ ...freshProfile(SITE), days }, SITE, { now: JUNE + 5 * 3600, soc: 99, float });
    assert.deepEqual([at(7, false), at(10, false), at(11, false)], [false, false, true]);
    assert.deepEqual([at(6, true), at(7, true)], [false, true]);
  });

  it("is looked at on the second day already where the sun of the season hardly carries the house", () => {
    const december = JUNE + 183 * 86_400;
    assert.deepEqual(mornings(december, 7.5, 1, 1), { looked: [0], share: 1 });
    assert.deepEqual(mornings(december, 7.5, 1, 0.03).looked, [0]);
    assert.deepEqual(mornings(december, 7.5, 8, 1).looked, [0], "no less in the second week");
    assert.deepEqual(mornings(december, 7.5, 1, 0.5).looked, [0, 1]);
    assert.deepEqual(mornings(december, 7.5, 0, 1).looked, []);
    assert.deepEqual(mornings(JUNE, 4, 1, 1).looked, []);
  });
});

describe("a clock that is not right", () => {
  it("shows by the hours of the sun: then the rules decide as without a plan", () => {
    for (const [ahead_s, odd] of [
      [0, false],
      [5 * 3600, true],
    ] as const) {
      const memory = emptyMemory();
      const world = makeWorld("clear_summer", 305, 1);
      const advised: boolean[] = [];
      const controller = plannerController(DEFAULTS, { memory, watch: ({ plan }) => advised.push(plan !== null) });
      runWorld({ world, capacity_ah: 100, epoch: epochOf(world) + ahead_s, controller });
      assert.equal(memory.profile.odd_until > 0, odd);
      assert.equal(advised.at(-1), !odd);
    }
  });
});

describe("the planner on the simulated plant", () => {
  const run = (name: ScenarioName, seed: number, pack: number, variant: VariantName = "latch") => {
    const world = makeWorld(name, seed);
    const common = { world, capacity_ah: pack, variant, epoch: epochOf(world) };
    const never = runAlwaysOnGrid(world, pack, variant).net;
    const planned = runWorld({ ...common, controller: plannerController(DEFAULTS) });
    const rules = runWorld({ ...common, controller: rulesController(DEFAULTS) });
    const best = never - runClairvoyant(world, pack, variant).net;
    return { planned: (never - planned.net) / best, rules: (never - rules.net) / best, run: planned };
  };

  it("saves more than the rules where the sun is weak, without a dark minute", () => {
    for (const name of ["overcast", "winter_short"] as const) {
      const { planned, rules, run: result } = run(name, 302, 100);
      assert.ok(planned > rules + 0.03, `${name}: ${planned} ${rules}`);
      assert.ok(planned > 0.92, `${name}: ${planned}`);
      assert.equal(result.unserved_minutes, 0);
      assert.ok(result.switch_overs / result.days <= 3);
    }
  });

  it("loses nothing on a big pack that it has known for a few days only", () => {
    const { planned, rules } = run("overcast", 303, 280);
    assert.ok(planned > rules - 0.015, `${planned} ${rules}`);
  });
});
