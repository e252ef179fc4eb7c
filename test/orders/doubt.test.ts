/** Orders when something else is wrong: files, clocks, interruptions, ends of leases that nobody can vouch for. */
import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { executeOrders, type OrderDevice } from "../../lib/orders/execute.ts";
import { giveOrder } from "../../lib/orders/give-order.ts";
import { submitOrder } from "../../lib/orders/intake.ts";
import { NOBODY_KNOWS } from "../../lib/orders/leave-guard.ts";
import { orderBook } from "../../lib/orders/order-book.ts";
import { inverterOrders } from "../../lib/orders/order-table.ts";
import { activeLeases } from "../../lib/store/leases.ts";
import { lastOrderOf, markSending, whyOf } from "../../lib/store/orders.ts";
import { inverterRound, orderStation } from "../support/orders.ts";
import { startSimulatedInverter } from "../support/simulated.ts";

const YEAR_S = 365 * 86400;

async function plant(t: TestContext) {
  const sim = await startSimulatedInverter(t);
  const station = orderStation(t);
  const { context, store, folder } = station;
  const path = join(folder, "inverter_cmd.lst");
  return {
    ...{ sim, station, path },
    submit: (line: string, source = "hand") =>
      submitOrder(context, store, { kind: "inverter", device: "inverter", line, source }),
    round: () => inverterRound(station, sim.url),
    word: (address: number) => sim.device.source.read(address),
    set: (address: number, word: number) => sim.device.source.write(address, word),
    writes: () => sim.log.writes().map(({ info }) => `${info?.start}=${info?.values?.[0]}`),
    last: () => station.orders().at(-1),
  };
}

test("a log that cannot be written is told with its repair, and the orders are carried out", async (t) => {
  const { round, path, submit, writes } = await plant(t);
  mkdirSync(`${path}.log`);
  submit("20113=50");
  const run = await round();
  assert.match(run.failure?.message ?? "", /inverter_cmd\.lst\.log cannot be written to \(EISDIR\); repair: mv /);
  assert.deepEqual(writes(), ["20113=50"]);
});

test("a folder of claimed files that is not ours is told, and the lines are taken where they lie, once", async (t) => {
  const { round, path, station, writes } = await plant(t);
  const folder = join(station.folder, ".inverter_cmd.lst.claimed");
  writeFileSync(folder, "");
  writeFileSync(path, "20113=50\n");
  const run = await round();
  assert.match(run.failure?.message ?? "", /is not a private directory/);
  assert.deepEqual(writes(), ["20113=50"]);
  appendFileSync(path, "20113=60\n");
  await round();
  assert.deepEqual(writes(), ["20113=50", "20113=60"]);
});

test("batmon's order does not depend on the command file", async (t) => {
  const { round, path, station, writes, set } = await plant(t);
  mkdirSync(path);
  set(20105, 0);
  giveOrder(station.context, station.store, "inverter", "20105=1 by batmon id g-1 life 3m", "batmon");
  assert.match((await round()).failure?.message ?? "", /is a directory/);
  assert.deepEqual(writes(), ["20105=1"]);
  const last = lastOrderOf(station.store, "batmon", "inverter", "ongrid_switch");
  assert.deepEqual([last?.state, last?.source_id], ["done", "g-1"]);
});

test("an order of a year ahead is not carried out days later", async (t) => {
  const { round, station, submit, writes, last } = await plant(t);
  const now = station.now;
  station.now = now + YEAR_S;
  submit("20105=0");
  station.now = now + 3 * 86400;
  const run = await round();
  assert.deepEqual(writes(), []);
  assert.equal(last()?.state, "expired");
  assert.match(run.failure?.message ?? "", /given while the clock was wrong/);
});

test("where the computer counts the seconds itself, a clock that is set changes no order's life", async (t) => {
  const { round, station, submit, writes } = await plant(t);
  const boot = { id: "one", age_s: 100 };
  Object.assign(station.context.clock, { boot: () => boot });
  const now = station.now;
  station.now = now + YEAR_S;
  submit("20113=50");
  boot.age_s += 60;
  station.now = now;
  await round();
  assert.deepEqual(writes(), ["20113=50"]);
  submit("20105=0");
  boot.age_s += 901;
  await round();
  assert.deepEqual(writes(), ["20113=50"]);
});

test("lines of a file that is dated in the future are of unknown age, unless it was looked at shortly before", async (t) => {
  const { round, station, path, writes, last } = await plant(t);
  const ahead = Date.now() / 1000 + YEAR_S;
  const drop = (line: string) => {
    writeFileSync(path, line);
    utimesSync(path, ahead, ahead);
  };
  drop("20105=0\n");
  await round();
  assert.equal(last()?.state, "expired");
  assert.equal(last()?.code, "age_unknown");
  await round();
  station.store.flush();
  station.now += 60;
  drop("20113=50\n");
  await round();
  assert.deepEqual(writes(), ["20113=50"]);
});

