import { failure } from "../../base/failure/failure.ts";
import { byteSum } from "../../codec/checksum.ts";
import { FrameScanner, firstFrame } from "../bms/frame-scanner.ts";

/** Command words of the 4E57 protocol; the reply repeats them (JK-2.5 §2). */
export const COMMAND = { activate: 0x01, write: 0x02, read: 0x03, password: 0x05, read_all: 0x06 } as const;
/** Frame source byte: who speaks. */
export const SOURCE = { bms: 0, bluetooth: 1, gps: 2, pc: 3 } as const;
/** Transport type byte. */
export const TRANSPORT = { request: 0, reply: 1, upload: 2 } as const;

/** Bytes before the data field and after it. */
export const HEADER_BYTES = 11;
export const TAIL_BYTES = 9;
const START_HIGH = 0x4e;
const START_LOW = 0x57;
const END_MARK = 0x68;
/** LENGTH of the shortest frame: no data is 18, one byte is 19. A full answer of 32 cells has 337. */
const MIN_LENGTH = 19;
const MAX_LENGTH = 400;

/** One good frame: length, end mark and checksum are verified. */
export interface Frame {
  readonly terminal: number;
  readonly command: number;
  readonly source: number;
  readonly transport: number;
  /** The identification code and value, or the list of records. */
  readonly data: Uint8Array;
  readonly recordNumber: number;
  /** The whole frame as it was on the wire. */
  readonly bytes: Uint8Array;
}

/** Fields of a frame to build; source PC, request, terminal and record number 0 unless said otherwise. */
export interface FrameSpec {
  readonly command: number;
  readonly data: Uint8Array | readonly number[];
  readonly source?: number;
  readonly transport?: number;
  readonly terminal?: number;
  readonly recordNumber?: number;
}

/** Bytes of one frame with its length and checksum (JK-2.5 §2). */
export function buildFrame(spec: FrameSpec): Uint8Array {
  const length = spec.data.length + HEADER_BYTES + TAIL_BYTES - 2;
  const bytes = new Uint8Array(length + 2);
  const view = new DataView(bytes.buffer);
  bytes[0] = START_HIGH;
  bytes[1] = START_LOW;
  view.setUint16(2, length);
  view.setUint32(4, spec.terminal ?? 0);
  bytes[8] = spec.command;
  bytes[9] = spec.source ?? SOURCE.pc;
  bytes[10] = spec.transport ?? TRANSPORT.request;
  bytes.set(spec.data, HEADER_BYTES);
  const tail = HEADER_BYTES + spec.data.length;
  view.setUint32(tail, spec.recordNumber ?? 0);
  bytes[tail + 4] = END_MARK;
  view.setUint32(tail + 5, byteSum(bytes, 0, tail + 5, 16));
  return bytes;
}

/** A request as a PC sends it: `id` 0 where the command needs none; `value` only for writing and the password. */
export function buildRequest(
  command: number,
  id = 0,
  value: Uint8Array | readonly number[] = [],
  terminal = 0,
): Uint8Array {
  return buildFrame({ command, data: [id, ...value], terminal });
}

/** Which frames a scanner hands out: `reply` refuses requests (our own echo has a valid checksum), `request` the reverse. */
export type Direction = "reply" | "request";

/** Finds frames of one direction; it trusts only LENGTH. */
export class JkFrameScanner extends FrameScanner<Frame> {
  constructor(private readonly direction: Direction) {
    super();
  }

  protected look(bytes: Uint8Array, final: boolean): Frame | "wait" | "noise" {
    const available = bytes.length;
    if (bytes[0] !== START_HIGH) return "noise";
    if (available >= 2 && bytes[1] !== START_LOW) return "noise";
    if (available < 4) return final ? "noise" : "wait";
    const length = ((bytes[2] as number) << 8) | (bytes[3] as number);
    if (length < MIN_LENGTH || length > MAX_LENGTH)
      return this.reject("malformed", failure("frame_length", { length }));
    const total = length + 2;
    if (available < total) {
      return final ? this.reject("short", failure("frame_short", { length: available, expected: total })) : "wait";
    }
    const frame = bytes.slice(0, total);
    const view = new DataView(frame.buffer);
    if (frame[total - 5] !== END_MARK) return this.reject("corrupt", failure("frame_no_end_mark"));
    const received = view.getUint32(total - 4);
    const computed = byteSum(frame, 0, total - 4, 16);
    if (received !== computed) {
      return this.reject("corrupt", failure("frame_checksum", { received: hex(received), computed: hex(computed) }));
    }
    return {
      terminal: view.getUint32(4),
      command: frame[8] as number,
      source: frame[9] as number,
      transport: frame[10] as number,
      data: frame.slice(HEADER_BYTES, total - TAIL_BYTES),
      recordNumber: view.getUint32(total - TAIL_BYTES),
      bytes: frame,
    };
  }

  protected override isWanted(frame: Frame): boolean {
    const isReply = frame.source === SOURCE.bms && frame.transport !== TRANSPORT.request;
    if (isReply === (this.direction === "reply")) return true;
    if (this.direction === "reply") this.reject("echo", failure("request_no_reply"));
    else this.reject("foreign", failure("reply_no_request"));
    return false;
  }
}

/** The first good reply in recorded bytes, noise around it allowed. @throws BadFrame of the kind that says what is wrong */
export function parseReply(bytes: Uint8Array, where: string): Frame {
  return firstFrame(new JkFrameScanner("reply"), bytes, where);
}

function hex(value: number): string {
  return `0x${value.toString(16).toUpperCase().padStart(4, "0")}`;
}
