/** A clock that was a year ahead, and is right again: nothing that was written meanwhile acts any more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshState } from "../../lib/rules/grid-switch/state.ts";
import type { GridSwitchState } from "../../lib/rules/grid-switch/types.ts";
import { Station } from "./grid-switch-station.ts";

const YEAR_S = 365 * 86_400;
const FULL = { bms: { soc: 95 } } as const;

test("a year ahead and back without a clock to compare with: the rules go on as if nothing had been", () => {
  const station = new Station();
  station.pass(30);
  station.now += YEAR_S;
  station.pass(30, FULL);
  assert.ok((station.state?.last_run_at ?? 0) > station.now - 60);
  const ahead = station.now;
  station.now -= YEAR_S;
  station.bms.length = 0;
  station.inverter.length = 0;
  assert.ok(station.pass(1).flags.includes("clock_jump"));
  for (const [name, time] of Object.entries(station.state as GridSwitchState)) {
    if (typeof time === "number") assert.ok(time < ahead - YEAR_S / 2, name);
  }
  assert.equal(station.until(60, FULL)?.action.kind, "order", "the grid is left again");
});

test("each remembered time from the future is unknown: no hold, lock, budget or order lasts longer than it could from now", () => {
  const station = new Station();
  station.pass(5);
  const later = station.now + YEAR_S;
  station.state = {
    ...freshState(later),
    last_run_at: station.now,
    on_grid: true,
    switch_times: new Array<number>(12).fill(later),
    extra_day: Math.floor(later / 86_400),
    lock_until: later + 3600,
    lock_cause: "fault",
    manual_until: later + 7200,
    pending: { value: false, first_at: later, last_at: later, attempts: 1, life_s: 180, rule: "G1" },
    last_order: { value: false, at: later },
    gave_up: { value: false, at: later, attempts: 3, code: "expired" },
    bms_counted_at: later,
    inverter_counted_at: later,
    pair_counted_at: later,
    ignore_before: later,
    grace_until: later,
    last_soc: { soc: 5, at: later },
    charger: { low_minutes: 0, wanted: "only_solar", order_at: later },
    original: { counter: 0, run_at: later },
  };
  const decision = station.pass(1, FULL);
  assert.equal(decision.rules.find(({ id }) => id === "budget")?.value, 0, "none of the switch-overs was today");
  assert.equal(station.state?.pending, null);
  assert.ok((station.state?.lock_until ?? 0) <= station.now + 60 * station.parameters.lock);
  const left = station.until(3 * 60, FULL);
  assert.equal(left?.winner, "G1", "after the longest hold that could have begun now");
});
