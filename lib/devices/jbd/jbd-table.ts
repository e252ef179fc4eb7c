import { critical, ENDS_OFF_GRID, info, usualWhenFull, warning } from "../../codec/bits.ts";
import { DIAGNOSTIC, IDENTITY, rowMakers, TOTAL } from "../../codec/rows.ts";
import type { BitMeaning, Table } from "../../codec/table.ts";

/** A protection bit; `alarm`: bit of the common alarm word (JK PB) that says the same, null = none does. */
interface Protection extends BitMeaning {
  readonly alarm: number | null;
}
const as = <const B extends BitMeaning>(alarm: number | null, meaning: B) => ({ ...meaning, alarm });

/** Bits of the protection word; 14 and 15 are reserved. Recorded are bit 0 and bit 12. */
export const PROTECTIONS = {
  0: as(4, usualWhenFull(warning("cell over-voltage"))),
  1: as(11, critical("cell under-voltage", ENDS_OFF_GRID)),
  2: as(5, info("pack over-voltage")),
  3: as(12, critical("pack under-voltage", ENDS_OFF_GRID)),
  4: as(8, critical("charge over-temperature", ENDS_OFF_GRID)),
  5: as(9, warning("charge under-temperature")),
  6: as(15, critical("discharge over-temperature", ENDS_OFF_GRID)),
  7: as(27, warning("discharge under-temperature")),
  8: as(6, warning("charge over-current")),
  9: as(13, critical("discharge over-current", ENDS_OFF_GRID)),
  10: as(14, critical("discharge short circuit", ENDS_OFF_GRID)),
  11: as(10, warning("front-end chip fault")),
  // Somebody switched a MOSFET off: an order, no fault. The switches show it.
  12: as(null, info("MOSFETs locked by software")),
  13: as(null, info("charge time-out")),
} as const satisfies Readonly<Record<number, Protection>>;

/** Bits of the MOSFET byte, 1 = on; the write command has them the other way round. */
export const MOSFETS = { 0: "charge MOSFET on", 1: "discharge MOSFET on" } as const;

/** Production date as YYYYMMDD: day in bits 0-4, month in 5-8, years since 2000 above; null when it is no date. */
export function dateFromWord(word: number): number | null {
  const day = word & 31;
  const month = (word >> 5) & 15;
  return day === 0 || month === 0 || month > 12 ? null : (2000 + (word >> 9)) * 10_000 + month * 100 + day;
}

/** Software version byte: a digit a nibble, 0x28 = 2.8. */
export function versionFromByte(byte: number): number {
  return (byte >> 4) * 10 + (byte & 15);
}

/** Temperature word in 0.1 °C from 0.1 K. */
export function tenthsFromWord(word: number): number {
  return word - 2731;
}

const { u8, u16, s16, faults, flags, custom } = rowMakers("offset", 1);
const SHEET = "JBD V4";

/**
 * Basic information, register 03: `offset` counts bytes of the data, numbers are big-endian. Behind it: the temperatures (their
 * number is in it), and on boards since about 2022 nine bytes more, which nobody has explained well enough to be read.
 */
// biome-ignore format: a row a line
export const JBD_INFO = {
  pack_voltage: u16(0, "V", 100, "Whole pack", SHEET),
  battery_current: s16(2, "A", 100, "+ = charging", "JBD V4; captures jbd06, jbd11"),
  remaining_capacity: u16(4, "Ah", 100, "Charge left", SHEET),
  capacity: u16(6, "Ah", 100, "Nominal capacity, as set in the BMS", SHEET),
  cycle_count: u16(8, "", 1, "Full cycles so far", SHEET, TOTAL),
  manufacturing_date: custom(10, dateFromWord, "", 1, "YYYYMMDD of the production", SHEET, { ...IDENTITY, bytes: 2 }),
  balancing_1_16: u16(12, "", 1, "Bit n set = cell n + 1 is balanced", "JBD V4; one recorded frame", DIAGNOSTIC),
  balancing_17_32: u16(14, "", 1, "Bit n set = cell n + 17 is balanced", SHEET, DIAGNOSTIC),
  protections: faults(16, PROTECTIONS, "Protections that act now", "JBD V4; captures jbd02, jbd03", { role: "state", bytes: 2 }),
  software_version: custom(18, versionFromByte, "", 10, "Software version", SHEET, { ...IDENTITY, bytes: 1 }),
  soc: u8(19, "%", 1, "State of charge by the BMS's own counter", SHEET, { label: "SoC" }),
  mosfets: flags(20, MOSFETS, "What the switches do now", SHEET, { role: "state", bytes: 1 }),
  cell_count: u8(21, "", 1, "Number of cells in series", SHEET, IDENTITY),
  temperature_sensor_count: u8(22, "", 1, "Number of temperature sensors; 0 is real", "JBD V4; capture jbd04", IDENTITY),
} as const satisfies Table<{ offset: number }>;

/** Bytes of JBD_INFO; the temperatures begin here. */
export const INFO_BYTES = 23;
/** What a board may have. */
export const MOST = { cells: 32, sensors: 8 } as const;
