import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { faultFlag } from "../../lib/codec/bits.ts";
import { BMS_FIELDS } from "../../lib/devices/bms/sample.ts";
import { cellRange } from "../../lib/rules/grid-switch/cells.ts";
import { derive, effectiveSoc } from "../../lib/rules/grid-switch/derive.ts";
import {
  checkParameters,
  DEFAULTS,
  PARAMETERS,
  type Parameters,
  PRESETS,
} from "../../lib/rules/grid-switch/parameters.ts";
import { socFromRestVoltage } from "../../lib/rules/grid-switch/rest-voltage.ts";
import type { Decision, GridSwitchState } from "../../lib/rules/grid-switch/types.ts";
import type { BmsInput } from "../../lib/view/record.ts";
import { reasonSaid, whySaid } from "../support/why-said.ts";
import { bmsSample, type Minute, Station, T0 } from "./grid-switch-station.ts";

function rule(decision: Decision, id: string): boolean | null | undefined {
  return decision.rules.find((row) => row.id === id)?.met;
}

describe("parameters", () => {
  it("defaults are inside their ranges and documented", () => {
    assert.deepEqual(checkParameters(DEFAULTS), []);
    for (const [name, row] of Object.entries(PARAMETERS)) assert.ok(row.doc.length > 10, name);
    for (const preset of Object.values(PRESETS)) {
      assert.deepEqual(checkParameters({ ...DEFAULTS, ...preset.parameters }), []);
    }
  });

  it("every number outside its range is named, at both ends", () => {
    for (const [name, row] of Object.entries(PARAMETERS)) {
      if (row.kind === "boolean") continue;
      for (const value of [row.min - 0.001, row.max + 0.001, Number.NaN]) {
        const problems = checkParameters({ ...DEFAULTS, [name]: value } as Parameters);
        assert.ok(
          problems.some((problem) => problem.startsWith(`${name}:`)),
          `${name}=${value}`,
        );
      }
    }
    assert.match(checkParameters({ ...DEFAULTS, sun_rule: 1 as unknown as boolean })[0] ?? "", /^sun_rule/);
  });

  it("values that contradict each other are found", () => {
    assert.match(checkParameters({ ...DEFAULTS, stale: 10, stale_limit: 10 })[0] ?? "", /stale must be below/);
    assert.match(checkParameters({ ...DEFAULTS, reserve: 70, margin: 30 })[0] ?? "", /must not exceed/);
  });

  it("an invalid parameter stops leaving, not returning", () => {
    const on = new Station({ parameters: { reserve: 5 } });
    const decision = on.pass(40, { bms: { soc: 95 } });
    assert.deepEqual(on.orders, []);
    assert.ok(decision.flags.includes("parameters_invalid"));
    assert.match(reasonSaid(decision), /reserve: 5 is outside/);
    const off = new Station({ onGrid: false, parameters: { reserve: 5 } });
    assert.equal(off.until(3, { bms: { cell: 2.85 } })?.winner, "S3");
  });
});

