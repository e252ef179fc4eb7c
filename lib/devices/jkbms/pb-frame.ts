import { BadFrame } from "../../base/errors.ts";
import { byteSum, crc16Modbus } from "../../codec/checksum.ts";
import { type Rejection, worstRejection } from "./frame.ts";
import type { PbBlock } from "./pb-registers.ts";

/** The 55AAEB90 frame of each block: its type byte and the register whose writing makes the BMS send it (PB sheet §6). */
export const PB_FRAMES: Readonly<Record<PbBlock, { readonly type: number; readonly trigger: number }>> = {
  settings: { type: 1, trigger: 0x161e },
  status: { type: 2, trigger: 0x1620 },
  device_info: { type: 3, trigger: 0x161c },
};

export const PB_FRAME_BYTES = 300;
export const PB_HEADER_BYTES = 6;
const START = [0x55, 0xaa, 0xeb, 0x90] as const;
const ACK_BYTES = 8;
const TRIGGER_BYTES = 11;
/** Firmware 15.41 through a CH341 puts one 00 before the acknowledgement; two are allowed. */
const MAX_PAD = 2;

/** One good 55AAEB90 frame. */
export interface PbFrame {
  /** 1 settings, 2 status, 3 device information. */
  readonly type: number;
  /** Bytes 6-298: byte i is the block's byte i, numbers little-endian. */
  readonly data: Uint8Array;
  /** Who sent it, from the acknowledgement behind it; null when none with a good CRC followed. */
  readonly address: number | null;
  /** The frame with its acknowledgement. */
  readonly bytes: Uint8Array;
}

/** FC10 write of 0000 to the trigger register of a block: the only writes there are in the command block 0x1600. */
export function buildTrigger(address: number, block: PbBlock): Uint8Array {
  const { trigger } = PB_FRAMES[block];
  return withCrc([address, 0x10, trigger >>> 8, trigger & 0xff, 0, 1, 2, 0, 0]);
}

/** Bytes of a 55AAEB90 frame (without acknowledgement) around 293 data bytes; missing ones are 00. */
export function buildPbFrame(type: number, data: Uint8Array, byte5 = 0): Uint8Array {
  const bytes = new Uint8Array(PB_FRAME_BYTES);
  bytes.set([...START, type, byte5]);
  bytes.set(data.subarray(0, PB_FRAME_BYTES - 1 - PB_HEADER_BYTES), PB_HEADER_BYTES);
  bytes[PB_FRAME_BYTES - 1] = byteSum(bytes, 0, PB_FRAME_BYTES - 1, 8);
  return bytes;
}

/** Acknowledgement that follows the frame of a block. */
export function buildAck(address: number, block: PbBlock): Uint8Array {
  const { trigger } = PB_FRAMES[block];
  return withCrc([address, 0x10, trigger >>> 8, trigger & 0xff, 0, 1]);
}

/**
 * Finds 55AAEB90 frames and the acknowledgement behind each in a stream with noise, echoes and halves. A frame is handed out when
 * its acknowledgement is complete, or when the bytes behind it can be none. A false start costs one byte.
 */
export class PbFrameScanner {
  /** Reasons for everything that looked like a frame and was not taken, newest last, at most 16. */
  readonly rejections: Rejection[] = [];
  private held = new Uint8Array(0);

  /** True while a frame has begun and is not complete. */
  get pending(): boolean {
    return this.held.length > 0;
  }

  /** Takes bytes as they come in; returns the frames that are now complete. */
  push(bytes: Uint8Array): PbFrame[] {
    const joined = new Uint8Array(this.held.length + bytes.length);
    joined.set(this.held);
    joined.set(bytes, this.held.length);
    this.held = joined;
    return this.scan(false);
  }

  /** Nothing more will come: what is unfinished was a false start or a short frame; returns what stood behind it. */
  finish(): PbFrame[] {
    return this.scan(true);
  }

  private scan(final: boolean): PbFrame[] {
    const frames: PbFrame[] = [];
    const bytes = this.held;
    let at = 0;
    while (at < bytes.length) {
      const verdict = this.look(bytes, at, final);
      if (verdict === "wait") break;
      if (verdict === "noise") at += 1;
      else {
        frames.push(verdict);
        at += verdict.bytes.length;
      }
    }
    this.held = bytes.slice(at);
    return frames;
  }

