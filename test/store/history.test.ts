import assert from "node:assert/strict";
import { test } from "node:test";
import { dayBounds } from "../../lib/base/local-time.ts";
import { energyBetween, historyDays, historySeries, suitableStep, sumDays } from "../../lib/store/history.ts";
import { HISTORY, historyColumns } from "../../lib/store/history-fields.ts";
import { rollUp, rollUpSome } from "../../lib/store/history-rollup.ts";
import { allRows, DAY, every, MONDAY, newStore, storeBms, storeInverter } from "./history-support.ts";

const BERLIN = "Europe/Berlin";
const UTC = { time_zone: "UTC" };

test("the roll-up tables have the columns of the field tables", (t) => {
  const store = newStore(t);
  for (const kind of Object.values(HISTORY)) {
    for (const [table, keys] of [
      [kind.quarters, ["at", "device"]],
      [kind.days, ["day", "device", "from_at", "until_at"]],
    ] as const) {
      const columns = store.db.prepare("SELECT name FROM pragma_table_info(?)").pluck().all(table) as string[];
      assert.deepEqual(columns.sort(), [...keys, ...historyColumns(kind)].sort(), table);
    }
  }
});

test("a line is the same from samples, from the roll-up, and half from each", (t) => {
  const store = newStore(t);
  storeInverter(store, every(60, MONDAY, MONDAY + 6 * 3600), (at) => ({
    pv_power: (at - MONDAY) / 60,
    pv_energy: 1000 + Math.floor((at - MONDAY) / 600),
  }));
  const ask = () => ({
    series: historySeries(store, {
      device: "inverter",
      from: MONDAY,
      to: MONDAY + 8 * 3600,
      step_s: 3600,
      fields: ["pv_power", "grid_power"],
    }),
    energy: energyBetween(store, "inverter", MONDAY, MONDAY + DAY),
    days: historyDays(store, "inverter", { first_day: "2026-05-31", last_day: "2026-06-02", ...UTC }),
  });
  const fresh = ask();
  assert.deepEqual(fresh.series.fields.pv_power?.avg, [30, 90, 150, 210, 270, 329, null, null]);
  assert.deepEqual(fresh.series.fields.pv_power?.min.slice(0, 2), [0, 60]);
  assert.deepEqual(fresh.series.fields.pv_power?.max.slice(0, 2), [59, 119]);
  assert.deepEqual(fresh.series.samples, [60, 60, 60, 60, 60, 60, 0, 0]);
  assert.equal(fresh.energy.pv_energy, 3.5);
  assert.equal(fresh.days[1]?.energy.pv_energy, 3.5);
  assert.deepEqual([fresh.days[0]?.samples, fresh.days[0]?.energy.pv_energy], [0, null]);
  rollUp(store, { now: MONDAY + 3 * 3600, ...UTC });
  assert.deepEqual(ask(), fresh, "half");
  rollUp(store, { now: MONDAY + 2 * DAY, ...UTC });
  assert.deepEqual(ask(), fresh, "all");
});

test("fine steps come from the samples, and an unknown field is refused with the ones there are", (t) => {
  const store = newStore(t);
  storeBms(store, every(60, MONDAY, MONDAY + 600), (at) => ({ soc: 50 + (at - MONDAY) / 60 }));
  const ask = { device: "bms", from: MONDAY, to: MONDAY + 600, step_s: 120 };
  const { fields, at } = historySeries(store, { ...ask, fields: ["soc", "cell_min"] });
  assert.deepEqual(fields.soc?.avg, [50.5, 52.5, 54.5, 56.5, 58.5]);
  assert.ok((fields.cell_min?.avg[0] ?? 0) > 3 && (fields.cell_min?.avg[0] ?? 9) < 3.7);
  assert.deepEqual(at.slice(0, 2), [MONDAY, MONDAY + 120]);
  assert.throws(() => historySeries(store, { ...ask, fields: ["colour"] }), /"colour" has no history.*soc/);
  assert.deepEqual(
    historySeries(store, { ...ask, device: "nobody", fields: ["soc"] }).fields.soc?.avg,
    Array(5).fill(null),
  );
});

test("energy across a gap of two days is counted, spread over the days, and the gap stays visible", (t) => {
  const store = newStore(t);
  // 1 kWh per hour throughout, but nothing is read from 18:00 for 48 h.
  const readings = [...every(60, MONDAY, MONDAY + 18 * 3600), ...every(60, MONDAY + 66 * 3600, MONDAY + 72 * 3600)];
  storeInverter(store, readings, (at) => ({ load_energy: 5000 + Math.floor((at - MONDAY) / 360) }));
  const days = () => historyDays(store, "inverter", { first_day: "2026-06-01", last_day: "2026-06-03", ...UTC });
  const fresh = days();
  rollUp(store, { now: MONDAY + 4 * DAY, ...UTC });
  assert.deepEqual(days(), fresh);
  const energies = fresh.map((day) => day.energy.load_energy ?? 0);
  assert.equal(
    Number(energies.reduce((sum, one) => sum + one, 0).toFixed(1)),
    71.9,
    "all that was counted, nothing else",
  );
  for (const energy of energies) assert.ok(Math.abs(energy - 24) <= 0.2, `${energy}`);
  assert.deepEqual(
    fresh.map((day) => Math.round(day.covered_s / 3600)),
    [18, 0, 6],
  );
  assert.equal(sumDays(fresh).days, 2);
});

