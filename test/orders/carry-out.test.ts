import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { BadCommand, DeviceTimeout, WriteMismatch } from "../../lib/base/errors.ts";
import { takeUnheard } from "../../lib/orders/carry-out.ts";
import { submitOrder } from "../../lib/orders/intake.ts";
import type { WriteBehaviour } from "../../lib/sim/write-behaviour.ts";
import { finishOrder, openOrders } from "../../lib/store/orders.ts";
import { inverterRound, type OrderStation, orderStation } from "../support/orders.ts";
import { startSimulatedInverter } from "../support/simulated.ts";

async function plant(
  t: TestContext,
  writes: readonly WriteBehaviour[] = [],
  orders: Readonly<Record<string, unknown>> = {},
) {
  const sim = await startSimulatedInverter(t, { writes });
  const station = orderStation(t, { orders });
  const word = (address: number) => sim.device.source.read(address);
  const path = join(station.folder, "inverter_cmd.lst");
  return {
    ...{ sim, station, word },
    drop: (text: string) => appendFileSync(path, text),
    round: () => inverterRound(station, sim.url),
    log: () => (existsSync(`${path}.log`) ? readFileSync(`${path}.log`, "utf8") : ""),
    writes: () => sim.log.writes().map(({ info }) => `${info?.start}=${info?.values?.[0]}`),
  };
}

const states = (station: OrderStation) => station.orders().map(({ text, state }) => `${text}: ${state}`);

test("the owner's two lines are carried out, journaled and logged", async (t) => {
  const { drop, round, log, word, station, writes, sim } = await plant(t);
  drop("20113=50\n");
  drop("20105=>0\n");
  const run = await round();
  assert.equal(run.failure, null);
  assert.equal(word(20113), 50);
  assert.equal(word(20105), 0);
  assert.deepEqual(writes(), ["20113=50", "20105=0"]);
  assert.deepEqual(states(station), ["20113=50: done", "20105=>0: done"]);
  const [first] = station.orders();
  assert.deepEqual(
    { ...first, id: 0, finished_at: 0, sent_at: 0, queued_at: 0, expires_at: 0 },
    {
      ...{ id: 0, kind: "inverter", device: "inverter", queued_at: 0, expires_at: 0, source: "file", source_id: null },
      ...{ line: 1, text: "20113=50", key: "max_discharge_current", wanted_raw: 50, old_raw: 217, read_back_raw: 50 },
      ...{ login: null, confirmed: 0, unlocked: 0, lease_for_s: null, lease_until: null, attempts: 1, begun: 1 },
      ...{
        state: "done",
        reason: null,
        code: null,
        details: null,
        boot: null,
        boot_age_s: null,
        sent_at: 0,
        finished_at: 0,
      },
    },
  );
  assert.match(log(), /^\[2027-01-15 08:00:00\] 20113=>50 = OK\n\[2027-01-15 08:00:00\] 20105=>0 = OK\n$/);
  assert.deepEqual(sim.log.forbidden(), []);
});

test("a value that is there already is not sent: EEPROM is spared", async (t) => {
  const { drop, round, station, writes, log } = await plant(t);
  drop("ongrid_switch=on\n20113=217\n");
  const run = await round();
  assert.equal(run.failure, null);
  assert.deepEqual(writes(), []);
  assert.deepEqual(states(station), ["ongrid_switch=on: unchanged", "20113=217: unchanged"]);
  assert.match(log(), /20105=>1 = OK \(unchanged\)/);
});

test("a bad line is refused with its number, text, reason and range; the others are carried out", async (t) => {
  const { drop, round, station, word, log } = await plant(t);
  drop("20113=50\n# comment\n20113=900\nnonsense\u001b[31m\n20105=0\n");
  const run = await round();
  assert.ok(run.failure instanceof BadCommand);
  assert.match(
    run.failure.message,
    /inverter_cmd\.lst line 3: "20113=900" refused: 90\.0 A is out of range for “Max discharge current”; permitted: 1\.0 to 21\.7 A/,
  );
  assert.match(run.failure.message, /line 4: "nonsense\\x1b\[31m" refused: only plain Latin letters/);
  assert.equal(word(20113), 50);
  assert.equal(word(20105), 0);
  assert.equal(station.orders().filter(({ state }) => state === "refused").length, 2);
  assert.match(log(), /\] 20113=900 = REFUSED: 90\.0 A is out of range for “Max discharge current”; permitted/);
});

