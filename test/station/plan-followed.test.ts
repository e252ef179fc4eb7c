import assert from "node:assert/strict";
import { test } from "node:test";
import { wentByPlan } from "../../lib/station/plan-followed.ts";

test("a plan comes true only where the rules of the planner act by themselves, and had one", () => {
  const auto = { mode: "auto", policy: "planner", flags: [] } as const;
  assert.equal(wentByPlan(auto), true);
  assert.equal(wentByPlan({ ...auto, flags: ["no_plan"] }), false);
  assert.equal(wentByPlan({ ...auto, policy: "greedy" }), false);
  for (const mode of ["observe", "on-grid", "off-grid"] as const)
    assert.equal(wentByPlan({ ...auto, mode }), false, mode);
  assert.equal(wentByPlan(undefined), false, "nothing was decided yet");
});
