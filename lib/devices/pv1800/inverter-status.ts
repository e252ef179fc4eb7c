import { DIAGNOSTIC, rowMakers, STATE } from "../../codec/rows.ts";
import type { Table } from "../../codec/table.ts";
import type { At } from "./identity.ts";

const SHEET = "MUST-1.4.15";
const { bool, choice, s16, u16 } = rowMakers("addr");

/** Live values of the inverter (25201-25242). */
// biome-ignore format: a row a line
export const INVERTER_STATUS = {
  work_state: choice(25201, { 0: "power_on", 1: "self_test", 2: "off_grid", 3: "grid_tie", 4: "bypass", 5: "stop", 6: "grid_charging" }, "What the inverter does", SHEET, STATE),
  battery_voltage: u16(25205, "V", 10, "Battery voltage at the inverter terminals", SHEET),
  inverter_voltage: u16(25206, "V", 10, "AC voltage of the inverter", SHEET),
  grid_voltage: u16(25207, "V", 10, "AC voltage of the grid; live while the grid relay is open", "MUST-1.4.15; esphome #8"),
  bus_voltage: u16(25208, "V", 10, "DC bus, 415-465 V", SHEET),
  control_current: s16(25209, "A", 10, "Control current", SHEET),
  inverter_current: s16(25210, "A", 10, "AC current of the inverter", SHEET),
  grid_current: s16(25211, "A", 10, "AC current of the grid; no negative value seen", SHEET),
  load_current: s16(25212, "A", 10, "AC current of the load", SHEET),
  inverter_power: s16(25213, "W", 1, "Real power of the inverter, + = DC to AC, - = AC to DC (charging from the grid)", "MUST-1.4.15; captures"),
  grid_power: s16(25214, "W", 1, "Real power of the grid, + = import, - = export on 48 V; can read 0 while exporting; on 12/24 V see grid_import_power", "MUST-1.4.15; Solar-Station; field reports", { negate: true }),
  load_power: s16(25215, "W", 1, "Real power of the load", SHEET),
  load_percent: u16(25216, "%", 1, "Load in per cent of the rated power", "MUST-1.4.15; eybond-local correction"),
  inverter_apparent_power: u16(25217, "VA", 1, "Apparent power of the inverter", SHEET),
  grid_apparent_power: u16(25218, "VA", 1, "Apparent power of the grid", SHEET),
  load_apparent_power: u16(25219, "VA", 1, "Apparent power of the load", SHEET),
  inverter_reactive_power: s16(25221, "var", 1, "Reactive power of the inverter", SHEET),
  grid_reactive_power: s16(25222, "var", 1, "Reactive power of the grid; may exceed the apparent power", SHEET),
  load_reactive_power: s16(25223, "var", 1, "Reactive power of the load", SHEET),
  inverter_frequency: u16(25225, "Hz", 100, "Frequency of the inverter", SHEET),
  grid_frequency: u16(25226, "Hz", 100, "Frequency of the grid; 0 = grid absent", SHEET),
  parallel_max_number: u16(25229, "", 1, "Parallel set: highest number; 0 = single", SHEET, DIAGNOSTIC),
  parallel_type: u16(25230, "", 1, "Parallel set: way of combining; 0 = single", SHEET, DIAGNOSTIC),
  parallel_own_number: u16(25231, "", 1, "Parallel set: number of this machine; 0 = single", SHEET, DIAGNOSTIC),
  ac_radiator_temperature: s16(25233, "°C", 1, "AC radiator", SHEET),
  transformer_temperature: s16(25234, "°C", 1, "Transformer; 0 = no sensor on some units", "MUST-1.4.15; capture sp1800"),
  dc_radiator_temperature: s16(25235, "°C", 1, "DC radiator", SHEET),
  inverter_relay_closed: bool(25237, "Inverter relay", SHEET, STATE),
  grid_relay_closed: bool(25238, "Grid relay", SHEET, STATE),
  load_relay_closed: bool(25239, "Load relay", SHEET, STATE),
  neutral_relay_closed: bool(25240, "N line relay", SHEET, STATE),
  dc_relay_closed: bool(25241, "DC relay", SHEET, STATE),
  earth_relay_closed: bool(25242, "Earth relay", SHEET, STATE),
} as const satisfies Table<At>;
