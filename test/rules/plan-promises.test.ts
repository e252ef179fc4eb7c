import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makePlan } from "../../lib/rules/plan/plan.ts";
import { freshProfile, type Profile, solarDay } from "../../lib/rules/plan/profile.ts";
import { scorePromises } from "../../lib/rules/plan/score.ts";
import type { Plan } from "../../lib/rules/plan/types.ts";
import { input, JUNE, SITE, WATCHED } from "./plan-inputs.ts";

describe("what a plan promises", () => {
  it("promises a moment only where a brighter and a darker likely day agree about it", () => {
    const now = JUNE + 15 * 3600;
    const under = (sky: (bucket: number) => number, changes: Partial<Profile> = {}, soc = 80): Plan => {
      const profile = freshProfile(SITE);
      const recent = Array.from(
        { length: 12 },
        (_, bucket) => [now - (11 - bucket) * 600, sky(bucket), 1 / 6] as const,
      );
      const today = { ...profile.today, index: solarDay(profile, now), hours: 3, sum: 2.7, recent };
      return makePlan(input({ now, soc, on_grid: true, profile: { ...profile, today, ...changes } }));
    };
    const steady = under(() => 0.9);
    assert.ok(steady.full_at !== null && steady.promised.full_at === steady.full_at, JSON.stringify(steady.full_at));
    const changing = under((bucket) => (bucket % 2 === 0 ? 0.4 : 1.1));
    assert.ok(changing.full_at !== null && changing.promised.full_at === null, JSON.stringify(changing.promised));
    assert.equal(under(() => 0.9, { cut_since: now - 1200 }).promised.full_at, null);
    assert.equal(under(() => 0.9, {}, 97).promised.full_at, null);
    const night = makePlan(input({ now: JUNE + 20 * 3600, soc: 90, on_grid: true }));
    assert.equal(night.promised.full_at, null, `${night.full_at}`);
    const fast: Profile = { ...freshProfile(SITE), grid_charge_a: { value: 20, support: 50 } };
    const charged = makePlan(input({ now: JUNE + 20 * 3600, soc: 80, on_grid: true, profile: fast }));
    assert.ok(charged.full_at !== null && charged.promised.full_at === null, `${charged.full_at}`);
    const morning = makePlan(input({ now: JUNE + 7 * 3600, soc: 40, on_grid: true }));
    assert.equal(morning.promised.full_at, null, `${morning.full_at}`);
  });

  /** Under a clear sky of June, off the grid. */
  function underClear(hour: number, soc: number, load: number): Plan {
    const now = JUNE + hour * 3600;
    const recent = Array.from({ length: 12 }, (_, bucket) => [now - (11 - bucket) * 600, 0.92, 1 / 6] as const);
    const fresh = freshProfile(SITE);
    const today = { ...fresh.today, index: solarDay(fresh, now), hours: 6, sum: 6 * 0.92, recent };
    return makePlan(input({ now, soc, profile: { ...fresh, load: fresh.load.map(() => load), today } }));
  }

  it("promises no full battery whose moment hangs on a tenth of the house's load", () => {
    for (const [load, promised] of [
      [400, true],
      [740, false],
    ] as const) {
      const plan = underClear(10, 85, load);
      assert.ok(plan.full_at !== null && plan.full_at < plan.at + 4 * 3600, `${load} W: ${plan.full_at}`);
      assert.equal(plan.promised.full_at === plan.full_at, promised, `${load} W`);
    }
  });

  it("promises no full battery that is nearly full before and falls again: its voltage may say so at any moment", () => {
    for (const [soc, promised] of [
      [80, true],
      [90, false],
    ] as const) {
      const plan = underClear(14, soc, 680);
      assert.ok(plan.full_at !== null && plan.full_at < plan.at + 4 * 3600, `${soc} %: ${plan.full_at}`);
      assert.equal(plan.promised.full_at === plan.full_at, promised, `${soc} %`);
    }
  });

  it("promises the reserve of an evening, where no sun has a say in it, nor a grid that is often gone", () => {
    // A small pack goes back to the grid above the usual reserve: what it keeps lets even a dull day fill it.
    for (const [capacity_ah, floor, hours] of [
      [100, 45, 1.36],
      [280, 30, 3.82],
    ] as const) {
      const settings = { ...input().settings, capacity_ah, reserve: new Array<number>(24).fill(floor) };
      const at = (hour: number, above: number): Plan =>
        makePlan(input({ now: JUNE + hour * 3600, soc: floor + above, profile: WATCHED, settings }));
      const evening = at(20, 25);
      const { reserve_at } = evening.promised;
      assert.ok(reserve_at !== null && Math.abs(reserve_at - evening.at - hours * 3600) < 900, `${reserve_at}`);
      assert.equal(evening.reserve_at, reserve_at);
      const attached = makePlan(input({ now: evening.at, soc: floor + 25, on_grid: true, profile: WATCHED, settings }));
      assert.equal(attached.promised.reserve_at, null, "the house has not left the grid");
      // By day the sun decides when it comes to that.
      assert.equal(at(9, 25).promised.reserve_at, null);
    }
  });

  it("is scored by the promise of three hours before, once an event", () => {
    const plans = [12_000, 10_800, 9600].map((ahead, index) => ({
      at: 1200 * index,
      full_at: 1200 * index + ahead,
      reserve_at: index === 2 ? 1200 * index + 10_000 : null,
    }));
    // Full at 11,400 s; a minute that looks like it before that is none.
    const seen = Array.from({ length: 400 }, (_, minute) => ({
      at: 60 * minute,
      soc: 60 * minute >= 11_400 || minute === 150 ? 97 : 60,
    }));
    const { promises, kept } = scorePromises(plans, seen, { full: 96, reserve: 33 });
    assert.deepEqual(promises, [
      { what: "full", made: 0, promised: 12_000, happened: 11_400, late_min: -10 },
      { what: "reserve", made: 2400, promised: 12_400, happened: null, late_min: null },
    ]);
    assert.equal(kept, 0.5);
  });

  it("is not judged before its moment was seen", () => {
    const plans = [{ at: 0, full_at: 10_800, reserve_at: null }];
    const until = (minutes: number): number | undefined => {
      const seen = Array.from({ length: minutes }, (_, minute) => ({ at: 60 * minute, soc: 60 }));
      return scorePromises(plans, seen, { full: 96, reserve: 33 }).promises.length;
    };
    assert.deepEqual([until(1), until(209), until(211)], [0, 0, 1]);
  });

  it("made too early or too late before their moment are not judged, and of none there is no share", () => {
    const levels = { full: 99, reserve: 30 };
    const plan = (ahead_h: number) => ({ at: JUNE, full_at: JUNE + ahead_h * 3600, reserve_at: null });
    const seen = [{ at: JUNE + 9 * 3600, soc: 60 }];
    for (const hours of [1, 5]) {
      assert.deepEqual(scorePromises([plan(hours)], seen, levels), { promises: [], kept: null });
    }
    assert.equal(scorePromises([plan(3)], seen, levels).promises.length, 1);
  });
});
