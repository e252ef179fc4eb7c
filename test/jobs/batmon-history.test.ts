import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { runBacktest } from "../../lib/jobs/batmon/backtest.ts";
import { runTune } from "../../lib/jobs/batmon/tune.ts";
import { orderStation } from "../support/orders.ts";
import { type PlantReading, savePlantSamples } from "../support/plant-samples.ts";

const MORNING = Date.UTC(2026, 5, 21, 6) / 1000;

/** A station with stored hours of one reading, from six in the morning on. */
function stored(t: TestContext, hours: number, reading: PlantReading, batmon: Readonly<Record<string, unknown>> = {}) {
  const station = orderStation(t, { batmon: { preset: "greedy", ...batmon } });
  station.store.write(() => {
    for (let at = MORNING; at <= MORNING + hours * 3600; at += 120) savePlantSamples(station.store, at, reading);
  });
  station.now = MORNING + hours * 3600 + 60;
  return station;
}

test("--tune proposes a reserve that would have bought less, and says what a lower one costs", async (t) => {
  const sunny = { soc: 80, cell: 3330, pv: 1500, load: 900 };
  const station = stored(t, 3, sunny, { rules: { reserve: 60, margin: 35 } });
  const answer = await runTune(station.context);
  const said = answer.text?.(false) ?? "";
  assert.match(said, /^The last 0\.1 days by one plant model, .*\n\npreset +reserve % +margin % +bought kWh\/d/);
  assert.match(said, /^greedy +60 +35 +.*\nplanner +60 +– /m);
  assert.match(
    said,
    /would have cost \d\.\d\d kWh a day less with:\n {2}rules\.reserve: 60 → 20\nA lower reserve leaves/,
  );
  assert.match(said, /Nothing was changed\. Write it under batmon:/);
  const { best, present } = answer.json as { best: { more: number }; present: unknown };
  assert.deepEqual(present, { preset: "greedy", reserve: 60, margin: 35 });
  assert.ok(best.more < -0.5, `${best.more}`);
});

test("--tune leaves settings alone that nothing tried is better than, and refuses where nothing is stored", async (t) => {
  const dark = stored(t, 1, { soc: 60 });
  assert.match((await runTune(dark.context)).text?.(false) ?? "", /\n\nNothing that was tried is better by enough/);
  const none = orderStation(t);
  await assert.rejects(runTune(none.context), /there are no stored samples of both devices to try settings on/);
});

test("--backtest under the planner goes by what was learned, and says that no kept decision proves it", async (t) => {
  const station = stored(t, 3, { soc: 90, cell: 3340, pv: 1500, load: 900 }, { preset: "planner" });
  const span = "2026-06-21 06:00..2026-06-21 09:00";
  const answer = await runBacktest({ ...station.context, options: { backtest: span } });
  const { policy, model, runs } = answer.json as {
    policy: string;
    runs: number;
    model: { rules: { bought: number }; always_on_grid: { bought: number } };
  };
  assert.equal(policy, "planner");
  assert.equal(runs, 179);
  assert.ok(model.rules.bought <= model.always_on_grid.bought + 0.05, JSON.stringify(model));
  assert.match(answer.text?.(false) ?? "", /^no decision is kept from this span: nothing proves the replay\n/);
  const none = { ...station.context, options: { backtest: "2026-06-01..2026-06-02" } };
  await assert.rejects(runBacktest(none), /there are no stored samples of both devices in 2026-06-01\.\.2026-06-02/);
});
