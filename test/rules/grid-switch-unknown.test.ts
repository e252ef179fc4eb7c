/** The grid switch beside values that are not known: what still counts, what keeps the house on the grid, and what is said of it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cellsInSeries } from "../../lib/rules/grid-switch/cells.ts";
import { leaveRefusal } from "../../lib/rules/grid-switch/leave-refusal.ts";
import { runOriginal } from "../../lib/rules/grid-switch/original.ts";
import { DEFAULTS } from "../../lib/rules/grid-switch/parameters.ts";
import type { Decision } from "../../lib/rules/grid-switch/types.ts";
import { ruleSaid, whySaid } from "../support/why-said.ts";
import { bmsSample, inverterSample, type Minute, Station, T0 } from "./grid-switch-station.ts";

function met(decision: Decision, id: string): boolean | null | undefined {
  return decision.rules.find((row) => row.id === id)?.met;
}

const TERMINAL = { battery_voltage: 52.8 } as const;
const SILENT_LINE = {
  ...{ ongrid_switch: null, work_state: null, battery_voltage: null, load_power: null, grid_relay_closed: null },
} as const;

describe("the number of cells without a list of them", () => {
  const rows: readonly {
    name: string;
    terminal: number | null;
    pack: number | null;
    remembered?: number;
    want: number;
  }[] = [
    { name: "12 V at the inverter are four", terminal: 13.2, pack: null, want: 4 },
    { name: "24 V are eight", terminal: 26.4, pack: null, want: 8 },
    { name: "64 V and more are twenty", terminal: 64, pack: null, want: 20 },
    { name: "80 V are twenty-four", terminal: 80, pack: null, want: 24 },
    { name: "the pack tells it where the inverter does not", terminal: null, pack: 26.4, want: 8 },
    { name: "the inverter is asked before the pack", terminal: 13.2, pack: 26.4, want: 4 },
    { name: "a voltage of no class that we know is taken for the default", terminal: 140, pack: null, want: 16 },
    { name: "so is none at all", terminal: null, pack: null, want: 16 },
    { name: "what is remembered counts more than a voltage", terminal: 13.2, pack: null, remembered: 15, want: 15 },
  ];
  for (const { name, terminal, pack, remembered = null, want } of rows) {
    it(name, () => {
      const records = [bmsSample(T0, { cells: [], pack_voltage: pack })];
      const inverters = [inverterSample(T0, { battery_voltage: terminal })];
      assert.equal(cellsInSeries(records, inverters, remembered, DEFAULTS), want);
    });
  }
});

describe("a battery of two packs", () => {
  const both = {
    soc: 95,
    cells: new Array<number>(32).fill(3.3),
    packs: [
      { device: "north", cells: 16 },
      { device: "south", cells: 16 },
    ],
  };

  it("leaves the grid when it is full, with every cell of both known", () => {
    assert.equal(new Station().until(30, { bms: both, inverter: TERMINAL })?.winner, "G1");
  });

  it("one of which tells nothing is not left alone with the house, and the silent one is named", () => {
    const one = { soc: 95, packs: both.packs.slice(0, 1), missing: ["south"] };
    const station = new Station();
    const decision = station.pass(60, { bms: one, inverter: TERMINAL });
    assert.deepEqual(station.orders, []);
    assert.equal(met(decision, "cells"), false);
    assert.equal(ruleSaid(decision, "cells"), "no data of south");
  });

  it("a low cell of the one that answers still leads back", () => {
    const station = new Station({ onGrid: false });
    station.pass(5, { bms: both, inverter: TERMINAL });
    const low = { packs: both.packs.slice(0, 1), missing: ["south"], cell: 2.85 };
    assert.equal(station.until(3, { bms: low, inverter: TERMINAL })?.winner, "S3");
  });
});

describe("what is not believed", () => {
  const said = (id: string, readings: Minute): string | undefined => ruleSaid(new Station().pass(3, readings), id);

  it("is named with what was sent, also when that was nothing", () => {
    const doubt = { key: "battery_current", code: "phantom", raw: null } as const;
    const current = said("current", { bms: { battery_current: null, doubts: [doubt] } });
    assert.equal(current, "battery current not known (not believed: no such sensor has ever answered)");
    const sent = said("current", { bms: { battery_current: null, doubts: [{ ...doubt, raw: 32_767 }] } });
    assert.match(sent ?? "", /not believed: sent 32.77 A, /);
  });

  it("of a cell's voltage that is contradicted keeps the house on the grid as any voltage does", () => {
    const cells = [null, ...new Array<number>(15).fill(3.3)];
    const doubts = [{ key: "cell_1", code: "contradicts", raw: 4100 }] as const;
    const decision = new Station().pass(3, { bms: { cells, doubts }, inverter: TERMINAL });
    assert.equal(met(decision, "sensors"), false);
    assert.equal(
      ruleSaid(decision, "sensors"),
      "sensors disagree: cell 1 (not believed: sent 4.100 V, another reading says otherwise)",
    );
    const current = new Station().pass(3, {
      bms: { battery_current: null, doubts: [{ key: "battery_current", code: "contradicts", raw: 1 }] },
    });
    assert.equal(met(current, "sensors"), true, "a current says nothing about the voltages");
  });

  it("of one cell is no emergency while the BMS does not tell what it warns of", () => {
    const station = new Station({ onGrid: false });
    station.pass(5);
    const cells = [null, ...new Array<number>(15).fill(3.3)];
    const doubts = [{ key: "cell_1", code: "phantom", raw: 0 }] as const;
    assert.equal(met(station.pass(3, { bms: { cells, doubts, warnings: null } }), "S3"), false);
    assert.equal(met(station.pass(1, { bms: { cells, doubts, discharge_mosfet_on: false } }), "S3"), true);
  });
});

describe("a fault without a name", () => {
  it("leads back to the grid and is told by its bit", () => {
    const station = new Station({ onGrid: false });
    station.pass(5);
    const warning = { bit: 14, label: null, severity: "critical", ends_off_grid: true } as const;
    const decision = station.until(2, { bms: { warnings: [warning] } });
    assert.equal(decision?.winner, "S1");
    assert.match(ruleSaid(decision, "S1") ?? "", /BMS: a fault without a name \(no. 14\)/);
  });
});

describe("the inverter's record", () => {
  it("that tells only its load, or only the battery's voltage, is data; one that tells neither is none", () => {
    const age = (inverter: NonNullable<Minute["inverter"]>) => {
      const station = new Station({ onGrid: false });
      station.pass(5, { inverter: { ...SILENT_LINE } });
      return station.pass(1, { inverter }).inputs.inverter_age_s;
    };
    assert.equal(age({ ...SILENT_LINE, load_power: 400 }), 0);
    assert.equal(age({ ...SILENT_LINE, battery_voltage: 52.8 }), 0);
    assert.equal(age(SILENT_LINE), null);
  });

  it("shows where the switch stands by our own order that the journal read back, when the register is not told", () => {
    const position = (order_outcome: Parameters<Station["decide"]>[0]) => {
      const station = new Station();
      station.until(40, { bms: { soc: 95 } });
      station.now += 60;
      station.bms.push(bmsSample(station.now, { soc: 95 }));
      station.inverter.push(inverterSample(station.now, { ...SILENT_LINE, load_power: 400 }));
      return station.decide(order_outcome).on_grid;
    };
    const done = { value: false, state: "done", code: null, reason: null, finished_at: T0 } as const;
    assert.equal(position({ order_outcome: done }), false);
    assert.equal(position({ order_outcome: { ...done, state: "sending" } }), true);
    assert.equal(position({ order_outcome: { ...done, value: true } }), true, "an order that is not the open one");
    assert.equal(position({}), true);
  });
});

describe("a charge that is not known", () => {
  const blind = { bms: null, inverter: { battery_voltage: null } } as const;

  it("does not lead off the grid by the owner's wish either", () => {
    const station = new Station();
    station.mode = "off-grid";
    const decision = station.pass(5, blind);
    assert.equal(met(decision, "mode"), null);
    assert.deepEqual(station.orders, []);
    assert.match(whySaid(decision), /other choice: the state of charge is not known; in the way: fresh_bms/);
  });

  it("is said of a spell off the grid as well: only emergencies and missing data end it", () => {
    const decision = new Station({ onGrid: false }).pass(2, blind);
    assert.match(
      whySaid(decision),
      /other choice: the state of charge is not known; only emergencies and missing data can end the spell/,
    );
  });

  it("leaves the cell out of the distance where only the inverter tells the charge", () => {
    const decision = new Station({ onGrid: false }).pass(5, { bms: null });
    const told = whySaid(decision);
    assert.match(told, /other choice: the reserve rule was missing/);
    assert.doesNotMatch(told, /lowest cell was/);
  });

  it("PV or load that nobody tells is what the sun rule was missing", () => {
    const decision = new Station().pass(5, { inverter: { pv_power: null, load_power: null } });
    assert.match(whySaid(decision), /the sun rule was missing .*known PV and load/);
  });
});

describe("a lease that ends", () => {
  it("is refused where the switch stands off the grid already", () => {
    const station = new Station({ onGrid: false });
    station.pass(30);
    const { bms, inverter, state, parameters, now } = station;
    const refusal = leaveRefusal({ now, samples: { bms, inverter }, state, parameters });
    assert.deepEqual(refusal, { code: "position", value: null, threshold: null });
  });
});

describe("the original's rules", () => {
  const record = bmsSample(T0, { cell: 3.33, pack_voltage: null, battery_current: null });

  it("take what is not known for nothing, as the original did", () => {
    const sun = inverterSample(T0, { pv_power: null, load_power: null });
    assert.equal(runOriginal("original-2024", T0, record, sun, 0).wish, null, "no power without voltage and current");
    assert.equal(runOriginal("original-2026", T0, record, sun, -4).counter, -3, "no PV is too little");
    assert.equal(runOriginal("original-2026", T0, record, inverterSample(T0, { pv_power: 700 }), -4).wish, false);
  });

  it("inside our rails take the sum of the cells for a pack that does not tell its voltage", () => {
    const power = (bms: NonNullable<Minute["bms"]>) => {
      const station = new Station();
      station.policy = "original-2024";
      return ruleSaid(station.pass(3, { bms }), "F");
    };
    assert.match(power({ cell: 3.3, pack_voltage: null, battery_current: 10 }) ?? "", /battery 528 W/);
    assert.match(power({ cell: 3.3, battery_current: null }) ?? "", /battery 0 W/);
  });
});

describe("the rule of dusk", () => {
  it("is not asked where the owner has switched it off", () => {
    const station = new Station({ parameters: { sun_rule: false, dusk_rule: false } });
    station.pass(40, { bms: { soc: 60 }, inverter: { pv_power: 300 } });
    const decision = station.pass(40, { bms: { soc: 60 } });
    assert.deepEqual(station.orders, []);
    assert.equal(met(decision, "G3"), false);
  });
});