test("a lease of a year ahead holds for its own length from now, and no longer", async (t) => {
  const { round, station, submit, word } = await plant(t);
  const now = station.now;
  station.now = now + YEAR_S;
  submit("20113=50 for 30m");
  await round();
  station.now = now;
  await round();
  assert.equal(activeLeases(station.store)[0]?.ends_at, now + 1800);
  station.now = now + 1801;
  await round();
  assert.equal(word(20113), 217);
});

test("a lease of a year ahead until a time of day ends at the next such time", async (t) => {
  const { round, station, submit } = await plant(t);
  const now = station.now;
  station.now = now + YEAR_S;
  submit("20113=50 until 09:30");
  await round();
  assert.equal(activeLeases(station.store)[0]?.ends_at, now + YEAR_S + 5400);
  station.now = now;
  await round();
  assert.equal(activeLeases(station.store)[0]?.ends_at, now + 5400);
});

test("a return that expired before any run had the time to send it was no try: the value is put back all the same", async (t) => {
  const { round, station, submit, word, writes } = await plant(t);
  submit("20113=50 for 30m");
  await round();
  station.now += 1801;
  station.time_left = 1000;
  await round();
  assert.deepEqual([station.orders()[1]?.source, station.orders()[1]?.state], ["lease", "queued"]);
  station.now += 86_401;
  station.time_left = 55_000;
  await round();
  assert.equal(station.orders()[1]?.state, "expired");
  assert.deepEqual([word(20113), writes(), activeLeases(station.store)], [217, ["20113=50", "20113=217"], []]);
});

test("writes of the future use up no budget of today", async (t) => {
  const { round, station, submit, last } = await plant(t);
  Object.assign(station.context.config.orders, { daily_writes: 2 });
  const now = station.now;
  station.now = now + YEAR_S;
  for (const amps of [5, 6]) {
    submit(`max_discharge_current=${amps}`, "automation");
    await round();
  }
  station.now = now;
  submit("max_discharge_current=7", "automation");
  await round();
  assert.equal(last()?.state, "done");
});

test("the end of a lease that leaves the grid waits while nobody can vouch for the battery, then is dropped and told", async (t) => {
  const { round, station, submit, word, set, last } = await plant(t);
  set(20105, 0);
  submit("20105=1 for 30m");
  await round();
  assert.equal(word(20105), 1);
  station.now += 1801;
  await round();
  assert.equal(word(20105), 1);
  assert.equal(activeLeases(station.store)[0]?.held_since, station.now);
  station.now += 3600;
  const run = await round();
  assert.equal(word(20105), 1);
  assert.equal(last()?.code, "lease_unsafe");
  assert.match(
    run.failure?.message ?? "",
    /order 1 is over, but “off” was not put back: the grid could not be left safely for 1 h/,
  );
  assert.deepEqual(activeLeases(station.store), []);
});

test("a value that could not be put back is not leased: 239 in 20113 stays, both ways", async (t) => {
  const { round, submit, word, set, last, writes } = await plant(t);
  set(20113, 239);
  submit("20113=50 for 30m");
  await round();
  assert.equal(word(20113), 239);
  assert.equal(last()?.code, "lease_not_returnable");
  assert.deepEqual(writes(), []);
  assert.equal(submit("20113=239 for 30m").state, "refused");
  submit("20113=50");
  await round();
  assert.equal(word(20113), 50);
});

test("a command word that was cut off is never sent again", async (t) => {
  const { round, station, writes, last } = await plant(t);
  const { context, store } = station;
  const line = { kind: "inverter", device: "inverter", line: "10112=1", source: "hand" } as const;
  const { id } = submitOrder(context, store, { ...line, unlock: "clear_charger_totals" });
  store.write(() => markSending(store, id, null, station.now));
  await round();
  await round();
  assert.deepEqual(writes(), []);
  assert.deepEqual([last()?.state, last()?.code], ["failed", "command_cut"]);
});

test("an order's life is looked at when it is sent, and again after an interruption", async (t) => {
  const station = orderStation(t);
  const { context, store } = station;
  const table = inverterOrders();
  const held = new Map([["ongrid_switch", 1]]);
  let slow_s = 0;
  const written: string[] = [];
  const device: OrderDevice = {
    read: async (key) => {
      station.now += slow_s;
      return held.get(key) ?? null;
    },
    write: async (key, raw) => {
      written.push(`${key}=${raw}`);
      held.set(key, raw);
    },
  };
  const work = () => {
    const book = orderBook({ context, store, device: "inverter", table, guard: NOBODY_KNOWS });
    return executeOrders({ book, device, table, timeLeft: () => 50_000, pause: async () => {} });
  };
  const submit = () =>
    submitOrder(context, store, { kind: "inverter", device: "inverter", line: "20105=0 life 60s", source: "hand" });
  // The line is so slow that its life ends while its present value is read.
  slow_s = 61;
  submit();
  await work();
  assert.equal(station.orders().at(-1)?.state, "expired");
  slow_s = 0;
  const { id } = submit();
  store.write(() => markSending(store, id, 1, station.now));
  station.now += 61;
  await work();
  const row = station.orders().at(-1);
  assert.deepEqual([row?.state, row && whyOf(row)?.code], ["failed", "interrupted_late"]);
  assert.deepEqual(written, []);
});
