import { BadFrame } from "../../base/errors.ts";
import { type FaultFlag, faultFlag, labelsOf } from "../../codec/bits.ts";
import type { FlagsField, Raw, Table } from "../../codec/table.ts";
import { setBits } from "../../codec/values.ts";
import type { DecodedRecords } from "./decode.ts";
import type { PbStatus } from "./pb-decode.ts";
import { ALARMS } from "./pb-status.ts";
import { type RecordKey, statusBits, WARNINGS } from "./records.ts";

/** The fields of a BMS sample, whichever protocol it came by. Scaled integers fit the finer of the two. */
// biome-ignore format: a row a line
export const BMS_FIELDS = {
  pack_voltage: { kind: "u32", div: 1000, unit: "V", doc: "Whole pack", source: "4E57 83; PB 0x1290" },
  battery_current: { kind: "s32", div: 1000, unit: "A", doc: "+ = charging", source: "4E57 84; PB 0x1298" },
  soc: { kind: "u8", unit: "%", label: "SoC", doc: "State of charge, the BMS's counter", source: "4E57 85; PB 0x12A7" },
  soh: { kind: "u8", unit: "%", label: "SoH", doc: "State of health", source: "PB 0x12B8; not in 4E57" },
  remaining_capacity: { kind: "u32", div: 1000, unit: "Ah", doc: "Charge left", source: "PB 0x12A8; not in 4E57" },
  capacity: { kind: "u32", div: 1000, unit: "Ah", doc: "Full charge, as set in the BMS", source: "4E57 AA; PB 0x12AC" },
  cycle_count: { kind: "u32", role: "total", doc: "Full cycles so far", source: "4E57 87; PB 0x12B0" },
  cycle_capacity: { kind: "u32", unit: "Ah", role: "total", doc: "Total throughput", source: "4E57 89; PB 0x12B4" },
  mosfet_temperature: { kind: "s16", div: 10, unit: "°C", doc: "Power MOSFETs", source: "4E57 80; PB 0x128A" },
  battery_temperature_1: { kind: "s16", div: 10, unit: "°C", doc: "Probe 1", source: "4E57 81; PB 0x129C" },
  battery_temperature_2: { kind: "s16", div: 10, unit: "°C", doc: "Probe 2", source: "4E57 82; PB 0x129E" },
  battery_temperature_3: { kind: "s16", div: 10, unit: "°C", doc: "Third probe", source: "PB 0x12FA; not in 4E57" },
  battery_temperature_4: { kind: "s16", div: 10, unit: "°C", doc: "Fourth probe", source: "PB 0x12FC; not in 4E57" },
  warnings: { kind: "flags", bytes: 2, role: "state", bits: labelsOf(WARNINGS), faults: WARNINGS, doc: "Warnings and protections that act now, 4E57 devices only", source: "4E57 8B" },
  alarms: { kind: "flags", bytes: 4, role: "state", bits: labelsOf(ALARMS), faults: ALARMS, doc: "Alarms that act now, Modbus devices only; bit 19 is no fault", source: "PB 0x12A0" },
  charge_mosfet_on: { kind: "bool", role: "state", doc: "Charging is possible now", source: "4E57 8C bit 0; PB 0x12C0" },
  discharge_mosfet_on: { kind: "bool", role: "state", doc: "Discharging is possible now", source: "4E57 8C bit 1; PB 0x12C1" },
  balancing: { kind: "bool", role: "state", doc: "The balancer works now", source: "4E57 8C bit 2; PB 0x12A6" },
  balance_current: { kind: "s16", div: 1000, unit: "A", doc: "Of the balancer", source: "PB 0x12A4; not in 4E57" },
  cell_count: { kind: "u8", role: "identity", doc: "Number of cells found", source: "4E57 8A; PB 0x1240" },
} as const satisfies Table;

/** Name of a sample field. */
export type BmsKey = keyof typeof BMS_FIELDS;
/** Every field as scaled integer; null = this protocol or device does not tell. */
export type BmsRaw = { readonly [K in BmsKey]: number | null };

