import { join } from "node:path";
import { openStore, type Store } from "../../lib/store/database.ts";
import { saveBmsSample, saveInverterSample } from "../../lib/store/samples.ts";
import type { TestStation } from "./command.ts";
import { recordedBms, recordedInverter } from "./recorded-samples.ts";

/** What a test says about the plant; the rest is a healthy day on the plateau of the battery. */
export interface PlantReading {
  /** mV of every cell. */
  readonly cell?: number;
  /** %. */
  readonly soc?: number;
  readonly on_grid?: boolean;
  /** W. */
  readonly pv?: number;
  readonly load?: number;
  /** V; 0 = the grid is gone. */
  readonly grid_voltage?: number;
  /** Devices without a sample. */
  readonly without?: readonly ("bms" | "inverter")[];
  /** Float = the pack is full. */
  readonly float?: boolean;
  /** Register and relay in different positions. */
  readonly relay?: boolean;
}

/** Stores one sample of each device. Call inside store.write. */
export function savePlantSamples(store: Store, at: number, reading: PlantReading = {}): void {
  const { cell = 3320, soc = 60, on_grid = true, pv = 0, load = 700, grid_voltage = 230, without = [] } = reading;
  const relay = reading.relay ?? on_grid;
  if (!without.includes("bms")) {
    const cells = new Array<number>(16).fill(cell);
    const calm = {
      battery_current: 0,
      warnings: 0,
      mosfet_temperature: 300,
      charge_mosfet_on: 1,
      discharge_mosfet_on: 1,
    };
    const warm = { battery_temperature_1: 240, battery_temperature_2: 250 };
    const pack = { cells, pack_voltage: 16 * cell, soc, capacity: 100_000, cell_count: 16 };
    saveBmsSample(store, "bms", at, recordedBms({ ...calm, ...warm, ...pack }));
  }
  if (!without.includes("inverter")) {
    const state = { ongrid_switch: on_grid ? 1 : 0, grid_relay_closed: relay ? 1 : 0, work_state: relay ? 4 : 2 };
    const power = { pv_power: pv, load_power: load, grid_power: relay ? load : 0 };
    const quiet = { inverter_errors_1: 0, inverter_errors_2: 0, inverter_errors_3: 0, charger_errors: 0 };
    const calm = { inverter_warnings_1: 0, inverter_warnings_2: 0, charger_warnings: 0, battery_current: 0 };
    const volts = {
      battery_voltage: Math.round((16 * cell) / 100),
      grid_voltage: grid_voltage * 10,
      grid_frequency: 5000,
    };
    const cool = { ac_radiator_temperature: 40, transformer_temperature: 40, dc_radiator_temperature: 40 };
    const stage = { charge_stage: reading.float ? 2 : 1 };
    const changes = { ...state, ...power, ...quiet, ...calm, ...volts, ...cool, ...stage };
    saveInverterSample(store, "inverter", at, recordedInverter(changes));
  }
}

/** Stores samples of whole minutes, from (inclusive) to (exclusive), the way the dump commands would have. */
export function feed(station: Pick<TestStation, "folder">, from: number, to: number, reading: PlantReading = {}): void {
  writing(station, (store) => {
    for (let at = from; at < to; at += 60) savePlantSamples(store, at, reading);
  });
}

/** One transaction on a station's state file. */
export function writing<T>(station: Pick<TestStation, "folder">, work: (store: Store) => T): T {
  const store = openStore(join(station.folder, "station.db"));
  try {
    return store.write(() => work(store));
  } finally {
    store.close();
  }
}
