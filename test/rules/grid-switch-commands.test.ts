import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { restore, restoreState } from "../../lib/rules/grid-switch/restore.ts";
import type { GridSwitchState } from "../../lib/rules/grid-switch/types.ts";
import { reasonSaid, whySaid } from "../support/why-said.ts";
import { Station, T0 } from "./grid-switch-station.ts";

const FULL = { bms: { soc: 95 } } as const;
const LOW = { bms: { cell: 3.25 } } as const;

describe("orders", () => {
  it("one outstanding order; repeated only after its life, with the rule still standing", () => {
    const station = new Station({ onGrid: false });
    station.pass(20);
    station.until(15, LOW);
    const first = station.now;
    const waiting = station.pass(1, LOW);
    assert.equal(waiting.winner, "waiting");
    assert.equal(waiting.action.kind, "none");
    station.until(10, LOW);
    assert.equal(station.now - first, 180);
    assert.equal(station.state?.pending?.attempts, 2);
  });

  it("running twice on the same samples gives no second order", () => {
    const station = new Station({ onGrid: false });
    station.pass(20);
    station.until(15, LOW);
    for (let run = 0; run < 5; run += 1) station.decide();
    assert.equal(station.orders.length, 1);
  });

  it("a return that is never carried out is repeated for ever, but never in a storm", () => {
    const station = new Station({ onGrid: false });
    station.pass(20);
    station.pass(6 * 60, LOW);
    assert.ok(station.orders.length >= 30 && station.orders.length <= 45, `${station.orders.length}`);
    assert.ok(station.orders.every((value) => value));
    assert.ok(station.decisions.at(-1)?.flags.includes("order_unconfirmed"));
    const last = station.decisions.findLast((decision) => decision.action.kind === "order");
    assert.equal(last?.action.kind === "order" && last.action.life_s, 600, "an order is always under way");
  });

  it("leaving is tried three times, then the grid position is locked for an hour", () => {
    const station = new Station();
    station.pass(80, FULL);
    assert.deepEqual(station.orders, [false, false, false]);
    const locked = station.decisions.find(({ because }) => because.code === "gave_up");
    assert.ok(locked);
    assert.equal(station.until(20, FULL)?.winner, "G1", "and tried again afterwards");
  });

  it("a confirmed order is forgotten, a value already set is never ordered", () => {
    const station = new Station();
    station.until(40, FULL);
    station.obey();
    station.pass(1, FULL);
    assert.equal(station.state?.pending, null);
    station.pass(600, FULL);
    assert.deepEqual(station.orders, [false]);
  });

  it("an order to leave whose reason went away is not repeated", () => {
    const station = new Station();
    station.until(40, FULL);
    station.pass(30, { bms: { soc: 60 } });
    assert.deepEqual(station.orders, [false]);
    assert.equal(station.state?.pending, null);
  });

  it("an order carried out late is still our own", () => {
    const station = new Station();
    station.until(40, FULL);
    station.pass(5, { bms: { soc: 60 } });
    station.onGrid = false;
    station.pass(1, { bms: { soc: 60 } });
    assert.equal(station.state?.manual_until, 0);
  });

  it("relay and work state are compared with the register", () => {
    const station = new Station({ onGrid: false });
    const stuck = station.pass(6, { inverter: { grid_relay_closed: true, work_state: "bypass" } });
    assert.ok(stuck.flags.includes("physical_mismatch"));
    assert.ok(!station.pass(2).flags.includes("physical_mismatch"));
  });
});

describe("one sample moves a counter at most once", () => {
  it("runs without a new sample count nothing", () => {
    const station = new Station({ onGrid: false, parameters: { voltage_window: 20 } });
    station.pass(20);
    station.pass(11, LOW);
    const before = station.state as GridSwitchState;
    assert.ok(before.reserve_minutes > 0);
    for (let run = 0; run < 30; run += 1) {
      station.now += 2;
      station.decide();
    }
    assert.equal(station.state?.reserve_minutes, before.reserve_minutes);
    assert.equal(station.state?.dark_minutes, before.dark_minutes);
    assert.equal(station.state?.daylight_minutes, before.daylight_minutes);
  });

  it("a counter for leaving needs new records of both devices", () => {
    const station = new Station({ parameters: { dwell_on: 5, full_hold: 15, fresh: 10, stale: 20, stale_limit: 30 } });
    station.pass(5, FULL);
    const before = station.state?.full_minutes ?? 0;
    station.pass(5, { ...FULL, bms: null });
    assert.ok((station.state?.full_minutes ?? 0) <= before);
  });

  it("a gap in the data counts for no more than five minutes", () => {
    const station = new Station({ parameters: { voltage_window: 20 } });
    station.pass(3, { inverter: { pv_power: 500 } });
    const before = station.state?.daylight_minutes ?? 0;
    station.now += 30 * 60;
    station.pass(1, { inverter: { pv_power: 500 } });
    assert.equal(station.state?.daylight_minutes, before + 5);
  });
});

