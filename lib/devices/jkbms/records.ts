import { critical, ENDS_OFF_GRID, info, usualWhenFull, warning } from "../../codec/bits.ts";
import { DIAGNOSTIC, IDENTITY, LABELS, never, normal, range, rowMakers, safety, TOTAL } from "../../codec/rows.ts";
import type { Table } from "../../codec/table.ts";

const SHEET = "JK-2.5 §4";
const { ascii, bool, custom, faults, flags, u16, u32, u8 } = rowMakers("tag", 1);
const setting = rowMakers("tag", 1, "setting");

/**
 * Temperature code of records 80-82: below 100 degrees as they are, from 100 on 100 − code; above 140 it means nothing.
 * Code 100 is 0 °C and not +100 °C: an ice-bath test against the vendor's app says so (JK-2.5 §4; LV#354).
 */
export function temperatureFromCode(wire: number): number | null {
  if (wire < 100) return wire;
  return wire <= 140 ? 100 - wire : null;
}

/**
 * Current of record 84 in 0.01 A, + = charging. Protocol version 0 counts down from 10000; version 1 has the direction in bit 15
 * (1 = charging) and the magnitude below it. A version that nobody knows or has described gives null (JK-2.5 §5).
 */
export function currentFromWire(wire: number, protocolVersion: number | undefined): number | null {
  if (protocolVersion === 0) return 10000 - wire;
  if (protocolVersion !== 1) return null;
  const magnitude = wire & 0x7fff;
  return wire & 0x8000 || magnitude === 0 ? magnitude : -magnitude;
}

/**
 * Bits of warning word 8B in the vendor's words; 14 and 15 are reserved (JK-2.5 §6; bit 3 proven by a logged event). Pack
 * over-voltage comes with every full charge of a healthy pack, low capacity with every deep one.
 */
export const WARNINGS = {
  0: info("low capacity"),
  1: critical("MOSFET over-temperature", ENDS_OFF_GRID),
  2: info("charge over-voltage"),
  3: critical("discharge under-voltage", ENDS_OFF_GRID),
  4: critical("battery over-temperature", ENDS_OFF_GRID),
  5: warning("charge over-current"),
  6: critical("discharge over-current", ENDS_OFF_GRID),
  7: warning("cell difference too big"),
  8: critical("battery-box over-temperature", ENDS_OFF_GRID),
  9: warning("battery low temperature"),
  10: usualWhenFull(warning("cell over-voltage")),
  11: critical("cell under-voltage", ENDS_OFF_GRID),
  12: warning("309_A protection"),
  13: warning("309_B protection"),
} as const;

/** Bits of status word 8C. Bit 3 ("battery dropped") is left out: healthy packs send it as 0 and the vendor's example as 1. */
export const STATUS_BITS = { 0: "charge MOSFET on", 1: "discharge MOSFET on", 2: "balancing" } as const;
const CHARGE_MOSFET_BIT = 1;
const DISCHARGE_MOSFET_BIT = 2;
const BALANCING_BIT = 4;

/** What status word 8C says about the switches right now; the wishes are records AB, AC and 9D. */
export function statusBits(word: number): { charge: boolean; discharge: boolean; balancing: boolean } {
  return {
    charge: (word & CHARGE_MOSFET_BIT) !== 0,
    discharge: (word & DISCHARGE_MOSFET_BIT) !== 0,
    balancing: (word & BALANCING_BIT) !== 0,
  };
}

/** Record 79: the only one of variable length. One byte 3n, then n times index (from 1) and u16 mV. */
export const CELLS_RECORD = {
  tag: 0x79,
  doc: "Cell voltages: a length byte, then index and millivolts of each cell",
  source: "JK-2.5 §4; captures nw01-nw07",
} as const;

// The vendor gives these ranges per kind of record; a value seen outside of them in a capture is read but not written.
const CELL_VOLTS = range(1, 4.5);
const PACK_VOLTS = range(10, 150);
const DELAY = range(1, 60);
const AMPERES = range(1, 1000);
const HOT = range(0, 100);
const BOX_HOT = range(40, 100);
const COLD = range(-45, 25);

/**
 * All records of the 4E57 protocol except 79 (CELLS_RECORD), in the order of the vendor's table. `tag` is the identification code,
 * the value's length follows from the kind. 88 and 8D do not exist.
 */