describe("each guard by itself", () => {
  /** Half an hour of good data on the grid, then `change` in the memory and one minute more. */
  const after = (change: Partial<GridSwitchState>, readings: Minute = {}) => {
    const station = new Station();
    station.pass(30);
    station.state = { ...(station.state as GridSwitchState), ...change };
    return station.pass(1, readings);
  };
  const later = T0 + 7200;

  it("knows a lock, somebody else's hand and a clock that jumped", () => {
    assert.deepEqual(
      ["lock", "manual", "clock"].map((id) => rule(after({}), id)),
      [true, true, true],
    );
    assert.equal(rule(after({ lock_until: later }), "lock"), false);
    assert.equal(rule(after({ manual_until: later }), "manual"), false);
    assert.equal(rule(after({ grace_until: later }), "clock"), false);
  });

  it("knows a budget that is used up, and a position that nobody knows", () => {
    const station = new Station();
    station.pass(30);
    assert.equal(rule(station.decide({ switches_24h: DEFAULTS.switch_budget - 2 }), "budget"), true);
    assert.equal(rule(station.decide({ switches_24h: DEFAULTS.switch_budget - 1 }), "budget"), false);
    assert.equal(rule(after({}), "position"), true);
    assert.equal(rule(after({}, { inverter: { ongrid_switch: null } }), "position"), null);
  });

  it("the owner's wish to leave waits for a charge above the reserve", () => {
    for (const [cell, met] of [
      [3.3, true],
      [3.2, false],
    ] as const) {
      const station = new Station();
      station.mode = "off-grid";
      assert.equal(rule(station.pass(3, { bms: { cell } }), "mode"), met);
    }
  });

  it("is asked with the defaults while a parameter is invalid", () => {
    const threshold = (parameters: Partial<Parameters>) =>
      new Station({ parameters }).pass(3).rules.find(({ id }) => id === "G3")?.threshold;
    assert.equal(threshold({ reserve: 5 }), DEFAULTS.reserve + DEFAULTS.dusk);
    assert.equal(threshold({ reserve: DEFAULTS.reserve + 1 }), DEFAULTS.reserve + 1 + DEFAULTS.dusk);
  });

  it("counts no sample back when the newest are gone", () => {
    const station = new Station();
    station.pass(30);
    const before = station.state?.dark_minutes ?? 0;
    assert.ok(before > 20);
    for (const list of [station.bms, station.inverter]) list.splice(-4);
    station.decide();
    assert.equal(station.state?.dark_minutes, before);
  });
});

describe("cells", () => {
  it("the known ones are ranked, a missing one makes the record incomplete", () => {
    const range = cellRange([3.3, null, 3.1, 3.4], 4);
    assert.deepEqual(range && { ...range, sum: 9.8 }, {
      ...{ lowest: 3.1, lowest_cell: 3, highest: 3.4, highest_cell: 4, sum: 9.8, complete: false },
    });
    assert.equal(cellRange([3.3, 3.2], 2)?.complete, true);
    assert.equal(cellRange([3.3, 3.2], 3)?.complete, false);
    assert.equal(cellRange([null, null], 2), null);
    assert.equal(cellRange([], 16), null);
  });
});

describe("state of charge", () => {
  const cases: { name: string; voltage: number; counter: number | null; soc: number; source: string }[] = [
    { name: "low knee: voltage", voltage: 3.246, counter: 80, soc: 20, source: "voltage" },
    { name: "plateau: counter", voltage: 3.3, counter: 62, soc: 62, source: "counter" },
    { name: "plateau: counter clamped below", voltage: 3.3, counter: 25, soc: 28, source: "counter" },
    { name: "plateau: counter at 5 % is not believed", voltage: 3.3, counter: 5, soc: 50, source: "neither" },
    { name: "plateau: counter at 100 % is not believed", voltage: 3.3, counter: 100, soc: 50, source: "neither" },
    { name: "plateau: no counter", voltage: 3.3, counter: null, soc: 50, source: "neither" },
    { name: "high knee: full", voltage: 3.36, counter: 50, soc: 97, source: "voltage" },
  ];
  for (const { name, voltage, counter, soc, source } of cases) {
    it(name, () => {
      const result = effectiveSoc(voltage, counter, DEFAULTS);
      assert.ok(Math.abs(result.soc - soc) < 1e-6, `${result.soc}`);
      assert.equal(result.source, source);
    });
  }

  it("the table rises and holds its ends", () => {
    assert.equal(socFromRestVoltage(2), 0);
    assert.equal(socFromRestVoltage(3.4), 40);
    let before = -1;
    for (let voltage = 2.5; voltage < 3.29; voltage += 0.01) {
      const soc = socFromRestVoltage(voltage);
      assert.ok(soc >= before);
      before = soc;
    }
  });

  it("takes the sag of a kettle out of the lowest cell, and the median out of a glitch", () => {
    const state = { ignore_before: 0, backoff: 0 };
    const bms: BmsInput[] = [];
    for (let minute = 0; minute < 10; minute += 1) {
      const kettle = minute >= 7;
      bms.push(
        bmsSample(T0 + minute * 60, {
          cell: kettle ? 3.226 : 3.285,
          battery_current: kettle ? -60 : -15,
          ...(minute === 4 ? { cells: [null, ...new Array<number>(15).fill(3.285)] } : {}),
        }),
      );
    }
    const derived = derive(T0 + 540, { bms, inverter: [] }, DEFAULTS, state);
    assert.equal(derived.samples, 10);
    assert.ok(Math.abs((derived.compensated_voltage ?? 0) - 3.3085) < 0.004, `${derived.compensated_voltage}`);
    assert.equal(derived.soc_source, "counter");
  });
});