describe("hold-offs", () => {
  it("a fault locks the grid position until its cause is gone and an hour is over", () => {
    const station = new Station({ onGrid: false });
    station.pass(20);
    station.pass(1, { bms: { soc: 95, discharge_mosfet_on: false } });
    station.obey();
    assert.deepEqual(station.orders, [true]);
    station.pass(58, FULL);
    assert.deepEqual(station.orders, [true]);
    assert.ok(station.decisions.at(-1)?.flags.includes("locked"));
    assert.equal(station.until(6, FULL)?.winner, "G1");
  });

  it("somebody else's change: hands off for two hours, only emergencies act", () => {
    const station = new Station();
    station.pass(30);
    station.onGrid = false;
    const after = station.pass(60, LOW);
    assert.ok(after.flags.includes("manual"));
    assert.equal(after.winner, "manual");
    assert.deepEqual(station.orders, []);
    assert.equal(station.until(2, { bms: { cell: 2.95 } })?.winner, "S3");
    const back = new Station({ onGrid: false });
    back.pass(30);
    back.onGrid = true;
    back.pass(100, FULL);
    assert.deepEqual(back.orders, []);
    assert.equal(back.until(40, FULL)?.winner, "G1");
  });

  it("the budget stops leaving, never the way back; a full pack in daylight may use one more", () => {
    const station = new Station();
    station.pass(25, { bms: { soc: 60 } });
    station.state = {
      ...(station.state as GridSwitchState),
      switch_times: new Array<number>(9).fill(station.now - 3600),
    };
    const shine = { pv_power: 1500 };
    const blocked = station.pass(30, { bms: { soc: 70 }, inverter: shine });
    assert.deepEqual(station.orders, []);
    assert.ok(blocked.flags.includes("budget_used_up"));
    assert.equal(station.until(10, { bms: { soc: 95 }, inverter: shine })?.winner, "G1");
    station.obey();
    station.until(30, LOW);
    station.obey();
    assert.deepEqual(station.orders, [false, true]);
    station.pass(60, { bms: { soc: 95 }, inverter: shine });
    assert.deepEqual(station.orders, [false, true], "the extra one is used up for today");
  });

  it("the journal's count of switch-overs is heeded too", () => {
    const station = new Station();
    station.pass(30, { bms: { soc: 60 } });
    const decision = station.decide({ switches_24h: 12 });
    assert.equal(decision.rules.find((row) => row.id === "budget")?.met, false);
  });

  it("a short spell raises the margin, a long one resets it", () => {
    const station = new Station();
    station.until(40, FULL);
    station.obey();
    station.pass(16, FULL);
    station.until(20, LOW);
    station.obey();
    station.pass(1);
    assert.equal(station.state?.backoff, 5);
    assert.equal(station.decisions.at(-1)?.inputs.start_soc, 50);
    station.until(60, FULL);
    station.obey();
    station.pass(200, FULL);
    station.until(20, LOW);
    station.obey();
    station.pass(1);
    assert.equal(station.state?.backoff, 0);
  });

  it("an outage: nothing to switch, and the dwell starts over afterwards", () => {
    const station = new Station();
    station.pass(30);
    const out = station.pass(40, {
      bms: { soc: 95 },
      inverter: { grid_voltage: 0, grid_relay_closed: false, work_state: "off_grid" },
    });
    assert.ok(out.flags.includes("outage"));
    station.pass(19, FULL);
    assert.deepEqual(station.orders, []);
    assert.equal(station.until(5, FULL)?.winner, "G1");
  });

  it("off the grid an outage does not keep the reserve rule from ordering the grid", () => {
    const station = new Station({ onGrid: false });
    station.pass(20);
    assert.equal(station.until(15, { ...LOW, inverter: { grid_voltage: 0 } })?.winner, "S5");
  });
});

describe("modes", () => {
  it("on-grid: returns at once and never leaves", () => {
    const station = new Station({ onGrid: false });
    station.mode = "on-grid";
    assert.equal(station.until(2)?.winner, "mode");
    station.obey();
    station.pass(60, FULL);
    assert.deepEqual(station.orders, [true]);
  });

  it("off-grid: leaves behind all guards, the reserve does not end it, emergencies do", () => {
    const station = new Station();
    station.mode = "off-grid";
    assert.equal(station.until(30, { bms: { soc: 40 } })?.winner, "mode");
    station.obey();
    station.pass(60, LOW);
    assert.deepEqual(station.orders, [false]);
    assert.equal(station.until(3, { bms: { cell: 2.95 } })?.winner, "S3");
    const blind = new Station();
    blind.mode = "off-grid";
    blind.pass(5, FULL);
    blind.pass(40, { bms: null });
    assert.deepEqual(blind.orders, []);
  });

  it("observe: says what it would do and orders nothing", () => {
    const station = new Station();
    station.mode = "observe";
    const decision = station.pass(40, FULL);
    assert.deepEqual(station.orders, []);
    assert.equal(decision.wish, false);
    assert.match(reasonSaid(decision), /^only observing; would act: leave the grid/);
    const off = new Station({ onGrid: false });
    off.mode = "observe";
    off.pass(5, { bms: { cell: 2.8 } });
    assert.deepEqual(off.orders, []);
    assert.equal(off.state?.lock_until, 0);
  });
});

