/** What is said of an order of the grid switch, of the other choice, and of why it stands as it does. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Decision, OrderOutcome, OrderView } from "../../lib/rules/grid-switch/types.ts";
import { whyCode, whyFacts } from "../../lib/rules/grid-switch/why-facts.ts";
import { distanceText, orderWords } from "../../lib/terminal/why-text.ts";
import { speech } from "../../lib/words/index.ts";
import { plain, reasonSaid, whySaid } from "../support/why-said.ts";
import { Station, T0 } from "./grid-switch-station.ts";

const EN = speech("en");

const FULL = { bms: { soc: 95 } } as const;

describe("an order in words", () => {
  const open: OrderView = { value: false, since: T0, attempts: 2, state: "under_way", journal: null, reason: null };
  const rows: readonly (readonly [Partial<OrderView>, string])[] = [
    [{}, "the order to leave the grid is under way (try 2)"],
    [{ value: true }, "the order to connect to the grid is under way (try 2)"],
    [{ journal: "done" }, "the order to leave the grid (try 2) was carried out"],
    [{ journal: "unchanged" }, "the order to leave the grid (try 2) was carried out"],
    [{ state: "unconfirmed" }, "the order to leave the grid (try 2) was not confirmed"],
    [{ state: "failed", journal: "refused" }, "the order to leave the grid (try 2) was refused"],
    [
      { state: "failed", journal: "expired", reason: "no poll" },
      "the order to leave the grid (try 2) expired before it was sent: no poll",
    ],
    [{ state: "failed" }, "the order to leave the grid (try 2) failed"],
    [{ state: "gave_up" }, "the order to leave the grid was given up after 2 tries"],
    [{ state: "gave_up", reason: "busy" }, "the order to leave the grid was given up after 2 tries (busy)"],
  ];
  for (const [change, want] of rows) {
    it(want, () => assert.equal(plain(orderWords({ ...open, ...change }, EN)), want));
  }
});

describe("an order that the journal has put aside", () => {
  const outcome: OrderOutcome = {
    value: false,
    state: "refused",
    code: "guard",
    reason: "load too high",
    finished_at: T0,
  };

  it("is told with its reason while the next try waits", () => {
    const station = new Station();
    station.until(40, FULL);
    const decision = station.decide({ order_outcome: outcome });
    assert.equal(decision.winner, "waiting");
    assert.match(reasonSaid(decision), /the order to leave the grid \(try 1\) was refused: load too high$/);
    assert.match(whySaid(decision), /order: the order to leave the grid \(try 1\) was refused/);
  });

  it("and is not the open one says nothing of that", () => {
    const station = new Station();
    station.until(40, FULL);
    assert.match(reasonSaid(station.decide({ order_outcome: { ...outcome, value: true } })), /under way \(try 1\)$/);
  });

  for (const [code, want] of [
    ["guard", "guard"],
    [null, "refused"],
  ] as const) {
    it(`is given up in the end, for ${want}`, () => {
      const station = new Station();
      station.until(40, FULL);
      const decision = station.pass(9, FULL, { order_outcome: { ...outcome, code } });
      assert.match(reasonSaid(decision), /the order to leave the grid was not carried out, giving up/);
      assert.equal(station.state?.gave_up?.code, want);
    });
  }
});

describe("the clock is set while an order is open", () => {
  it("and the order keeps its age: it is neither repeated at once nor forgotten", () => {
    const station = new Station();
    station.uptime = 10_000;
    station.pass(1);
    const order = station.until(60, FULL);
    assert.equal(order?.action.kind, "order");
    station.now += 86_400;
    const decision = station.decide();
    assert.ok(decision.flags.includes("clock_jump"));
    assert.equal(station.state?.pending?.attempts, 1);
    assert.equal(station.state?.pending?.last_at, station.now);
    assert.equal(decision.order?.state, "under_way");
  });
});

describe("the other choice in words", () => {
  it("as an older edition stored it is the sentence itself, and nothing is said where nothing is known", () => {
    assert.equal(
      distanceText("the reserve rule was missing 3.0 % less charge", EN),
      "the reserve rule was missing 3.0 % less charge",
    );
    assert.match(distanceText(null, EN), /nothing can be said/);
  });
});

describe("the explanation of a decision", () => {
  it("names what was replaced in the memory, and the order of the second actuator", () => {
    const station = new Station({ parameters: { charger_source_rule: true } });
    station.pass(5);
    const decision: Decision = {
      ...station.decide({ charger_source: "solar_first" }),
      repaired: ["since", "backoff"],
    };
    const charger_action = { register: "charger_source_priority", value: "only_solar", life_s: 600 } as const;
    const lines = whySaid({ ...decision, charger_action }).split("\n");
    assert.ok(lines.includes("memory: replaced since, backoff"));
    assert.ok(lines.includes("order: charger source only solar"));
  });
});

describe("why it stands as it does, as one code", () => {
  const code = (station: Station, readings: Parameters<Station["pass"]>[1] = {}, minutes = 3) =>
    whyCode(whyFacts(station.pass(minutes, readings), station.parameters.reserve));

  it("is the owner's mode, a guard, that nothing calls for it, or that the house is off the grid", () => {
    const held = new Station();
    held.mode = "on-grid";
    assert.equal(code(held), "mode");
    assert.equal(code(new Station(), { bms: { charge_mosfet_on: false } }, 30), "bms_switches");
    assert.equal(code(new Station(), { bms: { soc: 60 } }, 40), "no_reason");
    assert.equal(code(new Station({ onGrid: false })), "off_grid");
  });

  it("of one who only observes is that, off the grid too: he is not told that the house goes back", () => {
    const station = new Station({ onGrid: false });
    station.mode = "observe";
    const facts = whyFacts(station.pass(30, { bms: null }), station.parameters.reserve);
    assert.deepEqual([facts.wish, whyCode(facts)], [true, "observe"]);
    assert.match(EN.decision(facts), /^Only observing: the rules would take the house back to the grid: /);
    assert.match(speech("ru").decision(facts), /^Только наблюдение: правила вернули бы дом на сеть: /);
  });
});
