import { BadFrame } from "../../base/errors.ts";
import { type Failure, failure } from "../../base/failure/failure.ts";
import type { Field, RawSnapshot, Table } from "../../codec/table.ts";
import { rawFromWire, setBits, wireBits } from "../../codec/values.ts";
import type { BmsAnswer } from "../bms/sample.ts";
import { INFO_BYTES, JBD_INFO, MOST, PROTECTIONS, tenthsFromWord } from "./jbd-table.ts";

/** Basic information as scaled integers, with the temperatures in 0.1 °C. */
export interface JbdInfo {
  readonly raw: RawSnapshot<typeof JBD_INFO>;
  readonly temperatures: readonly number[];
}

/** Decodes the data of register 03. @throws BadFrame when it is too short for what it announces, or announces what no board has */
export function decodeInfo(data: Uint8Array, where: string): JbdInfo {
  const { length } = data;
  if (length < INFO_BYTES) throw malformed(where, failure("board_info_short", { length, expected: INFO_BYTES }));
  const rows: Table<{ offset: number }> = JBD_INFO;
  const raw = Object.fromEntries(Object.entries(rows).map(([key, field]) => [key, rawOf(field, data)])) as RawSnapshot<
    typeof JBD_INFO
  >;
  const cells = Number(raw.cell_count);
  const sensors = Number(raw.temperature_sensor_count);
  if (cells < 1 || cells > MOST.cells) throw malformed(where, failure("board_cells", { cells }));
  if (sensors > MOST.sensors) throw malformed(where, failure("board_sensors", { sensors }));
  const needed = INFO_BYTES + 2 * sensors;
  if (length < needed) throw malformed(where, failure("board_sensors_short", { length, sensors, expected: needed }));
  return { raw, temperatures: words(data.subarray(INFO_BYTES, needed)).map(tenthsFromWord) };
}

/** Cells in mV, index 0 = cell 1, from the data of register 04; 0 is what a wire that hangs loose reads. @throws BadFrame */
export function decodeCells(data: Uint8Array, where: string): readonly number[] {
  const count = data.length / 2;
  if (!Number.isInteger(count) || count < 1 || count > MOST.cells)
    throw malformed(where, failure("board_cells_length", { length: data.length }));
  return words(data);
}

/** Name of the board from the data of register 05, null when it is empty. */
export function decodeName(data: Uint8Array): string | null {
  const text = [...data].map((byte) =>
    byte === 0 ? " " : byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "?",
  );
  return text.join("").trim() || null;
}

/** One sample of the two answers. @throws BadFrame when they do not belong together */
export function sampleOf({ raw, temperatures }: JbdInfo, cells: readonly number[], where: string): BmsAnswer {
  const number = (key: keyof typeof JBD_INFO, factor = 1) => Number(raw[key]) * factor;
  if (cells.length !== number("cell_count")) {
    const counts = { listed: cells.length, counted: number("cell_count") };
    throw malformed(where, failure("board_cells_differ", counts));
  }
  return {
    pack_voltage: number("pack_voltage", 10),
    battery_current: number("battery_current", 10),
    soc: number("soc"),
    soh: null,
    remaining_capacity: number("remaining_capacity", 10),
    capacity: number("capacity", 10),
    cycle_count: number("cycle_count"),
    cycle_capacity: null,
    mosfet_temperature: null,
    battery_temperature_1: temperatures[0] ?? null,
    battery_temperature_2: temperatures[1] ?? null,
    battery_temperature_3: temperatures[2] ?? null,
    battery_temperature_4: temperatures[3] ?? null,
    warnings: null,
    alarms: alarmsOf(number("protections")),
    charge_mosfet_on: number("mosfets") & 1,
    discharge_mosfet_on: (number("mosfets") >> 1) & 1,
    balancing: Number(number("balancing_1_16") !== 0 || number("balancing_17_32") !== 0),
    balance_current: null,
    cell_count: cells.length,
    cells,
    good_answers: 1,
    bad_answers: 0,
  };
}

/** Protection word as the common alarm word. */
export function alarmsOf(protections: number): number {
  const rows: Readonly<Record<number, { readonly alarm: number | null }>> = PROTECTIONS;
  const alarms = new Set(setBits(protections).flatMap((bit) => rows[bit]?.alarm ?? []));
  return [...alarms].reduce((word, bit) => word + 2 ** bit, 0);
}

function rawOf(field: Field & { offset: number }, data: Uint8Array): number | null {
  let wire = 0;
  for (let i = 0; i < wireBits(field) / 8; i++) wire = wire * 256 + (data[field.offset + i] as number);
  return rawFromWire(field, wire);
}

function words(bytes: Uint8Array): number[] {
  return Array.from(
    { length: bytes.length / 2 },
    (_, i) => (bytes[2 * i] as number) * 256 + (bytes[2 * i + 1] as number),
  );
}

function malformed(place: string, what: Failure): BadFrame {
  return new BadFrame("malformed", failure("at", { place, what }));
}
