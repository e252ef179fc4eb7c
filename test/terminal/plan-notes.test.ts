import assert from "node:assert/strict";
import { test } from "node:test";
import { said } from "../../lib/base/failure/failure.ts";
import type { Outside } from "../../lib/judge/outside.ts";
import type { BacktestResult } from "../../lib/rules/backtest.ts";
import { freshProfile } from "../../lib/rules/plan/profile.ts";
import type { Score } from "../../lib/rules/plan/score.ts";
import { followedNote } from "../../lib/station/plan-followed.ts";
import { backtestText } from "../../lib/terminal/backtest-text.ts";
import { outsideNotes, planChart, scoreText } from "../../lib/terminal/plan-screen.ts";
import { speech } from "../../lib/words/index.ts";
import { NOW, planOf, ZONE } from "../../tools/reference/evening.ts";

const EN = speech("en");
const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, " ");

test("the course of a plan is drawn for as long as it reaches", () => {
  const plan = planOf({});
  const half = { ...plan, course: plan.course.slice(0, 36).map((step, index) => ({ ...step, on_grid: index >= 18 })) };
  const [charge, grid] = planChart(half, NOW, ZONE, EN);
  assert.equal(charge, `charge  ${"▄".repeat(24)}`);
  assert.equal(grid?.trimEnd().length, "grid    ".length + 24);
  assert.ok(grid?.endsWith("█".repeat(12)), grid);
  assert.match(planChart(plan, NOW, ZONE, EN)[0] as string, /^charge {2}▄{48}$/);
});

test("why a plan is not followed is said; of one that is followed nothing is", () => {
  const profile = { ...freshProfile({ latitude: 45, offset_s: 0, noon_s: 43_200 }), odd_until: 0, sparse_until: 0 };
  const gains = [{ bulk: [0], float: [0] }];
  const note = (policy: string, changes: object, plan = { at: NOW, gains } as Parameters<typeof followedNote>[3]) =>
    followedNote("auto", policy, { ...profile, ...changes }, plan, EN);
  assert.deepEqual(note("planner", {}), []);
  assert.match(note("greedy", { days: 3 })[0] as string, /the rules of greedy decide, 3 of \d+ days are learned$/);
  assert.match(
    note("planner", { odd_until: NOW + 1 })[0] as string,
    /^the sun shines at other hours than by this plan/,
  );
  assert.match(note("planner", { sparse_until: NOW + 1 })[0] as string, /^the devices were silent for more than/);
  assert.match(note("planner", {}, { at: NOW, gains: [] })[0] as string, /^the station is new/);
  const held = followedNote("observe", "planner", profile, { at: NOW, gains }, EN);
  assert.deepEqual(held, ["the plan is not followed in this mode: only observing"]);
});

test("what others told of sun and power cuts is said, and what of it is left aside", () => {
  const none: Outside = { cuts: [], sun: [], forecast: null, fetch_failure: null, bad_lines: [] };
  const notes = (changes: Partial<Outside>) => outsideNotes({ ...none, ...changes }, NOW, ZONE, EN).map(plain);
  const at = NOW - 3600;
  assert.deepEqual(notes({}), []);
  assert.deepEqual(
    notes({
      cuts: [[NOW + 3600, NOW + 7200]],
      bad_lines: [{ line: 3, text: "to\u001b[31mmorrow" }] as unknown as Outside["bad_lines"],
    }),
    ["announced power cut from 21:00 to 22:00", "line 3 of the power cuts is not understood: to?[31mmorrow"],
  );
  assert.deepEqual(notes({ forecast: { source: "url", at, refused: null } }), [
    "the sun goes by the forecast fetched at 19:00",
  ]);
  assert.deepEqual(notes({ forecast: { source: "file", at, refused: null } }), [
    "the sun goes by the forecast in the file at 19:00",
  ]);
  assert.deepEqual(
    notes({ forecast: { source: "url", at, refused: { code: "old", value: 41 } }, fetch_failure: said("HTTP 500") }),
    ["the forecast is left aside: it is 41 h old", "the last fetch of a forecast failed: HTTP 500"],
  );
  assert.deepEqual(notes({ forecast: { source: "file", at, refused: { code: "no_hours" } } }), [
    "the forecast is left aside: it says nothing about the hours to come",
  ]);
});

test("each promise stands beside what came of it", () => {
  const promise = (changes: Partial<Score["promises"][number]>): Score["promises"][number] => ({
    ...{ what: "full", made: NOW - 90_000, promised: NOW - 79_200, happened: NOW - 77_400, late_min: 30 },
    ...changes,
  });
  const score = { kept: 0.5, promises: [promise({}), promise({ what: "reserve", happened: null, late_min: null })] };
  assert.deepEqual(plain(scoreText(score, ZONE, EN)).split("\n"), [
    "2026-11-21 full         promised for 22:00, came 22:30 (+30 min)",
    "2026-11-21 reserve      promised for 22:00, did not come",
    "Within half an hour: 50 %",
  ]);
  assert.match(scoreText({ kept: null, promises: [] }, ZONE, EN), /^No promise made three hours ahead/);
});

const MADE = { recorded: 1440, tried: 480, same: 480, first_other: null, plans: 0, same_plans: 0 };
const SIDE = { switches: 1, off_grid_hours: 4 };
const SAVED: BacktestResult = {
  ...{ from: NOW - 86_400, to: NOW, runs: 1440, same_hours: 20, blind_hours: 0.5 },
  rules: { ...SIDE, list: [{ at: NOW - 3600, on_grid: false, rule: "G2" }] } as unknown as BacktestResult["rules"],
  real: { ...SIDE, list: [] },
};

function backtest(made: Partial<typeof MADE>, result: Partial<BacktestResult> = {}): string[] {
  const measured = { bought: 2.5, lowest_cell: null };
  const text = backtestText("greedy", { ...MADE, ...made }, { ...SAVED, ...result }, null, measured, ZONE, EN);
  return plain(text).split("\n");
}

test("a backtest begins with how much of what was decided it makes again, exact where all of it", () => {
  const proof = (made: Partial<typeof MADE>) => backtest(made)[0];
  const all = "made again from their stored inputs: 480 of 480 decisions (100 %), of 1440 recorded";
  assert.equal(proof({}), all);
  assert.equal(proof({ plans: 12, same_plans: 11 }), `${all}; 11 of 12 plans`);
  assert.match(proof({ same: 479 }) as string, /479 of 480 decisions \(99\.8 %\)/);
  assert.equal(proof({ tried: 0, same: 0 }), "no decision is kept from this span: nothing proves the replay");
});

test("a backtest lists the switches with their causes, forty at most, and no time that there was not", () => {
  const lines = backtest({});
  assert.match(lines[1] as string, /^2026-11-21 20:00 to 2026-11-22 20:00, rules greedy, 1440 runs, blind for 0\.5 h$/);
  assert.equal(lines.at(-1), "  2026-11-22 19:00  off the grid: the sun is enough [G2]");
  const list = Array.from({ length: 43 }, (_, index) => ({
    at: NOW + index,
    on_grid: true,
    rule: "of a newer edition",
  }));
  const many = backtest({}, { from: null, to: null, rules: { ...SIDE, list } as unknown as BacktestResult["rules"] });
  assert.match(many[1] as string, /^– to –, /);
  assert.equal(many.at(-2), "  2026-11-22 20:00  to the grid [of a newer edition]");
  assert.equal(many.at(-1), "  … 3 more");
});