test("counters: reset, exchanged board, leap, jitter and missing values", (t) => {
  const energyOf = (values: readonly (number | null)[]) => {
    const store = newStore(t);
    storeInverter(store, every(60, MONDAY, MONDAY + 60 * values.length), (at) => ({
      pv_energy: values[(at - MONDAY) / 60] ?? null,
    }));
    const fresh = energyBetween(store, "inverter", MONDAY, MONDAY + DAY).pv_energy;
    rollUp(store, { now: MONDAY + DAY, ...UTC });
    assert.equal(energyBetween(store, "inverter", MONDAY, MONDAY + DAY).pv_energy, fresh);
    return fresh;
  };
  assert.equal(energyOf([100, 101, 102]), 0.2);
  assert.equal(energyOf([5000, 5001, 0, 1, 2]), 0.3, "cleared: what came after counts from 0");
  assert.equal(energyOf([5000, 5001, 3, 4]), 0.5, "cleared, and 0.3 kWh before it was read");
  assert.equal(energyOf([5000, 5001, 4000, 4001]), 0.2, "another board: its first reading is no energy");
  assert.equal(energyOf([5000, 5001, 9000, 9001]), 0.2, "no inverter makes 400 kWh in a minute");
  assert.equal(energyOf([5000, 4999, 5000, 5001]), 0.1, "a step back and forth is counted once");
  assert.equal(energyOf([5000, null, null, 5002]), 0.2, "the charger sleeps");
  assert.equal(energyOf([null, null]), null, "no data is null, never 0");
  assert.equal(energyOf([7, 7]), 0);
});

test("days of 23 and 25 hours hold their own minutes, each once", (t) => {
  for (const [first, hours] of [
    ["2026-03-29", 23],
    ["2026-10-25", 25],
  ] as const) {
    const store = newStore(t);
    const { start, end } = dayBounds(first, BERLIN);
    assert.equal(end - start, hours * 3600);
    storeInverter(store, every(60, start - DAY, end + DAY), (at) => ({
      load_energy: 100 + Math.floor((at - start + DAY) / 360),
    }));
    rollUp(store, { now: end + 3 * DAY, time_zone: BERLIN });
    const request = { first_day: first, last_day: first, time_zone: BERLIN };
    const [day] = historyDays(store, "inverter", request);
    assert.equal(day?.samples, hours * 60);
    assert.equal(day?.covered_s, hours * 3600);
    assert.equal(day?.energy.load_energy, hours);
    assert.equal(day?.to, end);
    rollUp(store, { now: end + 3 * DAY, time_zone: "UTC" });
    assert.deepEqual(historyDays(store, "inverter", request), [day], "computed without the rows of this zone");
    const [other] = historyDays(store, "inverter", { ...request, time_zone: "UTC" });
    assert.equal(other?.energy.load_energy, 24, "rows of the new zone");
    assert.equal(other?.samples, 1440);
  }
});

test("what the battery took and gave is integrated where there are samples, never over a gap", (t) => {
  const store = newStore(t);
  const readings = [...every(60, MONDAY, MONDAY + 3600), ...every(60, MONDAY + 7200, MONDAY + 10801)];
  storeBms(store, readings, (at) => ({ pack_voltage: 50_000, battery_current: at < MONDAY + 7200 ? 20_000 : -10_000 }));
  rollUp(store, { now: MONDAY + DAY, ...UTC });
  const [day] = historyDays(store, "bms", { first_day: "2026-06-01", last_day: "2026-06-01", ...UTC });
  assert.equal(day?.energy.charge_energy?.toFixed(3), "0.983");
  assert.equal(day?.energy.discharge_energy, 0.5);
  assert.equal(day?.covered_s, 59 * 60 + 3600);
});

test("seconds on and off the grid", (t) => {
  const store = newStore(t);
  storeInverter(store, every(60, MONDAY, MONDAY + 7201), (at) => ({ grid_relay_closed: at < MONDAY + 3600 ? 1 : 0 }));
  const [day] = historyDays(store, "inverter", { first_day: "2026-06-01", last_day: "2026-06-01", ...UTC });
  assert.deepEqual([day?.on_grid_s, day?.off_grid_s], [3600, 3600]);
});

test("grid power of a 24 V machine is told by its relay, whatever the sign", (t) => {
  const store = newStore(t);
  const values = { battery_voltage_grade: 24, grid_power: -800, grid_relay_closed: 1 };
  storeInverter(store, every(60, MONDAY, MONDAY + 600), (at) => ({
    ...values,
    grid_relay_closed: at < MONDAY + 300 ? 1 : 0,
  }));
  const request = { device: "inverter", from: MONDAY, to: MONDAY + 600, step_s: 300, fields: ["grid_power"] };
  assert.deepEqual(historySeries(store, request).fields.grid_power?.avg, [800, 0]);
});

