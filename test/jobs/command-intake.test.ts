/** What becomes of messages on the command topics, before any broker: the journal is the judge. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { CommandIntake, type Outcome } from "../../lib/home/command-intake.ts";
import { endMqttCommand } from "../../lib/store/publish.ts";
import { orderStation } from "../support/orders.ts";

const KEYS = new Map([["inverter", new Set(["ongrid_switch", "max_discharge_current"])]]);

function intake(t: TestContext, mqtt: Readonly<Record<string, unknown>> = {}) {
  const station = orderStation(t, { mqtt: { enabled: true, ...mqtt } });
  const { context, store } = station;
  const controls = { keys: KEYS, modes: [], undated_refused: false };
  const commands = new CommandIntake(context, store, () => controls);
  const told: Outcome[] = [];
  const base = context.config.mqtt.base_topic ?? context.config.station.id;
  const send = (
    payload: string,
    more: { readonly retain?: boolean; readonly again?: boolean; readonly key?: string } = {},
  ) => {
    const { key = "max_discharge_current", retain = false, ...rest } = more;
    commands.handle({ topic: `${base}/inverter/${key}/set`, payload: Buffer.from(payload), retain, ...rest });
    const outcomes = commands.takeOutcomes();
    told.push(...outcomes);
    return outcomes.map(({ result }) => result);
  };
  return {
    station,
    store,
    send,
    outcomes: (): readonly Outcome[] => told,
    counts: () => commands.counts,
    orders: () => station.orders().map(({ text }) => text),
  };
}

test("a command becomes one order; the same again within the window is told as a repetition", (t) => {
  const { station, send, orders } = intake(t);
  assert.deepEqual(send("5"), ["queued"]);
  station.now += 4;
  assert.deepEqual(send("5"), ["duplicate"]);
  assert.deepEqual(send("6"), ["queued"]);
  station.now += 10;
  assert.deepEqual(send("6"), ["queued"]);
  assert.deepEqual(orders(), ["max_discharge_current=5", "max_discharge_current=6", "max_discharge_current=6"]);
});

test("a command with its time is one command, however late it comes again; delivered again before it was answered too", (t) => {
  const { station, send, orders } = intake(t);
  const dated = JSON.stringify({ value: 5, ts: station.now });
  assert.deepEqual(send(dated), ["queued"]);
  station.now += 60;
  assert.deepEqual(send(dated), ["duplicate"]);
  assert.deepEqual(send("7"), ["queued"]);
  station.now += 60;
  assert.deepEqual(send("7", { again: true }), ["duplicate"]);
  assert.equal(orders().length, 2);
});

test("a command that comes again is told what became of the first one", (t) => {
  const { station, store, send, outcomes } = intake(t);
  const dated = JSON.stringify({ value: 5, ts: station.now });
  send(dated);
  store.write(() => endMqttCommand(store, 1, "failed", "it kept 6 A"));
  assert.deepEqual(send(dated), ["duplicate"]);
  assert.equal(outcomes().at(-1)?.reason, "failed: it kept 6 A");
});

test("an empty message, as of a control that was taken back, is nothing", (t) => {
  const { send, counts, orders } = intake(t);
  assert.deepEqual(send("", { retain: true }), []);
  assert.deepEqual([counts(), orders()], [{ accepted: 0, refused: 0, duplicates: 0 }, []]);
});

test("a command that cannot be stored stays with the broker, and so does every one behind it", (t) => {
  const { store, send, orders } = intake(t);
  store.db.pragma("query_only = 1");
  assert.throws(() => send("5"), /readonly/);
  store.db.pragma("query_only = 0");
  assert.throws(() => send("6"), /readonly/);
  assert.deepEqual(orders(), []);
});

test("retained, old, future, huge and foreign messages become no order", (t) => {
  const { station, send, orders } = intake(t);
  const at = (ts: number) => JSON.stringify({ value: 5, ts });
  assert.deepEqual(send("5", { retain: true }), ["refused"]);
  assert.deepEqual(send(at(station.now - 121)), ["refused"]);
  assert.deepEqual(send(at(station.now + 61)), ["refused"]);
  assert.deepEqual(send(`${" ".repeat(300)}5`), ["refused"]);
  assert.deepEqual(send("\u000b5"), ["refused"], "a control character, though trimming takes it away");
  assert.deepEqual(send("5", { key: "grid_charge_enabled" }), ["refused"]);
  assert.deepEqual(send("500"), ["refused"]);
  assert.deepEqual(orders(), []);
});

test("a run takes so many commands and counts the rest", (t) => {
  const { send, counts, orders } = intake(t, { max_commands: 3 });
  for (let value = 1; value <= 600; value++) send(String(1 + (value % 20)));
  assert.deepEqual([counts().accepted, orders().length], [3, 3]);
  assert.equal(counts().refused + counts().duplicates, 597);
});
