import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openStore, type Store } from "../../lib/store/database.ts";
import {
  decisionAt,
  decisionsBetween,
  insertDecision,
  latestDecision,
  type NewDecision,
  pruneDecisions,
} from "../../lib/store/decisions.ts";
import { highestIn } from "../../lib/store/extremes.ts";
import {
  alertEventsAfter,
  alertEventsBetween,
  insertAlertEvents,
  latestAlertEvent,
  latestMode,
  latestReport,
  reportsBetween,
  ruleState,
  saveReport,
  saveRuleState,
  setMode,
} from "../../lib/store/rules.ts";
import { saveInverterSample } from "../../lib/store/samples.ts";
import { recordedInverter } from "../support/recorded-samples.ts";
import { scratchDirectory } from "../support/scratch.ts";

function stored(t: TestContext): Store {
  const store = openStore(join(scratchDirectory(t), "station.db"));
  t.after(() => store.close());
  return store;
}

function decision(at: number, change: Partial<NewDecision> = {}): NewDecision {
  const rules = Array.from({ length: 20 }, (_, i) => ({ id: `rule_${i}`, met: i % 3 === 0, value: at % (i + 7) }));
  return {
    ...{ at, on_grid: true, winner: "stay", ordered: null, parameters: { reserve: 30 } },
    ...{ record: { at, text: "Причина: солнца мало", rules, nothing: null } },
    ...change,
  };
}

test("the mode is remembered with who set it and when; the same one again is no change", (t) => {
  const store = stored(t);
  assert.equal(latestMode(store), null);
  const first = { at: 10, mode: "observe", source: "hand" };
  assert.equal(
    store.write(() => setMode(store, first)),
    true,
  );
  assert.equal(
    store.write(() => setMode(store, { at: 20, mode: "observe", source: "mqtt" })),
    false,
  );
  assert.deepEqual(latestMode(store), first);
  store.write(() => setMode(store, { at: 30, mode: "auto", source: "mqtt" }));
  assert.deepEqual(latestMode(store), { at: 30, mode: "auto", source: "mqtt" });
});

test("memory of a rule comes back; damaged it is none", (t) => {
  const store = stored(t);
  assert.equal(ruleState(store, "alerts"), null);
  store.write(() => saveRuleState(store, "alerts", 1, { tracks: { "a:б": [1, null] } }));
  assert.deepEqual(ruleState(store, "alerts"), { tracks: { "a:б": [1, null] } });
  store.db.prepare("UPDATE rule_states SET value = '{\"tra'").run();
  assert.equal(ruleState(store, "alerts"), null);
});

test("decisions come back as they went in, by time, with the parameters of their own time", (t) => {
  const store = stored(t);
  assert.equal(latestDecision(store), null);
  store.write(() => {
    for (let at = 60; at <= 600; at += 60) insertDecision(store, decision(at));
    insertDecision(store, decision(660, { on_grid: null, ordered: true, winner: "S2", parameters: { reserve: 40 } }));
  });
  const { id: _id, ...last } = latestDecision(store) as NewDecision & { id: number };
  assert.deepEqual(last, decision(660, { on_grid: null, ordered: true, winner: "S2", parameters: { reserve: 40 } }));
  const { id: _other, ...then } = decisionAt(store, 359) as NewDecision & { id: number };
  assert.deepEqual(then, decision(300));
  assert.equal(decisionAt(store, 59), null);
  assert.deepEqual(
    decisionsBetween(store, 120, 300).map(({ at }) => at),
    [120, 180, 240],
  );
  assert.deepEqual(
    decisionsBetween(store, 0, 9999, { ordersOnly: true }).map(({ at }) => at),
    [660],
  );
  assert.equal(store.db.prepare("SELECT count(*) FROM rule_parameters").pluck().get(), 2);
});