test("of several lines for one setting the newest is carried out; each older one ends as superseded, and is logged", async (t) => {
  const { drop, round, station, writes, log } = await plant(t);
  drop("20105=0\n".repeat(10));
  drop("20113=50\n20113=60\n");
  const run = await round();
  assert.equal(run.failure, null);
  assert.deepEqual(writes(), ["20105=0", "20113=60"]);
  assert.equal(station.orders().filter(({ state }) => state === "superseded").length, 10);
  assert.equal(station.orders()[10]?.reason, "order 12 for the same setting came after it");
  assert.match(log(), /20113=>50 = SUPERSEDED: order 12 for the same setting came after it\n/);
  drop("20113=70\n");
  await round();
  assert.match(station.orders().at(-1)?.reason ?? "", /change 2 of this setting in 24 h/);
});

test("a term builds on the order before it: both are carried out, and its end brings that one's value", async (t) => {
  const { drop, round, station, writes, word } = await plant(t);
  drop("20113=80\n20113=50 for 30m\n");
  await round();
  assert.deepEqual(writes(), ["20113=80", "20113=50"]);
  station.now += 1801;
  await round();
  assert.equal(word(20113), 80);
});

const FAULTS: readonly {
  name: string;
  writes: readonly WriteBehaviour[];
  state: string;
  reason: RegExp;
  sent: number;
  failure: boolean;
}[] = [
  {
    name: "keeps the old value",
    writes: [{ kind: "keeps_old_value" }],
    state: "failed",
    sent: 3,
    failure: true,
    reason: /the device acknowledged it, and kept 21\.7\sA through 3 tries/,
  },
  {
    name: "rounds",
    writes: [{ kind: "rounds", step: 20 }],
    state: "failed",
    sent: 1,
    failure: true,
    reason: /the device stored 6\.0\sA in place of 5\.3\sA, before 21\.7\sA/,
  },
  {
    name: "refuses with exception 02",
    writes: [{ kind: "exception", code: 2 }],
    state: "failed",
    sent: 1,
    failure: true,
    reason: /the device refused it \(it has no such register\)/,
  },
  {
    // The line asks a busy device four more times before it is an attempt that failed: it has done nothing, and wears nothing.
    name: "is busy",
    writes: [{ kind: "exception", code: 6 }],
    state: "failed",
    sent: 15,
    failure: true,
    reason: /could not do it \(it is busy\), and kept 21\.7\sA through 3 tries/,
  },
  {
    name: "is silent after the write",
    writes: [{ kind: "silent_after_write" }],
    state: "done",
    sent: 1,
    failure: false,
    reason: /no clean acknowledgement came, but the value is there/,
  },
  {
    name: "knows no FC06",
    writes: [{ kind: "fc06_unsupported" }],
    state: "done",
    sent: 2,
    failure: false,
    reason: /^$/,
  },
];

for (const { name, writes: behaviour, state, reason, sent, failure } of FAULTS) {
  test(`an inverter that ${name}: ${state}`, async (t) => {
    const { drop, round, station, writes, log } = await plant(t, behaviour);
    drop("max_discharge_current=5.3\n");
    const run = await round();
    const [order] = station.orders();
    assert.equal(order?.state, state);
    assert.match(order?.reason ?? "", reason);
    assert.equal(writes().length, sent);
    assert.equal(run.failure instanceof WriteMismatch, failure);
    assert.match(log(), failure ? /20113=>53 = FAILED: / : /20113=>53 = OK\n/);
    await round();
    assert.equal(writes().length, sent, "a final state is final");
  });
}

test("a silent device leaves the order queued; what was not sent in time expires and is told", async (t) => {
  const { drop, round, station, sim, writes, log } = await plant(t);
  sim.setFaults([{ kind: "silent" }]);
  drop("20105=0\n");
  const run = await round();
  assert.ok(run.failure instanceof DeviceTimeout);
  assert.deepEqual(states(station), ["20105=0: queued"]);
  sim.setFaults([]);
  station.now += 901;
  const later = await round();
  assert.deepEqual(states(station), ["20105=0: expired"]);
  assert.ok(later.failure instanceof BadCommand);
  assert.match(later.failure.message, /line 1: "20105=0" expired: it was 15 min old and was never sent/);
  assert.deepEqual(writes(), []);
  assert.match(log(), /20105=>0 = EXPIRED/);
});

