import assert from "node:assert/strict";
import { it } from "node:test";
import { decide } from "../../lib/rules/grid-switch/decide.ts";
import { DEFAULTS } from "../../lib/rules/grid-switch/parameters.ts";
import { makePlan } from "../../lib/rules/plan/plan.ts";
import { epochOf, runWorld } from "../../lib/sim/plant/plant-run.ts";
import { makeWorld, SCENARIOS, type ScenarioName } from "../../lib/sim/plant/scenario.ts";
import { plannerController } from "../../tools/policy-controllers.ts";
import { partOfNight, tries } from "../support/campaign.ts";

/** Every decision of the whole campaign, by day every so many. */
const EVERY = tries(11, 1);
const NIGHT = partOfNight(4);
const DAYS = tries(2, 1000 / NIGHT.of);
/** A quarter of the days has less than so many runs. */
const FIRST_RUN = tries(0, 60 * NIGHT.first);

const again = <T>(value: T): T => JSON.parse(JSON.stringify(value));

it("every decision and every plan of simulated days is made again from what is stored of its inputs", () => {
  const names = Object.keys(SCENARIOS) as ScenarioName[];
  const counts = { days: 0, decisions: 0, plans: 0 };
  // Plans are made again in another order than they were made in: nothing of one may reach the next.
  const plans: { input: string; plan: string }[] = [];
  const remake = (): void => {
    for (const { input, plan } of plans.splice(0).reverse()) {
      assert.ok(JSON.stringify(makePlan(JSON.parse(input))) === plan, `another plan from ${input}`);
      counts.plans += 1;
    }
  };
  for (let run = FIRST_RUN; counts.days < DAYS; run += 1) {
    const name = names[(5 * run + 5) % names.length] as ScenarioName;
    const world = makeWorld(name, 801 + run, DAYS < 100 ? DAYS : undefined);
    let seen = 0;
    const controller = plannerController(DEFAULTS, {
      watch: (input, decision, after) => {
        seen += 1;
        if (seen % EVERY !== 0) return;
        const made = decide(again(input));
        const same =
          JSON.stringify(made.decision) === JSON.stringify(decision) &&
          JSON.stringify(made.state) === JSON.stringify(after);
        assert.ok(same, `${name}, seed ${801 + run}, ${input.now}: another decision`);
        counts.decisions += 1;
      },
      watchPlan: (input, plan) => plans.push({ input: JSON.stringify(input), plan: JSON.stringify(plan) }),
    });
    runWorld({ world, capacity_ah: run % 2 === 0 ? 100 : 280, epoch: epochOf(world), controller });
    remake();
    counts.days += world.minutes / 1440;
  }
  assert.ok(counts.plans > 60 * DAYS && counts.decisions > (1200 * DAYS) / EVERY, JSON.stringify(counts));
});
