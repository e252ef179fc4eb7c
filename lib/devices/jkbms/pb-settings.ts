import { DIAGNOSTIC, LABELS, never, normal, range, rowMakers, safety } from "../../codec/rows.ts";
import type { Table } from "../../codec/table.ts";

const { u32 } = rowMakers("offset", 4);
const setting = rowMakers("offset", 4, "setting");

/** Bits of control word 0x1114; 7-9 since V1.1, 10-15 from the vendor's PC library. */
export const CONTROL_BITS = {
  0: "heating",
  1: "ignore temperature sensor",
  2: "GPS heartbeat",
  3: "port switch to RS485",
  4: "LCD always on",
  5: "special charger",
  6: "smart sleep",
  7: "parallel current limiter off",
  8: "timed data storage",
  9: "float-charge mode",
  10: "emergency by button",
  11: "dry contact intermittent",
  12: "second discharge over-current level",
  13: "third discharge over-current level",
  14: "GPS charge lock",
  15: "GPS discharge lock",
} as const;

// The sheet gives no ranges: these are those of the vendor's PC library.
const CELL_VOLTS = range(1.2, 4.4);
const DELAY = range(2, 600);
const HOT = range(30, 80);
const COLD = range(-45, 20);
const MOSFET_HOT = range(50, 110);

