import { critical, ENDS_OFF_GRID, each, warning } from "../../codec/bits.ts";
import { DIAGNOSTIC, rowMakers, STATE } from "../../codec/rows.ts";
import type { Table } from "../../codec/table.ts";
import { UNNAMED_ERROR } from "./charger-status.ts";
import type { At } from "./identity.ts";

const SHEET = "MUST-1.4.15";
const { faults, flags, s16, u16 } = rowMakers("addr");
const total = rowMakers("addr", undefined, "total");
const identity = rowMakers("addr", undefined, "identity");

/** Energy counters; a row sits at its high word and spans two: high x 1000 kWh + low x 0.1 kWh. */
// biome-ignore format: a row a line
export const INVERTER_TOTALS = {
  grid_charge_energy: total.thousands(25245, "kWh", 10, "Energy from the grid into the battery (AC charger)", "MUST-1.4.15; capture aquarat"),
  discharge_energy: total.thousands(25247, "kWh", 10, "Energy from DC to AC, from battery and PV", "MUST-1.4.15; captures"),
  grid_import_energy: total.thousands(25249, "kWh", 10, "Energy bought from the grid", "MUST-1.4.15; capture aquarat"),
  grid_export_energy: total.thousands(25251, "kWh", 10, "Energy sold to the grid; rises even when grid_power reads 0", "MUST-1.4.15; Solar-Station"),
  load_energy: total.thousands(25253, "kWh", 10, "Energy used by the load", "MUST-1.4.15; captures"),
  self_use_energy: total.thousands(25255, "kWh", 10, "Energy used by the house from its own sources", "MUST-1.4.15; captures"),
  pv_export_energy: total.thousands(25257, "kWh", 10, "PV energy sold", "MUST-1.4.15; capture aquarat"),
  grid_charger_energy: total.thousands(25259, "kWh", 10, "Energy of the grid charger; equals grid_charge_energy where seen", "MUST-1.4.15; capture aquarat"),
} as const satisfies Table<At>;

// biome-ignore format: five bits a line
const INVERTER_ERRORS_1 = each(critical, {
  0: "fan_locked", 1: "transformer_over_temperature", 2: "battery_voltage_high", 3: "battery_voltage_low", 4: "output_short",
  5: "output_voltage_high", 6: "overload_timeout", 7: "bus_voltage_high", 8: "bus_soft_start", 9: "main_relay",
  10: "output_voltage_sensor", 11: "grid_voltage_sensor", 12: "output_current_sensor", 13: "grid_current_sensor", 14: "load_current_sensor",
  15: "grid_over_current",
}, ENDS_OFF_GRID);
// biome-ignore format: five bits a line
const INVERTER_ERRORS_2 = each(critical, {
  0: "radiator_over_temperature", 1: "charger_battery_class", 2: "charger_current_sensor", 3: "charger_current_uncontrollable", 4: "grid_voltage_low",
  5: "grid_voltage_high", 6: "grid_frequency_low", 7: "grid_frequency_high", 8: "over_current_protection", 9: "bus_voltage_low",
  10: "soft_start", 11: "dc_in_output", 12: "battery_open", 13: "control_current_sensor", 14: "output_voltage_low",
}, ENDS_OFF_GRID);
// biome-ignore format: five bits a line
const INVERTER_WARNINGS_1 = each(warning, {
  0: "fan_1_locked", 1: "fan_2_locked", 2: "battery_over_charged", 3: "battery_low", 4: "overload",
  5: "derating", 6: "solar_stopped_battery_low", 7: "solar_stopped_pv_voltage_high", 8: "solar_stopped_overload", 9: "solar_over_temperature",
  10: "charger_communication",
});

/** Error and warning words, battery side and energy flow (25261-25279). */
// biome-ignore format: a row a line
export const INVERTER_FAULTS_AND_BATTERY = {
  inverter_errors_1: faults(25261, INVERTER_ERRORS_1, "Inverter errors, word 1", SHEET, { role: "state", unnamed: UNNAMED_ERROR }),
  inverter_errors_2: faults(25262, INVERTER_ERRORS_2, "Inverter errors, word 2", SHEET, { role: "state", unnamed: UNNAMED_ERROR }),
  inverter_errors_3: flags(25263, {  }, "Inverter errors, word 3; no sheet names its bits", SHEET, { role: "state", unnamed: UNNAMED_ERROR }),
  inverter_warnings_1: faults(25265, INVERTER_WARNINGS_1, "Inverter warnings, word 1", SHEET, STATE),
  inverter_warnings_2: flags(25266, {  }, "Inverter warnings, word 2; all bits reserved", SHEET, STATE),
  battery_power: s16(25273, "W", 1, "Battery power, + = charging", "MUST-1.4.15; captures", { negate: true }),
  battery_current: s16(25274, "A", 1, "Battery current in whole amperes, + = charging", "MUST-1.4.15; captures aquarat, sp1800", { negate: true }),
  battery_voltage_grade: u16(25275, "V", 1, "Battery class of the machine: 12, 24 or 48; absent on protocol 1.4.3", SHEET, DIAGNOSTIC),
  rated_power: u16(25277, "W", 1, "Rated real power", SHEET, DIAGNOSTIC),
  energy_flow: flags(25279, { 0: "pv_present", 1: "load_present", 2: "battery_present", 3: "grid_present", 4: "pv_to_machine", 5: "machine_to_load", 6: "machine_to_battery", 7: "battery_to_machine", 8: "machine_to_grid", 9: "grid_to_machine" }, "Arrows of the display: what is present and which way energy flows", "MUST-1.4.15; checked against captures", DIAGNOSTIC),
} as const satisfies Table<At>;

/** Constants inside the inverter's status block: copies of the identity and anchors against foreign answers. */
// biome-ignore format: a row a line
export const INVERTER_STATUS_IDENTITY = {
  ac_grade: identity.u16(25202, "V", 1, "AC class: 230 or 120", SHEET),
  rated_apparent_power: identity.u16(25203, "VA", 1, "Rated apparent power; PH3000 gives W", SHEET),
  serial_number_copy: identity.u32(25269, "", 1, "Copy of 20002-20003", "MUST-1.4.15; capture sp1800", { na: 0xffffffff }),
  hardware_version_copy: identity.version(25271, "Copy of 20004", "MUST-1.4.15; capture sp1800"),
  software_version_copy: identity.version(25272, "Copy of 20005", "MUST-1.4.15; capture sp1800"),
  protocol_version_copy: identity.version(25278, "Protocol edition, equal to 20006", "MUST-1.4.15; capture sp1800"),
} as const satisfies Table<At>;
