/** One order after another before a device of every habit: what is written, how often, and what it is called in the end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DeviceTimeout, ModbusException, PortGone } from "../../lib/base/errors.ts";
import { said } from "../../lib/base/failure/failure.ts";
import { countBegun, markSending } from "../../lib/store/orders.ts";
import { orderBench } from "../support/order-bench.ts";

test("done is said only after reading back; an ignored write is tried three times", async (t) => {
  const { submit, work, fate, writes, habits } = orderBench(t);
  habits.writing = () => {};
  const id = submit("20113=50");
  await work();
  assert.equal(fate(id), "failed kept_old");
  assert.equal(writes.length, 3);
});

test("a value that is there already is not written", async (t) => {
  const { submit, work, fate, writes } = orderBench(t);
  const id = submit("20113=217");
  await work();
  assert.equal(fate(id), "unchanged");
  assert.deepEqual(writes, []);
});

test("a device that stores something else is not asked again", async (t) => {
  const { submit, work, fate, writes, habits, held } = orderBench(t);
  habits.writing = (key) => held.set(key, 60);
  const id = submit("20113=50");
  await work();
  assert.equal(fate(id), "failed stored_other");
  assert.equal(writes.length, 1);
});

test("a lasting refusal is not tried again, a passing one is", async (t) => {
  for (const [code, count, end] of [
    [3, 1, "failed device_refused"],
    [4, 3, "failed kept_old"],
  ] as const) {
    const { submit, work, fate, writes, habits } = orderBench(t);
    habits.writing = () => {
      throw new ModbusException(code, said("refused"));
    };
    const id = submit("20113=50");
    await work();
    assert.equal(fate(id), end);
    assert.equal(writes.length, count);
  }
});

test("a write without an answer that arrived all the same is done by its read-back", async (t) => {
  const { submit, work, fate, writes, habits, held } = orderBench(t);
  habits.writing = (key, raw) => {
    held.set(key, raw);
    throw new DeviceTimeout(said("no reply"));
  };
  const id = submit("20113=50");
  await work();
  assert.equal(fate(id), "done arrived_anyway");
  assert.equal(writes.length, 1);
});

test("a try is counted before the wire sees it", async (t) => {
  const { submit, work, order, habits } = orderBench(t);
  const begun: number[] = [];
  const id = submit("20113=50");
  habits.writing = () => void begun.push(order(id).begun);
  await work();
  assert.deepEqual(begun, [1, 2, 3]);
  assert.equal(order(id).attempts, 3);
});

test("what was cut off is looked at before it is sent again, and not sent when it is there", async (t) => {
  const { submit, work, fate, order, writes, held, store, station } = orderBench(t);
  const id = submit("20113=50");
  store.write(() => {
    markSending(store, id, 217, station.now);
    countBegun(store, id);
  });
  held.set("max_discharge_current", 50);
  await work();
  assert.equal(fate(id), "done verified_late");
  assert.deepEqual([writes.length, order(id).attempts], [0, 1]);
});

test("interruptions do not add tries: after the third begun one the order fails", async (t) => {
  const { submit, work, fate, writes, store, station } = orderBench(t);
  const id = submit("20113=50");
  store.write(() => {
    markSending(store, id, 217, station.now);
    for (let tries = 0; tries < 3; tries++) countBegun(store, id);
  });
  await work();
  assert.equal(fate(id), "failed tries_used");
  assert.deepEqual(writes, []);
});

test("an order's life is looked at before its present value is read", async (t) => {
  const { submit, work, fate, writes, station, habits } = orderBench(t);
  const id = submit("20113=50 life 60s");
  station.now += 61;
  let reads = 0;
  habits.reading = () => void reads++;
  await work();
  assert.equal(fate(id), "expired life_over");
  assert.deepEqual([reads, writes.length], [0, 0]);
});

test("each try looks at the order's life", async (t) => {
  const { submit, work, fate, writes, station, habits } = orderBench(t);
  const id = submit("20113=50 life 60s");
  habits.writing = () => {
    station.now += 61;
  };
  await work();
  assert.equal(fate(id), "failed life_over_trying");
  assert.equal(writes.length, 1);
});

test("after an interruption the order's life counts", async (t) => {
  const { submit, work, fate, writes, store, station } = orderBench(t);
  const id = submit("20113=50 life 60s");
  store.write(() => markSending(store, id, 217, station.now));
  station.now += 61;
  await work();
  assert.equal(fate(id), "failed interrupted_late");
  assert.deepEqual(writes, []);
});

test("a command word is sent once; unclear is not called done; cut off it is never sent again", async (t) => {
  const { submit, work, fate, writes, habits, store, station } = orderBench(t);
  const unlock = "clear_charger_totals";
  const sent = submit("10112=1", "hand", { unlock });
  await work();
  assert.equal(fate(sent), "done command_sent");
  habits.writing = () => {
    throw new DeviceTimeout(said("no reply"));
  };
  const unclear = submit("10112=1", "hand", { unlock });
  await work();
  assert.equal(fate(unclear), "failed command_unclear");
  const cut = submit("10112=1", "hand", { unlock });
  store.write(() => markSending(store, cut, null, station.now));
  await work();
  assert.equal(fate(cut), "failed command_cut");
  assert.equal(writes.length, 2);
});

test("what may be written is asked again before each write, whatever the journal holds", async (t) => {
  const { submit, work, fate, writes, store } = orderBench(t);
  const id = submit("20113=50");
  store.write(() => store.db.prepare("UPDATE commands SET wanted_raw = 900 WHERE id = ?").run(id));
  await work();
  assert.equal(fate(id), "refused out_of_range");
  assert.deepEqual(writes, []);
});

test("a value that could not be put back is not leased", async (t) => {
  const { submit, work, fate, writes, held } = orderBench(t);
  held.set("max_discharge_current", 239);
  const id = submit("20113=50 for 30m");
  await work();
  assert.equal(fate(id), "refused lease_not_returnable");
  assert.deepEqual(writes, []);
});

test("a return that was cut off and leaves the grid asks the rules again", async (t) => {
  const { submit, work, fate, writes, store, station } = orderBench(t);
  const id = submit("20105=0");
  store.write(() => {
    store.db.prepare("UPDATE commands SET source = 'lease' WHERE id = ?").run(id);
    markSending(store, id, 1, station.now);
  });
  await work();
  assert.equal(fate(id), "failed interrupted_unsafe");
  assert.deepEqual(writes, []);
});

test("a device that does not tell a value is not written to blindly, nor after an interruption", async (t) => {
  const { submit, work, fate, writes, held, store, station } = orderBench(t);
  held.set("max_discharge_current", null);
  const first = submit("20113=50");
  await work();
  const cut = submit("20113=50");
  store.write(() => markSending(store, cut, 217, station.now));
  await work();
  assert.deepEqual([fate(first), fate(cut)], ["failed not_told", "failed not_told"]);
  assert.deepEqual(writes, []);
});

test("a row that the device refuses to read is not written; one that it cannot read now waits", async (t) => {
  for (const [code, end] of [
    [2, "failed not_readable"],
    [4, "queued"],
  ] as const) {
    const { submit, work, fate, writes, habits } = orderBench(t);
    habits.reading = () => {
      throw new ModbusException(code, said("refused"));
    };
    const id = submit("20113=50");
    await work();
    assert.equal(fate(id), end);
    assert.deepEqual(writes, []);
  }
});

test("a port that goes while a value is written leaves the order cut off, to be looked at by the next run", async (t) => {
  const { submit, work, fate, order, habits, held } = orderBench(t);
  habits.writing = (key, raw) => {
    held.set(key, raw);
    throw new PortGone(said("gone"));
  };
  const id = submit("20113=50");
  assert.ok((await work()).stopped instanceof PortGone);
  assert.deepEqual([fate(id), order(id).begun, order(id).attempts], ["sending", 1, 0]);
  await work();
  assert.equal(fate(id), "done verified_late");
});

test("a mistake of the program is not taken for trouble of the device", async (t) => {
  const { submit, work, fate, habits } = orderBench(t);
  habits.reading = () => {
    throw new TypeError("not a function");
  };
  const id = submit("20113=50");
  await assert.rejects(work(), TypeError);
  assert.equal(fate(id), "queued");
});

test("a queued row that names no setting is refused and does not keep the next one waiting", async (t) => {
  const { submit, work, fate, writes, store } = orderBench(t);
  const [nameless, next] = [submit("20113=50"), submit("20109=2")];
  store.write(() => store.db.prepare("UPDATE commands SET key = NULL WHERE id = ?").run(nameless));
  await work();
  assert.deepEqual([fate(nameless), fate(next)], ["refused names_no_row", "done"]);
  assert.deepEqual(writes, ["energy_use_mode=2"]);
});

test("without time no order is begun, and no try", async (t) => {
  const { submit, work, fate, writes, habits } = orderBench(t);
  const id = submit("20113=50");
  let reads = 0;
  habits.reading = () => void reads++;
  habits.time_left = 11_000;
  await work();
  assert.deepEqual([fate(id), reads], ["queued", 0]);
  habits.time_left = 50_000;
  habits.reading = () => {
    habits.time_left = 5000;
  };
  await work();
  assert.deepEqual([fate(id), writes.length], ["sending", 0]);
});

test("a port that is gone ends the round; a silent row lets one more try", async (t) => {
  const lost = orderBench(t);
  for (const line of ["20113=50", "20109=2"]) lost.submit(line);
  let reads = 0;
  lost.habits.reading = () => {
    reads++;
    throw new PortGone(said("gone"));
  };
  assert.ok((await lost.work()).stopped instanceof PortGone);
  assert.equal(reads, 1);
  const silent = orderBench(t);
  const [first, second] = ["20113=50", "20109=2"].map((line) => silent.submit(line)) as [number, number];
  silent.habits.reading = (key) => {
    if (key === "max_discharge_current") throw new DeviceTimeout(said("silent"));
  };
  await silent.work();
  assert.deepEqual([silent.fate(first), silent.fate(second)], ["queued", "done"]);
});
