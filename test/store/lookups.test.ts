/** What the store answers where there is nothing, or not what was asked for. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { openStore } from "../../lib/store/database.ts";
import { fileHealth } from "../../lib/store/health.ts";
import { energyBetween, type HistoryDay, joinDays, suitableStep } from "../../lib/store/history.ts";
import {
  insertOrder,
  keepReadBack,
  lastOrderOf,
  latestOrders,
  type OrderRow,
  orderById,
} from "../../lib/store/orders.ts";
import { outboxIn } from "../../lib/store/outbox.ts";
import { publishedTotals, saveTotal } from "../../lib/store/publish.ts";
import { saveRuleState } from "../../lib/store/rules.ts";
import { seriesMeans } from "../../lib/store/series.ts";
import { saveSettings, settingChanges } from "../../lib/store/setting-rows.ts";
import { derivedAt, latestInverterRecord, wholeInverterRecords } from "../../lib/store/view.ts";
import { DAY, MONDAY, newStore, storeBms, storeInverter } from "./history-support.ts";

test("where there is no sample nothing is derived, and no inverter is no record", (t) => {
  const store = newStore(t);
  storeInverter(store, [MONDAY], () => ({}));
  const age = { now: MONDAY + 120, max_age_s: 60 };
  assert.equal(latestInverterRecord(store, "inverter", age), null);
  assert.equal(latestInverterRecord(store, "inverter", { ...age, max_age_s: 180 })?.at, MONDAY);
  assert.equal(derivedAt(store, "inverter", MONDAY + 1), null);
  assert.notEqual(derivedAt(store, "inverter", MONDAY), null);
  const span = { from: MONDAY, to: MONDAY + 60, max_age_s: 60 };
  assert.deepEqual(wholeInverterRecords(store, [], span, null), []);
  assert.deepEqual(
    wholeInverterRecords(store, ["inverter"], span, null).map(({ at }) => at),
    [MONDAY],
  );
});

test("a device of too high a number is refused: its samples would be taken for those of another second", (t) => {
  const store = newStore(t);
  store.write(() => store.db.prepare("INSERT INTO devices (id, kind, name) VALUES (1024, 'bms', 'bms')").run());
  assert.throws(() => storeBms(store, [MONDAY], () => ({})), /device number 1024: a state file holds 1023 devices/);
});

test("means know only columns that there are; a step in which nothing was read has none", (t) => {
  const store = newStore(t);
  storeInverter(store, [MONDAY, MONDAY + 60], (at) => ({ pv_power: at === MONDAY ? 100 : 200, load_power: null }));
  const steps = { from: MONDAY, to: MONDAY + 600, step_s: 300 };
  const means = (columns: string[]) => seriesMeans(store, "inverter_samples", "inverter", steps, columns);
  assert.deepEqual(means(["pv_power", "load_power"]), [
    { at: MONDAY, samples: 2, values: { pv_power: 150, load_power: null } },
  ]);
  assert.throws(() => means(["soc"]), /no column soc in inverter_samples/);
});

test("a total comes back with the reading that contradicts it, or without one", (t) => {
  const store = newStore(t);
  const contradicted = { raw: 100, at: MONDAY, candidate: { raw: 7, at: MONDAY + 60, count: 2 } };
  const sure = { raw: 5, at: MONDAY, candidate: null };
  store.write(() => {
    saveTotal(store, "inverter", "pv_energy", contradicted);
    saveTotal(store, "inverter", "load_energy", sure);
    saveTotal(store, "other", "pv_energy", sure);
  });
  assert.deepEqual(Object.fromEntries(publishedTotals(store, "inverter")), {
    pv_energy: contradicted,
    load_energy: sure,
  });
  store.write(() => saveTotal(store, "inverter", "pv_energy", sure));
  assert.deepEqual(publishedTotals(store, "inverter").get("pv_energy"), sure);
});

test("the address of a channel that was never written to, or whose memory is damaged, is not known", (t) => {
  const store = newStore(t);
  const outbox = outboxIn(store);
  assert.equal(outbox.channelAddress("telegram"), null);
  outbox.saveChannelAddress("telegram", "42");
  assert.equal(outbox.channelAddress("telegram"), "42");
  const [name] = store.db.prepare("SELECT name FROM rule_states").pluck().all() as string[];
  for (const value of [{ address: 42 }, {}]) {
    store.write(() => saveRuleState(store, name as string, MONDAY, value));
    assert.equal(outbox.channelAddress("telegram"), null);
  }
});

test("a value read back is a change of the setting only where it was another, also where none was known", (t) => {
  const store = newStore(t);
  const order = (device: string, key: string) => {
    const base = { kind: "inverter", device, queued_at: MONDAY, expires_at: MONDAY + 60, source: "hand" } as const;
    const id = store.write(() => insertOrder(store, { ...base, text: `${key}=1`, key, wanted_raw: 1 }));
    return orderById(store, id) as OrderRow;
  };
  const settings = { ongrid_switch: 0, buzzer_mode: null, energy_use_mode: 1 };
  store.write(() => saveSettings(store, "inverter", "inverter", MONDAY, settings, () => "foreign"));
  for (const key of Object.keys(settings)) {
    const one = order("inverter", key);
    store.write(() => keepReadBack(store, one, 1, MONDAY + 30));
  }
  assert.deepEqual(
    settingChanges(store, "inverter", 0).map(({ key, old_raw, new_raw, source }) => [key, old_raw, new_raw, source]),
    [
      ["ongrid_switch", 0, 1, "order 1"],
      ["buzzer_mode", null, 1, "order 2"],
    ],
  );
  order("other", "ongrid_switch");
  assert.equal(orderById(store, 99), null);
  assert.equal(lastOrderOf(store, "hand", "other", "ongrid_switch")?.id, 4);
  assert.equal(lastOrderOf(store, "mqtt", "other", "ongrid_switch"), null);
  assert.deepEqual(
    latestOrders(store, 2, "inverter").map(({ id }) => id),
    [3, 2],
  );
  assert.equal(latestOrders(store, 9).length, 4);
});

test("a device that is not known used no energy; a long span in few points is drawn by days", (t) => {
  const store = newStore(t);
  assert.deepEqual(energyBetween(store, "inverter", MONDAY, MONDAY + DAY), {});
  assert.equal(suitableStep(0, 30 * DAY, 120), 21_600);
  assert.equal(suitableStep(0, 30 * DAY, 119), 86_400);
});

test("days of several devices are one only where each has them", () => {
  const day = (name: string, pv_energy: number): HistoryDay => ({
    ...{ day: name, from: 0, to: DAY, samples: 10, covered_s: 600, fields: {}, on_grid_s: 0, off_grid_s: 600 },
    energy: { pv_energy },
  });
  const [monday, tuesday] = [day("2026-06-01", 1), day("2026-06-02", 2)];
  const joined = joinDays([[monday, tuesday], [day("2026-06-01", 3)]]);
  assert.deepEqual(
    joined.map(({ energy }) => energy.pv_energy),
    [4, 2],
  );
  assert.deepEqual(joinDays([]), []);
});

test("a file without samples is sound and has no first one; of a damaged one the first complaint is told", (t) => {
  const store = newStore(t);
  const { damage, samples, first_at, last_at } = fileHealth(store);
  assert.deepEqual([damage, samples, first_at, last_at], [null, 0, null, null]);
  const root = store.db.prepare("SELECT rootpage FROM sqlite_master WHERE name = 'outbox'").pluck().get();
  store.closeWhole();
  const [from, to] = [4096 * (Number(root) - 1), 4096 * Number(root)];
  writeFileSync(store.path, readFileSync(store.path).fill(0xff, from, to));
  const reader = openStore(store.path, { readonly: true });
  assert.match(fileHealth(reader).damage ?? "", new RegExp(`page ${root}`));
  reader.close();
});
