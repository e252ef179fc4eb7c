import { byClass, LABELS, never, normal, range, rowMakers, safety } from "../../codec/rows.ts";
import type { Table } from "../../codec/table.ts";
import { BATTERY_TYPES } from "./charger-settings.ts";
import type { At } from "./identity.ts";

const SHEET = "MUST-1.4.15";
const OLD_SHEET = "MUST-1.4.3";
const { choice, flags, u16 } = rowMakers("addr", undefined, "setting");

/** Settings of the inverter board, second half (20120-20144): battery protection, charging, time windows, behaviour. */
// biome-ignore format: a row a line
export const INVERTER_CHARGE_SETTINGS = {
  low_battery_protection_mode: choice(20120, { 0: "usual", 1: "user" }, "Who sets the low battery limits", OLD_SHEET, never()),
  absorb_start_voltage_mirror: u16(20121, "V", 10, "Copy of 10102", "captures benj, sp1800"),
  float_voltage_mirror: u16(20122, "V", 10, "Copy of 10103", "captures benj, sp1800"),
  absorption_voltage_mirror: u16(20123, "V", 10, "Copy of 10104", "captures benj, sp1800"),
  voltage_grade_mirror: u16(20124, "V", 1, "Copy of the battery class, 12, 24 or 48", "captures benj, sp1800"),
  grid_charge_current: u16(20125, "A", 10, "Highest charge current from the grid, DC side", "MUST-1.4.15: 1 kW up to 20 A, 2-3 kW up to 30 A", normal(range(1, 80, { 12: { min: 1, max: 20 }, 24: { min: 1, max: 30 } }))),
  absorb_charge_current: u16(20126, "A", 10, "Charge current of the absorption stage", OLD_SHEET, never(range(1, 30))),
  battery_cutoff_voltage: u16(20127, "V", 10, "Inverter cuts off below this battery voltage", SHEET, safety(byClass(40, 48))),
  battery_high_voltage: u16(20128, "V", 10, "Battery high voltage protection", "MUST-1.4.15; 24 and 12 V as 10107", safety(byClass(58, 60))),
  battery_type_mirror: choice(20129, BATTERY_TYPES, "Copy of 10110", "MUST-1.4.3; captures benj, sp1800"),
  inverter_battery_capacity: u16(20130, "Ah", 1, "Battery capacity as the inverter board has it; differs from 10111", "capture benj", never(range(0, 900))),
  battery_low_return_voltage: u16(20131, "V", 10, "Inverter starts again above this battery voltage", OLD_SHEET, never(range(40, 54))),
  max_combined_charge_current: u16(20132, "A", 10, "Highest charge current of PV and grid together, DC side", "MUST-1.4.15: 1 kW up to 70 A, 2-3 kW up to 80 A", normal(range(1, 140, { 12: { min: 1, max: 70 }, 24: { min: 1, max: 80 } }))),
  charge_window_start_hour: u16(20133, "h", 1, "Charge window start, hour; works with time_mode_enabled, unproven", OLD_SHEET, { ...never(range(0, 23)), experimental: true }),
  charge_window_start_minute: u16(20134, "min", 1, "Charge window start, minute; works with time_mode_enabled, unproven", OLD_SHEET, { ...never(range(0, 59)), experimental: true }),
  charge_window_end_hour: u16(20135, "h", 1, "Charge window end, hour; works with time_mode_enabled, unproven", OLD_SHEET, { ...never(range(0, 23)), experimental: true }),
  charge_window_end_minute: u16(20136, "min", 1, "Charge window end, minute; works with time_mode_enabled, unproven", OLD_SHEET, { ...never(range(0, 59)), experimental: true }),
  discharge_window_start_hour: u16(20137, "h", 1, "Discharge window start, hour; works with time_mode_enabled, unproven", OLD_SHEET, { ...never(range(0, 23)), experimental: true }),
  discharge_window_start_minute: u16(20138, "min", 1, "Discharge window start, minute; works with time_mode_enabled, unproven", OLD_SHEET, { ...never(range(0, 59)), experimental: true }),
  discharge_window_end_hour: u16(20139, "h", 1, "Discharge window end, hour; works with time_mode_enabled, unproven", OLD_SHEET, { ...never(range(0, 23)), experimental: true }),
  discharge_window_end_minute: u16(20140, "min", 1, "Discharge window end, minute; works with time_mode_enabled, unproven", OLD_SHEET, { ...never(range(0, 59)), experimental: true }),
  system_settings: flags(20142, { 0: "overload_restart_forbidden", 1: "over_temperature_restart_forbidden", 2: "overload_bypass_forbidden", 3: "page_auto_turn_forbidden", 4: "grid_buzzer", 5: "buzzer_forbidden", 6: "display_light", 7: "fault_record_forbidden" }, "Behaviour switches; only ever changed bit by bit", "MUST-1.4.15; captures sp1800 (114), benj (75), aquarat (35)", never(LABELS, "switches_replaced")),
  charger_source_priority: choice(20143, { 0: "solar_first", 2: "solar_and_utility", 3: "only_solar" }, "Which source charges the battery; 1 is undefined", SHEET, normal()),
  solar_power_balance: choice(20144, { 0: "sbd", 1: "sbe" }, "Solar power balance", SHEET, normal()),
} as const satisfies Table<At>;
