import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { backtest } from "../../lib/rules/backtest.ts";
import { decide } from "../../lib/rules/grid-switch/decide.ts";
import { ORIGINAL_INTERVAL_S } from "../../lib/rules/grid-switch/original.ts";
import { DEFAULTS } from "../../lib/rules/grid-switch/parameters.ts";
import { runClairvoyant } from "../../lib/sim/plant/clairvoyant.ts";
import { type Controller, type RunResult, runAlwaysOnGrid, runWorld } from "../../lib/sim/plant/plant-run.ts";
import { makeWorld, type ScenarioName } from "../../lib/sim/plant/scenario.ts";
import type { BmsInput, InverterInput } from "../../lib/view/record.ts";
import { originalController, rulesController } from "../../tools/policy-controllers.ts";

const PACKS = [100, 280] as const;

/** Saved kWh against "always on grid", and the run itself. */
function run(
  name: ScenarioName,
  seed: number,
  pack: number,
  controller: Controller,
  interval = 1,
): RunResult & { saved: number } {
  const world = makeWorld(name, seed);
  const result = runWorld({ world, capacity_ah: pack, controller, interval });
  return { ...result, saved: runAlwaysOnGrid(world, pack).net - result.net };
}

describe("the rules on the simulated plant", () => {
  it("come near the clairvoyant optimum, without a dark minute or a deep cell", () => {
    let ours = 0;
    let best = 0;
    for (const name of ["clear_summer", "broken_clouds", "overcast", "winter_short", "week_mixed"] as const) {
      for (const pack of PACKS) {
        const result = run(name, 1, pack, rulesController(DEFAULTS));
        const world = makeWorld(name, 1);
        ours += result.saved;
        best += runAlwaysOnGrid(world, pack).net - runClairvoyant(world, pack).net;
        assert.equal(result.unserved_minutes, 0, name);
        assert.ok(result.lowest_cell > 3.1, `${name}: ${result.lowest_cell}`);
        assert.ok(result.switch_overs / result.days <= 9, name);
      }
    }
    assert.ok(ours / best > 0.94, `${ours / best}`);
    assert.ok(ours / best < 1, "the optimum is an upper bound");
  });

  it("with the second actuator they save more in dark weeks", () => {
    const plain = run("overcast", 2, 100, rulesController(DEFAULTS));
    const both = run("overcast", 2, 100, rulesController({ ...DEFAULTS, charger_source_rule: true }));
    assert.ok(both.saved > plain.saved + 0.3);
    assert.equal(both.unserved_minutes, 0);
  });

  it("run every five minutes they save the same within a few percent", () => {
    const each = run("broken_clouds", 3, 100, rulesController(DEFAULTS)).saved;
    const fifth = run("broken_clouds", 3, 100, rulesController(DEFAULTS), 5).saved;
    assert.ok(Math.abs(each - fifth) < 0.04 * each, `${each} ${fifth}`);
  });

  it("a lost BMS leaves the house dark under the original rules, not under ours", () => {
    let originals = 0;
    for (const seed of [1, 2, 3]) {
      assert.equal(run("bms_loss", seed, 100, rulesController(DEFAULTS)).unserved_minutes, 0);
      originals += run(
        "bms_loss",
        seed,
        100,
        originalController("original-2024"),
        ORIGINAL_INTERVAL_S / 60,
      ).unserved_minutes;
    }
    assert.ok(originals > 60, `${originals}`);
  });

  it("one lost order costs original-2026 more than a day's saving, and only luck differs between draws", () => {
    const world = makeWorld("clear_summer", 1);
    const draw = (controller: Controller, command_luck: number): RunResult =>
      runWorld({ world, capacity_ah: 100, controller, interval: ORIGINAL_INTERVAL_S / 60, command_luck });
    assert.deepEqual(
      draw(() => null, 1),
      draw(() => null, 3),
    );
    const lucky = draw(originalController("original-2026"), 1);
    const unlucky = draw(originalController("original-2026"), 3);
    assert.equal(lucky.unserved_minutes, 0);
    assert.ok(unlucky.unserved_minutes > 300, `${unlucky.unserved_minutes}`);
    assert.ok(unlucky.net - lucky.net > 8, `${unlucky.net} ${lucky.net}`);
  });

  it("the original presets inside our rails leave no dark minute either", () => {
    for (const policy of ["original-2024", "original-2026"] as const) {
      const result = run("bms_loss", 1, 100, rulesController(DEFAULTS, { policy }));
      assert.equal(result.unserved_minutes, 0, policy);
      assert.ok(result.saved > 5, `${policy} ${result.saved}`);
    }
  });
});

