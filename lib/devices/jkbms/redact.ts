import { byteSum } from "../../codec/checksum.ts";
import { wireBits } from "../../codec/values.ts";
import { secretSlices } from "./decode.ts";
import { COMMAND, HEADER_BYTES, JkFrameScanner, TAIL_BYTES } from "./frame.ts";
import { PB_DEVICE_INFO } from "./pb-device-info.ts";
import { PB_FRAME_BYTES, PB_FRAMES, PB_HEADER_BYTES } from "./pb-frame.ts";
import { RECORDS } from "./records.ts";

const COMMAND_AT = 8;
const PASSWORD_BYTES = wireBits(RECORDS.password) / 8;

/**
 * A copy for traces and for keeping: passwords become 00 and the checksum of a whole frame is set right again, so that the copy
 * still decodes. In damaged bytes every place that may hold a password is blanked, rather too much than too little.
 */
export function withoutSecrets(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  blankPb(copy);
  const whole = blankWholeFrames(copy);
  blankSuspects(copy, whole);
  return copy;
}

/** Blanks passwords in every good 4E57 frame; marks the bytes that belong to one. */
function blankWholeFrames(copy: Uint8Array): Uint8Array {
  const mine = new Uint8Array(copy.length);
  for (const direction of ["reply", "request"] as const) {
    const scanner = new JkFrameScanner(direction);
    let from = 0;
    for (const frame of [...scanner.push(copy), ...scanner.finish()]) {
      const at = indexOf(copy, frame.bytes, from);
      from = at + frame.bytes.length;
      mine.fill(1, at, from);
      const data = at + HEADER_BYTES;
      if (carriesPassword(copy, at)) copy.fill(0, data, from - TAIL_BYTES);
      for (const slice of secretSlices(frame.data)) {
        copy.fill(0, data + slice.start, data + slice.start + slice.length);
      }
      const sum = byteSum(copy, at, from - 4, 16);
      copy.set([sum >>> 8, sum & 0xff], from - 2);
    }
  }
  return mine;
}

/** Outside of good frames: what follows a password tag behind record B1 or first in a data field, and what a pair frame carries. */
function blankSuspects(copy: Uint8Array, whole: Uint8Array): void {
  const { tag } = RECORDS.password;
  const before = RECORDS.low_soc_alarm.tag;
  for (let at = 0; at < copy.length; at++) {
    if (whole[at] === 1) continue;
    if (copy[at] === tag && copy[at - 2] === before) copy.fill(0, at + 1, at + 1 + PASSWORD_BYTES);
    if (copy[at] !== 0x4e || copy[at + 1] !== 0x57) continue;
    const data = at + HEADER_BYTES;
    if (carriesPassword(copy, at)) copy.fill(0, data, data + 1 + PASSWORD_BYTES);
  }
}

/** A pair frame (with or without a record id in front of the password), or one about record B2 alone. */
function carriesPassword(copy: Uint8Array, frameAt: number): boolean {
  return copy[frameAt + COMMAND_AT] === COMMAND.password || copy[frameAt + HEADER_BYTES] === RECORDS.password.tag;
}

/** Passwords of the device information frame, whole or cut. */
function blankPb(copy: Uint8Array): void {
  for (let at = 0; at + PB_HEADER_BYTES <= copy.length; at++) {
    const isStart = copy[at] === 0x55 && copy[at + 1] === 0xaa && copy[at + 2] === 0xeb && copy[at + 3] === 0x90;
    if (!isStart || copy[at + 4] !== PB_FRAMES.device_info.type) continue;
    const end = at + PB_FRAME_BYTES;
    const wasGood = copy.length >= end && byteSum(copy, at, end - 1, 8) === copy[end - 1];
    for (const { offset, length } of [PB_DEVICE_INFO.bluetooth_password, PB_DEVICE_INFO.password]) {
      copy.fill(0, at + PB_HEADER_BYTES + offset, at + PB_HEADER_BYTES + offset + length);
    }
    if (wasGood) copy[end - 1] = byteSum(copy, at, end - 1, 8);
  }
}

function indexOf(bytes: Uint8Array, part: Uint8Array, from: number): number {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(part, from);
}
