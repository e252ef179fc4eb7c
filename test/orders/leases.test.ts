import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { journalForeignChanges } from "../../lib/orders/foreign-changes.ts";
import { submitOrder } from "../../lib/orders/intake.ts";
import type { WriteBehaviour } from "../../lib/sim/write-behaviour.ts";
import { activeLeases } from "../../lib/store/leases.ts";
import { latestSettings, saveSettings, settingChanges } from "../../lib/store/setting-rows.ts";
import { inverterRound, orderStation } from "../support/orders.ts";
import { startSimulatedInverter } from "../support/simulated.ts";

async function plant(t: TestContext, writes: readonly WriteBehaviour[] = []) {
  const station = orderStation(t, { station: { state_dir: "/nowhere", time_zone: "Europe/Berlin" } });
  Object.assign(station.context.config.station, { state_dir: station.folder });
  const clock = { now: () => station.now, monotonic: () => station.now * 1000 };
  const sim = await startSimulatedInverter(t, { writes, clock });
  const { context, store } = station;
  const round = () => inverterRound(station, sim.url);
  const order = async (line: string, source = "hand") => {
    submitOrder(context, store, { kind: "inverter", device: "inverter", line, source });
    return round();
  };
  return {
    ...{ sim, station, order, round },
    word: (address: number) => sim.device.source.read(address),
    set: (address: number, word: number) => sim.device.source.write(address, word),
    writes: () => sim.log.writes().map(({ info }) => `${info?.start}=${info?.values?.[0]}`),
    last: () => station.orders().at(-1),
    lease: () => activeLeases(store)[0],
    /** What pv1800-dump does with its reading of the settings. */
    pollSettings: () =>
      store.write(() => {
        const raw = {
          ongrid_switch: sim.device.source.read(20105),
          max_discharge_current: sim.device.source.read(20113),
        };
        const changes = saveSettings(
          store,
          "inverter",
          "inverter",
          station.now,
          raw as Record<string, number>,
          () => "foreign",
        );
        return journalForeignChanges(context, store, "inverter", changes);
      }),
  };
}

test("a lease puts the old value back when it ends, by whichever run comes next", async (t) => {
  const { station, order, round, word, writes, last, lease } = await plant(t);
  await order("ongrid_switch=off for 30m");
  assert.equal(word(20105), 0);
  assert.equal(lease()?.ends_at, station.now + 1800);
  station.now += 1799;
  await round();
  assert.equal(word(20105), 0);
  station.now += 3 * 3600;
  const run = await round();
  assert.equal(run.failure, null);
  assert.equal(word(20105), 1);
  assert.deepEqual(writes(), ["20105=0", "20105=1"]);
  assert.equal(last()?.source, "lease");
  assert.equal(last()?.text, "20105=>1 # end of the lease of order 1");
  assert.equal(lease(), undefined);
  await round();
  assert.deepEqual(writes(), ["20105=0", "20105=1"]);
});

test("until: the station's wall clock decides", async (t) => {
  const { station, order, lease } = await plant(t);
  station.now = Date.parse("2026-07-01T20:00:00Z") / 1000;
  await order("max_discharge_current=5 until 07:00");
  assert.equal(lease()?.ends_at, Date.parse("2026-07-02T05:00:00Z") / 1000);
});

test("the return is dropped and told when somebody else changed the value", async (t) => {
  const { station, order, round, set, word, last, lease, writes } = await plant(t);
  await order("max_discharge_current=5 for 30m");
  set(20113, 100);
  station.now += 1800;
  const run = await round();
  assert.equal(run.failure, null);
  assert.equal(word(20113), 100);
  assert.deepEqual(writes(), ["20113=50"]);
  assert.equal(last()?.state, "cancelled");
  assert.match(
    last()?.reason ?? "",
    /order 1 is over, but 21\.7\sA was not put back: somebody changed 5\.0\sA to 10\.0\sA/,
  );
  assert.equal(run.orders.at(-1)?.id, last()?.id, "told in the run's answer");
  assert.equal(lease(), undefined);
});