describe("off the grid", () => {
  const cases: { name: string; readings: Minute; rule: string; within: number }[] = [
    {
      name: "a fault bit",
      readings: { bms: { warnings: [faultFlag(BMS_FIELDS.warnings, 6)] } },
      rule: "S1",
      within: 1,
    },
    { name: "the discharge switch off", readings: { bms: { discharge_mosfet_on: false } }, rule: "S1", within: 1 },
    {
      name: "an inverter error",
      readings: {
        inverter: {
          errors: [{ word: "error_1", bit: 3, label: "overload", severity: "critical", ends_off_grid: true }],
        },
      },
      rule: "S1",
      within: 1,
    },
    { name: "a cell in panic", readings: { bms: { cell: 2.89 } }, rule: "S3", within: 1 },
    { name: "a cell in emergency, twice", readings: { bms: { cell: 2.99 } }, rule: "S3", within: 2 },
    { name: "a hot battery, twice", readings: { bms: { battery_temperature_1: 55 } }, rule: "S4", within: 2 },
    { name: "a hot MOSFET, twice", readings: { bms: { mosfet_temperature: 90 } }, rule: "S4", within: 2 },
    { name: "a hot inverter, twice", readings: { inverter: { inverter_temperature: 85 } }, rule: "S4", within: 2 },
    { name: "the reserve, held", readings: { bms: { cell: 3.25 } }, rule: "S5", within: 15 },
  ];
  for (const { name, readings, rule: id, within } of cases) {
    it(`${name} leads back to the grid (${id})`, () => {
      const station = new Station({ onGrid: false });
      station.pass(20);
      assert.deepEqual(station.orders, []);
      const decision = station.until(within, readings);
      assert.equal(decision?.winner, id);
      assert.equal(decision?.action.kind === "order" && decision.action.value, true);
      assert.equal(decision?.flags.includes("locked"), id !== "S5");
    });
  }

  it("emergencies ignore the dwell, the reserve does not", () => {
    const fresh = new Station({ onGrid: false });
    assert.equal(fresh.until(1, { bms: { cell: 2.85 } })?.winner, "S3");
    const young = new Station({ onGrid: false });
    assert.equal(young.until(14, { bms: { cell: 3.24 } }), null);
    assert.equal(young.until(5, { bms: { cell: 3.24 } })?.winner, "S5");
  });

  it("a high cell is no reason to reconnect, a warning bit that only alerts neither", () => {
    const station = new Station({ onGrid: false });
    station.pass(20, { bms: { cell: 3.62, warnings: [faultFlag(BMS_FIELDS.warnings, 10)], charge_mosfet_on: false } });
    assert.deepEqual(station.orders, []);
  });

  it("one bad reading is not an emergency", () => {
    const station = new Station({ onGrid: false });
    station.pass(20);
    station.pass(1, { bms: { cells: [2.95, ...new Array<number>(15).fill(3.3)] } });
    station.pass(5);
    assert.deepEqual(station.orders, []);
  });

  it("the reserve counter falls when the charge comes back", () => {
    const station = new Station({ onGrid: false, parameters: { voltage_window: 5 } });
    station.pass(20);
    for (let swing = 0; swing < 6; swing += 1) {
      station.pass(4, { bms: { cell: 3.25 } });
      station.pass(6);
    }
    assert.deepEqual(station.orders, []);
  });
});