test("grid power of a machine whose class nobody knows is as measured", (t) => {
  const store = newStore(t);
  const unknown = { battery_voltage_grade: null, battery_voltage: null, grid_power: -800, grid_relay_closed: 1 };
  storeInverter(store, every(60, MONDAY, MONDAY + 600), () => unknown);
  const request = { device: "inverter", from: MONDAY, to: MONDAY + 600, step_s: 300, fields: ["grid_power"] };
  assert.deepEqual(historySeries(store, request).fields.grid_power?.avg, [-800, -800]);
});

test("however the work is divided, the roll-up is the same", (t) => {
  const fill = (store: ReturnType<typeof newStore>) => {
    const readings = [...every(60, MONDAY, MONDAY + 30 * 3600), ...every(60, MONDAY + 60 * 3600, MONDAY + 80 * 3600)];
    storeInverter(store, readings, (at) => ({ pv_energy: Math.floor((at - MONDAY) / 500), pv_power: at % 1777 }));
    storeBms(store, readings, (at) => ({ battery_current: (at % 997) * 10, soc: at % 100 }));
  };
  const once = newStore(t);
  fill(once);
  const end = { now: MONDAY + 5 * DAY, time_zone: BERLIN };
  rollUp(once, end);
  const often = newStore(t);
  fill(often);
  for (let now = MONDAY; now < MONDAY + 5 * DAY; now += 4321) rollUp(often, { ...end, now });
  assert.deepEqual(allRows(often), allRows(once));
  assert.equal(rollUpSome(often, end), false);
});

test("samples that come late, after the clock went back, are rolled up too", (t) => {
  const raw = (at: number) => ({ pv_energy: Math.floor((at - MONDAY) / 400), pv_power: at % 1777 });
  const end = { now: MONDAY + 3 * DAY, ...UTC };
  const straight = newStore(t);
  storeInverter(straight, every(60, MONDAY, MONDAY + 2 * DAY), raw);
  rollUp(straight, end);
  const late = newStore(t);
  const isLate = (at: number) => at >= MONDAY + 20_000 && at < MONDAY + 29_000;
  storeInverter(
    late,
    [...every(60, MONDAY, MONDAY + 2 * DAY)].filter((at) => !isLate(at)),
    raw,
  );
  rollUp(late, end);
  assert.notDeepEqual(allRows(late), allRows(straight));
  storeInverter(late, [...every(60, MONDAY, MONDAY + 2 * DAY)].filter(isLate), raw);
  rollUp(late, end);
  assert.deepEqual(allRows(late), allRows(straight));
});

test("samples of the future and of a clock that was never set stay out of the history", (t) => {
  const store = newStore(t);
  storeInverter(store, [1000, 1060, ...every(60, MONDAY, MONDAY + 3600), MONDAY + 3650 * DAY], () => ({
    pv_energy: 7,
  }));
  rollUp(store, { now: MONDAY + DAY, ...UTC });
  assert.equal(store.db.prepare("SELECT sum(samples) FROM inverter_quarters").pluck().get(), 60);
  assert.equal(store.db.prepare("SELECT count(*) FROM inverter_samples").pluck().get(), 63);
});

test("what a clock a year ahead has rolled up keeps nothing of today out of the history", (t) => {
  const AHEAD = 400 * DAY;
  const first = { first_day: "2026-06-01", last_day: "2026-06-01", ...UTC };
  for (const before of [[], [...every(60, MONDAY, MONDAY + 3600)]]) {
    const store = newStore(t);
    storeInverter(store, before, () => ({ pv_energy: 7 }));
    rollUp(store, { now: MONDAY + 3600, ...UTC });
    storeInverter(store, every(60, MONDAY + AHEAD, MONDAY + AHEAD + 3600), () => ({ pv_energy: 7 }));
    rollUp(store, { now: MONDAY + AHEAD + 7200, ...UTC });
    storeInverter(store, every(60, MONDAY + 3600, MONDAY + 7200), () => ({ pv_energy: 8 }));
    rollUp(store, { now: MONDAY + DAY, ...UTC });
    const samples = () => historyDays(store, "inverter", first)[0]?.samples;
    assert.equal(samples(), before.length + 60);
    assert.equal(store.db.prepare("SELECT sum(samples) FROM inverter_quarters").pluck().get(), before.length + 60);
    // When it is that day at last, its samples are counted once.
    rollUp(store, { now: MONDAY + AHEAD + DAY, ...UTC });
    assert.equal(store.db.prepare("SELECT sum(samples) FROM inverter_quarters").pluck().get(), before.length + 120);
    assert.equal(samples(), before.length + 60);
  }
});

test("a suitable step draws any span in some hundred points", () => {
  assert.equal(suitableStep(0, 3600), 60);
  assert.equal(suitableStep(0, DAY), 300);
  assert.equal(suitableStep(0, 7 * DAY), 3600);
  assert.equal(suitableStep(0, 40 * DAY), 21600);
  assert.equal(suitableStep(0, 41 * DAY), DAY);
});