test("a later order without a term ends the lease; one with a term moves its end and keeps the first value", async (t) => {
  const { station, order, round, word, lease, writes } = await plant(t);
  await order("20113=50 for 30m");
  await order("20113=50 for 60m");
  assert.equal(lease()?.ends_at, station.now + 3600);
  await order("20113=80 for 30m");
  assert.equal(lease()?.old_raw, 217);
  assert.equal(lease()?.leased_raw, 80);
  station.now += 1801;
  await round();
  assert.equal(word(20113), 217);
  await order("20113=60 for 30m");
  await order("20113=60");
  assert.equal(lease(), undefined);
  station.now += 1801;
  await round();
  assert.deepEqual(writes(), ["20113=50", "20113=80", "20113=217", "20113=60"]);
});

test("an automatic order does not break the owner's lease, but the way back to the grid is open", async (t) => {
  const { order, station, word } = await plant(t);
  await order("20113=50 for 30m");
  await order("20113=100", "batmon");
  assert.match(station.orders().at(-1)?.reason ?? "", /order 1 holds “Max discharge current” for 30\smin more/);
  await order("20105=0 for 30m");
  await order("20105=1", "batmon");
  assert.equal(word(20105), 1);
});

test("a lease whose value never arrived ends; one whose value was there already holds nothing", async (t) => {
  const { order, lease, last } = await plant(t, [{ kind: "keeps_old_value", address: 20113 }]);
  await order("20113=50 for 30m");
  assert.equal(last()?.state, "failed");
  assert.equal(lease(), undefined);
  await order("20105=1 for 30m");
  assert.equal(last()?.reason, "it was so already; there is nothing to put back");
  assert.equal(lease(), undefined);
});

test("a return that fails is tried again, five times, then given up", async (t) => {
  const { order, station, sim, round, lease } = await plant(t);
  await order("20113=50 for 30m");
  sim.device.writes = [{ kind: "keeps_old_value" }];
  for (let i = 0; i < 8; i++) {
    station.now += 1800;
    await round();
  }
  assert.equal(station.orders().filter(({ source, state }) => source === "lease" && state === "failed").length, 5);
  assert.equal(lease(), undefined);
});

test("a device that is away at the end of a lease gets its value when it is back", async (t) => {
  const { order, station, sim, round, word } = await plant(t);
  await order("20113=50 for 30m");
  sim.setFaults([{ kind: "silent" }]);
  station.now += 1800;
  await round();
  sim.setFaults([]);
  station.now += 7200;
  await round();
  assert.equal(word(20113), 217);
});

test("a setting that somebody else changed is journaled as foreign; our own is not", async (t) => {
  const { order, set, pollSettings, last, station } = await plant(t);
  pollSettings();
  await order("20113=50");
  assert.deepEqual(pollSettings(), []);
  assert.equal(latestSettings(station.store, "inverter")?.raw.max_discharge_current, 50);
  assert.equal(settingChanges(station.store, "inverter", 0).at(-1)?.source, "order 1");
  set(20105, 0);
  const found = pollSettings();
  assert.equal(found.length, 1);
  assert.deepEqual(
    [last()?.source, last()?.text, last()?.state, last()?.reason],
    ["foreign", "20105=>0", "done", "“on” became “off” at the front panel, by another program or by the device itself"],
  );
});

test("an inverter that goes back to its old value after 5 minutes: done, then told as gone back", async (t) => {
  const { order, pollSettings, last, station, word, sim } = await plant(t, [{ kind: "reverts_after", seconds: 300 }]);
  pollSettings();
  await order("20113=50");
  assert.equal(last()?.state, "done");
  station.now += 301;
  await inverterRound(station, sim.url);
  sim.device.answerPdu({ unit: 4, functionCode: 3, start: 20113, count: 1, data: new Uint8Array() });
  assert.equal(word(20113), 217);
  pollSettings();
  assert.equal(last()?.source, "foreign");
  assert.equal(last()?.reason, "5.0\u00a0A became 21.7\u00a0A again, 5\u00a0min after order 1 had set it");
});