/** Settings block, base 0x1000. A key that the 4E57 records also have means the same thing there. */
// biome-ignore format: a row a line
export const PB_SETTINGS = {
  smart_sleep_voltage: setting.u32(0x00, "V", 1000, "Cell voltage of smart sleep", "M10 0x1000; capture pb02", safety(CELL_VOLTS)),
  cell_undervoltage_limit: setting.u32(0x04, "V", 1000, "Cell voltage at which discharging stops", "M10 0x1004; capture pb02", safety(CELL_VOLTS)),
  cell_undervoltage_recovery: setting.u32(0x08, "V", 1000, "Cell voltage at which discharging may go on", "M10 0x1008; capture pb02", safety(CELL_VOLTS)),
  cell_overvoltage_limit: setting.u32(0x0c, "V", 1000, "Cell voltage at which charging stops", "M10 0x100C; capture pb02", safety(CELL_VOLTS)),
  cell_overvoltage_recovery: setting.u32(0x10, "V", 1000, "Cell voltage at which charging may go on", "M10 0x1010; capture pb02", safety(CELL_VOLTS)),
  balance_start_difference: setting.u32(0x14, "V", 1000, "Cell difference from which the balancer works", "M10 0x1014; capture pb02", safety(range(0.003, 1))),
  soc_100_voltage: setting.u32(0x18, "V", 1000, "Cell voltage that counts as full", "M10 0x1018; capture pb02", { ...safety(CELL_VOLTS), label: "SoC 100 % voltage" }),
  soc_0_voltage: setting.u32(0x1c, "V", 1000, "Cell voltage that counts as empty", "M10 0x101C; capture pb02", { ...safety(CELL_VOLTS), label: "SoC 0 % voltage" }),
  requested_charge_voltage: setting.u32(0x20, "V", 1000, "Cell voltage asked of the charger (RCV), V1.1 only", "M10 0x1020; M11; capture pb02", safety(CELL_VOLTS)),
  requested_float_voltage: setting.u32(0x24, "V", 1000, "Cell voltage asked of the charger for floating (RFV), V1.1 only", "M10 0x1024; M11; capture pb02", safety(CELL_VOLTS)),
  power_off_voltage: setting.u32(0x28, "V", 1000, "Cell voltage at which the BMS switches itself off", "M10 0x1028; capture pb02", safety(CELL_VOLTS)),
  charge_overcurrent_limit: setting.u32(0x2c, "A", 1000, "Continuous charge current", "M10 0x102C; capture pb02", safety(range(1, 600))),
  charge_overcurrent_delay: setting.u32(0x30, "s", 1, "Time above the limit before the protection acts", "M10 0x1030; capture pb02", safety(DELAY)),
  charge_overcurrent_release: setting.u32(0x34, "s", 1, "Time until charging is tried again", "M10 0x1034; capture pb02", safety(DELAY)),
  discharge_overcurrent_limit: setting.u32(0x38, "A", 1000, "Continuous discharge current", "M10 0x1038; capture pb02", safety(range(1, 1200))),
  discharge_overcurrent_delay: setting.u32(0x3c, "s", 1, "Time above the limit before the protection acts", "M10 0x103C; capture pb02", safety(DELAY)),
  discharge_overcurrent_release: setting.u32(0x40, "s", 1, "Time until discharging is tried again", "M10 0x1040; capture pb02", safety(DELAY)),
  short_circuit_release: setting.u32(0x44, "s", 1, "Time until discharging is tried again after a short circuit", "M10 0x1044; capture pb02", safety(DELAY)),
  balance_current_limit: setting.u32(0x48, "A", 1000, "Largest balance current", "M10 0x1048; capture pb02", safety(range(0.3, 15))),
  charge_overtemperature_limit: setting.s32(0x4c, "°C", 10, "Charging stops above it", "M10 0x104C; capture pb02", safety(HOT)),
  charge_overtemperature_recovery: setting.s32(0x50, "°C", 10, "Charging may go on below it", "M10 0x1050; capture pb02", safety(HOT)),
  discharge_overtemperature_limit: setting.s32(0x54, "°C", 10, "Discharging stops above it", "M10 0x1054; capture pb02", safety(HOT)),
  discharge_overtemperature_recovery: setting.s32(0x58, "°C", 10, "Discharging may go on below it", "M10 0x1058; capture pb02", safety(HOT)),
  charge_undertemperature_limit: setting.s32(0x5c, "°C", 10, "Charging stops below it", "M10 0x105C; capture pb02", safety(COLD)),
  charge_undertemperature_recovery: setting.s32(0x60, "°C", 10, "Charging may go on above it", "M10 0x1060; capture pb02", safety(COLD)),
  mosfet_overtemperature_limit: setting.s32(0x64, "°C", 10, "MOSFET over-temperature protection", "M10 0x1064; capture pb02", safety(MOSFET_HOT)),
  mosfet_overtemperature_recovery: setting.s32(0x68, "°C", 10, "MOSFET temperature at which work goes on", "M10 0x1068; capture pb02", safety(MOSFET_HOT)),
  cell_count_setting: setting.u32(0x6c, "", 1, "Number of cells the BMS expects", "M10 0x106C; captures pb02, pb10", safety(range(2, 32))),
  charge_mosfet_enabled: setting.bool(0x70, "Charging is allowed (the wish; the state is charge_mosfet_on)", "M10 0x1070; captures pb02, pb10", normal(LABELS, "no_charge")),
  discharge_mosfet_enabled: setting.bool(0x74, "Discharging is allowed (the wish; the state is discharge_mosfet_on)", "M10 0x1074; capture pb02", normal(LABELS, "no_discharge")),
  balancer_enabled: setting.bool(0x78, "The balancer may work", "M10 0x1078; captures pb02, pb21", normal()),
  capacity: setting.u32(0x7c, "Ah", 1000, "Design capacity", "M10 0x107C; capture pb02", safety(range(2, 20000))),
  short_circuit_delay: setting.u32(0x80, "us", 1, "Time before the short-circuit protection acts", "M10 0x1080; capture pb02", safety(range(0, 1000000))),
  balance_start_voltage: setting.u32(0x84, "V", 1000, "Cell voltage from which the balancer works", "M10 0x1084; captures pb02, pb21", safety(range(1.2, 4.25))),
  board_address: setting.u32(0x108, "", 1, "Modbus address, in practice the DIP switches; 0 = bus master", "M10 0x1108; capture pb02", never(range(0, 247), "address_changes")),
  precharge_time: setting.u32(0x10c, "s", 1, "Precharge time", "M10 0x110C; capture pb02", safety(range(0, 300))),
  current_range: u32(0x110, "A", 1000, "Range of the current sensor", "JK PC library; capture pb02", DIAGNOSTIC),
  controls: setting.flags(0x114, CONTROL_BITS, "Control bits", "M10 0x1114; M11; JK PC library; captures pb02, pb21", { bytes: 2 }),
  heating_start_temperature: setting.s8(0x116, "°C", 1, "Heating starts below it, firmware from 15.41; something else before", "venus PR#459", { experimental: true }),
  heating_stop_temperature: setting.s8(0x117, "°C", 1, "Heating stops above it, firmware from 15.41; something else before", "venus PR#459", { experimental: true }),
  smart_sleep_time: setting.u8(0x118, "h", 1, "Time until smart sleep", "M10 0x1118; capture pb02"),
} as const satisfies Table<{ offset: number }>;

/** 32 balance wire resistances in uOhm (u32) of the settings block: calibration, neither shown nor written. */
export const PB_WIRE_RESISTANCES = { offset: 0x88, count: 32 } as const;