test("lines are journaled and expire while the device is away", async (t) => {
  const { drop, station } = await plant(t);
  drop("20105=0\n20105=7\n");
  const run = takeUnheard(station.context, station.store, "inverter");
  assert.deepEqual(states(station), ["20105=0: queued", "20105=7: refused"]);
  assert.ok(run.failure instanceof BadCommand);
  station.now += 901;
  takeUnheard(station.context, station.store, "inverter");
  assert.deepEqual(states(station), ["20105=0: expired", "20105=7: refused"]);
});

test("--dry-run takes, sends and stores nothing", async (t) => {
  const { drop, station, sim, writes } = await plant(t);
  drop("20105=0\n");
  const run = await inverterRound(station, sim.url, { dryRun: true });
  assert.equal(run.waiting, 1);
  assert.deepEqual(station.orders(), []);
  assert.deepEqual(writes(), []);
  assert.ok(existsSync(join(station.folder, "inverter_cmd.lst")));
});

test("battery safety needs the word confirm; locked rows need the owner's hand", async (t) => {
  const { drop, round, station, word } = await plant(t);
  drop("float_voltage=54.0\nfloat_voltage=54.0 confirm\n20213=1\n");
  await round();
  assert.deepEqual(
    station.orders().map(({ state }) => state),
    ["refused", "done", "refused"],
  );
  assert.equal(word(10103), 540);
});

test("by hand a locked command word is sent once and not read back", async (t) => {
  const { round, station, sim, writes } = await plant(t);
  const { context, store } = station;
  sim.device.source.write(20214, 0);
  const line = { kind: "inverter", device: "inverter", line: "10112=1", source: "hand" } as const;
  assert.equal(submitOrder(context, store, line).state, "refused");
  submitOrder(context, store, { ...line, unlock: "clear_charger_totals" });
  await round();
  assert.deepEqual(writes(), ["10112=1"]);
  assert.equal(station.orders().at(-1)?.reason, "the device acknowledged it; whether it acted cannot be read back");
});

test("the same id of the same writer is carried out once", async (t) => {
  const { drop, round, station, writes } = await plant(t);
  drop("20105=0 by mqtt id m1\n20105=0 by mqtt id m1\n20105=0 by batmon id m1\n");
  await round();
  assert.deepEqual(
    station.orders().map(({ state, reason }) => [state, reason]),
    [
      ["superseded", "order 3 for the same setting came after it"],
      ["cancelled", "it is the same as order 1"],
      ["done", null],
    ],
  );
  assert.deepEqual(writes(), ["20105=0"]);
});

test("automatic writers have a daily budget; the owner has not; the way back to the grid stays open", async (t) => {
  const { round, station, writes } = await plant(t, [], { daily_writes: 3, daily_mqtt_writes: 2 });
  const { context, store } = station;
  const order = (line: string, source: string) => {
    submitOrder(context, store, { kind: "inverter", device: "inverter", line, source });
    return round();
  };
  for (const amps of [5, 6, 7]) await order(`max_discharge_current=${amps}`, "batmon");
  const run = await order("max_discharge_current=8", "batmon");
  assert.match(
    run.failure?.message ?? "",
    /programs have changed “Max discharge current” 3 times in 24 h; 3 are permitted; the limit is orders\.daily_writes/,
  );
  await order("max_discharge_current=9", "hand");
  assert.equal(station.orders().at(-1)?.reason, "change 4 of this setting in 24 h");
  for (const value of ["off", "on", "off", "on", "off"]) await order(`ongrid_switch=${value}`, "batmon");
  const refused = await order("ongrid_switch=off", "batmon");
  assert.match(refused.failure?.message ?? "", /programs have changed “On-grid switch”/);
  await order("ongrid_switch=on", "batmon");
  assert.equal(station.orders().at(-1)?.state, "unchanged");
  assert.deepEqual(writes(), [
    ...["20113=50", "20113=60", "20113=70", "20113=90"],
    ...["20105=0", "20105=1", "20105=0", "20105=1"],
  ]);
  // A click in Home Assistant neither uses up what the rules may do nor is stopped by what they have done.
  for (const value of ["off", "on"]) assert.equal((await order(`ongrid_switch=${value}`, "mqtt")).failure, null);
  const clicked = await order("ongrid_switch=off", "mqtt");
  assert.match(
    clicked.failure?.message ?? "",
    /“On-grid switch” was changed 2 times over MQTT in 24 h; 2 are permitted/,
  );
  station.now += 86_401;
  const nextDay = await order("max_discharge_current=8", "batmon");
  assert.equal(nextDay.failure, null);
});