/** One sample: scaled integers of BMS_FIELDS (value = raw / div), the cells, and how many answers it was made of. */
export interface BmsSample extends BmsRaw {
  /** mV, index 0 = cell 1; null = not reported. */
  readonly cells: readonly (number | null)[];
  readonly good_answers: number;
  readonly bad_answers: number;
}

/** One answer as a client hands it out. */
export interface BmsAnswer extends BmsSample {
  /** Wire integers of fields that are null because nobody knows how to decode them; absent = none. */
  readonly undecodable?: Readonly<Partial<Record<BmsKey, number>>>;
}

/** Records without which an answer is no sample. */
const REQUIRED: readonly RecordKey[] = ["pack_voltage", "battery_current", "soc", "status"];

/**
 * Sample from the records of a 4E57 read-all answer.
 * @throws BadFrame unknown_tag when an unknown record stood before a needed one, malformed when one is simply missing
 */
export function sampleFromRecords(decoded: DecodedRecords, where: string): BmsAnswer {
  const { records, cells, unknown } = decoded;
  const missing = REQUIRED.filter((key) => !decoded.order.includes(key)).map(String);
  if (cells === null) missing.unshift("cells");
  if (cells === null || missing.length > 0) {
    if (unknown) {
      const tag = unknown.tag.toString(16).toUpperCase().padStart(2, "0");
      throw new BadFrame(
        "unknown_tag",
        `${where}: unknown record ${tag} at data offset ${unknown.offset} hides ${missing.join(", ")}`,
      );
    }
    throw new BadFrame("malformed", `${where}: the answer lacks ${missing.join(", ")}`);
  }
  const status = statusBits(numberOf(records.status) ?? 0);
  return {
    pack_voltage: times(records.pack_voltage, 10),
    battery_current: times(records.battery_current, 10),
    soc: numberOf(records.soc),
    soh: null,
    remaining_capacity: null,
    capacity: times(records.capacity, 1000),
    cycle_count: numberOf(records.cycle_count),
    cycle_capacity: numberOf(records.cycle_capacity),
    mosfet_temperature: times(records.mosfet_temperature, 10),
    battery_temperature_1: times(records.battery_temperature_1, 10),
    battery_temperature_2: times(records.battery_temperature_2, 10),
    battery_temperature_3: null,
    battery_temperature_4: null,
    warnings: numberOf(records.warnings),
    alarms: null,
    charge_mosfet_on: Number(status.charge),
    discharge_mosfet_on: Number(status.discharge),
    balancing: Number(status.balancing),
    balance_current: null,
    cell_count: numberOf(records.cell_count) ?? cells.length,
    cells,
    good_answers: 1,
    bad_answers: 0,
    ...(decoded.undecodableCurrent === null ? {} : { undecodable: { battery_current: decoded.undecodableCurrent } }),
  };
}

// Bits of the sensor presence byte, 1 = sensor answers. V1.0 of the sheet does not name bit 3.
const SENSOR = { mosfet: 0, battery_1: 1, battery_2: 2, battery_4: 4, battery_5: 5 } as const;

