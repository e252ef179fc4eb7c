import { never, range, rowMakers, UNPROVEN } from "../../codec/rows.ts";
import type { Table } from "../../codec/table.ts";
import type { At } from "./identity.ts";

const SHEET = "MUST-1.4.15";
const OLD_SHEET = "MUST-1.4.3";
const { choice, s16, u16 } = rowMakers("addr");

/** Rows that no poll reads: commands, unproven settings, and blocks that only some models have. */
// biome-ignore format: a row a line
export const UNPOLLED = {
  charger_system_setting: u16(10125, "", 1, "Charger system setting, meaning unknown", "vendor monitor", { ...never(range(0, 65535)), role: "command", experimental: true }),
  reset_charger_parameters: u16(10126, "", 1, "1 resets the charger's parameters", "vendor monitor", { ...never(range(1, 1), "charger_reset"), role: "command" }),
  clock_year: u16(20201, "", 1, "The machine's own clock, year; unproven", OLD_SHEET, { ...never(range(0, 9999)), role: "setting", experimental: true }),
  clock_month: u16(20202, "", 1, "The machine's own clock, month; unproven", OLD_SHEET, { ...never(range(1, 12)), role: "setting", experimental: true }),
  clock_day: u16(20203, "", 1, "The machine's own clock, day; unproven", OLD_SHEET, { ...never(range(1, 31)), role: "setting", experimental: true }),
  clock_hour: u16(20205, "", 1, "The machine's own clock, hour; unproven", OLD_SHEET, { ...never(range(0, 23)), role: "setting", experimental: true }),
  clock_minute: u16(20206, "", 1, "The machine's own clock, minute; unproven", OLD_SHEET, { ...never(range(0, 59)), role: "setting", experimental: true }),
  clock_second: u16(20207, "", 1, "The machine's own clock, second; unproven", OLD_SHEET, { ...never(range(0, 59)), role: "setting", experimental: true }),
  force_charge: choice(20209, { 0: "enabled", 1: "disabled" }, "Forced charging, 0 = enable; unproven", OLD_SHEET, { ...never(), role: "command", experimental: true }),
  force_discharge: choice(20210, { 0: "enabled", 1: "disabled" }, "Forced discharging, 0 = enable; unproven", OLD_SHEET, { ...never(), role: "command", experimental: true }),
  clear_inverter_totals: u16(20213, "", 1, "1 clears the inverter's totals", SHEET, { ...never(range(1, 1), "inverter_totals_cleared"), role: "command" }),
  reset_all_parameters: u16(20214, "", 1, "1 resets everything to factory settings", SHEET, { ...never(range(1, 1), "factory_reset"), role: "command" }),
  inverter_bms_voltage: u16(109, "V", 10, "Battery voltage from a BMS wired to the inverter; 0 = none", "PV3300, eybond-local tests", UNPROVEN),
  inverter_bms_current: s16(110, "", 1, "Battery current from a BMS wired to the inverter, sign and scale of its own", "PV3300, eybond-local tests", UNPROVEN),
  inverter_bms_temperature: s16(111, "°C", 1, "Battery temperature from a BMS wired to the inverter", "PV3300, eybond-local tests", UNPROVEN),
  inverter_bms_soc: u16(113, "%", 1, "State of charge from a BMS wired to the inverter", "PV3300, PV1900, HBP18-5248HM: field reports", UNPROVEN),
  inverter_bms_soh: u16(114, "%", 1, "State of health from a BMS wired to the inverter", "PV1900: ha-must-inverter PR #58", UNPROVEN),
  pylontech_voltage: u16(44176, "", 1, "Battery voltage from a CAN battery, scale unknown", "PH18-5448 PRO: esphome #8", UNPROVEN),
  pylontech_temperature: s16(44178, "", 1, "Battery temperature from a CAN battery, scale unknown", "PH18-5448 PRO: esphome #8", UNPROVEN),
  pylontech_soc: u16(44180, "%", 1, "State of charge from a CAN battery", "PH18-5448 PRO: esphome #8", UNPROVEN),
  pv2_voltage: u16(16205, "V", 10, "Second MPPT: PV voltage", "PV1900: field reports", UNPROVEN),
  pv2_charge_current: u16(16207, "A", 10, "Second MPPT: charge current", "PV1900: field reports", UNPROVEN),
  pv2_power: u16(16208, "W", 1, "Second MPPT: power", "PV1900: field reports", UNPROVEN),
} as const satisfies Table<At>;