// biome-ignore format: a row a line
export const RECORDS = {
  mosfet_temperature: custom(0x80, temperatureFromCode, "°C", 1, "Power MOSFETs of the BMS", "JK-2.5 §4; LV#354"),
  battery_temperature_1: custom(0x81, temperatureFromCode, "°C", 1, "External sensor 1, which the vendor calls the battery box", "JK-2.5 §4; LV#354"),
  battery_temperature_2: custom(0x82, temperatureFromCode, "°C", 1, "External sensor 2, which the vendor calls the battery", "JK-2.5 §4; LV#354"),
  pack_voltage: u16(0x83, "V", 100, "Whole pack; the sum of the cells within 0.01 V", "JK-2.5 §4; captures nw01-nw07"),
  battery_current: custom(0x84, (wire, context) => currentFromWire(wire, context.protocolVersion), "A", 100, "+ = charging; reads 0 below about 0.2 A", "JK-2.5 §5; captures nw01-nw07"),
  soc: u8(0x85, "%", 1, "State of charge by the BMS's own counter", SHEET, { label: "SoC" }),
  temperature_sensor_count: u8(0x86, "", 1, "Number of temperature sensors", SHEET, IDENTITY),
  cycle_count: u16(0x87, "", 1, "Full cycles so far", SHEET, TOTAL),
  cycle_capacity: u32(0x89, "Ah", 1, "Total throughput; firmware up to 10.08 sends its low byte as 0", "JK-2.5 §4; captures", TOTAL),
  cell_count: u16(0x8a, "", 1, "Number of cells found", SHEET, IDENTITY),
  warnings: faults(0x8b, WARNINGS, "Warnings and protections that act now", "JK-2.5 §6", { role: "state", bytes: 2 }),
  status: flags(0x8c, STATUS_BITS, "What the switches do now; bit 3 is not to be trusted", "JK-2.5 §6; captures", { role: "state", bytes: 2 }),
  pack_overvoltage_limit: setting.u16(0x8e, "V", 100, "Pack over-voltage protection", SHEET, safety(PACK_VOLTS, "computed_anew")),
  pack_undervoltage_limit: setting.u16(0x8f, "V", 100, "Pack under-voltage protection", SHEET, safety(PACK_VOLTS, "computed_anew")),
  cell_overvoltage_limit: setting.u16(0x90, "V", 1000, "Cell voltage at which charging stops", SHEET, safety(CELL_VOLTS)),
  cell_overvoltage_recovery: setting.u16(0x91, "V", 1000, "Cell voltage at which charging may go on", SHEET, safety(CELL_VOLTS)),
  cell_overvoltage_delay: setting.u16(0x92, "s", 1, "Time above the limit before the protection acts", SHEET, safety(DELAY)),
  cell_undervoltage_limit: setting.u16(0x93, "V", 1000, "Cell voltage at which discharging stops", SHEET, safety(CELL_VOLTS)),
  cell_undervoltage_recovery: setting.u16(0x94, "V", 1000, "Cell voltage at which discharging may go on", SHEET, safety(CELL_VOLTS)),
  cell_undervoltage_delay: setting.u16(0x95, "s", 1, "Time below the limit before the protection acts; about 100 s were measured with 5 set", "JK-2.5 §4; ArminJo", safety(DELAY)),
  cell_difference_limit: setting.u16(0x96, "V", 1000, "Largest difference between cells", SHEET, safety(range(0, 1))),
  discharge_overcurrent_limit: setting.u16(0x97, "A", 1, "Discharge over-current protection", SHEET, safety(AMPERES)),
  discharge_overcurrent_delay: setting.u16(0x98, "s", 1, "Time above the limit before the protection acts; 300 was seen", "JK-2.5 §4; capture nw02", safety(DELAY)),
  charge_overcurrent_limit: setting.u16(0x99, "A", 1, "Charge over-current protection", SHEET, safety(AMPERES)),
  charge_overcurrent_delay: setting.u16(0x9a, "s", 1, "Time above the limit before the protection acts", SHEET, safety(DELAY)),
  balance_start_voltage: setting.u16(0x9b, "V", 1000, "Cell voltage from which the balancer works", SHEET, safety(range(2, 4.5))),
  balance_start_difference: setting.u16(0x9c, "V", 1000, "Cell difference from which the balancer works; 5 and 8 mV were seen", "JK-2.5 §4; capture nw01", safety(range(0.01, 1))),
  balancer_enabled: setting.bool(0x9d, "The balancer may work", SHEET, normal(LABELS, "balancer_maybe_deaf")),
  mosfet_overtemperature_limit: setting.u16(0x9e, "°C", 1, "MOSFET over-temperature protection", SHEET, safety(HOT)),
  mosfet_overtemperature_recovery: setting.u16(0x9f, "°C", 1, "MOSFET temperature at which work goes on", SHEET, safety(HOT)),
  battery_box_overtemperature_limit: setting.u16(0xa0, "°C", 1, "Over-temperature protection of sensor 1", SHEET, safety(BOX_HOT)),
  battery_box_overtemperature_recovery: setting.u16(0xa1, "°C", 1, "Sensor 1 temperature at which work goes on", SHEET, safety(BOX_HOT)),
  temperature_difference_limit: setting.u16(0xa2, "°C", 1, "Largest difference between the sensors", SHEET, safety(range(5, 20))),
  charge_overtemperature_limit: setting.u16(0xa3, "°C", 1, "Charging stops above it", "JK-2.5 §4; diysolarforum 66034", safety(HOT, "limit_maybe_deaf")),
  discharge_overtemperature_limit: setting.u16(0xa4, "°C", 1, "Discharging stops above it", SHEET, safety(HOT)),
  charge_undertemperature_limit: setting.s16(0xa5, "°C", 1, "Charging stops below it; two's complement", "JK-2.5 §4; captures", safety(COLD)),
  charge_undertemperature_recovery: setting.s16(0xa6, "°C", 1, "Charging may go on above it", "JK-2.5 §4; captures", safety(COLD)),
  discharge_undertemperature_limit: setting.s16(0xa7, "°C", 1, "Discharging stops below it", "JK-2.5 §4; captures", safety(COLD)),
  discharge_undertemperature_recovery: setting.s16(0xa8, "°C", 1, "Discharging may go on above it", "JK-2.5 §4; captures", safety(COLD)),
  cell_count_setting: setting.u8(0xa9, "", 1, "Number of cells the BMS expects", SHEET, safety(range(3, 32))),
  capacity: setting.u32(0xaa, "Ah", 1, "Capacity as set; the vendor gives no range, this is the one of the PB series", "JK-2.5 §4; JK PC library", safety(range(2, 20000))),
  charge_mosfet_enabled: setting.bool(0xab, "Charging is allowed (the wish; the state is charge_mosfet_on)", "JK-2.5 §4; syssi#404", normal(LABELS, "no_charge")),
  discharge_mosfet_enabled: setting.bool(0xac, "Discharging is allowed (the wish; the state is discharge_mosfet_on)", "JK-2.5 §4; syssi#404", normal(LABELS, "no_discharge")),
  current_calibration: setting.u16(0xad, "A", 1000, "Calibration of the current; 2 bytes, 1 byte on some boards", "JK-2.5 §4; captures", never(range(0.1, 20))),
  board_address: setting.u8(0xae, "", 1, "Reserved by the vendor for cascading; 1 in all captures", SHEET, never(range(0, 255))),
  cell_chemistry: setting.choice(0xaf, { 0: "lfp", 1: "nmc", 2: "lto" }, "What somebody once chose; often wrong", "JK-2.5 §4; captures nw02, nwneg1", safety()),
  sleep_wait_time: setting.u16(0xb0, "s", 1, "Time until sleep, for reference; the vendor gives no range", SHEET, safety(range(0, 65535))),
  low_soc_alarm: setting.u8(0xb1, "%", 1, "State of charge below which warning bit 0 comes", SHEET, { ...safety(range(0, 80)), label: "Low SoC alarm" }),
  password: ascii(0xb2, 10, "Parameter password; goes over the line in clear text and is never shown", SHEET, { ...never(), role: "secret" }),
  dedicated_charger_enabled: setting.bool(0xb3, "Only the vendor's charger may charge", SHEET, safety()),
  device_id: ascii(0xb4, 8, "First 8 characters of the app's user data", "JK-2.5 §4; ArminJo", IDENTITY),
  manufacturing_date: ascii(0xb5, 4, "YYMM, in practice the first connection of the app", "JK-2.5 §4; ArminJo", IDENTITY),
  working_time: u32(0xb6, "min", 1, "Run time; firmware up to 10.08 sends its low byte as 0", "JK-2.5 §4; captures", TOTAL),
  software_version: ascii(0xb7, 15, "Hardware and software version, 11.XW_S11.26 = hw 11.XW, sw 11.26", "JK-2.5 §4; captures", IDENTITY),
  current_calibration_start: bool(0xb8, "Starts the current calibration; since V2.0", SHEET, { ...never(), role: "command" }),
  actual_capacity: u32(0xb9, "Ah", 1, "Capacity as the BMS found it; useless on firmware up to 10.08", "JK-2.5 §4; captures", DIAGNOSTIC),
  manufacturer_id: ascii(0xba, 24, "12 characters of user data and the model on newer firmware", "JK-2.5 §4; captures nw05, nw07", IDENTITY),
  restart: bool(0xbb, "Restart, write only", SHEET, { ...never(LABELS, "restart"), role: "command" }),
  factory_reset: bool(0xbc, "Factory reset, write only, since V2.1", SHEET, { ...never(LABELS, "factory_reset"), role: "command" }),
  firmware_upgrade: bool(0xbd, "Remote firmware upgrade, write only", SHEET, { ...never(LABELS, "firmware_awaited"), role: "command" }),
  gps_power_off_voltage: u16(0xbe, "V", 1000, "Cell voltage that cuts the supply of the GPS port, write only; no vendor range", SHEET, { ...never(range(0, 65.535)), role: "command" }),
  gps_power_on_voltage: u16(0xbf, "V", 1000, "Cell voltage that restores the supply of the GPS port, write only; no vendor range", SHEET, { ...never(range(0, 65.535)), role: "command" }),
  protocol_version: u8(0xc0, "", 1, "0 or absent: old coding of the current, 1: new; since V2.4", "JK-2.5 §5; captures", IDENTITY),
} as const satisfies Table<{ tag: number }>;

/** Name of a 4E57 record. */
export type RecordKey = keyof typeof RECORDS;

const KEY_OF_TAG: ReadonlyMap<number, RecordKey> = new Map(
  (Object.keys(RECORDS) as RecordKey[]).map((key) => [RECORDS[key].tag, key]),
);

/** Name of the record with this identification code, or undefined when the vendor's table has none (79 included). */
export function recordOfTag(tag: number): RecordKey | undefined {
  return KEY_OF_TAG.get(tag);
}