describe("memory and clock", () => {
  it("lost memory: a fresh start in the reported state, dwell from now", () => {
    for (const broken of [{}, { version: 2 }, [], "x", { of: "another program" }]) {
      const station = new Station();
      station.pass(60);
      station.state = broken as unknown as GridSwitchState;
      const decision = station.pass(1, FULL);
      assert.ok(decision.flags.includes("memory_lost"));
      assert.equal(decision.rules.find((row) => row.id === "dwell")?.met, false);
    }
  });

  it("one field that makes no sense is replaced and named, the others stay", () => {
    const station = new Station();
    station.pass(60);
    station.state = {
      ...(station.state as GridSwitchState),
      switch_times: "x" as never,
      lock_until: station.now + 600,
    };
    const decision = station.pass(1, FULL);
    assert.deepEqual(decision.repaired, ["switch_times"]);
    assert.ok(decision.flags.includes("memory_repaired") && decision.flags.includes("locked"));
    assert.equal(decision.rules.find((row) => row.id === "dwell")?.met, true, "since is still known");
  });

  it("a stored state survives JSON, with and without an order under way", () => {
    const station = new Station();
    station.until(40, FULL);
    const stored = JSON.parse(JSON.stringify(station.state));
    assert.deepEqual(restore(stored, station.now), { state: stored, repaired: [] });
    assert.equal(restoreState("nonsense", station.now), null);
    assert.deepEqual(restore({ ...stored, pending: { value: "on" } }, station.now), {
      state: { ...stored, pending: null },
      repaired: ["pending"],
    });
  });

  it("a clock set back an hour does not switch, and old records are not taken for new ones", () => {
    const station = new Station({ onGrid: false });
    station.pass(30);
    station.now -= 3600;
    const jumped = station.decide();
    assert.ok(jumped.flags.includes("clock_jump"));
    station.pass(40);
    assert.deepEqual(station.orders, []);
  });

  it("a jump forward, told by the uptime, does not switch either way", () => {
    for (const onGrid of [true, false]) {
      const station = new Station({ onGrid });
      station.uptime = 1000;
      station.pass(18, FULL);
      station.now += 5 * 86400;
      const jumped = station.pass(1, FULL);
      assert.ok(jumped.flags.includes("clock_jump"));
      assert.deepEqual(station.orders, []);
      const dwell = (station.now - (station.state?.since ?? 0)) / 60;
      assert.ok(dwell >= 18 && dwell <= 20, `dwell moved with the clock: ${dwell}`);
    }
  });

  it("missed runs are not a clock jump", () => {
    const station = new Station();
    station.uptime = 1000;
    station.pass(5);
    station.now += 7200;
    station.uptime += 7200;
    assert.ok(!station.pass(1).flags.includes("clock_jump"));
  });
});

describe("second actuator", () => {
  it("is off by default", () => {
    const station = new Station();
    station.pass(60, LOW);
    assert.ok(station.decisions.every((decision) => decision.charger_action === null));
  });

  it("forbids grid charging, allows it after a deep low, forbids it again at the reserve", () => {
    const station = new Station({ parameters: { charger_source_rule: true } });
    let source = "solar_first";
    const pass = (minutes: number, readings: Parameters<Station["pass"]>[1]): void => {
      for (let minute = 0; minute < minutes; minute += 1) {
        station.pass(1, readings);
        const wanted = station.decisions.at(-1)?.charger_action?.value;
        if (wanted) source = wanted;
      }
    };
    pass(5, {});
    assert.equal(source, "only_solar");
    pass(60, { bms: { cell: 3.24 } });
    assert.equal(source, "solar_first");
    pass(15, { bms: { soc: 35 } });
    assert.equal(source, "only_solar");
    assert.equal(station.decisions.filter((decision) => decision.charger_action).length, 3);
  });

  it("repeats an order that the read-back does not confirm, every ten minutes", () => {
    const station = new Station({ parameters: { charger_source_rule: true } });
    let orders = 0;
    for (let minute = 0; minute < 60; minute += 1) {
      station.now += 60;
      if (station.decide({ charger_source: "solar_first" }).charger_action) orders += 1;
    }
    assert.equal(orders, 6);
  });
});

describe("explanation", () => {
  it("is plain text with the reason, the data and the distance", () => {
    const station = new Station();
    const text = whySaid(station.pass(40, { bms: { soc: 60 }, inverter: { pv_power: 400 } }), true);
    assert.match(text, /on the grid, mode auto, rules greedy: no order/);
    assert.match(text, /W more PV/);
    assert.match(text, /\n {2}G2 +no +PV 400 W/);
    assert.ok(!/undefined|NaN|null/.test(text), text);
    const off = new Station({ onGrid: false });
    assert.match(whySaid(off.pass(5, { bms: { soc: 60 } })), /30 % less charge and 5 more min/);
    const empty = new Station();
    empty.now = T0;
    assert.match(whySaid(empty.decide()), /position of the grid switch is not known/);
  });
});
