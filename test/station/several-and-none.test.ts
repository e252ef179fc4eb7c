/** The station's room: several devices, none of a role, memory that is missing, cut off, or of another program. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { rollUpAll } from "../../lib/backup/keep-house.ts";
import { stationDevice } from "../../lib/home/published-devices.ts";
import { stationView } from "../../lib/home/station-view.ts";
import type { Decision, GridSwitchState } from "../../lib/rules/grid-switch/types.ts";
import { chooseMode, keepModeOutside, monitorMode } from "../../lib/station/monitor-mode.ts";
import { newestOf } from "../../lib/station/newest-values.ts";
import { readOutside, removeOutside, writeOutside } from "../../lib/station/outside-memory.ts";
import { pageModel } from "../../lib/station/page-model.ts";
import { type DecisionRecord, followSwitches, moveSwitches } from "../../lib/station/rule-memory.ts";
import { countedEnergy, energyToday, energyView } from "../../lib/station/station-energy.ts";
import { cellWeeks, fedDays, stationSeries } from "../../lib/station/station-series.ts";
import { statusJson } from "../../lib/station/status-json.ts";
import { insertDecision } from "../../lib/store/decisions.ts";
import { rememberFacts } from "../../lib/store/device-rows.ts";
import { saveLastFrame } from "../../lib/store/frames.ts";
import { RECOVERY_MEMORY } from "../../lib/store/recovery.ts";
import { saveRuleState, setMode } from "../../lib/store/rules.ts";
import { saveBmsSample, saveInverterSample } from "../../lib/store/samples.ts";
import { type OrderStation, orderStation } from "../support/orders.ts";
import { savePlantSamples } from "../support/plant-samples.ts";
import { recordedBms, recordedInverter } from "../support/recorded-samples.ts";

const TWO_MACHINES = { inverter: { name: "east" }, more_inverters: [{ name: "west", port: "/dev/ttyWest" }] };
const TWO_PACKS = { bms: [{ name: "a" }, { name: "b", port: "/dev/ttyB" }] };
const HOUR_S = 3600;

/** Samples of a machine every five minutes of an hour. */
function hourOf(station: OrderStation, name: string, from: number, raw: Readonly<Record<string, number>>): void {
  station.store.write(() => {
    for (let at = from; at < from + HOUR_S; at += 300) {
      saveInverterSample(station.store, name, at, recordedInverter({ grid_power: 0, ...raw }));
    }
  });
}

test("powers of several machines are summed where all are heard, and of an hour without one nobody knows who fed the house", async (t) => {
  const station = orderStation(t, { ...TWO_MACHINES, bms: [] });
  const { context, store, now } = station;
  // The whole hours before: in the first both are heard, in the second one.
  const first = Math.floor(now / HOUR_S) * HOUR_S - 2 * HOUR_S;
  hourOf(station, "east", first, { pv_power: 1000, load_power: 300 });
  hourOf(station, "west", first, { pv_power: 500, load_power: 200 });
  hourOf(station, "east", first + HOUR_S, { pv_power: 1000, load_power: 300 });
  const { pv_power, load_power } = stationSeries(context, store, { from: first, to: now, step_s: HOUR_S });
  assert.deepEqual(
    [pv_power, load_power],
    [
      [1500, null],
      [500, null],
    ],
  );
  await rollUpAll(context, store);
  const [day] = fedDays(context, store, { first: "2027-01-15", last: "2027-01-15" }, null);
  const hour = (first % 86_400) / HOUR_S;
  assert.deepEqual([day?.hours[hour], day?.hours[hour + 1], day?.hours[0]], ["sun", null, null]);
});

test("each cell beside the pack's median; a cell that was not read has none", (t) => {
  const { context, store, now } = orderStation(t);
  store.write(() =>
    saveBmsSample(store, "bms", now - 60, recordedBms({ cells: [3300, null, 3310, 3320], cell_count: 4 })),
  );
  const weeks = cellWeeks(context, store, "bms");
  assert.deepEqual(weeks.at(-1), { first_day: "2027-01-11", deviations: [-10, null, 0, 10] });
  assert.deepEqual(weeks[0]?.deviations, []);
});

test("what several are together stands beside them, and only where there are several of a role", (t) => {
  const machines = orderStation(t, { ...TWO_MACHINES });
  machines.store.write(() => {
    for (const name of ["east", "west"])
      saveInverterSample(machines.store, name, machines.now - 30, recordedInverter({ pv_power: 400 }));
  });
  const { together } = statusJson(machines.context, machines.store) as {
    together: Record<string, { pv_power: number }>;
  };
  assert.deepEqual(Object.keys(together), ["inverter"]);
  assert.equal(together.inverter?.pv_power, 800);
  const packs = orderStation(t, TWO_PACKS);
  packs.store.write(() => {
    for (const [name, soc] of [
      ["a", 40],
      ["b", 60],
    ] as const)
      saveBmsSample(packs.store, name, packs.now - 30, recordedBms({ soc }));
  });
  const battery = statusJson(packs.context, packs.store).together as Record<string, { soc: number }>;
  assert.deepEqual(Object.keys(battery), ["battery"]);
  assert.equal(battery.battery?.soc, 50);
});

test("a station that polls no inverter tells no energies of one to Home Assistant", (t) => {
  const { context, store } = orderStation(t, { inverter: { enabled: false } });
  const { today } = stationView(context, store);
  assert.equal(today, null);
  const home = stationDevice(context, stationView(context, store));
  assert.deepEqual(
    Object.keys(home.components).filter((key) => key.endsWith("_today")),
    [],
  );
});

