/**
 * Off the grid, then a fault, and no outage: the house is never dark, and the grid is back within the blind limit or at the reserve,
 * whichever comes first, however often cron runs. On the plant model, with the meters of the station between plant and rules.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULTS } from "../../lib/rules/grid-switch/parameters.ts";
import { FAULTS } from "./grid-switch-fault-list.ts";
import { type Fault, run } from "./grid-switch-fault-loop.ts";

const INTERVALS = [1, 2, 5, 10];
const MACHINES = { "48 V": 16, "24 V": 8, "12 V": 4, "a pack of 24 cells": 24 };

function check(fault: Fault, interval: number, cells: number): void {
  const { back, dark, soc, reasons } = run(fault, interval, cells);
  const told = `${cells} cells, every ${interval} min: back ${back} min after the fault at ${soc.toFixed(1)} %; ${reasons.slice(-3).join(" | ")}`;
  assert.notEqual(back, null, told);
  assert.equal(dark, 0, told);
  // One poll until the limit is noticed, one until the order is carried out.
  if (fault.within !== undefined) assert.ok((back as number) <= fault.within + 3 * interval, told);
  // At 900 W a minute is 0.33 %: the reserve, less what its hold and three polls cost.
  assert.ok(soc > DEFAULTS.reserve - 7 - 1.1 * interval, told);
}

for (const [machine, cells] of Object.entries(MACHINES)) {
  describe(`off the grid, a fault, no outage: ${machine}`, () => {
    for (const fault of FAULTS) {
      it(fault.name, () => {
        for (const interval of INTERVALS) check(fault, interval, cells);
      });
    }
  });
}
