import assert from "node:assert/strict";
import { test } from "node:test";
import type { Plan } from "../../lib/rules/plan/types.ts";
import { toldPlan, wentByPlan } from "../../lib/station/plan-followed.ts";

test("a plan comes true only where the rules of the planner act by themselves, and had one", () => {
  const auto = { mode: "auto", policy: "planner", flags: [] } as const;
  assert.equal(wentByPlan(auto), true);
  assert.equal(wentByPlan({ ...auto, flags: ["no_plan"] }), false);
  assert.equal(wentByPlan({ ...auto, policy: "greedy" }), false);
  for (const mode of ["observe", "on-grid", "off-grid"] as const)
    assert.equal(wentByPlan({ ...auto, mode }), false, mode);
  assert.equal(wentByPlan(undefined), false, "nothing was decided yet");
});

test("of a plan that is not followed no moment is promised", () => {
  const plan = { at: 0, reserve_at: 600, promised: { full_at: null, reserve_at: 600 } } as unknown as Plan;
  assert.equal(toldPlan(plan, []), plan);
  const told = toldPlan(plan, ["the plan is not followed in this mode"]);
  assert.deepEqual([told.reserve_at, told.promised], [600, { full_at: null, reserve_at: null }]);
});
