import { BadFrame } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import type { Raw } from "../../codec/table.ts";
import type { BmsAnswer, BmsSample } from "../bms/sample.ts";
import { type DecodedRecords, tagText } from "./decode.ts";
import type { PbStatus } from "./pb-decode.ts";
import { type RecordKey, statusBits } from "./records.ts";

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
    const rows = missing.join(", ");
    if (unknown) {
      const about = { place: where, tag: tagText(unknown.tag), offset: unknown.offset, rows };
      throw new BadFrame("unknown_tag", failure("record_unknown", about));
    }
    throw new BadFrame("malformed", failure("answer_lacks", { place: where, rows }));
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
    throw new BadFrame("malformed", failure("status_lacks", { place: where }));
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

function numberOf(raw: Raw): number | null {
  return typeof raw === "number" ? raw : null;
}

function times(raw: Raw, factor: number): number | null {
  return typeof raw === "number" ? raw * factor : null;
}
