import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { compare } from "../../lib/judge/shadow-run.ts";
import { ORIGINAL_LIMITS } from "../../lib/rules/shadow.ts";
import { saveInverterSample } from "../../lib/store/samples.ts";
import { orderStation } from "../support/orders.ts";
import { savePlantSamples } from "../support/plant-samples.ts";
import { recordedInverter } from "../support/recorded-samples.ts";

const NIGHT = Date.UTC(2026, 5, 21, 0) / 1000;
const STEP_S = 600;

/** A night of imported lines, ten minutes apart: they hold the relay, not the switch. */
function imported(
  t: TestContext,
  hours: number,
  relay: (hour: number) => { closed: boolean | null; grid?: number | null },
) {
  const station = orderStation(t, { batmon: { preset: "greedy" } });
  station.store.write(() => {
    for (let at = NIGHT; at <= NIGHT + hours * 3600; at += STEP_S) {
      savePlantSamples(station.store, at, { soc: 35, without: ["inverter"] });
      const { closed, grid = 230 } = relay((at - NIGHT) / 3600);
      const grid_relay_closed = closed === null ? null : Number(closed);
      const grid_voltage = grid === null ? null : 10 * grid;
      const seen = { ongrid_switch: null, work_state: closed === false ? 2 : 4, pv_power: 0, load_power: 400 };
      saveInverterSample(station.store, "inverter", at, recordedInverter({ ...seen, grid_relay_closed, grid_voltage }));
    }
  });
  station.now = NIGHT + hours * 3600 + 60;
  const { config } = station.context;
  return compare({ ...station.context, options: { from: "2d" } }, config, ORIGINAL_LIMITS);
}

test("less than an hour of lines is nothing to compare", (t) => {
  assert.equal(
    imported(t, 0.5, () => ({ closed: true })),
    null,
  );
});

test("an open relay is a switch that is off where the grid is there, and says nothing where it is gone", (t) => {
  const off = imported(t, 6, (hour) => ({ closed: hour < 2 || hour >= 4 }));
  assert.deepEqual(off?.real, { switches: 2, off_grid_hours: 2 });
  assert.deepEqual(off?.ours, { switches: 0, off_grid_hours: 0 });
  assert.deepEqual(
    off?.apart.map(({ from, to, ours }) => [(from - NIGHT) / 3600, (to - NIGHT) / 3600, ours]),
    [[2, 4, "on"]],
  );
  for (const grid of [0, null]) {
    const cut = imported(t, 6, (hour) => (hour >= 2 && hour < 4 ? { closed: false, grid } : { closed: true }));
    assert.deepEqual(cut?.real, { switches: 0, off_grid_hours: 0 }, `grid ${grid}`);
    assert.deepEqual(cut?.apart, []);
  }
});

test("lines that hold no relay either begin on the grid, as the rules assume", (t) => {
  const unknown = imported(t, 3, () => ({ closed: null }));
  assert.deepEqual(unknown?.real, { switches: 0, off_grid_hours: 0 });
  assert.deepEqual([unknown?.from, unknown?.to], [NIGHT, NIGHT + 3 * 3600]);
});
