import { type FaultFlag, faultFlag, labelsOf } from "../../codec/bits.ts";
import type { BitMeaning, FlagsField, Snapshot, Table } from "../../codec/table.ts";
import { setBits } from "../../codec/values.ts";
import { ALARMS } from "../jkbms/pb-status.ts";
import { WARNINGS } from "../jkbms/records.ts";

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
/** Engineering values of a sample. */
export type BmsValues = Snapshot<typeof BMS_FIELDS>;
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
    const warning = (ALARMS as Readonly<Record<number, BitMeaning>>)[bit]?.same_as;
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
