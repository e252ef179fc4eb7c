import type { Raw } from "../../lib/codec/table.ts";
import { packCells } from "../../lib/store/cells.ts";
import type { Store } from "../../lib/store/database.ts";
import { deviceId } from "../../lib/store/device-rows.ts";
import { saveBmsSample, saveInverterSample, storedRow } from "../../lib/store/samples.ts";
import { recordedBms, recordedInverter } from "../../test/support/recorded-samples.ts";

const DAY_S = 86400;

/** What history a state file gets. */
export interface History {
  /** UTC s, whole days: from <= at < to. */
  readonly from: number;
  readonly to: number;
  readonly inverters?: readonly string[];
  readonly packs?: readonly string[];
  /** s between two samples. */
  readonly step_s?: number;
}

/** Samples of some devices: sun, load and battery go up and down with noise, counters rise, states change. */
export function fillMinutes(store: Store, history: History): void {
  const { from, to, inverters = ["inverter"], packs = ["bms"], step_s = 60 } = history;
  const inverter = recordedInverter().raw as Readonly<Record<string, Raw>>;
  const bms = recordedBms();
  store.write(() => {
    for (const name of inverters) saveInverterSample(store, name, from - step_s, recordedInverter());
    for (const name of packs) saveBmsSample(store, name, from - step_s, bms);
  });
  const ids = store.write(() => ({
    inverters: inverters.map((name) => deviceId(store, "inverter", name)),
    packs: packs.map((name) => deviceId(store, "bms", name)),
  }));
  const statements = new Map<string, { run(...values: unknown[]): unknown }>();
  const insert = (table: "inverter_samples" | "bms_samples", values: Readonly<Record<string, unknown>>) => {
    const row = storedRow(table, values);
    let statement = statements.get(table);
    if (!statement) {
      const names = Object.keys(row);
      const places = names.map(() => "?").join(", ");
      statement = store.db.prepare(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${places})`);
      statements.set(table, statement);
    }
    statement.run(...Object.values(row));
  };
  let seed = 1;
  const noise = (span: number) => {
    seed = (seed * 48271) % 2147483647;
    return Math.round((seed / 2147483647 - 0.5) * span);
  };
  const wh = { pv: 0, load: 0, bought: 0 };
  for (let day = from; day < to; day += DAY_S) {
    store.write(() => {
      for (let at = day; at < Math.min(day + DAY_S, to); at += step_s) {
        const sun = Math.max(0, Math.sin(((at % DAY_S) / DAY_S - 0.25) * 2 * Math.PI));
        const pv = Math.max(0, Math.round(sun * 4000) + (sun > 0 ? noise(600) : 0));
        const load = 500 + noise(300) + (at % 7200 < 900 ? 1500 : 0);
        const bought = sun === 0 && at % DAY_S < 21_600 ? load : 0;
        const battery = pv + bought - load;
        wh.pv += (pv * step_s) / 3600;
        wh.load += (load * step_s) / 3600;
        wh.bought += (bought * step_s) / 3600;
        const changes: Readonly<Record<string, Raw>> = {
          pv_power: pv,
          pv_voltage: pv > 0 ? 1100 + noise(200) : 0,
          pv_charge_current: Math.round(pv / 5.2),
          load_power: load,
          load_apparent_power: load + 80,
          load_current: Math.round(load / 22),
          load_percent: Math.round(load / 55),
          inverter_power: load,
          inverter_apparent_power: load + 90,
          grid_power: bought,
          grid_voltage: 2300 + noise(80),
          grid_frequency: 5000 + noise(12),
          grid_relay_closed: bought > 0 ? 1 : 0,
          work_state: bought > 0 ? 3 : 2,
          inverter_voltage: 2300 + noise(20),
          bus_voltage: 4300 + noise(200),
          battery_voltage: 520 + noise(20),
          battery_power: battery,
          battery_current: Math.round(battery / 52),
          ac_radiator_temperature: 35 + noise(10),
          dc_radiator_temperature: 36 + noise(10),
          charger_radiator_temperature: 33 + noise(10),
          pv_energy: 20_000 + Math.floor(wh.pv / 100),
          load_energy: 30_000 + Math.floor(wh.load / 100),
          self_use_energy: 25_000 + Math.floor(wh.load / 100),
          discharge_energy: 25_000 + Math.floor(wh.load / 100),
          grid_import_energy: 9_000 + Math.floor(wh.bought / 100),
        };
        for (const device of ids.inverters)
          insert("inverter_samples", { at, device, boot: 1, ...inverter, ...changes });
        const pack: Readonly<Record<string, number>> = {
          pack_voltage: 52_000 + noise(800),
          battery_current: Math.round((battery / 52) * 1000),
          soc: 50 + Math.round(sun * 45),
          mosfet_temperature: 250 + noise(100),
          battery_temperature_1: 200 + noise(60),
          battery_temperature_2: 205 + noise(60),
          cycle_capacity: Math.floor((at - from) / 700),
        };
        const cells = packCells(bms.cells.map((mv) => (mv ?? 0) + noise(40)));
        for (const device of ids.packs) insert("bms_samples", { at, device, boot: 1, ...bms, ...pack, ...cells });
      }
    });
  }
}