test("decisions alike take little room; those unlike any before are kept whole all the same", (t) => {
  const store = stored(t);
  store.write(() => {
    for (let at = 60; at <= 60_000; at += 60) insertDecision(store, decision(at));
  });
  const bytes = Number(store.db.prepare("SELECT sum(length(packed)) FROM decisions").pluck().get()) / 1000;
  const plain = JSON.stringify(decision(60).record).length;
  assert.ok(bytes < plain / 6, `${bytes} of ${plain} bytes`);
  store.write(() => {
    for (let i = 0; i < 30; i++) {
      const odd = Array.from({ length: 400 }, (_, k) => `${(i + 1) * (k + 3) * 7919}`).join(i % 2 ? "ж" : "-");
      insertDecision(store, decision(70_000 + i, { record: { odd } }));
      assert.deepEqual(latestDecision(store)?.record, { odd });
    }
  });
  const models = Number(store.db.prepare("SELECT sum(length(text)) FROM decision_models").pluck().get());
  assert.ok(models < 400_000, "models do not grow without end");
  assert.deepEqual(decisionAt(store, 120)?.record, decision(120).record);
});

test("old decisions go; those with an order or another winner stay longer", (t) => {
  const store = stored(t);
  store.write(() => {
    for (const at of [100, 200, 300]) insertDecision(store, decision(at));
    insertDecision(store, decision(400, { ordered: false, winner: "G2" }));
    insertDecision(store, decision(500, { winner: "waiting" }));
    for (const at of [600, 700, 800]) insertDecision(store, decision(at));
    pruneDecisions(store, 750, 50);
  });
  const kept = () => decisionsBetween(store, 0, 9999).map(({ at }) => at);
  assert.deepEqual(kept(), [100, 400, 500, 600, 800]);
  store.write(() => pruneDecisions(store, 750, 450));
  assert.deepEqual(kept(), [500, 600, 800]);
});

test("alert events by number, by time and by key", (t) => {
  const store = stored(t);
  const event = (at: number, key: string, kind: string) => ({
    ...{ at, key, kind, alert: key.split(":")[0] as string, severity: "warning", text: `${key} ${kind}`, since: at },
    ...{ dated: at !== 300, details: { voltage: 3.05, cell: null } },
  });
  const events = [event(100, "a:1", "raised"), event(300, "b", "raised"), event(200, "a:1", "cleared")];
  store.write(() => insertAlertEvents(store, events));
  assert.deepEqual(
    alertEventsAfter(store, 1).map(({ id, at }) => [id, at]),
    [
      [2, 300],
      [3, 200],
    ],
  );
  assert.equal(alertEventsAfter(store, 0, 1).length, 1);
  assert.deepEqual(
    alertEventsBetween(store, 100, 300).map(({ at }) => at),
    [100, 200],
  );
  const { id: _id, ...newest } = latestAlertEvent(store, "a:1") as { id: number };
  assert.deepEqual(newest, events[2]);
  assert.equal(latestAlertEvent(store, "c"), null);
});

test("a day has one report, the last one made", (t) => {
  const store = stored(t);
  assert.equal(latestReport(store), null);
  store.write(() => {
    for (const day of ["2026-06-20", "2026-06-21"]) saveReport(store, { day, at: 1, report: { day, pv: 1 } });
    saveReport(store, { day: "2026-06-20", at: 2, report: { day: "2026-06-20", pv: 2 } });
  });
  assert.equal(latestReport(store)?.day, "2026-06-21");
  assert.deepEqual(reportsBetween(store, "2026-06-01", "2026-06-21"), [
    { day: "2026-06-20", at: 2, report: { day: "2026-06-20", pv: 2 } },
  ]);
});

test("the highest value over several spans; null without samples", (t) => {
  const store = stored(t);
  store.write(() => {
    for (const [at, pv_power] of [
      [100, 300],
      [200, 900],
      [300, 500],
      [400, null],
    ] as const) {
      saveInverterSample(store, "inverter", at, recordedInverter({ pv_power }));
    }
  });
  const highest = (...spans: { from: number; to: number }[]) =>
    highestIn(store, "inverter_samples", "inverter", "pv_power", spans);
  assert.equal(highest({ from: 100, to: 200 }, { from: 300, to: 500 }), 500);
  assert.equal(highest({ from: 0, to: 999 }), 900);
  assert.equal(highest({ from: 400, to: 500 }), null);
  assert.throws(() => highestIn(store, "bms_samples", "bms", "pv_power", []), RangeError);
});