describe("decisions", () => {
  it("are pure: replaying the stored inputs and memory gives the same decision, over many days", () => {
    let decisions = 0;
    let orders = 0;
    for (const name of ["week_outage", "week_winter", "bms_loss"] as const) {
      const watch: Parameters<typeof rulesController>[1] = {
        watch: (input, decision, after) => {
          decisions += 1;
          if (decision.action.kind === "order") orders += 1;
          else if (decisions % 7 !== 0) return;
          const before = JSON.stringify(input);
          const again = decide(JSON.parse(before));
          assert.deepEqual(again.decision, JSON.parse(JSON.stringify(decision)));
          assert.deepEqual(again.state, JSON.parse(JSON.stringify(after)));
          assert.equal(JSON.stringify(input), before, "the inputs are left alone");
        },
      };
      runWorld({ world: makeWorld(name, 4), capacity_ah: 100, controller: rulesController(DEFAULTS, watch) });
    }
    assert.equal(decisions, 17 * 1440);
    assert.ok(orders > 30);
  });

  it("every order to leave has fresh accepted data, every decision is plain JSON with finite numbers", () => {
    const watch: Parameters<typeof rulesController>[1] = {
      watch: (_input, decision) => {
        if (decision.action.kind === "order" && !decision.action.value) {
          assert.ok((decision.inputs.bms_age_s ?? 999) <= 180 && (decision.inputs.inverter_age_s ?? 999) <= 180);
          assert.ok((decision.inputs.soc ?? 0) >= (decision.inputs.start_soc ?? 100) || decision.winner === "G3");
        }
        assert.ok(!/NaN|Infinity|undefined/.test(JSON.stringify(decision)));
      },
    };
    runWorld({ world: makeWorld("bms_loss", 5), capacity_ah: 100, controller: rulesController(DEFAULTS, watch) });
  });
});

describe("backtest", () => {
  it("counts what the rules would have done beside what really happened", () => {
    const bms: BmsInput[] = [];
    const inverter: InverterInput[] = [];
    const rules = rulesController(DEFAULTS);
    const real = runWorld({
      world: makeWorld("clear_summer", 1),
      capacity_ah: 100,
      controller: (view) => {
        const newestBms = view.bms.at(-1);
        if (newestBms && newestBms !== bms.at(-1)) bms.push(newestBms);
        const newestInverter = view.inverter.at(-1);
        if (newestInverter && newestInverter !== inverter.at(-1)) inverter.push(newestInverter);
        return rules(view);
      },
    });
    const same = backtest({ bms, inverter, parameters: DEFAULTS });
    assert.equal(same.real.switches, real.switch_overs);
    assert.ok(Math.abs(same.real.off_grid_hours - real.off_grid_hours) < 0.3);
    assert.ok(Math.abs(same.rules.switches - real.switch_overs) <= 2, `${same.rules.switches} ${real.switch_overs}`);
    assert.ok(same.same_hours > 70, `${same.same_hours}`);
    const careful = backtest({ bms, inverter, parameters: { ...DEFAULTS, reserve: 60 }, interval_s: 300 });
    assert.ok(careful.rules.off_grid_hours < same.rules.off_grid_hours - 3);
    assert.ok(careful.runs < same.runs / 4);
    assert.deepEqual(careful.rules.list.map((change) => change.rule).slice(0, 2), ["G2", "S5"]);
  });

  it("counts no switch-over for an order that is given again while no sample comes", () => {
    const bms: BmsInput[] = [];
    const inverter: InverterInput[] = [];
    const world = makeWorld("clear_summer", 1);
    const rules = rulesController(DEFAULTS);
    runWorld({
      world,
      capacity_ah: 100,
      controller: (view) => {
        // A quiet day between two recorded ones, from an evening off the grid on.
        if (view.minute < 1280 || view.minute > 2720) {
          bms.push(...view.bms.slice(-1));
          inverter.push(...view.inverter.slice(-1));
        }
        return rules(view);
      },
    });
    const { rules: ours } = backtest({ bms, inverter, parameters: DEFAULTS });
    assert.ok(ours.switches <= 8, `${ours.switches}`);
    for (const [index, change] of ours.list.entries()) {
      if (index > 0) assert.notEqual(change.on_grid, ours.list[index - 1]?.on_grid);
    }
  });

  it("of nothing is nothing", () => {
    const empty = backtest({ bms: [], inverter: [], parameters: DEFAULTS });
    assert.deepEqual([empty.runs, empty.from, empty.rules.switches, empty.real.switches], [0, null, 0, 0]);
  });
});
