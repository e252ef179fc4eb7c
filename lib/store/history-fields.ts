import type { Unit } from "../codec/table.ts";
import type { DeviceKind } from "./device-rows.ts";
import { GRID_NET_POWER } from "./grid-sql.ts";

export { QUARTER_S, quarterOf } from "../view/energy-fold.ts";

/** A line that a chart may draw, kept as average, lowest and highest. `sql` computes its scaled integer from a row of the samples; CLASS_MARK in it stands for the battery class of the machine. */
export interface HistoryField {
  readonly sql: string;
  /** value = scaled integer / div. */
  readonly div: number;
  readonly unit: Unit;
  readonly doc: string;
}

/** An energy: a counter of the device, or (`power`) integrated from power. Stored as scaled integers, kWh = raw / div. */
export interface EnergyField {
  readonly div: number;
  readonly doc: string;
  readonly from: "counter" | "power";
}

/** Colder than any sensor reports: stands for "missing" inside max(). */
const NO_TEMPERATURE = -999;

const temperatures = ["ac_radiator_temperature", "transformer_temperature", "dc_radiator_temperature"];
const hottest = `nullif(max(${temperatures.map((t) => `coalesce(${t}, ${NO_TEMPERATURE})`).join(", ")}), ${NO_TEMPERATURE})`;

function measured(column: string, unit: Unit, div: number, doc: string): HistoryField {
  return { sql: `"${column}"`, unit, div, doc };
}

/** Lines of the inverter. */
export const INVERTER_HISTORY = {
  pv_power: measured("pv_power", "W", 1, "Power from PV"),
  pv_voltage: measured("pv_voltage", "V", 10, "PV voltage"),
  load_power: measured("load_power", "W", 1, "Real power of the load"),
  load_apparent_power: measured("load_apparent_power", "VA", 1, "Apparent power of the load"),
  grid_power: {
    sql: GRID_NET_POWER,
    unit: "W",
    div: 1,
    doc: "Grid power, + = import, on every battery class; estimated where the register hides it behind a 0",
  },
  grid_voltage: measured("grid_voltage", "V", 10, "AC voltage of the grid"),
  grid_frequency: measured("grid_frequency", "Hz", 100, "Frequency of the grid"),
  inverter_power: measured("inverter_power", "W", 1, "Real power of the inverter, + = DC to AC"),
  battery_power: measured("battery_power", "W", 1, "Battery power, + = charging"),
  battery_voltage: measured("battery_voltage", "V", 10, "Battery voltage at the inverter"),
  inverter_temperature: { sql: hottest, unit: "°C", div: 1, doc: "Hottest radiator or transformer" },
  charger_temperature: measured("charger_radiator_temperature", "°C", 1, "Radiator of the PV charger"),
} as const satisfies Readonly<Record<string, HistoryField>>;

/** Lines of a BMS. The SoC gets a digit more than the device sends, for its averages. */
export const BMS_HISTORY = {
  soc: { sql: "soc * 10", unit: "%", div: 10, doc: "State of charge" },
  pack_voltage: measured("pack_voltage", "V", 1000, "Whole pack"),
  battery_current: measured("battery_current", "A", 1000, "+ = charging"),
  battery_power: {
    sql: "CAST(round(pack_voltage * battery_current / 1000000.0) AS INTEGER)",
    unit: "W",
    div: 1,
    doc: "Pack voltage times current, + = charging",
  },
  cell_min: measured("cell_min", "V", 1000, "Lowest cell"),
  cell_max: { sql: "cell_min + cell_spread", unit: "V", div: 1000, doc: "Highest cell" },
  cell_spread: measured("cell_spread", "V", 1000, "Highest less lowest cell"),
  mosfet_temperature: measured("mosfet_temperature", "°C", 10, "Power MOSFETs"),
  battery_temperature_1: measured("battery_temperature_1", "°C", 10, "Probe 1"),
  battery_temperature_2: measured("battery_temperature_2", "°C", 10, "Probe 2"),
} as const satisfies Readonly<Record<string, HistoryField>>;

function counter(doc: string): EnergyField {
  return { div: 10, doc, from: "counter" };
}

/** Energies of the inverter: its counters, in steps of 0.1 kWh. */
export const INVERTER_ENERGY = {
  pv_energy: counter("From PV"),
  load_energy: counter("Used by the load"),
  grid_import_energy: counter("Bought from the grid"),
  grid_export_energy: counter("Sold to the grid"),
  grid_charge_energy: counter("From the grid into the battery"),
  discharge_energy: counter("From DC to AC, from battery and PV"),
  self_use_energy: counter("Used by the house from its own sources"),
  pv_export_energy: counter("PV energy sold"),
} as const satisfies Readonly<Record<string, EnergyField>>;

/** Energies of a BMS: it has no counters in kWh, so voltage times current is integrated where there are samples. */
export const BMS_ENERGY = {
  charge_energy: { div: 1_000_000, doc: "Into the battery", from: "power" },
  discharge_energy: { div: 1_000_000, doc: "Out of the battery", from: "power" },
} as const satisfies Readonly<Record<string, EnergyField>>;

/** Everything the history of a kind of device consists of. */
export interface HistoryKind {
  readonly samples: "inverter_samples" | "bms_samples";
  readonly quarters: "inverter_quarters" | "bms_quarters";
  readonly days: "inverter_days" | "bms_days";
  readonly fields: Readonly<Record<string, HistoryField>>;
  readonly energy: Readonly<Record<string, EnergyField>>;
  /** Columns that count seconds of a state. */
  readonly durations: readonly string[];
}

export const HISTORY: Readonly<Record<DeviceKind, HistoryKind>> = {
  inverter: {
    samples: "inverter_samples",
    quarters: "inverter_quarters",
    days: "inverter_days",
    fields: INVERTER_HISTORY,
    energy: INVERTER_ENERGY,
    durations: ["on_grid_s", "off_grid_s"],
  },
  bms: {
    samples: "bms_samples",
    quarters: "bms_quarters",
    days: "bms_days",
    fields: BMS_HISTORY,
    energy: BMS_ENERGY,
    durations: [],
  },
};

/** A clock that shows less than this (2020-01-01) has not been set: such samples are kept, marked, and left out of the history. */
export const EARLIEST_SANE = 1_577_836_800;

/** The columns that add up: energies and seconds. */
export function sumColumns(kind: HistoryKind): readonly string[] {
  return [...Object.keys(kind.energy), ...kind.durations];
}

/** All columns of a roll-up row besides its key. */
export function historyColumns(kind: HistoryKind): readonly string[] {
  const lines = Object.keys(kind.fields).flatMap((key) => [`${key}_avg`, `${key}_min`, `${key}_max`]);
  return ["samples", "covered_s", ...lines, ...sumColumns(kind)];
}