/** Sample from a PB status block. @throws BadFrame malformed when voltage, current, SoC or cells are not in it */
export function sampleFromPbStatus(status: PbStatus, where: string): BmsSample {
  const { raw, cells } = status;
  if (raw.pack_voltage === null || raw.battery_current === null || raw.soc === null || cells.length === 0) {
    throw new BadFrame("malformed", `${where}: the status block lacks voltage, current, SoC or cells`);
  }
  const presence = numberOf(raw.sensor_presence);
  const probe = (value: Raw, bit: number) =>
    presence !== null && Math.floor(presence / 2 ** bit) % 2 === 0 ? null : numberOf(value);
  const throughput = numberOf(raw.cycle_capacity);
  const balanceState = numberOf(raw.balance_state);
  return {
    pack_voltage: numberOf(raw.pack_voltage),
    battery_current: numberOf(raw.battery_current),
    soc: numberOf(raw.soc),
    soh: numberOf(raw.soh),
    remaining_capacity: numberOf(raw.remaining_capacity),
    capacity: numberOf(raw.capacity),
    cycle_count: numberOf(raw.cycle_count),
    cycle_capacity: throughput === null ? null : Math.floor(throughput / 1000),
    mosfet_temperature: probe(raw.mosfet_temperature, SENSOR.mosfet),
    battery_temperature_1: probe(raw.battery_temperature_1, SENSOR.battery_1),
    battery_temperature_2: probe(raw.battery_temperature_2, SENSOR.battery_2),
    battery_temperature_3: probe(raw.battery_temperature_4, SENSOR.battery_4),
    battery_temperature_4: probe(raw.battery_temperature_5, SENSOR.battery_5),
    warnings: null,
    alarms: numberOf(raw.alarms),
    charge_mosfet_on: numberOf(raw.charge_mosfet_on),
    discharge_mosfet_on: numberOf(raw.discharge_mosfet_on),
    balancing: balanceState === null ? null : Number(balanceState !== 0),
    balance_current: numberOf(raw.balance_current),
    cell_count: cells.filter((cell) => cell !== null).length,
    cells,
    good_answers: 1,
    bad_answers: 0,
  };
}

/** Warning bit (WARNINGS) that says the same as a PB alarm bit. */
const WARNING_OF_ALARM: Readonly<Record<number, keyof typeof WARNINGS>> = {
  1: 1,
  4: 10,
  5: 2,
  6: 5,
  8: 4,
  9: 9,
  11: 11,
  12: 3,
  13: 6,
  15: 4,
  21: 4,
  25: 6,
  26: 6,
  27: 9,
};
/** "Change the password": set as long as the default one is in use, so it is no fault. */
export const PASSWORD_ALARM_BIT = 19;
/** Alarms that 4E57 has no word for get this plus their own bit number, so that they never look like a warning bit. */
const OWN_ALARM_OFFSET = 32;
/** From here on a charge that the BMS has stopped is over: its counter is at 100 %, or a few below before it has learnt the capacity. */
export const FULL_SOC = 95;

/** What warningFlags reads of a sample. */
export type WarningWords = Pick<BmsRaw, "warnings" | "alarms"> & Partial<Pick<BmsRaw, "soc" | "charge_mosfet_on">>;

/** PB alarm word as warnings in the words of 4E57 record 8B; others keep their own text at bit 32 + n; bit 19 is dropped. */
export function warningsFromAlarms(word: number, fullAndStopped = false): readonly FaultFlag[] {
  const found = new Map<number, FaultFlag>();
  for (const bit of setBits(word)) {
    if (bit === PASSWORD_ALARM_BIT) continue;
    const warning = WARNING_OF_ALARM[bit];
    const flag =
      warning === undefined
        ? { ...faultFlag(BMS_FIELDS.alarms, bit, fullAndStopped), bit: OWN_ALARM_OFFSET + bit }
        : faultFlag(BMS_FIELDS.warnings, warning, fullAndStopped);
    found.set(flag.bit, flag);
  }
  return [...found.values()].sort((a, b) => a.bit - b.bit);
}

/** The one list of warnings that rules read, from either protocol; null when the sample holds neither word. */
export function warningFlags(sample: WarningWords): readonly FaultFlag[] | null {
  const full = (sample.soc ?? 0) >= FULL_SOC && sample.charge_mosfet_on === 0;
  const field: FlagsField = BMS_FIELDS.warnings;
  if (sample.warnings !== null) return setBits(sample.warnings).map((bit) => faultFlag(field, bit, full));
  return sample.alarms === null ? null : warningsFromAlarms(sample.alarms, full);
}

function numberOf(raw: Raw): number | null {
  return typeof raw === "number" ? raw : null;
}

function times(raw: Raw, factor: number): number | null {
  return typeof raw === "number" ? raw * factor : null;
}