describe("missing data off the grid", () => {
  it("BMS silent, pack voltage fine: waits until the limit, then returns and locks", () => {
    const station = new Station({ onGrid: false });
    station.pass(20);
    const decision = station.until(40, { bms: null, inverter: { battery_voltage: 52.8 } });
    assert.equal(decision?.winner, "S2");
    const silent = (station.now - (station.bms.at(-1)?.at ?? 0)) / 60;
    assert.ok(silent > 30 && silent <= 32, `${silent}`);
    assert.ok(decision?.flags.includes("locked") && decision.flags.includes("blind"));
  });

  it("BMS silent, pack voltage low: returns when the data is stale", () => {
    const station = new Station({ onGrid: false });
    station.pass(20);
    station.until(40, { bms: null, inverter: { battery_voltage: 51.8 } });
    assert.equal(station.now - (station.bms.at(-1)?.at ?? 0), 11 * 60);
  });

  it("BMS silent, pack voltage fine, but little charge when last known: returns when the data is stale", () => {
    const station = new Station({ onGrid: false });
    station.pass(20, { bms: { soc: 36 } });
    station.until(40, { bms: null, inverter: { battery_voltage: 52.8 } });
    assert.equal(station.now - (station.bms.at(-1)?.at ?? 0), 11 * 60);
  });

  it("both silent: returns when both are stale; inverter alone: at the limit", () => {
    const both = new Station({ onGrid: false });
    both.pass(20);
    assert.equal(both.until(15, { bms: null, inverter: null })?.winner, "S2");
    const alone = new Station({ onGrid: false });
    alone.pass(20);
    assert.equal(alone.until(29, { inverter: null }), null);
    assert.equal(alone.until(5, { inverter: null })?.winner, "S2");
  });

  it("records that say nothing of the charge count as missing", () => {
    const station = new Station({ onGrid: false });
    station.pass(20);
    const decision = station.until(40, {
      bms: { cells: [], pack_voltage: null },
      inverter: { battery_voltage: 51.8 },
    });
    assert.equal(decision?.winner, "S2");
    assert.ok(decision?.flags.includes("blind"));
    assert.equal(station.now - (station.bms.findLast(({ cells }) => cells.length > 0)?.at ?? 0), 11 * 60);
  });

  it("nothing known at all: to the grid after the stale time", () => {
    const station = new Station();
    const decision = station.until(15, { bms: null, inverter: null });
    assert.equal(decision?.winner, "S2");
    assert.equal(station.now - T0, 11 * 60);
  });
});

