/** What batmon learns from elsewhere: the journal of orders, signs on the line, times that a wrong clock wrote. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer } from "../../lib/cli/spec.ts";
import { newStats } from "../../lib/modbus/master.ts";
import { noteSecondMaster } from "../../lib/poll/heard-master.ts";
import type { AlertEvent } from "../../lib/rules/alerts/types.ts";
import type { Decision } from "../../lib/rules/grid-switch/types.ts";
import { saveDeviceEvent } from "../../lib/store/device-events.ts";
import { insertOrder } from "../../lib/store/orders.ts";
import { saveSettings } from "../../lib/store/setting-rows.ts";
import { batmonStation } from "../support/batmon.ts";
import { savePlantSamples } from "../support/plant-samples.ts";
import { reasonSaid } from "../support/why-said.ts";

const NOON = Date.UTC(2026, 5, 21, 12) / 1000;
const YEAR_S = 365 * 86_400;
const OFF = { on_grid: false, cell: 3240, soc: 20 } as const;

interface Run {
  readonly decision: Decision;
  readonly events: readonly (AlertEvent & { readonly text: string })[];
}

async function run(passed: Promise<Answer | undefined>): Promise<Run> {
  const answer = await passed;
  assert.ok(answer);
  return answer.json as Run;
}

test("an order that the journal calls failed is told as failed, not as under way", async (t) => {
  const station = batmonStation(t);
  station.now = NOON;
  let at = 0;
  for (let minute = 0; at === 0 && minute < 40; minute += 1) {
    const { decision } = await run(station.pass(1, OFF));
    if (decision.action.kind === "order") at = decision.at;
  }
  assert.ok(at > 0, "the reserve asks for the grid");
  const order = {
    ...{ kind: "inverter" as const, device: "inverter", queued_at: at, expires_at: at + 180, source: "batmon" },
    ...{ source_id: `grid-${at}`, text: "20105=1", key: "ongrid_switch", wanted_raw: 1 },
  };
  station.store.write(() =>
    insertOrder(station.store, {
      ...order,
      state: "failed",
      why: { code: "life_over", minutes: 3 },
      finished_at: at + 20,
    }),
  );
  const { decision } = await run(station.pass(1, OFF));
  assert.equal(decision.winner, "waiting");
  assert.match(
    reasonSaid(decision),
    /the order to connect to the grid \(try 1\) failed: it was 3.min old and was never sent/,
  );
  assert.deepEqual([decision.order?.state, decision.order?.journal], ["failed", "failed"]);
});

test("another master on the line is an alert by its own fact", async (t) => {
  const station = batmonStation(t);
  station.now = NOON;
  noteSecondMaster(station.context, station.store, "inverter", { ...newStats(), second_master_signs: 2 });
  station.store.flush();
  const { events } = await run(station.pass(1));
  assert.deepEqual(
    events.map(({ id, values }) => [id, values.signs]),
    [["second_master", 2]],
  );
});

test("what happens to a device is told once, by its number", async (t) => {
  const station = batmonStation(t);
  station.now = NOON;
  const evidence = [{ key: "protocol_version", raw: 10415, expected: 10414 }];
  const note = (at: number) =>
    station.store.write(() =>
      saveDeviceEvent(station.store, "inverter", "inverter", { at, code: "firmware_changed", evidence }),
    );
  note(NOON - 30);
  const { events } = await run(station.pass(1));
  assert.deepEqual(
    events.map(({ id, severity, text }) => [id, severity, text]),
    [
      [
        "device_event",
        "info",
        "The inverter has other firmware than before: Protocol version 10415, before 10414. It is read as before.",
      ],
    ],
  );
  // The clock goes back a day: neither the event nor anything before it is news again.
  station.now = NOON - 40_000;
  assert.deepEqual(
    (await run(station.pass(1))).events.filter(({ id }) => id === "device_event"),
    [],
  );
});

test("another machine is an alert for as long as it answers, and says how it is accepted", async (t) => {
  const station = batmonStation(t);
  station.now = NOON;
  const evidence = [{ key: "serial_number", raw: 9, expected: 2 }];
  station.store.write(() =>
    saveDeviceEvent(station.store, "bms", "bms", { at: NOON + 3600, code: "other_machine", evidence }),
  );
  const { events } = await run(station.pass(1));
  const told = events.filter(({ id }) => id === "other_machine");
  assert.deepEqual(
    told.map(({ severity }) => severity),
    ["warning"],
  );
  assert.match(told[0]?.text ?? "", /in place of the BMS: Serial number 9, before 2.*jkbms-dump --accept-machine/);
  station.store.write(() =>
    saveDeviceEvent(station.store, "bms", "bms", { at: NOON + 3601, code: "machine_accepted", evidence }),
  );
  const after = await run(station.pass(1));
  assert.deepEqual(
    after.events.filter(({ id }) => id === "other_machine").map(({ kind }) => kind),
    ["cleared"],
  );
});

test("what a clock a year ahead wrote uses up no budget and makes no device stale", async (t) => {
  const station = batmonStation(t);
  station.now = NOON;
  station.store.write(() => {
    for (let change = 0; change < 13; change += 1) {
      const at = NOON + YEAR_S + 60 * change;
      saveSettings(station.store, "inverter", "inverter", at, { ongrid_switch: change % 2 }, () => "foreign");
      savePlantSamples(station.store, at);
    }
  });
  const { decision, events } = await run(station.pass(30, { on_grid: true }));
  assert.equal(decision.rules.find(({ id }) => id === "budget")?.value, 0);
  assert.deepEqual(events, []);
});

test("samples of a clock that is a minute ahead are judged, those of one that is wrong are not", async (t) => {
  const station = batmonStation(t);
  station.now = NOON;
  await station.pass(5);
  const { now } = station;
  for (const ahead of [100, 86_400]) {
    station.store.write(() => savePlantSamples(station.store, now + ahead, {}));
  }
  const { decision } = await run(station.pass(1));
  assert.deepEqual([decision.inputs.bms_at, decision.inputs.inverter_at], [now + 100, now + 100]);
});
