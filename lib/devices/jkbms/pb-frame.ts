import { failure } from "../../base/failure/failure.ts";
import { byteSum, crc16Modbus } from "../../codec/checksum.ts";
import { FrameScanner, firstFrame } from "../bms/frame-scanner.ts";
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
 * Finds 55AAEB90 frames and the acknowledgement behind each. A frame is handed out when its acknowledgement is complete, or when the bytes
 * behind it can be none.
 */
export class PbFrameScanner extends FrameScanner<PbFrame> {
  protected look(bytes: Uint8Array, final: boolean): PbFrame | "wait" | "noise" {
    const available = bytes.length;
    for (let i = 0; i < START.length && i < available; i++) if (bytes[i] !== START[i]) return "noise";
    if (available < START.length) return final ? "noise" : "wait";
    if (available < PB_FRAME_BYTES) {
      return final
        ? this.reject("short", failure("frame_short", { length: available, expected: PB_FRAME_BYTES }))
        : "wait";
    }
    const end = PB_FRAME_BYTES;
    const computed = byteSum(bytes, 0, end - 1, 8);
    if (computed !== bytes[end - 1]) {
      return this.reject(
        "corrupt",
        failure("frame_checksum", { received: hex(bytes[end - 1] as number), computed: hex(computed) }),
      );
    }
    const type = bytes[4] as number;
    const ack = this.findAck(bytes, end, type);
    if (ack === "incomplete" && !final) return "wait";
    const found = typeof ack === "object" ? ack : null;
    return {
      type,
      data: bytes.slice(PB_HEADER_BYTES, end - 1),
      address: found ? found.address : null,
      bytes: bytes.slice(0, found ? found.end : end),
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
}

/** The first good frame in recorded bytes, noise around it allowed. @throws BadFrame of the kind that says what is wrong */
export function parsePbFrame(bytes: Uint8Array, where: string): PbFrame {
  return firstFrame(new PbFrameScanner(), bytes, where);
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
