import { critical, ENDS_OFF_GRID, warning } from "../../codec/bits.ts";
import { DIAGNOSTIC, IDENTITY, rowMakers, STATE, TOTAL } from "../../codec/rows.ts";
import type { Table } from "../../codec/table.ts";
import type { At } from "./identity.ts";

const SHEET = "MUST-1.4.15";
const { bool, choice, faults, s16, thousands, u16 } = rowMakers("addr");

/** An error bit that no sheet names is still an error. */
export const UNNAMED_ERROR = { severity: "critical", ends_off_grid: true } as const;

const CHARGER_ERRORS = {
  0: critical("hardware", ENDS_OFF_GRID),
  1: critical("over_current", ENDS_OFF_GRID),
  2: critical("current_sensor", ENDS_OFF_GRID),
  3: critical("over_temperature", ENDS_OFF_GRID),
  4: critical("pv_voltage_high", ENDS_OFF_GRID),
  5: warning("pv_voltage_low"),
  6: critical("battery_voltage_high", ENDS_OFF_GRID),
  7: critical("battery_voltage_low", ENDS_OFF_GRID),
  8: critical("current_uncontrollable", ENDS_OFF_GRID),
  9: critical("parameter", ENDS_OFF_GRID),
} as const;

const CHARGER_WARNINGS = {
  0: warning("fan"),
} as const;

/** Live values of the PV charger (block 15201). At night it reports zeros, or stop with pv_voltage_low: no sun, no fault. */
// biome-ignore format: a row a line
export const CHARGER_STATUS = {
  charger_work_state: choice(15201, { 0: "init", 1: "self_test", 2: "work", 3: "stop" }, "State of the PV charger", SHEET, STATE),
  mppt_state: choice(15202, { 0: "stop", 1: "mppt", 2: "current_limiting" }, "State of the power point tracker", SHEET, STATE),
  charge_stage: choice(15203, { 0: "stop", 1: "absorb", 2: "float", 3: "equalise" }, "Charge stage", "MUST-1.4.15; equalise absent in 1.4.3", STATE),
  pv_voltage: u16(15205, "V", 10, "PV voltage", SHEET),
  charger_battery_voltage: u16(15206, "V", 10, "Battery voltage at the charger; 0 at night, use battery_voltage", "MUST-1.4.15; capture benj"),
  pv_charge_current: u16(15207, "A", 10, "Charge current from PV, DC, battery side", SHEET),
  pv_power: u16(15208, "W", 1, "Power from PV, battery side; 0 at night", SHEET),
  charger_radiator_temperature: s16(15209, "°C", 1, "Radiator of the PV charger", SHEET),
  external_temperature: s16(15210, "°C", 1, "External sensor; -53 = sensor absent", "MUST-1.4.15; capture aquarat", { na: 0xffcb }),
  charger_battery_relay_closed: bool(15211, "Battery relay of the charger", SHEET, STATE),
  pv_relay_closed: bool(15212, "PV relay of the charger", SHEET, STATE),
  charger_errors: faults(15213, CHARGER_ERRORS, "Errors of the charger; pv_voltage_low is normal at night", SHEET, { role: "state", unnamed: UNNAMED_ERROR }),
  charger_warnings: faults(15214, CHARGER_WARNINGS, "Warnings of the charger", SHEET, STATE),
  pv_energy: thousands(15217, "kWh", 10, "Energy from PV since the counters were cleared", "MUST-1.4.15; capture benj", TOTAL),
  charger_run_days: u16(15219, "d", 1, "Run time of the charger, whole days; stays 0 on some units", "MUST-1.4.15; capture aquarat", DIAGNOSTIC),
  charger_run_hours: u16(15220, "h", 1, "Run time of the charger, hours of the day", SHEET, DIAGNOSTIC),
  charger_run_minutes: u16(15221, "min", 1, "Run time of the charger, minutes of the hour", SHEET, DIAGNOSTIC),
} as const satisfies Table<At>;

/** Constants inside the charger's status block; anchors against foreign answers. */
// biome-ignore format: a row a line
export const CHARGER_STATUS_IDENTITY = {
  charger_grade: u16(15215, "V", 1, "Battery class seen by the charger: 12, 24 or 48; valid at night", SHEET, IDENTITY),
  charger_rated_current: u16(15216, "A", 10, "Rated current of the charger; valid at night", SHEET, IDENTITY),
} as const satisfies Table<At>;
