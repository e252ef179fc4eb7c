import { type Failure, failure } from "../../base/failure/failure.ts";
import { byteSum } from "../../codec/checksum.ts";
import { FrameScanner } from "../bms/frame-scanner.ts";

/** Registers that are read. Everything else is a write in disguise or needs one (factory mode) and is left alone. */
export const REGISTER = { info: 0x03, cells: 0x04, name: 0x05 } as const;
export type JbdRegister = (typeof REGISTER)[keyof typeof REGISTER];

const START = 0xdd;
const END = 0x77;
const READ = 0xa5;
const WRITE = 0x5a;
/** Start, register, status, length; two bytes of sum and the end. */
const HEAD = 4;
const FRAME_BYTES = 7;

/** An answer whose sum is right. The sum leaves the register byte out, so that one was compared apart. */
export interface JbdFrame {
  readonly register: number;
  /** 0 = good; see statusTold. */
  readonly status: number;
  readonly data: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Request that reads one register. */
export function buildRead(register: JbdRegister): Uint8Array {
  return Uint8Array.from([START, READ, register, 0, ...sumBytes(Uint8Array.of(register, 0)), END]);
}

/** Answer as a BMS sends it. */
export function buildAnswer(register: number, data: Uint8Array, status = 0): Uint8Array {
  const summed = Uint8Array.from([status, data.length, ...data]);
  return Uint8Array.from([START, register, ...summed, ...sumBytes(summed), END]);
}

/** Two bytes: 0x10000 minus the sum. Of a request over register, length and data; of an answer over status, length and data. */
function sumBytes(summed: Uint8Array): [number, number] {
  const sum = (0x10000 - byteSum(summed, 0, summed.length, 16)) & 0xffff;
  return [sum >>> 8, sum & 0xff];
}

/** What a status other than 0 says. */
export function statusTold(status: number): Failure {
  const known: Readonly<Record<number, Failure>> = {
    128: failure("board_status_128"),
    129: failure("board_status_129"),
    130: failure("board_status_130"),
    131: failure("board_status_131"),
  };
  return known[status] ?? failure("board_status_other", { status: hex(status) });
}

/**
 * Finds the answers to one register. The echo of our own request has a valid sum when it is read as an answer: it is told by its second
 * byte.
 */
export class JbdScanner extends FrameScanner<JbdFrame> {
  constructor(private readonly register: JbdRegister) {
    super();
  }

  protected look(bytes: Uint8Array, final: boolean): JbdFrame | "wait" | "noise" {
    const [start, register, status = 0, length = 0] = bytes;
    if (start !== START) return "noise";
    if (register === undefined) return final ? "noise" : "wait";
    if (register === READ || register === WRITE) return this.reject("echo", failure("request_no_answer"));
    if (register !== this.register) {
      const what = failure("answer_about_register", { register: hex(register), asked: hex(this.register) });
      return this.reject("foreign", what);
    }
    const total = length + FRAME_BYTES;
    if (bytes.length < HEAD || bytes.length < total) {
      return final ? this.reject("short", failure("frame_short", { length: bytes.length, expected: total })) : "wait";
    }
    if (bytes[total - 1] !== END) return this.reject("corrupt", failure("frame_no_end_byte"));
    const [high, low] = sumBytes(bytes.subarray(2, HEAD + length));
    if (bytes[total - 3] !== high || bytes[total - 2] !== low) return this.reject("corrupt", failure("frame_sum"));
    return { register, status, data: bytes.slice(HEAD, HEAD + length), bytes: bytes.slice(0, total) };
  }
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
