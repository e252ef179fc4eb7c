import { BadCommand } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import { byteSum } from "../../codec/checksum.ts";
import { wireBits, wireFromRaw } from "../../codec/values.ts";
import { joinBytes } from "../../sim/answer.ts";
import type { BmsState } from "../../sim/bms-state.ts";
import { CELLS_RECORD, RECORDS, type RecordKey, recordOfTag } from "./records.ts";

/** Value bytes of each record by tag, in wire order; the value of 79 begins with its length byte. */
export type BmsRecords = ReadonlyMap<number, Uint8Array>;

/** Where things are in a 4E57 frame. */
export const FRAME = { command: 8, source: 9, type: 10, data: 11, tail: 9, endMark: 0x68 } as const;
export const REPLY = { source: 0x00, type: 0x01 } as const;

const OLD_CURRENT_ZERO = 10_000;
const CHARGING_BIT = 0x8000;
/** Records that firmware before V2.4 does not send. */
const NEW_TAGS = [
  RECORDS.current_calibration_start,
  RECORDS.actual_capacity,
  RECORDS.manufacturer_id,
  RECORDS.protocol_version,
];

/** 4E57 frame as the BMS sends it; the checksum is the sum of everything before it. */
export function replyFrame(command: number, data: Uint8Array, terminal = 0): Uint8Array {
  const frame = new Uint8Array(FRAME.data + data.length + FRAME.tail);
  const view = new DataView(frame.buffer);
  frame.set([0x4e, 0x57]);
  view.setUint16(2, frame.length - 2);
  view.setUint32(4, terminal);
  frame.set([command, REPLY.source, REPLY.type], FRAME.command);
  frame.set(data, FRAME.data);
  frame[frame.length - 5] = FRAME.endMark;
  view.setUint16(frame.length - 2, byteSum(frame, 0, frame.length - 4, 16));
  return frame;
}

/** True when length, end mark and sum of a whole frame are right. */
export function isValidFrame(frame: Uint8Array): boolean {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  return (
    frame.length >= FRAME.data + FRAME.tail &&
    view.getUint16(2) === frame.length - 2 &&
    frame[frame.length - 5] === FRAME.endMark &&
    view.getUint32(frame.length - 4) === byteSum(frame, 0, frame.length - 4, 16)
  );
}

/** Value length of a tag in bytes; null for 79, whose length is in the frame, and for tags that do not exist. */
export function valueLength(tag: number): number | null {
  const key = recordOfTag(tag);
  return key === undefined ? null : wireBits(RECORDS[key]) / 8;
}

/** Records of a read-all reply. @throws BadCommand when it is none */
export function recordsOfFrame(frame: Uint8Array, name: string): Map<number, Uint8Array> {
  if (!isValidFrame(frame)) throw new BadCommand(failure("file_bad_frame", { name, protocol: "4E57" }));
  const records = new Map<number, Uint8Array>();
  const end = frame.length - FRAME.tail;
  for (let at: number = FRAME.data; at < end; ) {
    const tag = frame[at] as number;
    const length = tag === CELLS_RECORD.tag ? 1 + (frame[at + 1] as number) : valueLength(tag);
    if (length === null || at + 1 + length > end) {
      throw new BadCommand(failure("file_bad_tag", { name, tag: tag.toString(16) }));
    }
    records.set(tag, frame.slice(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return records;
}

/** Data part of a read-all reply. */
export function dataOfRecords(records: BmsRecords): Uint8Array {
  return joinBytes([...records].map(([tag, value]) => joinBytes([Uint8Array.of(tag), value])));
}

/** The recorded records with everything that a live pack says laid over them. */
export function withState(records: BmsRecords, state: BmsState): Map<number, Uint8Array> {
  const out = new Map(records);
  const put = (key: RecordKey, wire: number) => {
    const { tag } = RECORDS[key];
    if (out.has(tag)) out.set(tag, bigEndian(wire, wireBits(RECORDS[key]) / 8));
  };
  out.set(CELLS_RECORD.tag, cellsValue(state.cells));
  for (const key of ["mosfet_temperature", "battery_temperature_1", "battery_temperature_2"] as const) {
    put(key, temperatureCode(state[key]));
  }
  put("pack_voltage", wireFromRaw(RECORDS.pack_voltage, Math.round(state.pack_voltage * 100)));
  put("battery_current", currentWire(Math.round(state.battery_current * 100), isNew(records)));
  for (const key of ["soc", "cycle_count", "cycle_capacity", "capacity", "warnings"] as const) {
    put(key, Math.round(state[key]));
  }
  put("cell_count", state.cells.length);
  put("cell_count_setting", state.cells.length);
  put("actual_capacity", Math.round(state.capacity));
  put("status", statusWord(state.charge_mosfet_on, state.discharge_mosfet_on, state.balancing));
  put("charge_mosfet_enabled", Number(state.charge_mosfet_enabled));
  put("discharge_mosfet_enabled", Number(state.discharge_mosfet_enabled));
  put("balancer_enabled", Number(state.balancer_enabled));
  return out;
}

/** The same records as firmware before V2.4 sends them: four fewer, and the current counted down from 10000. */
export function asProtocolVersion0(records: BmsRecords): Map<number, Uint8Array> {
  const out = new Map(records);
  if (!isNew(records)) return out;
  const { tag } = RECORDS.battery_current;
  const wire = new DataView(Uint8Array.from(out.get(tag) ?? [0, 0]).buffer).getUint16(0);
  const magnitude = wire & ~CHARGING_BIT;
  out.set(tag, bigEndian(OLD_CURRENT_ZERO - (wire & CHARGING_BIT ? magnitude : -magnitude), 2));
  for (const field of NEW_TAGS) out.delete(field.tag);
  return out;
}

/** Word 8C: bits of the MOSFETs and the balancer. */
export function statusWord(charge: boolean, discharge: boolean, balancing: boolean): number {
  return Number(charge) + 2 * Number(discharge) + 4 * Number(balancing);
}

/** Value of record 79 from millivolts. */
export function cellsValue(millivolts: readonly number[]): Uint8Array {
  const cells = millivolts.flatMap((mv, i) => [i + 1, (mv >>> 8) & 0xff, mv & 0xff]);
  return Uint8Array.from([cells.length, ...cells]);
}

/** Millivolts from the value of record 79. */
export function cellsOfValue(value: Uint8Array): number[] {
  const cells: number[] = [];
  for (let at = 1; at + 2 < value.length; at += 3)
    cells.push((value[at + 1] as number) * 256 + (value[at + 2] as number));
  return cells;
}

/** Big-endian bytes of an unsigned integer. */
export function bigEndian(value: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = length - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  return bytes;
}

function isNew(records: BmsRecords): boolean {
  return records.get(RECORDS.protocol_version.tag)?.[0] === 1;
}

function currentWire(hundredths: number, isNewCoding: boolean): number {
  if (!isNewCoding) return OLD_CURRENT_ZERO - hundredths;
  return hundredths > 0 ? CHARGING_BIT + hundredths : -hundredths;
}

function temperatureCode(celsius: number): number {
  const whole = Math.round(celsius);
  return whole >= 0 ? Math.min(whole, 99) : 100 - Math.max(whole, -40);
}
