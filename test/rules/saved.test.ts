import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULTS } from "../../lib/rules/grid-switch/parameters.ts";
import { machineOf } from "../../lib/rules/plan/plan.ts";
import { savedBy, type Twin } from "../../lib/rules/report/saved.ts";
import { epochOf, runAlwaysOnGrid, runWorld } from "../../lib/sim/plant/plant-run.ts";
import { makeWorld, type ScenarioName } from "../../lib/sim/plant/scenario.ts";
import { stretches } from "../../lib/view/energy-flow.ts";
import type { BmsInput, InverterInput } from "../../lib/view/record.ts";

import { emptyMemory, plannerController, rulesController } from "../../tools/policy-controllers.ts";
import { tries } from "../support/campaign.ts";

/** At night under the planner, with what it has learned itself. */
const WHOLE = tries(0, 1) === 1;

/** The plant under the rules, all its samples, and what it knows at the end. */
function lived(name: ScenarioName, seed: number, capacity_ah: number) {
  const world = makeWorld(name, seed);
  const epoch = epochOf(world);
  const bms: BmsInput[] = [];
  const inverter: InverterInput[] = [];
  const memory = emptyMemory();
  const control = WHOLE ? plannerController(DEFAULTS, { memory }) : rulesController(DEFAULTS);
  const real = runWorld({
    ...{ world, capacity_ah, epoch },
    controller: (view) => {
      const [pack, machine] = [view.bms.at(-1), view.inverter.at(-1)];
      if (pack && pack.at !== bms.at(-1)?.at) bms.push(pack);
      if (machine && machine.at !== inverter.at(-1)?.at) inverter.push(machine);
      return control(view);
    },
  });
  const truth = runAlwaysOnGrid(world, capacity_ah).net - real.net;
  return { world, epoch, capacity_ah, bms, inverter, profile: memory.profile, truth };
}

/** The sum of the days' savings, each from its own samples and counters. */
function weekly({ world, epoch, capacity_ah, bms, inverter, profile }: ReturnType<typeof lived>): number {
  const settings = {
    ...{ capacity_ah, cell_count: 16, absorb_voltage: 56.4, float_voltage: 54, leave_margin: 2 },
    ...{ reserve: new Array<number>(24).fill(30), charger_source_rule: false },
  };
  const machine = machineOf({ profile, settings });
  const counted = (key: "load_energy" | "grid_import_energy", from: number, to: number): number => {
    const upTo = (at: number) => inverter.findLast((row) => row.at <= at)?.[key] ?? 0;
    return upTo(to) - upTo(from);
  };
  let sum = 0;
  let twin: Twin = { saved: null, soc: null };
  for (let from = epoch; from < epoch + world.minutes * 60; from += 86_400) {
    const to = from + 86_400;
    const parts = stretches(inverter, from, to);
    const socs = bms.filter(({ at, soc }) => at > from && at <= to && soc !== null).map(({ soc }) => soc as number);
    const counters = { load: counted("load_energy", from, to), bought: counted("grid_import_energy", from, to) };
    const charge = { soc_from: socs[0] ?? null, soc_to: socs.at(-1) ?? null };
    twin = savedBy({ machine, soc: twin.soc, ...charge }, parts, counters);
    sum += twin.saved ?? Number.NaN;
  }
  return sum;
}

describe("what was saved", () => {
  for (const [name, seed, pack] of [
    ["week_mixed", 401, 280],
    ["week_outage", 404, 280],
    ["week_winter", 402, 280],
    ["week_mixed", 403, 100],
    ["month_mixed", 405, 280],
  ].slice(0, tries(2, 5)) as [ScenarioName, number, number][]) {
    it(`is right within 5 % over a week: ${name}, ${pack} Ah`, () => {
      const week = lived(name, seed, pack);
      const told = weekly(week);
      assert.ok(Math.abs(told / week.truth - 1) < 0.05, `${told} kWh, really ${week.truth}`);
    });
  }

  it("is load and standby less what was bought where no battery is known, and unknown without a counter", () => {
    const parts = [
      { sample: { at: 0, pv_power: 0, load_power: 500, grid_voltage: 230, ongrid_switch: true }, seconds: 36_000 },
    ];
    const nothing = { machine: null, soc: null, soc_from: null, soc_to: null };
    assert.deepEqual(savedBy(nothing, parts, { load: 5, bought: 2 }), { saved: 3.3, soc: null });
    assert.deepEqual(savedBy(nothing, parts, { load: null, bought: 2 }), { saved: null, soc: null });
  });
});
