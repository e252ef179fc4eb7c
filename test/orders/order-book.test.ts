/** What the journal says before an order is sent: budgets, leases, later orders, ages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { activeLeases } from "../../lib/store/leases.ts";
import { orderBench } from "../support/order-bench.ts";

test("automatic writers have a budget for each setting and for the device; owner and way back have none", async (t) => {
  const { submit, work, fate, held } = orderBench(t, { orders: { daily_writes: 2, daily_device_writes: 3 } });
  const send = async (line: string, source: string): Promise<string> => {
    const id = submit(line, source);
    await work();
    return fate(id);
  };
  assert.equal(await send("20113=50", "batmon"), "done");
  assert.equal(await send("20113=51", "batmon"), "done");
  assert.equal(await send("20113=52", "batmon"), "refused write_cap");
  assert.equal(await send("20109=2", "batmon"), "done");
  assert.equal(await send("20109=1", "batmon"), "refused write_cap");
  assert.match(await send("20113=53", "hand"), /^done/);
  held.set("ongrid_switch", 0);
  assert.equal(await send("20105=1", "batmon"), "done");
});

test("the file has a cap a day for each setting, of which the way back is free", async (t) => {
  const { submit, work, fate, held } = orderBench(t);
  for (let round = 0; round < 100; round++) {
    submit(`20113=${50 + (round % 2)}`, "file");
    await work();
  }
  const next = submit("20113=60", "file");
  await work();
  assert.equal(fate(next), "refused write_cap");
  for (let round = 0; round < 101; round++) {
    held.set("ongrid_switch", 0);
    const back = submit("20105=1", "file");
    await work();
    assert.match(fate(back), /^done/);
  }
});

test("a run has a cap of writes; the way back is sent behind it all the same", async (t) => {
  const { submit, work, fate, habits, held, writes } = orderBench(t, {
    orders: { daily_writes: 100, daily_device_writes: 100 },
  });
  const rows = ["20113=50", "20109=2", "20112=1", "20118=450", "20119=550"];
  const ids = rows.map((line) => submit(line, "mqtt"));
  let back: number | null = null;
  habits.writing = (key, raw) => {
    if (key === "ongrid_switch") held.set(key, raw);
    else if (writes.length > 10) back ??= submit("20105=1", "batmon");
  };
  for (const key of ["solar_use_aim", "battery_stop_discharge_voltage", "battery_back_voltage"]) held.set(key, 0);
  held.set("ongrid_switch", 0);
  await work();
  // Three tries for each ignored write: the fifth row would begin above ten. The way back came while the fourth was tried.
  assert.equal(writes.length, 13);
  assert.equal(fate(ids[4] as number), "queued");
  assert.equal(fate(back ?? 0), "done");
});

test("the owner's lease is not broken by automatic writers, but by the way back", async (t) => {
  const { submit, work, fate, held } = orderBench(t);
  const lease = submit("20113=50 for 30m");
  await work();
  const broken = submit("20113=60", "mqtt");
  await work();
  assert.deepEqual([fate(lease), fate(broken)], ["done", "refused lease_holds"]);
  held.set("ongrid_switch", 1);
  submit("20105=0 for 30m");
  await work();
  const back = submit("20105=1", "batmon");
  await work();
  assert.equal(fate(back), "done");
});

test("a lease remembers what was there", async (t) => {
  const { submit, work, store, station } = orderBench(t);
  submit("20113=50 for 30m");
  await work();
  const [lease] = activeLeases(store);
  assert.deepEqual([lease?.old_raw, lease?.leased_raw, lease?.ends_at], [217, 50, station.now + 1800]);
});

test("an automatic order gives way to a later one of the owner", async (t) => {
  const { submit, work, fate } = orderBench(t);
  const automatic = submit("20113=50", "mqtt");
  const owners = submit("20113=60");
  await work();
  assert.deepEqual([fate(automatic), fate(owners)], ["cancelled owner_later", "done"]);
});

test("a return whose lease is gone is cancelled; one that leaves the grid asks the rules", async (t) => {
  const { submit, work, fate, store, habits } = orderBench(t);
  const asReturn = (line: string): number => {
    const id = submit(line);
    store.write(() => store.db.prepare("UPDATE commands SET source = 'lease' WHERE id = ?").run(id));
    return id;
  };
  const gone = asReturn("20113=50");
  await work();
  assert.equal(fate(gone), "cancelled lease_gone");
  const lease = submit("20105=0 for 30m");
  await work();
  const unsafe = asReturn("20105=0");
  store.write(() => store.db.prepare("UPDATE leases SET return_order = ? WHERE order_id = ?").run(unsafe, lease));
  await work();
  assert.equal(fate(unsafe), "cancelled lease_waits");
  const safe = asReturn("20105=0");
  store.write(() => store.db.prepare("UPDATE leases SET return_order = ? WHERE order_id = ?").run(safe, lease));
  habits.guard = () => null;
  await work();
  assert.equal(fate(safe), "unchanged");
});

test("a return is cancelled when its lease has got another one", async (t) => {
  const { submit, work, fate, store, writes } = orderBench(t);
  const lease = submit("20113=50 for 30m");
  await work();
  const other = submit("20113=217");
  store.write(() => store.db.prepare("UPDATE commands SET source = 'lease' WHERE id = ?").run(other));
  store.write(() => store.db.prepare("UPDATE leases SET return_order = 99 WHERE order_id = ?").run(lease));
  await work();
  assert.equal(fate(other), "cancelled lease_gone");
  assert.deepEqual(writes, ["max_discharge_current=50"]);
});

test("a lease of a value that the device rounded puts back what was there before", async (t) => {
  const { submit, work, fate, store, habits, held } = orderBench(t);
  habits.writing = (key) => held.set(key, 60);
  const id = submit("20113=50 for 30m");
  await work();
  assert.equal(fate(id), "failed stored_other");
  const [lease] = activeLeases(store);
  assert.deepEqual([lease?.old_raw, lease?.leased_raw], [217, 60]);
});

test("an order of unknown age, one too old, and one whose term is over are not sent", async (t) => {
  const { submit, work, fate, station, writes } = orderBench(t);
  const now = station.now;
  const late = submit("20113=50 life 10m");
  station.now = now + 601;
  await work();
  assert.equal(fate(late), "expired life_over");
  station.now = now + 86_400;
  const future = submit("20113=50");
  station.now = now;
  await work();
  assert.equal(fate(future), "expired age_unknown");
  const until = submit("20113=50 until 08:01 life 1h");
  station.now = now + 120;
  await work();
  assert.equal(fate(until), "expired term_over");
  assert.deepEqual(writes, []);
});
