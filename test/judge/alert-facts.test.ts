/** What the alerts are told beside the samples: jobs, devices that fail, orders, settings. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { EXIT } from "../../lib/base/errors.ts";
import { alertFacts } from "../../lib/judge/alert-facts.ts";
import { judge } from "../../lib/judge/judge.ts";
import { samplesBetween } from "../../lib/station/rule-inputs.ts";
import { recordJobRun } from "../../lib/store/jobs.ts";
import { insertOrder, type NewOrder } from "../../lib/store/orders.ts";
import { setMode } from "../../lib/store/rules.ts";
import { orderStation } from "../support/orders.ts";
import { savePlantSamples } from "../support/plant-samples.ts";

const NOON = Date.UTC(2026, 5, 21, 12) / 1000;

/** A station a minute after its last sample of both devices; `facts` is what batmon would tell the alerts now. */
function station(t: TestContext) {
  const made = orderStation(t, { batmon: { mode: "auto" } });
  const { store, context } = made;
  made.now = NOON;
  store.write(() => savePlantSamples(store, NOON - 600));
  const fail = (job: string, exit_code: number | null, started_at = NOON - 60) =>
    store.write(() => {
      const run = { job, started_at, duration_ms: 5, exit_code: exit_code ?? EXIT.software, message: "no" };
      const state = { last_ok_at: null, failing_since: started_at - 300, failing_code: exit_code, last_told_at: null };
      recordJobRun(store, run, state);
    });
  const facts = () => {
    const samples = samplesBetween(store, context.config, NOON - 3600, NOON + 1);
    return alertFacts(context, store, judge(context, store, samples, NOON - 3600, "auto"), samples);
  };
  const order = (changes: Partial<NewOrder>) =>
    store.write(() =>
      insertOrder(store, {
        ...{ kind: "inverter", device: "inverter", queued_at: NOON - 60, expires_at: NOON, source: "foreign" },
        ...{ text: "20105=0", key: "ongrid_switch", wanted_raw: 0, state: "done", finished_at: NOON - 30 },
        ...changes,
      }),
    );
  return { ...made, fail, facts, order };
}

test("a device that answers wrongly is told apart from one that does not answer", (t) => {
  const { fail, facts } = station(t);
  fail("jkbms-dump", EXIT.protocol);
  fail("pv1800-dump", EXIT.unavailable);
  const told = facts();
  assert.deepEqual(told.devices.map(({ kind, failure, silent_since }) => [kind, failure, silent_since]).sort(), [
    ["bms", "wrong", NOON - 360],
    ["inverter", "silent", NOON - 360],
  ]);
  assert.deepEqual(told.failing_jobs, [], "each is told as a device");
});

test("a job that fails is told for a day after its last run; a refused order and a device are told elsewhere", (t) => {
  const { fail, facts } = station(t);
  fail("mqtt-push", null);
  fail("status-page", EXIT.data);
  fail("backup-stats", EXIT.io, NOON - 90_000);
  assert.deepEqual(facts().failing_jobs, [{ name: "mqtt-push", since: NOON - 360, exit: EXIT.software }]);
  fail("backup-stats", EXIT.io);
  assert.deepEqual(
    facts().failing_jobs.map(({ name, exit }) => [name, exit]),
    [
      ["mqtt-push", EXIT.software],
      ["backup-stats", EXIT.io],
    ],
  );
});

test("a change by others is told with both values; of a row that nobody knows, or of yesterday, nothing", (t) => {
  const { order, facts } = station(t);
  order({ old_raw: 1, read_back_raw: 0 });
  order({ old_raw: null, wanted_raw: 1 });
  order({ key: "no_such_row" });
  order({ key: null });
  order({ queued_at: NOON - 90_000 });
  assert.deepEqual(
    facts()
      .foreign_writes.map(({ name, old_value, new_value }) => [name, old_value, new_value])
      .sort(),
    [
      ["ongrid_switch", "an unknown value", "on"],
      ["ongrid_switch", "on", "off"],
    ],
  );
});

test("an order that was stopped is told by its row, or by its words where it names none, for two hours", (t) => {
  const { order, facts } = station(t);
  const stopped = { source: "mqtt", state: "refused" } as const;
  order({ ...stopped, why: { code: "write_cap", limit: 12 } as never });
  order({ ...stopped, key: null, text: "20999=1", why: { code: "lease_unsafe" } as never });
  order({ ...stopped, finished_at: NOON - 7300, why: { code: "write_cap" } as never });
  assert.deepEqual(facts().stopped_orders, [
    { at: NOON - 30, code: "write_cap", what: "ongrid_switch" },
    { at: NOON - 30, code: "lease_unsafe", what: "20999=1" },
  ]);
});

test("a stored mode that this program does not know is named", (t) => {
  const { store, facts } = station(t);
  assert.equal(facts().invalid_settings.mode, null);
  store.write(() => setMode(store, { at: NOON - 60, mode: "holiday", source: "hand" } as never));
  assert.deepEqual(facts().invalid_settings, { mode: "holiday", parameters: [] });
});
