/** What may happen off the grid, one fault at a time. */
import { faultFlag } from "../../lib/codec/bits.ts";
import { BMS_FIELDS } from "../../lib/devices/bms/sample.ts";
import { DEFAULTS } from "../../lib/rules/grid-switch/parameters.ts";
import { RUN_EPOCH } from "../../lib/sim/plant/plant-run.ts";
import type { Doubt } from "../../lib/view/doubt.ts";
import type { Fault } from "./grid-switch-fault-loop.ts";

const YEAR_S = 365 * 86400;

function doubt(key: string, raw: number, code: Doubt["code"] = "out_of_range"): readonly Doubt[] {
  return [{ key, code, raw }];
}

/** Every field of another type than it was. */
function damaged(state: unknown): unknown {
  return Object.fromEntries(Object.keys(state ?? {}).map((key) => [key, "damaged"]));
}

const LIMIT = DEFAULTS.stale_limit;

export const FAULTS: readonly Fault[] = [
  { name: "no fault at all" },
  {
    name: "every temperature of the BMS is nonsense",
    bms: (record) => ({
      ...record,
      ...{ mosfet_temperature: null, battery_temperature_1: null, battery_temperature_2: null },
      doubts: [...doubt("mosfet_temperature", 2000), ...doubt("battery_temperature_1", -2000, "phantom")],
    }),
  },
  {
    name: "the transformer's sensor and the charger's block are nonsense",
    inverter: (record) => ({
      ...record,
      ...{ inverter_temperature: null, pv_power: null, charge_stage: null },
      doubts: [...doubt("transformer_temperature", 200), ...doubt("pv_power", 65535)],
    }),
  },
  { name: "the battery current is not known", bms: (record) => ({ ...record, battery_current: null }) },
  {
    name: "the counter of the charge is not believed",
    bms: (record) => ({ ...record, soc: null, doubts: doubt("soc", 0, "not_ready") }),
  },
  { name: "the counter of the charge stands still", bms: (record) => ({ ...record, soc: 85 }) },
  { name: "the counters of energy fell", inverter: (record) => ({ ...record, pv_energy: null, load_energy: null }) },
  {
    name: "the sense wire of one cell is broken",
    bms: (record) => ({
      ...record,
      cells: record.cells.map((cell, index) => (index === 6 ? null : cell)),
      doubts: doubt("cell_7", 0),
    }),
  },
  { name: "no cell is known, only the pack", bms: (record) => ({ ...record, cells: record.cells.map(() => null) }) },
  { name: "no cell is reported at all", bms: (record) => ({ ...record, cells: [] }) },
  {
    name: "no cell and no pack is known",
    bms: (record) => ({ ...record, cells: [], pack_voltage: null }),
    within: LIMIT,
  },
  { name: "the BMS is silent", bms: () => null, within: LIMIT },
  { name: "the BMS answers every 6 minutes", bms: (record, minute) => (minute % 6 === 0 ? record : null) },
  { name: "the BMS answers every 10 minutes", bms: (record, minute) => (minute % 10 === 0 ? record : null) },
  { name: "the inverter is silent", inverter: () => null, within: LIMIT },
  { name: "both are silent", bms: () => null, inverter: () => null, within: LIMIT },
  {
    name: "the settings block is silent",
    inverter: (record) => ({ ...record, ongrid_switch: null }),
  },
  {
    name: "the inverter's battery voltage is a fifth too low",
    inverter: (record) => ({ ...record, battery_voltage: 0.8 * (record.battery_voltage ?? 0) }),
  },
  {
    name: "the inverter's battery voltage is a fifth too high",
    inverter: (record) => ({ ...record, battery_voltage: 1.2 * (record.battery_voltage ?? 0) }),
  },
  {
    name: "one cell falls to 1.95 V, and the BMS reports it",
    bms: (record) => ({
      ...record,
      cells: record.cells.map((cell, index) => (index === 3 ? 1.95 : cell)),
      warnings: [faultFlag(BMS_FIELDS.warnings, 11)],
      discharge_mosfet_on: false,
    }),
    within: 1,
  },
  {
    name: "one cell reads nonsense while the BMS has switched discharging off",
    bms: (record) => ({
      ...record,
      cells: record.cells.map((cell, index) => (index === 3 ? null : cell)),
      doubts: doubt("cell_4", 12),
      discharge_mosfet_on: false,
    }),
    within: 1,
  },
  { name: "the first two orders are lost", order: (attempt) => attempt > 2 },
  { name: "the first two orders fail", order: (attempt) => attempt > 2, outcome: "failed" },
  { name: "the first two orders expire", order: (attempt) => attempt > 2, outcome: "expired" },
  { name: "a wrong number of cells is configured", parameters: (cells) => ({ cell_count: cells - 1 }) },
  {
    name: "the BMS repeats one answer for ever",
    bms: (record, _, before) => ({ ...before, at: record.at }),
    within: LIMIT,
  },
  { name: "the inverter repeats one answer for ever", inverter: (record, _, before) => ({ ...before, at: record.at }) },
  {
    name: "both repeat one answer for ever",
    bms: (record, _, before) => ({ ...before, at: record.at }),
    inverter: (record, _, before) => ({ ...before, at: record.at }),
    within: LIMIT,
  },
  { name: "there is no BMS at all", bms: () => null, from_start: true, within: LIMIT },
  { name: "the memory is lost", memory: (state, since) => (since === 0 ? null : state) },
  { name: "the memory is lost every half hour", memory: (state, since) => (since % 30 === 0 ? null : state) },
  { name: "the memory is damaged", memory: (state, since) => (since === 0 ? damaged(state) : state) },
  { name: "the clock leaps a year ahead", clock: () => YEAR_S },
  { name: "the clock leaps a year ahead, and back", clock: (since) => (since < 60 ? YEAR_S : 0) },
  {
    name: "the clock leaps a year ahead, unnoticed, and back",
    clock: (since) => (since < 60 ? YEAR_S : 0),
    without_uptime: true,
  },
  { name: "the clock falls back two hours", clock: () => -7200 },
  { name: "the clock falls back two hours unnoticed", clock: () => -7200, without_uptime: true },
  { name: "the clock falls back to 1970", clock: () => -RUN_EPOCH, without_uptime: true },
];
