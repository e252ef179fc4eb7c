import assert from "node:assert/strict";
import { test } from "node:test";
import { leaveRefusal } from "../../lib/rules/grid-switch/leave-refusal.ts";
import { Station } from "./grid-switch-station.ts";

const ROWS: readonly {
  readonly name: string;
  readonly machine: { readonly rated_power?: number | null; readonly battery_class?: 12 | 24 | 48 | null };
  readonly load_limit?: number;
  /** W: highest load with which the grid is left. */
  readonly most: number;
}[] = [
  { name: "PV18-5048", machine: { rated_power: 5000, battery_class: 48 }, most: 4000 },
  { name: "PV18-3224", machine: { rated_power: 3200, battery_class: 24 }, most: 2560 },
  { name: "PV18-1512", machine: { rated_power: 1500, battery_class: 12 }, most: 1200 },
  { name: "a 24 V machine that tells no rating", machine: { rated_power: null, battery_class: 24 }, most: 2560 },
  { name: "a machine that tells nothing", machine: {}, most: 4000 },
  { name: "what the owner says", machine: { rated_power: 3200 }, load_limit: 3000, most: 3000 },
];
for (const { name, machine, load_limit, most } of ROWS) {
  test(`the grid is not left under a load that is much for the machine: ${name}`, () => {
    const code = (load_power: number) => {
      const station = new Station(load_limit === undefined ? {} : { parameters: { load_limit } });
      station.pass(30, { bms: { soc: 60 }, inverter: { ...machine, load_power } });
      const { bms, inverter, state, parameters, now } = station;
      return leaveRefusal({ now, samples: { bms, inverter }, state, parameters })?.code ?? null;
    };
    assert.deepEqual([code(most - 10), code(most + 10)], [null, "load"]);
  });
}
