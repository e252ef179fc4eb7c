import { critical, ENDS_OFF_GRID, info, labelsOf, usualWhenFull, warning } from "../codec/bits.ts";
import type { Table } from "../codec/table.ts";

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
const CELL_VOLTS = { min: 1, max: 4.5 };
const PACK_VOLTS = { min: 10, max: 150 };
const DELAY = { min: 1, max: 60 };
const AMPERES = { min: 1, max: 1000 };
const HOT = { min: 0, max: 100 };
const BOX_HOT = { min: 40, max: 100 };
const COLD = { min: -45, max: 25 };

const SAFETY = "battery_safety" as const;
const NEVER = "never" as const;

/**
 * All records of the 4E57 protocol except 79 (CELLS_RECORD), in the order of the vendor's table. `tag` is the identification code,
 * the value's length follows from the kind. 88 and 8D do not exist.
 */
export const RECORDS = {
  mosfet_temperature: {
    tag: 0x80,
    kind: "custom",
    bytes: 2,
    unit: "°C",
    fromWire: temperatureFromCode,
    doc: "Power MOSFETs of the BMS",
    source: "JK-2.5 §4; LV#354",
  },
  battery_temperature_1: {
    tag: 0x81,
    kind: "custom",
    bytes: 2,
    unit: "°C",
    fromWire: temperatureFromCode,
    doc: "External sensor 1, which the vendor calls the battery box",
    source: "JK-2.5 §4; LV#354",
  },
  battery_temperature_2: {
    tag: 0x82,
    kind: "custom",
    bytes: 2,
    unit: "°C",
    fromWire: temperatureFromCode,
    doc: "External sensor 2, which the vendor calls the battery",
    source: "JK-2.5 §4; LV#354",
  },
  pack_voltage: {
    tag: 0x83,
    kind: "u16",
    div: 100,
    unit: "V",
    doc: "Whole pack; the sum of the cells within 0.01 V",
    source: "JK-2.5 §4; captures nw01-nw07",
  },
  battery_current: {
    tag: 0x84,
    kind: "custom",
    bytes: 2,
    div: 100,
    unit: "A",
    fromWire: (wire, context) => currentFromWire(wire, context.protocolVersion),
    doc: "+ = charging; reads 0 below about 0.2 A",
    source: "JK-2.5 §5; captures nw01-nw07",
  },
  soc: {
    tag: 0x85,
    kind: "u8",
    unit: "%",
    label: "SoC",
    doc: "State of charge by the BMS's own counter",
    source: "JK-2.5 §4",
  },
  temperature_sensor_count: {
    tag: 0x86,
    kind: "u8",
    role: "identity",
    doc: "Number of temperature sensors",
    source: "JK-2.5 §4",
  },
  cycle_count: { tag: 0x87, kind: "u16", role: "total", doc: "Full cycles so far", source: "JK-2.5 §4" },
  cycle_capacity: {
    tag: 0x89,
    kind: "u32",
    unit: "Ah",
    role: "total",
    doc: "Total throughput; firmware up to 10.08 sends its low byte as 0",
    source: "JK-2.5 §4; captures",
  },
  cell_count: { tag: 0x8a, kind: "u16", role: "identity", doc: "Number of cells found", source: "JK-2.5 §4" },
  warnings: {
    tag: 0x8b,
    kind: "flags",
    bytes: 2,
    role: "state",
    bits: labelsOf(WARNINGS),
    faults: WARNINGS,
    doc: "Warnings and protections that act now",
    source: "JK-2.5 §6",
  },
  status: {
    tag: 0x8c,
    kind: "flags",
    bytes: 2,
    role: "state",
    bits: STATUS_BITS,
    doc: "What the switches do now; bit 3 is not to be trusted",
    source: "JK-2.5 §6; captures",
  },

  pack_overvoltage_limit: {
    tag: 0x8e,
    kind: "u16",
    div: 100,
    unit: "V",
    role: "setting",
    write: {
      class: SAFETY,
      range: PACK_VOLTS,
      effect: "The BMS computes it anew from the cell limit and the cell count",
    },
    doc: "Pack over-voltage protection",
    source: "JK-2.5 §4",
  },
  pack_undervoltage_limit: {
    tag: 0x8f,
    kind: "u16",
    div: 100,
    unit: "V",
    role: "setting",
    write: {
      class: SAFETY,
      range: PACK_VOLTS,
      effect: "The BMS computes it anew from the cell limit and the cell count",
    },
    doc: "Pack under-voltage protection",
    source: "JK-2.5 §4",
  },
  cell_overvoltage_limit: {
    tag: 0x90,
    kind: "u16",
    div: 1000,
    unit: "V",
    role: "setting",
    write: { class: SAFETY, range: CELL_VOLTS },
    doc: "Cell voltage at which charging stops",
    source: "JK-2.5 §4",
  },
  cell_overvoltage_recovery: {
    tag: 0x91,
    kind: "u16",
    div: 1000,
    unit: "V",
    role: "setting",
    write: { class: SAFETY, range: CELL_VOLTS },
    doc: "Cell voltage at which charging may go on",
    source: "JK-2.5 §4",
  },
  cell_overvoltage_delay: {
    tag: 0x92,
    kind: "u16",
    unit: "s",
    role: "setting",
    write: { class: SAFETY, range: DELAY },
    doc: "Time above the limit before the protection acts",
    source: "JK-2.5 §4",
  },
  cell_undervoltage_limit: {
    tag: 0x93,
    kind: "u16",
    div: 1000,
    unit: "V",
    role: "setting",
    write: { class: SAFETY, range: CELL_VOLTS },
    doc: "Cell voltage at which discharging stops",
    source: "JK-2.5 §4",
  },
  cell_undervoltage_recovery: {
    tag: 0x94,
    kind: "u16",
    div: 1000,
    unit: "V",
    role: "setting",
    write: { class: SAFETY, range: CELL_VOLTS },
    doc: "Cell voltage at which discharging may go on",
    source: "JK-2.5 §4",
  },
  cell_undervoltage_delay: {
    tag: 0x95,
    kind: "u16",
    unit: "s",
    role: "setting",
    write: { class: SAFETY, range: DELAY },
    doc: "Time below the limit before the protection acts; about 100 s were measured with 5 set",
    source: "JK-2.5 §4; ArminJo",
  },
  cell_difference_limit: {
    tag: 0x96,
    kind: "u16",
    div: 1000,
    unit: "V",
    role: "setting",
    write: { class: SAFETY, range: { min: 0, max: 1 } },
    doc: "Largest difference between cells",
    source: "JK-2.5 §4",
  },
  discharge_overcurrent_limit: {
    tag: 0x97,
    kind: "u16",
    unit: "A",
    role: "setting",
    write: { class: SAFETY, range: AMPERES },
    doc: "Discharge over-current protection",
    source: "JK-2.5 §4",
  },
  discharge_overcurrent_delay: {
    tag: 0x98,
    kind: "u16",
    unit: "s",
    role: "setting",
    write: { class: SAFETY, range: DELAY },
    doc: "Time above the limit before the protection acts; 300 was seen",
    source: "JK-2.5 §4; capture nw02",
  },
  charge_overcurrent_limit: {
    tag: 0x99,
    kind: "u16",
    unit: "A",
    role: "setting",
    write: { class: SAFETY, range: AMPERES },
    doc: "Charge over-current protection",
    source: "JK-2.5 §4",
  },
  charge_overcurrent_delay: {
    tag: 0x9a,
    kind: "u16",
    unit: "s",
    role: "setting",
    write: { class: SAFETY, range: DELAY },
    doc: "Time above the limit before the protection acts",
    source: "JK-2.5 §4",
  },
  balance_start_voltage: {
    tag: 0x9b,
    kind: "u16",
    div: 1000,
    unit: "V",
    role: "setting",
    write: { class: SAFETY, range: { min: 2, max: 4.5 } },
    doc: "Cell voltage from which the balancer works",
    source: "JK-2.5 §4",
  },
  balance_start_difference: {
    tag: 0x9c,
    kind: "u16",
    div: 1000,
    unit: "V",
    role: "setting",
    write: { class: SAFETY, range: { min: 0.01, max: 1 } },
    doc: "Cell difference from which the balancer works; 5 and 8 mV were seen",
    source: "JK-2.5 §4; capture nw01",
  },
  balancer_enabled: {
    tag: 0x9d,
    kind: "bool",
    bytes: 1,
    role: "setting",
    write: {
      class: "normal",
      effect: "Switches the balancer; hardware 11 is known to ignore this over the serial line",
    },
    doc: "The balancer may work",
    source: "JK-2.5 §4",
  },
  mosfet_overtemperature_limit: {
    tag: 0x9e,
    kind: "u16",
    unit: "°C",
    role: "setting",
    write: { class: SAFETY, range: HOT },
    doc: "MOSFET over-temperature protection",
    source: "JK-2.5 §4",
  },
  mosfet_overtemperature_recovery: {
    tag: 0x9f,
    kind: "u16",
    unit: "°C",
    role: "setting",
    write: { class: SAFETY, range: HOT },
    doc: "MOSFET temperature at which work goes on",
    source: "JK-2.5 §4",
  },
  battery_box_overtemperature_limit: {
    tag: 0xa0,
    kind: "u16",
    unit: "°C",
    role: "setting",
    write: { class: SAFETY, range: BOX_HOT },
    doc: "Over-temperature protection of sensor 1",
    source: "JK-2.5 §4",
  },
  battery_box_overtemperature_recovery: {
    tag: 0xa1,
    kind: "u16",
    unit: "°C",
    role: "setting",
    write: { class: SAFETY, range: BOX_HOT },
    doc: "Sensor 1 temperature at which work goes on",
    source: "JK-2.5 §4",
  },
  temperature_difference_limit: {
    tag: 0xa2,
    kind: "u16",
    unit: "°C",
    role: "setting",
    write: { class: SAFETY, range: { min: 5, max: 20 } },
    doc: "Largest difference between the sensors",
    source: "JK-2.5 §4",
  },
  charge_overtemperature_limit: {
    tag: 0xa3,
    kind: "u16",
    unit: "°C",
    role: "setting",
    write: { class: SAFETY, range: HOT, effect: "One owner saw it acknowledged and not changed" },
    doc: "Charging stops above it",
    source: "JK-2.5 §4; diysolarforum 66034",
  },
  discharge_overtemperature_limit: {
    tag: 0xa4,
    kind: "u16",
    unit: "°C",
    role: "setting",
    write: { class: SAFETY, range: HOT },
    doc: "Discharging stops above it",
    source: "JK-2.5 §4",
  },
  charge_undertemperature_limit: {
    tag: 0xa5,
    kind: "s16",
    unit: "°C",
    role: "setting",
    write: { class: SAFETY, range: COLD },
    doc: "Charging stops below it; two's complement",
    source: "JK-2.5 §4; captures",
  },
  charge_undertemperature_recovery: {
    tag: 0xa6,
    kind: "s16",
    unit: "°C",
    role: "setting",
    write: { class: SAFETY, range: COLD },
    doc: "Charging may go on above it",
    source: "JK-2.5 §4; captures",
  },
  discharge_undertemperature_limit: {
    tag: 0xa7,
    kind: "s16",
    unit: "°C",
    role: "setting",
    write: { class: SAFETY, range: COLD },
    doc: "Discharging stops below it",
    source: "JK-2.5 §4; captures",
  },
  discharge_undertemperature_recovery: {
    tag: 0xa8,
    kind: "s16",
    unit: "°C",
    role: "setting",
    write: { class: SAFETY, range: COLD },
    doc: "Discharging may go on above it",
    source: "JK-2.5 §4; captures",
  },
  cell_count_setting: {
    tag: 0xa9,
    kind: "u8",
    role: "setting",
    write: { class: SAFETY, range: { min: 3, max: 32 } },
    doc: "Number of cells the BMS expects",
    source: "JK-2.5 §4",
  },
  capacity: {
    tag: 0xaa,
    kind: "u32",
    unit: "Ah",
    role: "setting",
    write: { class: SAFETY, range: { min: 2, max: 20000 } },
    doc: "Capacity as set; the vendor gives no range, this is the one of the PB series",
    source: "JK-2.5 §4; JK PC library",
  },
  charge_mosfet_enabled: {
    tag: 0xab,
    kind: "bool",
    bytes: 1,
    role: "setting",
    write: { class: "normal", effect: "Off: the battery takes no charge" },
    doc: "Charging is allowed (the wish; the state is charge_mosfet_on)",
    source: "JK-2.5 §4; syssi#404",
  },
  discharge_mosfet_enabled: {
    tag: 0xac,
    kind: "bool",
    bytes: 1,
    role: "setting",
    write: { class: "normal", effect: "Off: the battery gives no power, an inverter without grid goes dark" },
    doc: "Discharging is allowed (the wish; the state is discharge_mosfet_on)",
    source: "JK-2.5 §4; syssi#404",
  },
  current_calibration: {
    tag: 0xad,
    kind: "u16",
    div: 1000,
    unit: "A",
    role: "setting",
    write: { class: NEVER, range: { min: 0.1, max: 20 } },
    doc: "Calibration of the current; 2 bytes, 1 byte on some boards",
    source: "JK-2.5 §4; captures",
  },
  board_address: {
    tag: 0xae,
    kind: "u8",
    role: "setting",
    write: { class: NEVER, range: { min: 0, max: 255 } },
    doc: "Reserved by the vendor for cascading; 1 in all captures",
    source: "JK-2.5 §4",
  },
  cell_chemistry: {
    tag: 0xaf,
    kind: "enum",
    bytes: 1,
    role: "setting",
    labels: { 0: "lfp", 1: "nmc", 2: "lto" },
    write: { class: SAFETY },
    doc: "What somebody once chose; often wrong",
    source: "JK-2.5 §4; captures nw02, nwneg1",
  },
  sleep_wait_time: {
    tag: 0xb0,
    kind: "u16",
    unit: "s",
    role: "setting",
    write: { class: SAFETY, range: { min: 0, max: 65535 } },
    doc: "Time until sleep, for reference; the vendor gives no range",
    source: "JK-2.5 §4",
  },
  low_soc_alarm: {
    tag: 0xb1,
    kind: "u8",
    unit: "%",
    role: "setting",
    label: "Low SoC alarm",
    write: { class: SAFETY, range: { min: 0, max: 80 } },
    doc: "State of charge below which warning bit 0 comes",
    source: "JK-2.5 §4",
  },
  password: {
    tag: 0xb2,
    kind: "ascii",
    length: 10,
    role: "secret",
    write: { class: NEVER },
    doc: "Parameter password; goes over the line in clear text and is never shown",
    source: "JK-2.5 §4",
  },
  dedicated_charger_enabled: {
    tag: 0xb3,
    kind: "bool",
    bytes: 1,
    role: "setting",
    write: { class: SAFETY },
    doc: "Only the vendor's charger may charge",
    source: "JK-2.5 §4",
  },
  device_id: {
    tag: 0xb4,
    kind: "ascii",
    length: 8,
    role: "identity",
    doc: "First 8 characters of the app's user data",
    source: "JK-2.5 §4; ArminJo",
  },
  manufacturing_date: {
    tag: 0xb5,
    kind: "ascii",
    length: 4,
    role: "identity",
    doc: "YYMM, in practice the first connection of the app",
    source: "JK-2.5 §4; ArminJo",
  },
  working_time: {
    tag: 0xb6,
    kind: "u32",
    unit: "min",
    role: "total",
    doc: "Run time; firmware up to 10.08 sends its low byte as 0",
    source: "JK-2.5 §4; captures",
  },
  software_version: {
    tag: 0xb7,
    kind: "ascii",
    length: 15,
    role: "identity",
    doc: "Hardware and software version, 11.XW_S11.26 = hw 11.XW, sw 11.26",
    source: "JK-2.5 §4; captures",
  },
  current_calibration_start: {
    tag: 0xb8,
    kind: "bool",
    bytes: 1,
    role: "command",
    write: { class: NEVER },
    doc: "Starts the current calibration; since V2.0",
    source: "JK-2.5 §4",
  },
  actual_capacity: {
    tag: 0xb9,
    kind: "u32",
    unit: "Ah",
    role: "diagnostic",
    doc: "Capacity as the BMS found it; useless on firmware up to 10.08",
    source: "JK-2.5 §4; captures",
  },
  manufacturer_id: {
    tag: 0xba,
    kind: "ascii",
    length: 24,
    role: "identity",
    doc: "12 characters of user data and the model on newer firmware",
    source: "JK-2.5 §4; captures nw05, nw07",
  },
  restart: {
    tag: 0xbb,
    kind: "bool",
    bytes: 1,
    role: "command",
    write: { class: NEVER, effect: "Restarts the BMS" },
    doc: "Restart, write only",
    source: "JK-2.5 §4",
  },
  factory_reset: {
    tag: 0xbc,
    kind: "bool",
    bytes: 1,
    role: "command",
    write: { class: NEVER, effect: "Every setting goes back to the factory's" },
    doc: "Factory reset, write only, since V2.1",
    source: "JK-2.5 §4",
  },
  firmware_upgrade: {
    tag: 0xbd,
    kind: "bool",
    bytes: 1,
    role: "command",
    write: { class: NEVER, effect: "The BMS waits for new firmware" },
    doc: "Remote firmware upgrade, write only",
    source: "JK-2.5 §4",
  },
  gps_power_off_voltage: {
    tag: 0xbe,
    kind: "u16",
    div: 1000,
    unit: "V",
    role: "command",
    write: { class: NEVER, range: { min: 0, max: 65.535 } },
    doc: "Cell voltage that cuts the supply of the GPS port, write only; no vendor range",
    source: "JK-2.5 §4",
  },
  gps_power_on_voltage: {
    tag: 0xbf,
    kind: "u16",
    div: 1000,
    unit: "V",
    role: "command",
    write: { class: NEVER, range: { min: 0, max: 65.535 } },
    doc: "Cell voltage that restores the supply of the GPS port, write only; no vendor range",
    source: "JK-2.5 §4",
  },
  protocol_version: {
    tag: 0xc0,
    kind: "u8",
    role: "identity",
    doc: "0 or absent: old coding of the current, 1: new; since V2.4",
    source: "JK-2.5 §5; captures",
  },
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
