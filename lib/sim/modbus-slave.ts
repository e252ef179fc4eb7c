import { crc16Modbus } from "../codec/checksum.ts";
import type { Twist } from "./answer.ts";
import type { Cut } from "./device.ts";
import type { RequestInfo } from "./wire-log.ts";

/** A Modbus request as a slave reads it. */
export interface SlaveRequest {
  readonly unit: number;
  readonly functionCode: number;
  readonly start: number;
  readonly count: number;
  /** Data bytes of FC06 (2) and FC16. */
  readonly data: Uint8Array;
}

/** A simulated slave, asked register by register. */
export interface AnsweringSlave {
  readonly name: string;
  readonly slave: number;
  /** True once a register was touched that nobody may touch. */
  readonly wedged: boolean;
  /** Null: the device keeps silent. */
  answerPdu(request: SlaveRequest): Uint8Array | null;
}

export const MODBUS_EXCEPTION = { functionCode: 1, address: 2, value: 3 } as const;

/** Largest number of registers in one FC03 or FC16 request, by the Modbus specification. */
export const MOST_REGISTERS = { read: 125, write: 123 } as const;

const SHORTEST_FRAME = 4;

/**
 * One RTU request off the front, by the length that its function code gives. What has no valid length or checksum counts as
 * one frame up to its end, as for a slave that goes by gaps: it will be ignored whole.
 */
export function cutRtuRequest(bytes: Uint8Array): Cut | null {
  if (bytes.length < SHORTEST_FRAME) return null;
  const functionCode = bytes[1] as number;
  if (functionCode === 16 && bytes.length < 7) return null;
  const length = functionCode === 16 ? 9 + (bytes[6] as number) : 8;
  if (bytes.length < length) return hasValidCrc(bytes) ? { used: bytes.length, frame: bytes } : null;
  const frame = bytes.slice(0, length);
  return hasValidCrc(frame) ? { used: length, frame } : { used: bytes.length, frame: bytes };
}

/** True when the last two bytes are the CRC of those before. */
export function hasValidCrc(frame: Uint8Array): boolean {
  const crc = crc16Modbus(frame, 0, frame.length - 2);
  return frame[frame.length - 2] === (crc & 0xff) && frame[frame.length - 1] === crc >>> 8;
}

/** Request out of a frame with a valid CRC; functions without an address and count read as 0. */
export function readRtuRequest(frame: Uint8Array): SlaveRequest {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const functionCode = frame[1] as number;
  const isLong = frame.length >= 8;
  return {
    unit: frame[0] as number,
    functionCode,
    start: isLong ? view.getUint16(2) : 0,
    count: !isLong ? 0 : functionCode === 6 ? 1 : view.getUint16(4),
    data: functionCode === 6 ? frame.slice(4, 6) : functionCode === 16 ? frame.slice(7, -2) : new Uint8Array(0),
  };
}

/** What the wire log says of a request. */
export function infoOf(request: SlaveRequest): RequestInfo {
  const isWrite = request.functionCode === 6 || request.functionCode === 16;
  return {
    what: request.functionCode === 3 || request.functionCode === 4 ? "read" : isWrite ? "write" : "unknown",
    unit: request.unit,
    start: request.start,
    count: request.count,
    values: isWrite ? wordsOf(request.data) : null,
  };
}

/** RTU frame of a PDU; under a twist with another slave address or a spoilt checksum. */
export function rtuFrame(unit: number, pdu: Uint8Array, twist: Twist = {}): Uint8Array {
  const frame = new Uint8Array(pdu.length + 3);
  frame[0] = twist.wrongSlave ? (unit % 247) + 1 : unit;
  frame.set(pdu, 1);
  const crc = crc16Modbus(frame, 0, frame.length - 2) ^ (twist.wrongChecksum ? 0xffff : 0);
  frame[frame.length - 2] = crc & 0xff;
  frame[frame.length - 1] = crc >>> 8;
  return frame;
}

/** PDU of an FC03 (or FC04) answer. */
export function registersPdu(functionCode: number, words: readonly number[]): Uint8Array {
  return Uint8Array.from([functionCode, (words.length * 2) & 0xff, ...bytesOf(words)]);
}

/** PDU of an exception answer. */
export function exceptionPdu(functionCode: number, code: number): Uint8Array {
  return Uint8Array.of(functionCode | 0x80, code);
}

/** PDU that acknowledges a write: FC06 echoes address and word, FC16 address and count. */
export function writtenPdu(request: SlaveRequest): Uint8Array {
  const second = request.functionCode === 6 ? (wordsOf(request.data)[0] as number) : request.count;
  return Uint8Array.from([request.functionCode, ...bytesOf([request.start, second])]);
}

/** Words from big-endian bytes. */
export function wordsOf(bytes: Uint8Array): number[] {
  const words: number[] = [];
  for (let i = 0; i + 1 < bytes.length; i += 2) words.push((bytes[i] as number) * 256 + (bytes[i + 1] as number));
  return words;
}

function bytesOf(words: readonly number[]): number[] {
  return words.flatMap((word) => [word >>> 8, word & 0xff]);
}
