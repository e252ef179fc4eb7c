import { byClass, LABELS, never, normal, range, rowMakers, safety } from "../../codec/rows.ts";
import type { Table } from "../../codec/table.ts";
import type { At } from "./identity.ts";

const SHEET = "MUST-1.4.15";
const OLD_SHEET = "MUST-1.4.3";
const { bool, choice, u16 } = rowMakers("addr", undefined, "setting");

/** Settings of the inverter board, first half (20101-20119); ranges are for 48 V, by_grade for smaller machines. */
// biome-ignore format: a row a line
export const INVERTER_OUTPUT_SETTINGS = {
  output_enabled: bool(20101, "AC output while off-grid", SHEET, safety(LABELS, "load_drops")),
  output_voltage: u16(20102, "V", 10, "AC output voltage", SHEET, safety(range(220, 240))),
  output_frequency: u16(20103, "Hz", 100, "AC output frequency, 50.00 or 60.00 only", SHEET, never(range(50, 60), "frequency_harms")),
  search_mode_enabled: bool(20104, "Power-save search mode", SHEET, safety(LABELS, "small_loads_starve")),
  ongrid_switch: bool(20105, "Grid connection: off = live on PV and battery, on = connected to the grid", "MUST-1.4.15x; MUST-1.4.3; Solar-Station", { ...normal(LABELS, "house_detached"), label: "On-grid switch" }),
  grid_charge_enabled: bool(20106, "Charging from the grid; follows charger_source_priority", "MUST-1.4.3; captures sp1800, benj", never()),
  grid_discharge_enabled: bool(20107, "Battery may feed the load while the grid is connected", OLD_SHEET, never()),
  discharge_to_grid: bool(20108, "Feed-in: the battery may discharge to the grid (48 V only)", "MUST-1.4.15; captures show 0", never({ by_grade: { 12: null, 24: null } }, "sells_battery")),
  energy_use_mode: choice(20109, { 1: "sbu", 2: "sub", 3: "uti", 4: "sol" }, "Which source feeds the load first; sub exists on 48 V only", SHEET, normal()),
  time_mode_enabled: bool(20110, "Charge and discharge windows by the clock; unproven", OLD_SHEET, { ...never(), experimental: true }),
  grid_standard: choice(20111, { 0: "vde4105", 1: "ups", 2: "appliance", 3: "generator" }, "Accepted AC input window: vde4105 184-253 V, ups 170-280 V, appliance 90-280 V, generator", SHEET, safety()),
  solar_use_aim: choice(20112, { 0: "load_first", 1: "battery_first" }, "Whether PV feeds the load or the battery first", SHEET, normal()),
  max_discharge_current: u16(20113, "A", 10, "Highest discharge current, on the AC side (48 V only)", "MUST-1.4.15; 23.9 A seen", normal(range(1, 21.7, { 12: null, 24: null }))),
  max_ac_charge_current: u16(20114, "A", 10, "Highest charge current, AC side", "MUST-1.4.3; capture benj", never(range(0, 30))),
  grid_max_output_current: u16(20115, "A", 10, "Highest current into the grid", "MUST-1.4.3; capture benj", never(range(0, 30))),
  grid_max_input_current: u16(20116, "A", 10, "Highest current from the grid", "MUST-1.4.3; capture benj", never(range(0, 30))),
  charge_start_voltage: u16(20117, "V", 10, "Voltage below which charging starts; unproven", "MUST-1.4.3; 51.5 V in capture benj", { ...never(range(44, 58)), experimental: true }),
  battery_stop_discharge_voltage: u16(20118, "V", 10, "With the grid present discharging stops at this voltage (sbu, sub, sol)", "MUST-1.4.15; user manual", normal(byClass(44, 58))),
  battery_back_voltage: u16(20119, "V", 10, "Battery is used again, or charging stops, at this voltage (sbu, sub, sol)", "MUST-1.4.15; user manual", normal(byClass(44, 58))),
} as const satisfies Table<At>;
