import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceEvents, saveDeviceEvent } from "../../lib/store/device-events.ts";
import { doubtSpells, openTrials, saveDoubts } from "../../lib/store/doubts.ts";
import { tidyShare, tidySome } from "../../lib/store/housekeeping.ts";
import { saveRejected } from "../../lib/store/samples.ts";
import { DAY, MONDAY, newStore } from "./history-support.ts";

const odd = { key: "bus_voltage", code: "out_of_range", raw: 6500 } as const;

/** A spell of doubt, a rejected sample and an event of a device on each of the last days before MONDAY. */
function filled(t: Parameters<typeof newStore>[0], days: number) {
  const store = newStore(t);
  store.write(() => {
    for (let day = days; day > 0; day--) {
      const at = MONDAY - day * DAY;
      saveDoubts(store, "inverter", "inverter", at, [odd]);
      saveDoubts(store, "inverter", "inverter", at + 60, []);
      saveRejected(store, "inverter", "inverter", at, { code: "foreign", evidence: [] }, {});
      saveDeviceEvent(store, "inverter", "inverter", { at, code: "counter_reset", evidence: [] });
    }
    saveDoubts(store, "inverter", "inverter", MONDAY, [odd]);
  });
  const run = (now: number) => {
    const share = tidyShare(store, now);
    while (tidySome(store, now, share) > 0);
  };
  const counts = () => [
    doubtSpells(store, "inverter", 0, 2 ** 33).length,
    store.db.prepare("SELECT count(*) FROM rejected_samples").pluck().get(),
    deviceEvents(store, "inverter", 0).length,
  ];
  return { store, run, counts };
}

test("what is older than a month goes, day by day; a doubt that stands and events of a device stay", (t) => {
  const { store, run, counts } = filled(t, 40);
  assert.deepEqual(counts(), [41, 40, 40]);
  for (let day = 0; day < 20; day++) run(MONDAY);
  assert.deepEqual(counts(), [31, 30, 40]);
  assert.equal(openTrials(store, "inverter").length, 1);
});

test("a run under a clock that is a year ahead costs one day, not all of them", (t) => {
  const { run, counts } = filled(t, 20);
  run(MONDAY + 365 * DAY);
  const [doubts, rejected, events] = counts() as [number, number, number];
  assert.ok(doubts >= 19 && rejected >= 18 && events === 20, `${counts()}`);
});

test("many spells are bounded by number, the newest stay", (t) => {
  const store = newStore(t);
  store.write(() => {
    for (const [round, at] of [MONDAY, MONDAY + 60].entries()) {
      const many = Array.from({ length: 1050 }, (_, count) => ({ ...odd, key: `value_${round}_${count}` }));
      saveDoubts(store, "inverter", "inverter", at, many);
      saveDoubts(store, "inverter", "inverter", at + 30, []);
    }
  });
  tidySome(store, MONDAY + DAY);
  const left = doubtSpells(store, "inverter", 0, 2 ** 33);
  assert.ok(left.length === 2000, `${left.length}`);
  assert.equal(left.filter(({ key }) => key.startsWith("value_1_")).length, 1050);
});