test("a day without samples has no energies; on the 31st the month begins before the last 30 days", (t) => {
  const none = orderStation(t);
  assert.deepEqual(new Set(Object.values(energyToday(none.context, none.store) ?? {})), new Set([null]));
  const { pv, load, on_grid_s, off_grid_s } = countedEnergy(none.context, none.store, "2027-01-15");
  assert.deepEqual([pv, load, on_grid_s, off_grid_s], [null, null, null, null]);
  const station = orderStation(t);
  station.now = Date.UTC(2027, 0, 31, 12) / 1000;
  const counted = (day: number, pv_energy: number) => {
    const at = Date.UTC(2027, 0, day, 1) / 1000;
    for (const [later, more] of [
      [0, 0],
      [HOUR_S, 20],
    ] as const)
      saveInverterSample(station.store, "inverter", at + later, recordedInverter({ pv_energy: pv_energy + more }));
  };
  station.store.write(() => {
    counted(1, 1000);
    counted(31, 1020);
  });
  const { today, month, days } = energyView(station.context, station.store);
  assert.deepEqual([today?.pv_energy, month?.pv_energy], [2, 4]);
  assert.deepEqual([days.length, days[0]?.day], [30, "2027-01-02"]);
});

test("who a machine is, as far as it has told", (t) => {
  const { context, store, now } = orderStation(t);
  store.write(() => savePlantSamples(store, now - 30));
  const shown = (identity: unknown) => {
    rememberFacts(store, "inverter", "inverter", { identity });
    store.flush();
    return pageModel(context, store).inverter?.identity;
  };
  assert.deepEqual(shown(null), []);
  assert.deepEqual(shown({ machine_number: 1800 }), ["1800"]);
  assert.deepEqual(shown({ machine_type: "PV", machine_number: 1800, software_version: 21_707 }), [
    "PV1800",
    "fw 2.17.07",
  ]);
  assert.deepEqual(shown({ software_version: 21_707 }), ["fw 2.17.07"]);
});

test("the last frame of a pack goes with its sample, and not with a later one", (t) => {
  const { context, store, now } = orderStation(t);
  const bytes = Uint8Array.of(0x4e, 0x57);
  store.write(() => {
    saveBmsSample(store, "bms", now - 90, recordedBms());
    saveLastFrame(store, "bms", "bms", "answer", now - 90, bytes);
  });
  assert.deepEqual([...(newestOf(context, store).bms[0]?.answer ?? [])], [...bytes]);
  store.write(() => saveBmsSample(store, "bms", now - 30, recordedBms()));
  assert.equal(newestOf(context, store).bms[0]?.answer, null);
});

test("the mode: one of another program counts as observe, and choosing the same changes nothing", (t) => {
  const station = orderStation(t);
  const { context, store, now } = station;
  assert.equal(monitorMode(context, store).mode, "observe");
  assert.equal(chooseMode(context, store, "observe", "hand"), false);
  keepModeOutside(context, "auto");
  assert.equal(monitorMode(context, store).mode, "auto", "what counted before the state file was lost");
  removeOutside(context, "station.db.mode");
  store.write(() => setMode(store, { at: now, mode: "turbo", source: "mqtt" }));
  assert.deepEqual(monitorMode(context, store), { mode: "observe", source: "mqtt", at: now });
});

test("a station that decided for itself before modes had to be chosen goes on so, and so does one whose state file was lost", (t) => {
  for (const [mode, wanted] of [
    ["auto", "auto"],
    ["off-grid", "auto"],
    ["observe", "observe"],
  ] as const) {
    const { context, store, now } = orderStation(t);
    const record = { decision: { mode } } as unknown as DecisionRecord;
    const row = { at: now - 60, on_grid: true, winner: "G1", ordered: null };
    store.write(() => insertDecision(store, { ...row, record, parameters: {} }));
    assert.equal(monitorMode(context, store).mode, wanted, mode);
  }
  const { context, store, now } = orderStation(t);
  store.write(() => saveRuleState(store, RECOVERY_MEMORY, now, { damage: "missing", at: now }));
  assert.equal(monitorMode(context, store).mode, "auto");
});

test("a memory beside the state file that is cut off, or cannot be replaced, is looked for in the next place", (t) => {
  const { context, folder } = orderStation(t);
  writeFileSync(join(folder, "memory"), '{"cut');
  assert.equal(readOutside(context, "memory"), null);
  assert.equal(writeOutside(context, "memory", { a: 1 }), true);
  assert.deepEqual(readOutside(context, "memory"), { a: 1 });
});

test("a change of the switch by an order of which nothing else is known has an order as its cause", () => {
  const state = (on_grid: boolean, order: boolean | null) =>
    ({
      on_grid,
      since: 100,
      manual_until: 0,
      last_order: order === null ? null : { at: 90, value: order },
    }) as unknown as GridSwitchState;
  const inputs = { soc: 50, lowest_cell: 3.3, pv_mean: 0, load_mean: 300 };
  const decision = { at: 120, action: { kind: "keep" }, inputs } as unknown as Decision;
  const followed = (before: GridSwitchState) =>
    followSwitches({ order: null, list: [] }, before, state(true, null), decision).list.map(({ cause }) => cause);
  assert.deepEqual(followed(state(false, true)), ["order"]);
  assert.deepEqual(followed(state(false, null)), ["foreign"]);
  assert.deepEqual(followed(state(true, null)), []);
  const row = {
    at: 100,
    to: "on",
    cause: "order",
    soc: null,
    cell_voltage_min: null,
    pv_power: null,
    load_power: null,
  } as const;
  const moved = moveSwitches(
    { order: { at: 90, value: true, rule: "reserve" as never }, list: [row, { ...row, at: 150 }] },
    20,
    120,
  );
  assert.deepEqual([moved.order?.at, ...moved.list.map(({ at }) => at)], [110, 120, 120]);
});