test("a flood costs one write; the way back to the grid behind it goes first", async (t) => {
  const { drop, round, station, writes, sim } = await plant(t);
  sim.device.source.write(20105, 0);
  drop(Array.from({ length: 600 }, (_, i) => `20113=${50 + (i % 2)} by automation\n`).join(""));
  drop("20105=1 by batmon id g-1 life 3m\n");
  const run = await round();
  assert.deepEqual(writes(), ["20105=1", "20113=51"]);
  assert.equal(run.failure, null);
  assert.equal(run.waiting, 0);
  assert.equal(station.orders().filter(({ state }) => state === "superseded").length, 599);
});

test("what the time of the run does not suffice for waits; the way back to the grid goes before the owner's orders", async (t) => {
  const { drop, round, station, writes, sim } = await plant(t);
  sim.device.source.write(20105, 0);
  drop("20113=50\nenergy_use_mode=sub\n20105=1 by batmon\n");
  let left = 12_500;
  Object.assign(station.context, { timeLeft: () => (left -= 200) });
  const run = await round();
  assert.deepEqual(writes(), ["20105=1"]);
  assert.equal(run.waiting, 2);
  assert.equal(openOrders(station.store).length, 2);
});

test("an automatic order gives way to a later one of the owner", async (t) => {
  const { drop, round, station, writes } = await plant(t);
  drop("20113=50 by automation\n20113=80\n");
  await round();
  assert.deepEqual(writes(), ["20113=80"]);
  assert.equal(station.orders()[0]?.reason, "order 2 for the same setting came after it");
});

test("a refused file is told with its repair, and the queue is worked off all the same", async (t) => {
  const { round, station, writes } = await plant(t);
  mkdirSync(join(station.folder, "inverter_cmd.lst"));
  submitOrder(station.context, station.store, {
    kind: "inverter",
    device: "inverter",
    line: "20105=0",
    source: "hand",
  });
  const run = await round();
  assert.ok(run.failure instanceof BadCommand);
  assert.match(run.failure.message, /is a directory and was not taken; repair: rmdir /);
  assert.deepEqual(writes(), ["20105=0"]);
});

test("the file's path can be that of the original scripts", async (t) => {
  const sim = await startSimulatedInverter(t);
  const station = orderStation(t);
  const path = join(station.folder, "elsewhere.lst");
  Object.assign(station.context.config.orders, { inverter_file: path });
  writeFileSync(path, "20105=>0\n");
  await inverterRound(station, sim.url);
  assert.equal(sim.device.source.read(20105), 0);
  assert.match(readFileSync(`${path}.log`, "utf8"), /20105=>0 = OK/);
});

test("an order has one final state: the journal itself refuses a second", (t) => {
  const station = orderStation(t);
  const { store, context } = station;
  const { id } = submitOrder(context, store, { kind: "inverter", device: "inverter", line: "20105=0", source: "hand" });
  store.write(() => finishOrder(store, id, { state: "done", why: null }, station.now));
  assert.throws(
    () => store.write(() => finishOrder(store, id, { state: "failed", why: null }, station.now)),
    /one final state/,
  );
});

test("feeding in needs the owner's consent in the configuration; then the row is an ordinary one", async (t) => {
  const locked = await plant(t);
  locked.drop("discharge_to_grid=on\n");
  assert.ok((await locked.round()).failure instanceof BadCommand);
  assert.deepEqual(locked.writes(), []);
  assert.match(states(locked.station).join(), /discharge_to_grid=on: refused/);

  const open = await plant(t, [], { feed_in_consent: true });
  open.drop("discharge_to_grid=on\n20213=1\ngrid_charge_enabled=on\n");
  assert.ok((await open.round()).failure instanceof BadCommand);
  assert.equal(open.word(20108), 1);
  assert.deepEqual(open.writes(), ["20108=1"]);
  assert.deepEqual(states(open.station), [
    "discharge_to_grid=on: done",
    "20213=1: refused",
    "grid_charge_enabled=on: refused",
  ]);
});
