import { wireBits } from "../../codec/values.ts";
import type { BmsState } from "../../sim/bms-state.ts";
import { PB_DEVICE_INFO } from "./pb-device-info.ts";
import { PB_BLOCKS, PB_CELLS, type PbBlock } from "./pb-registers.ts";
import { PB_SETTINGS, PB_WIRE_RESISTANCES } from "./pb-settings.ts";
import { PB_STATUS } from "./pb-status.ts";
import { bigEndian } from "./sim-records.ts";

/** Register bytes of each block, big-endian as FC03 hands them out; 293 bytes each, as many as a 55AA frame carries. */
export type PbImage = Record<PbBlock, Uint8Array>;

/** Data bytes of a 55AA frame: 300 less header, type, counter and sum. */
export const PB_DATA_BYTES = 293;
const FRAME_DATA_AT = 6;

/** Wire resistances and those words of the status block that no table row names. */
const UNNAMED_WORDS = {
  status: [...range(0x4a, 0x8a), 0xd2, 0xd6, 0xd8, 0xda, 0xe0, 0xe2, 0xe8, 0xea, 0xec],
  settings: [],
  device_info: [0xb0],
} as const satisfies Record<PbBlock, readonly number[]>;
const UNNAMED_DOUBLE_WORDS = {
  status: [0xdc, 0xf4],
  settings: range(PB_WIRE_RESISTANCES.offset, PB_WIRE_RESISTANCES.offset + 4 * PB_WIRE_RESISTANCES.count, 4),
  device_info: [],
} as const satisfies Record<PbBlock, readonly number[]>;
const TABLES = { settings: PB_SETTINGS, status: PB_STATUS, device_info: PB_DEVICE_INFO } as const;

/** PB alarm bits (0x12A0) of the 4E57 warning bits that mean the same. */
const ALARM_OF_WARNING: Readonly<Record<number, number>> = { 1: 1, 2: 5, 3: 12, 5: 6, 6: 13, 10: 4, 11: 11 };

/** Blocks out of the three recorded 55AA frames. */
export function imageOfFrames(frames: Readonly<Record<PbBlock, Uint8Array>>): PbImage {
  const block = (name: PbBlock) => swapped(name, frames[name].slice(FRAME_DATA_AT, FRAME_DATA_AT + PB_DATA_BYTES));
  return { settings: block("settings"), status: block("status"), device_info: block("device_info") };
}

/** Little-endian data bytes of a 55AA frame from a block, or the other way round. */
export function swapped(name: PbBlock, bytes: Uint8Array): Uint8Array {
  const out = Uint8Array.from(bytes);
  for (const [offset, length] of fieldSpans(name)) {
    if (offset + length <= out.length) out.subarray(offset, offset + length).reverse();
  }
  return out;
}

/** Block and byte offset of a register address; null outside of the known blocks. */
export function locate(address: number): { block: PbBlock; offset: number } | null {
  for (const block of Object.keys(PB_BLOCKS) as PbBlock[]) {
    const offset = address - PB_BLOCKS[block];
    if (offset >= 0 && offset < PB_DATA_BYTES) return { block, offset };
  }
  return null;
}

/** Lays what a live pack says over the image. */
export function putState(image: PbImage, state: BmsState): void {
  const { cells } = state;
  const putStatus = putter(PB_STATUS, image.status);
  const putSetting = putter(PB_SETTINGS, image.settings);
  for (let i = 0; i < PB_CELLS.count; i++) image.status.set(bigEndian(cells[i] ?? 0, 2), PB_CELLS.offset + 2 * i);
  putStatus("cell_presence", 2 ** cells.length - 1);
  putStatus("average_cell_voltage", Math.round(cells.reduce((sum, mv) => sum + mv, 0) / cells.length));
  putStatus("cell_difference", Math.max(...cells) - Math.min(...cells));
  putStatus("max_cell_index", cells.indexOf(Math.max(...cells)));
  putStatus("min_cell_index", cells.indexOf(Math.min(...cells)));
  putStatus("pack_voltage", Math.round(state.pack_voltage * 1000));
  putStatus("pack_voltage_coarse", Math.round(state.pack_voltage * 100));
  putStatus("battery_current", Math.round(state.battery_current * 1000));
  putStatus("power_magnitude", Math.round(Math.abs(state.battery_current) * state.pack_voltage * 1000));
  putStatus("mosfet_temperature", Math.round(state.mosfet_temperature * 10));
  putStatus("mosfet_temperature_copy", Math.round(state.mosfet_temperature * 10));
  putStatus("battery_temperature_1", Math.round(state.battery_temperature_1 * 10));
  putStatus("battery_temperature_2", Math.round(state.battery_temperature_2 * 10));
  putStatus("alarms", alarmsOf(state.warnings));
  putStatus("balance_state", state.balancing ? 1 : 0);
  putStatus("soc", Math.round(state.soc));
  putStatus("remaining_capacity", Math.round((state.capacity * 1000 * state.soc) / 100));
  putStatus("capacity", Math.round(state.capacity * 1000));
  putStatus("cycle_count", state.cycle_count);
  putStatus("cycle_capacity", Math.round(state.cycle_capacity * 1000));
  putStatus("charge_mosfet_on", Number(state.charge_mosfet_on));
  putStatus("discharge_mosfet_on", Number(state.discharge_mosfet_on));
  putSetting("charge_mosfet_enabled", Number(state.charge_mosfet_enabled));
  putSetting("discharge_mosfet_enabled", Number(state.discharge_mosfet_enabled));
  putSetting("balancer_enabled", Number(state.balancer_enabled));
  putSetting("cell_count_setting", cells.length);
  putSetting("capacity", Math.round(state.capacity * 1000));
}

function putter<T extends typeof PB_STATUS | typeof PB_SETTINGS>(table: T, block: Uint8Array) {
  return (key: keyof T, value: number): void => {
    const row = table[key] as T[keyof T] & (typeof PB_STATUS)[keyof typeof PB_STATUS];
    const bits = wireBits(row);
    block.set(bigEndian(value < 0 ? value + 2 ** bits : value, bits / 8), row.offset);
  };
}

function alarmsOf(warnings: number): number {
  let alarms = 0;
  for (const [bit, alarm] of Object.entries(ALARM_OF_WARNING)) if (warnings & (1 << Number(bit))) alarms |= 1 << alarm;
  return alarms;
}

/** Offset and length of everything that is one number of several bytes. */
function fieldSpans(name: PbBlock): [number, number][] {
  const rows = Object.values(TABLES[name]);
  const named = rows
    .filter((row) => row.kind !== "ascii")
    .map((row): [number, number] => [row.offset, wireBits(row) / 8]);
  const cells = name === "status" ? range(PB_CELLS.offset, PB_CELLS.offset + 2 * PB_CELLS.count) : [];
  const words = [...cells, ...UNNAMED_WORDS[name]].map((offset): [number, number] => [offset, 2]);
  const doubles = UNNAMED_DOUBLE_WORDS[name].map((offset): [number, number] => [offset, 4]);
  return [...named, ...words, ...doubles].filter(([, length]) => length > 1);
}

function range(from: number, to: number, step = 2): number[] {
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step);
}
