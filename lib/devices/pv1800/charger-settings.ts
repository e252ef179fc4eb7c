import { byClass, LABELS, never, normal, range, rowMakers, safety, UNPROVEN } from "../../codec/rows.ts";
import type { Table } from "../../codec/table.ts";
import type { At } from "./identity.ts";

const SHEET = "MUST-1.4.15";
const OLD_SHEET = "MUST-1.4.3";
const { bool, choice, u16 } = rowMakers("addr", undefined, "setting");
const plain = rowMakers("addr");

/** Battery types of 10110 and its copy. */
export const BATTERY_TYPES = {
  0: "none",
  1: "user_defined",
  2: "lithium",
  3: "sealed",
  4: "agm",
  5: "gel",
  6: "flooded",
} as const;

/** Settings of the PV charger board (block 10101); ranges are for 48 V, by_grade for smaller machines. */
// biome-ignore format: a row a line
export const CHARGER_SETTINGS = {
  charger_enabled: bool(10101, "PV charger may work", "MUST-1.4.3; hidden in 1.4.15", never(LABELS, "pv_charge_stops")),
  absorb_start_voltage: u16(10102, "V", 10, "Voltage at which absorption starts", OLD_SHEET, never(range(48, 54))),
  float_voltage: u16(10103, "V", 10, "Float voltage; accepted only with battery type user_defined", "MUST-1.4.15; user manual", safety(byClass(48, 58.4))),
  absorption_voltage: u16(10104, "V", 10, "Absorption (bulk) voltage; accepted only with battery type user_defined", "MUST-1.4.15; user manual", safety(byClass(48, 58.4))),
  charger_battery_low_voltage: u16(10105, "V", 10, "Battery low voltage of the charger board; sheets disagree on the lowest value, the narrower range is taken", "MUST-1.4.15 says 34-44 V, its text edition 40-44 V", safety(byClass(40, 44))),
  charger_battery_low_voltage_mirror: u16(10106, "V", 10, "Copy of 10105", "captures sp1800, benj"),
  charger_battery_high_voltage: u16(10107, "V", 10, "Battery high voltage of the charger board; not in the vendor monitor's list of user settings", SHEET, never(byClass(58, 60))),
  max_pv_charge_current: u16(10108, "A", 10, "Highest charge current from PV", SHEET, normal(range(0, 80))),
  charger_absorb_current: u16(10109, "A", 10, "Charge current of the absorption stage", "MUST-1.4.3; 10 A seen in captures", never(range(0, 80))),
  battery_type: choice(10110, BATTERY_TYPES, "Type of battery; limits and voltages follow it", SHEET, safety(LABELS, "own_voltages")),
  battery_capacity: u16(10111, "Ah", 1, "Battery capacity", SHEET, normal(range(0, 900))),
  charger_battery_voltage_grade: u16(10113, "V", 1, "Battery class set in the charger, 12, 24 or 48", "vendor monitor; capture benj"),
  charger_rated_current_setting: u16(10114, "A", 10, "Rated current set in the charger", "vendor monitor; capture benj"),
  charger_register_10115: u16(10115, "", 1, "Unknown; 56638 seen", "capture benj", UNPROVEN),
  charger_constant_voltage_max_time: u16(10116, "", 1, "Longest time of the constant voltage stage, unit unknown", "vendor monitor", { ...never(range(0, 65535)), experimental: true }),
  charger_temperature_compensation: u16(10117, "", 10, "Temperature compensation of the battery sensor, unit unknown", "vendor monitor", { ...never(range(0, 6553.5)), experimental: true }),
  equalisation_enabled: bool(10118, "Equalisation charge", SHEET, safety(LABELS, "equalising_harms")),
  equalisation_voltage: u16(10119, "V", 10, "Equalisation voltage", SHEET, safety(byClass(48, 64))),
  max_equalisation_current: u16(10120, "A", 10, "Highest equalisation current", "vendor monitor; 15 A seen in capture benj", never(range(0, 80))),
  equalisation_time: u16(10121, "min", 1, "Duration of equalisation", SHEET, safety(range(5, 900))),
  equalisation_timeout: u16(10122, "min", 1, "Equalisation is given up after this time", SHEET, safety(range(5, 900))),
  equalisation_interval: u16(10123, "d", 1, "Days between equalisations", SHEET, safety(range(0, 90))),
} as const satisfies Table<At>;

/** Command words inside the charger settings block: reading them says nothing, writing them acts. */
// biome-ignore format: a row a line
export const CHARGER_COMMANDS = {
  clear_charger_totals: plain.u16(10112, "", 1, "1 clears the charger's totals", SHEET, { ...never(range(1, 1), "charger_totals_cleared"), role: "command" }),
  equalise_now: plain.u16(10124, "", 1, "1 starts equalisation", SHEET, { ...never(range(1, 1), "equalisation_starts"), role: "command" }),
} as const satisfies Table<At>;