  private look(bytes: Uint8Array, at: number, final: boolean): PbFrame | "wait" | "noise" {
    const available = bytes.length - at;
    for (let i = 0; i < START.length && i < available; i++) if (bytes[at + i] !== START[i]) return "noise";
    if (available < START.length) return final ? "noise" : "wait";
    if (available < PB_FRAME_BYTES) {
      return final ? this.reject("short", `${available} of ${PB_FRAME_BYTES} bytes`) : "wait";
    }
    const end = at + PB_FRAME_BYTES;
    const computed = byteSum(bytes, at, end - 1, 8);
    if (computed !== bytes[end - 1]) {
      return this.reject("corrupt", `checksum ${hex(bytes[end - 1] as number)}, computed ${hex(computed)}`);
    }
    const type = bytes[at + 4] as number;
    const ack = this.findAck(bytes, end, type);
    if (ack === "incomplete" && !final) return "wait";
    const found = typeof ack === "object" ? ack : null;
    return {
      type,
      data: bytes.slice(at + PB_HEADER_BYTES, end - 1),
      address: found ? found.address : null,
      bytes: bytes.slice(at, found ? found.end : end),
    };
  }

  private findAck(
    bytes: Uint8Array,
    start: number,
    type: number,
  ): { address: number; end: number } | "incomplete" | "none" {
    const trigger = Object.values(PB_FRAMES).find((frame) => frame.type === type)?.trigger;
    if (trigger === undefined) return "none";
    for (let at = start; at <= start + MAX_PAD; at++) {
      if (bytes.length < at + ACK_BYTES) return "incomplete";
      const address = bytes[at] as number;
      const wanted = withCrc([address, 0x10, trigger >>> 8, trigger & 0xff, 0, 1]);
      if (wanted.every((byte, i) => bytes[at + i] === byte)) return { address, end: at + ACK_BYTES };
      if (address !== 0) return "none";
    }
    return "none";
  }

  private reject(kind: Rejection["kind"], reason: string): "noise" {
    if (this.rejections.length === 16) this.rejections.shift();
    this.rejections.push({ kind, reason });
    return "noise";
  }
}

/** The first good frame in recorded bytes, noise around it allowed. @throws BadFrame of the kind that says what is wrong */
export function parsePbFrame(bytes: Uint8Array, where: string): PbFrame {
  const scanner = new PbFrameScanner();
  const [frame] = [...scanner.push(bytes), ...scanner.finish()];
  if (frame) return frame;
  const why = worstRejection(scanner.rejections);
  throw new BadFrame(why?.kind ?? "malformed", `${where}: ${why?.reason ?? `no frame in ${bytes.length} bytes`}`);
}

/** Whether the bytes hold a trigger for another address than ours: only a master sends those. */
export function asksAnother(bytes: Uint8Array, address: number): boolean {
  const blocks = Object.keys(PB_FRAMES) as PbBlock[];
  for (let at = 0; at + TRIGGER_BYTES <= bytes.length; at++) {
    const other = bytes[at] as number;
    if (other === address || bytes[at + 1] !== 0x10) continue;
    const isTrigger = blocks.some((block) => buildTrigger(other, block).every((byte, i) => bytes[at + i] === byte));
    if (isTrigger) return true;
  }
  return false;
}

/** Code of a Modbus exception answer of this address to FC10 among the bytes, or null. */
export function exceptionCode(bytes: Uint8Array, address: number): number | null {
  for (let at = 0; at + 5 <= bytes.length; at++) {
    if (bytes[at] !== address || bytes[at + 1] !== 0x90) continue;
    const crc = crc16Modbus(bytes, at, at + 3);
    if (bytes[at + 3] === (crc & 0xff) && bytes[at + 4] === crc >>> 8) return bytes[at + 2] as number;
  }
  return null;
}

function withCrc(body: readonly number[]): Uint8Array {
  const crc = crc16Modbus(Uint8Array.from(body));
  return Uint8Array.from([...body, crc & 0xff, crc >>> 8]);
}

function hex(value: number): string {
  return `0x${value.toString(16).toUpperCase().padStart(2, "0")}`;
}