describe("leaving the grid", () => {
  it("G1: full, whatever the sun does, after its hold", () => {
    const station = new Station();
    const decision = station.until(30, { bms: { soc: 95 } });
    assert.equal(decision?.winner, "G1");
    assert.equal(station.now - T0, 20 * 60 + 60);
  });

  it("G1 breaks the float dead-lock: float while connected counts as full", () => {
    const station = new Station();
    assert.equal(station.until(30, { bms: { soc: 70 }, inverter: { charge_stage: "float" } })?.winner, "G1");
  });

  it("G2: sun that covers the need, the less the fuller the pack", () => {
    const sun = (soc: number, pv: number): string | undefined =>
      new Station().until(45, { bms: { soc }, inverter: { pv_power: pv } })?.winner;
    assert.equal(sun(60, 1400), "G2");
    assert.equal(sun(60, 250), undefined);
    assert.equal(sun(85, 250), "G2");
    assert.equal(sun(40, 3000), undefined);
    assert.equal(sun(88, 90), undefined);
  });

  it("G2 waits while a big pack would take hours to fill", () => {
    const sun = { pv_power: 1400 };
    const big = new Station();
    const decision = big.pass(45, { bms: { soc: 60, capacity: 280 }, inverter: sun });
    assert.deepEqual(big.orders, []);
    assert.match(whySaid(decision), /a pack nearer to full \(3.2 h of this sun away, 3 h allowed\)/);
    assert.equal(big.until(20, { bms: { soc: 65, capacity: 280 }, inverter: sun })?.winner, "G2");
  });

  it("G3: once after sunset, with charge to spend", () => {
    const station = new Station({ parameters: { sun_rule: false } });
    station.pass(40, { bms: { soc: 60 }, inverter: { pv_power: 300 } });
    const decision = station.until(40, { bms: { soc: 60 } });
    assert.equal(decision?.winner, "G3");
    station.obey();
    station.pass(30, { bms: { soc: 55 } });
    assert.equal(station.until(20, { bms: { cell: 3.25 } })?.winner, "S5");
    station.obey();
    assert.equal(station.until(300, { bms: { soc: 60 } }), null, "not a second time in the same night");
    station.pass(40, { bms: { soc: 60 }, inverter: { pv_power: 300 } });
    assert.equal(station.until(40, { bms: { soc: 60 } })?.winner, "G3", "armed again by daylight");
  });

  const guards: { id: string; readings: Minute }[] = [
    { id: "faults", readings: { bms: { soc: 95, warnings: [faultFlag(BMS_FIELDS.warnings, 1)] } } },
    { id: "bms_switches", readings: { bms: { soc: 95, charge_mosfet_on: false } } },
    { id: "bms_switches", readings: { bms: { soc: 95, discharge_mosfet_on: null } } },
    { id: "grid", readings: { bms: { soc: 95 }, inverter: { grid_voltage: 0 } } },
    { id: "grid", readings: { bms: { soc: 95 }, inverter: { grid_voltage: null } } },
    { id: "physical", readings: { bms: { soc: 95 }, inverter: { grid_relay_closed: false } } },
    { id: "physical", readings: { bms: { soc: 95 }, inverter: { work_state: "off_grid" } } },
    { id: "temperature", readings: { bms: { soc: 95, battery_temperature_1: 1 } } },
    { id: "temperature", readings: { bms: { soc: 95, battery_temperature_1: null, battery_temperature_2: null } } },
    { id: "temperature", readings: { bms: { soc: 95 }, inverter: { inverter_temperature: 85 } } },
    { id: "load", readings: { bms: { soc: 95 }, inverter: { load_power: 4500 } } },
    { id: "load", readings: { bms: { soc: 95 }, inverter: { load_power: null } } },
    { id: "cells", readings: { bms: { soc: 95, cells: [] } } },
    { id: "cells", readings: { bms: { soc: 95, cells: [null, ...new Array<number>(15).fill(3.3)] } } },
    { id: "current", readings: { bms: { soc: 95, battery_current: null } } },
    { id: "faults", readings: { bms: { soc: 95, warnings: null } } },
    { id: "faults", readings: { bms: { soc: 95 }, inverter: { errors: null } } },
    { id: "sensors", readings: { bms: { soc: 95 }, inverter: { battery_voltage: 50 } } },
    {
      id: "sensors",
      readings: {
        bms: { soc: 95, pack_voltage: null, doubts: [{ key: "pack_voltage", code: "contradicts", raw: 1 }] },
      },
    },
    {
      id: "charge",
      readings: {
        bms: { soc: null, doubts: [{ key: "soc", code: "not_ready", raw: 0 }] },
        inverter: { pv_power: 3000 },
      },
    },
    {
      id: "temperature",
      readings: {
        bms: {
          soc: 95,
          mosfet_temperature: null,
          doubts: [{ key: "mosfet_temperature", code: "phantom", raw: -2000 }],
        },
      },
    },
  ];
  for (const { id, readings } of guards) {
    it(`guard ${id} holds (${JSON.stringify(readings)})`, () => {
      const station = new Station();
      const decision = station.pass(60, readings);
      assert.deepEqual(station.orders, []);
      assert.notEqual(rule(decision, id), true);
    });
  }

  it("stale records never lead off the grid, each source alone", () => {
    for (const missing of [{ bms: null }, { inverter: null }]) {
      const station = new Station();
      station.pass(16, { bms: { soc: 95 } });
      station.pass(60, { bms: { soc: 95 }, ...missing });
      assert.deepEqual(station.orders, []);
    }
  });

  it("dwell: not before its time on the grid", () => {
    const station = new Station();
    const decision = station.pass(19, { bms: { soc: 95 } });
    assert.equal(rule(decision, "dwell"), false);
    assert.match(reasonSaid(decision), /^G1 would leave the grid, but on the grid for 18 of at least/);
  });

  it("the window needs three samples", () => {
    const station = new Station();
    station.pass(30, { bms: null });
    assert.equal(rule(station.pass(2, { bms: { soc: 95 } }), "samples"), false);
    assert.equal(station.until(3, { bms: { soc: 95 } })?.winner, "G1");
  });
});
