import assert from "node:assert/strict";
import { test } from "node:test";
import { showPlan } from "../../lib/jobs/batmon/plan-shown.ts";
import { inputOf } from "../../lib/judge/decided-again.ts";
import { madeAgain } from "../../lib/judge/made-again.ts";
import { decide } from "../../lib/rules/grid-switch/decide.ts";
import { DEFAULTS } from "../../lib/rules/grid-switch/parameters.ts";
import { makePlan } from "../../lib/rules/plan/plan.ts";
import type { Profile } from "../../lib/rules/plan/profile.ts";
import type { Plan, PlanInput } from "../../lib/rules/plan/types.ts";
import { decisionsBetween } from "../../lib/store/decisions.ts";
import { plansBetween } from "../../lib/store/plans.ts";
import { ruleState } from "../../lib/store/rules.ts";
import { batmonStation } from "../support/batmon.ts";

const NOON = Date.UTC(2026, 5, 21, 12) / 1000;

test("with preset planner batmon learns, plans every 20 minutes, and each plan and decision can be made again", async (t) => {
  const station = batmonStation(t, { batmon: { preset: "planner" } });
  station.now = NOON;
  await station.pass(50, { soc: 70, pv: 900, load: 500 });
  const profile = ruleState(station.store, "profile") as Profile;
  assert.ok(profile.learned_until >= NOON + 2400 && (profile.load_hours[12] as number) > 0.5);
  const plans = plansBetween<PlanInput>(station.store, NOON, station.now);
  assert.ok(plans.length === 2 || plans.length === 3, `${plans.length}`);
  const { plan: last } = ruleState(station.store, "plan") as { plan: Plan };
  const made = makePlan(plans.at(-1)?.input as PlanInput);
  assert.deepEqual(JSON.parse(JSON.stringify(made)), last);
  const rows = decisionsBetween<never, never>(station.store, NOON, station.now);
  for (const row of rows) {
    const { decision } = decide(inputOf(station.context.config, station.store, row));
    assert.deepEqual(JSON.parse(JSON.stringify(decision)), (row.record as { decision: unknown }).decision);
  }
  const again = madeAgain(station.context.config, station.store, NOON, station.now);
  const all = { recorded: rows.length, tried: rows.length, same: rows.length, first_other: null };
  assert.deepEqual(again, { ...all, plans: plans.length, same_plans: plans.length });
  const last_row = rows.at(-1)?.record as unknown as { decision: { policy: string; rules: { id: string }[] } };
  assert.equal(last_row.decision.policy, "planner");
  assert.ok(last_row.decision.rules.some(({ id }) => id === "P1"));
});

test("with preset auto a new station goes by the rules of greedy and says that the plan is not followed yet", async (t) => {
  const station = batmonStation(t, { batmon: { preset: "auto" } });
  station.now = NOON;
  const answer = await station.pass(5, { soc: 70, pv: 900, load: 500 });
  assert.ok(answer);
  assert.equal((answer.json as { decision: { policy: string } }).decision.policy, "greedy");
  const shown = await showPlan({ ...station.context, options: { plan: true } });
  assert.match(
    shown.text?.(false) ?? "",
    /^House on the grid; .*[.]\n\n[\s\S]*the rules of greedy decide, 0 of 7 days are learned$/,
  );
  assert.equal((shown.json as { followed: boolean }).followed, false);
});

test("of a plan that is followed the reserve is promised, of one that is not it is told as perhaps", async (t) => {
  for (const [preset, told] of [
    ["planner", /; reserve about \d/],
    ["auto", /; reserve perhaps about \d/],
  ] as const) {
    const station = batmonStation(t, { batmon: { preset, rules: { ...DEFAULTS, capacity: 280 } } });
    station.now = NOON + 8 * 3600;
    await station.pass(5, { on_grid: false, soc: 55, pv: 0, load: 700 });
    const shown = await showPlan({ ...station.context, options: { plan: true } });
    assert.match((shown.json as { sentence: string }).sentence, told, preset);
  }
});

test("the plan speaks Russian, and says nothing from a plan that is too old", async (t) => {
  const station = batmonStation(t, { batmon: { preset: "planner" } });
  Object.assign(station.context.config.station, { lang: "ru" });
  station.now = NOON;
  await station.pass(5, { on_grid: false, soc: 70, pv: 900, load: 500 });
  const shown = await showPlan({ ...station.context, options: { plan: true } });
  assert.match(shown.text?.(false) ?? "", /^Дом на батарее; /);
  assert.match(shown.text?.(false) ?? "", /заряд +[▁▂▃▄▅▆▇█]{40,48}\nсеть +[█▁]{40,48}/);
  station.now += 3600;
  await assert.rejects(showPlan({ ...station.context, options: { plan: true } }), /the last plan is from/);
});

test("a planner that cannot plan leaves the decision to the rules, and the decision says so", async (t) => {
  const station = batmonStation(t, { batmon: { preset: "planner" } });
  station.now = NOON;
  const answer = await station.pass(3, { soc: 70, pv: 900, load: 500, without: ["bms"] });
  assert.ok(answer);
  const { decision } = answer.json as { decision: { flags: string[]; rules: { id: string }[] } };
  assert.ok(decision.flags.includes("no_plan"));
  assert.ok(decision.rules.some(({ id }) => id === "G1") && !decision.rules.some(({ id }) => id === "P1"));
});
