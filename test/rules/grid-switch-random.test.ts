/** Whatever the records hold, the rails stand. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decide } from "../../lib/rules/grid-switch/decide.ts";
import { DEFAULTS } from "../../lib/rules/grid-switch/parameters.ts";
import type { GridMode, GridSwitchState } from "../../lib/rules/grid-switch/types.ts";
import { type Random, randomStream } from "../../lib/sim/plant/random.ts";
import type { Doubt } from "../../lib/view/doubt.ts";
import type { BmsInput, InverterInput } from "../../lib/view/record.ts";
import { whySaid } from "../support/why-said.ts";
import { bmsSample, inverterSample, T0 } from "./grid-switch-station.ts";

const MODES: readonly GridMode[] = ["auto", "off-grid", "on-grid", "observe"];

/** Now and then a field is missing, not believed, or another than it should be; cells also one by one. */
function spoil<Row extends object>(random: Random, row: Row): Row {
  const changed = { ...row } as Record<string, unknown>;
  const doubts: Doubt[] = [];
  for (const key of Object.keys(row)) {
    if (key === "at" || key === "device" || random.uniform() > 0.01) continue;
    const value = changed[key];
    if (random.uniform() < 0.5) changed[key] = null;
    else if (typeof value === "number") {
      doubts.push({ key, code: "out_of_range", raw: 65535, low: 0, high: 1000 });
      changed[key] = null;
    } else if (typeof value === "boolean") changed[key] = !value;
    else if (Array.isArray(value)) changed[key] = key === "cells" ? missingCell(random, value, doubts) : [];
    else changed[key] = "unknown_77";
  }
  if (changed.cells === null) changed.cells = [];
  return (doubts.length > 0 ? { ...changed, doubts } : changed) as Row;
}

function missingCell(random: Random, cells: readonly unknown[], doubts: Doubt[]): readonly unknown[] {
  if (random.uniform() < 0.5) return [];
  const cell = Math.floor(random.uniform() * cells.length);
  doubts.push({ key: `cell_${cell + 1}`, code: "out_of_range", raw: 0, low: 1, high: 4.5 });
  return cells.map((value, index) => (index === cell ? null : value));
}

describe("random records", () => {
  it("never break a rail, never throw, and always explain", () => {
    let left = 0;
    let returned = 0;
    for (let seed = 0; seed < 8; seed += 1) {
      const random = randomStream(`random/${seed}`);
      const bms: BmsInput[] = [];
      const inverter: InverterInput[] = [];
      let state: GridSwitchState | null = null;
      let now = T0;
      let onGrid = true;
      let soc = 60;
      let lastOrder = 0;
      const mode = MODES[seed % 4] as GridMode;
      for (let run = 0; run < 900; run += 1) {
        now += random.uniform() < 0.005 ? Math.round(random.between(-7200, 7200)) : 60;
        soc = Math.min(100, Math.max(3, soc + (onGrid ? 0.4 : -0.5)));
        const cell = soc < 28 ? 2.9 + soc / 75 : soc > 96 ? 3.4 : 3.3;
        if (random.uniform() < 0.95) bms.push(spoil(random, bmsSample(now, { soc: Math.round(soc), cell })));
        const sample = inverterSample(now, { ongrid_switch: onGrid, pv_power: 900, battery_voltage: 16 * cell });
        if (random.uniform() < 0.95) inverter.push(spoil(random, sample));
        const samples = { bms: bms.slice(-40), inverter: inverter.slice(-40) };
        const { decision, state: next } = decide({ now, samples, state, parameters: DEFAULTS, mode });
        state = JSON.parse(JSON.stringify(next)) as GridSwitchState;
        const text = whySaid(decision, true);
        assert.ok(!/undefined|NaN/.test(text), text);
        if (decision.action.kind === "none") continue;
        assert.notEqual(mode, "observe");
        assert.ok(now - lastOrder >= 180 || decision.action.value || now < lastOrder, "no storm");
        lastOrder = now;
        if (decision.action.value) {
          returned += 1;
        } else {
          left += 1;
          assert.notEqual(mode, "on-grid");
          assert.ok((decision.inputs.bms_age_s ?? 999) <= 180 && (decision.inputs.inverter_age_s ?? 999) <= 180);
          assert.ok(decision.rules.every((rule) => rule.kind !== "guard" || rule.met === true));
          assert.ok((decision.inputs.soc ?? 0) >= 30);
          assert.ok((decision.inputs.grid_voltage ?? 0) >= 170);
        }
        if (random.uniform() < 0.9) onGrid = decision.action.value;
      }
    }
    assert.ok(left > 10 && returned > 10, `${left} ${returned}`);
  });
});
