import { byteSum } from "../../codec/checksum.ts";
import { fromHex } from "../../codec/hex.ts";
import { type Cut, type Heard, ignoredFrame, type SimulatedDevice } from "../../sim/device.ts";
import { buildAnswer, REGISTER } from "./jbd-frame.ts";

const START = 0xdd;
const READ = 0xa5;
const WRITE = 0x5a;
const REQUEST_BYTES = 7;
const REFUSED = 0x80;

/** Data of the registers that the simulated board answers. */
export type JbdRecording = Readonly<Record<number, Uint8Array>>;

/** A recorded 4-cell board: capture jbd01. */
export const RECORDED_JBD_4S: JbdRecording = {
  [REGISTER.info]: fromHex("0618000001f201f400002c7c00000000000080640304030b8b0b8a0b84"),
  [REGISTER.cells]: fromHex("0f450f3d0f370f3d"),
  [REGISTER.name]: fromHex("4a42442d53503034533033342d4c34532d323030412d422d55"),
};

/** A board that speaks JBD: the data given, register by register. Writes are noted in the log and refused. */
export class SimulatedJbd implements SimulatedDevice {
  readonly name: string;
  readonly #data: Map<number, Uint8Array>;
  #frozen: ReadonlyMap<number, Uint8Array> | null = null;

  constructor(recording: JbdRecording = RECORDED_JBD_4S, name = "jbd") {
    this.name = name;
    this.#data = new Map(Object.entries(recording).map(([register, data]) => [Number(register), data]));
  }

  /** Sets what a register holds from now on; null: it is not known to this board. */
  setData(register: number, data: Uint8Array | null): void {
    if (data === null) this.#data.delete(register);
    else this.#data.set(register, data);
  }

  cut(bytes: Uint8Array): Cut | null {
    const start = bytes.indexOf(START);
    if (start !== 0) return bytes.length === 0 ? null : { used: start < 0 ? bytes.length : start, frame: null };
    if (bytes.length < 4) return null;
    if (bytes[1] !== READ && bytes[1] !== WRITE) return { used: 1, frame: null };
    const total = REQUEST_BYTES + (bytes[3] as number);
    return bytes.length < total ? null : { used: total, frame: bytes.slice(0, total) };
  }

  hear(frame: Uint8Array): Heard {
    const end = frame.length - 3;
    const sum = (0x10000 - byteSum(frame, 2, end, 16)) & 0xffff;
    if (frame[end] !== sum >>> 8 || frame[end + 1] !== (sum & 0xff)) return ignoredFrame("bad_checksum");
    const register = frame[2] as number;
    const isWrite = frame[1] === WRITE;
    const values = isWrite ? [...frame.slice(4, end)] : null;
    const info = {
      what: isWrite ? "write" : "read",
      unit: null,
      start: register,
      count: values?.length ?? null,
      values,
    } as const;
    return {
      info,
      ignored: null,
      notes: isWrite ? ["FORBIDDEN"] : [],
      answer: (twist) => {
        if (twist.exception !== undefined) return buildAnswer(register, new Uint8Array(0), twist.exception);
        if (!twist.freeze) this.#frozen = null;
        else this.#frozen ??= new Map(this.#data);
        const data = isWrite ? undefined : (this.#frozen ?? this.#data).get(register);
        if (data === undefined) return buildAnswer(register, new Uint8Array(0), REFUSED);
        const told = twist.zeros
          ? new Uint8Array(data.length)
          : register === REGISTER.cells
            ? resized(data, twist.registers)
            : data;
        const answer = buildAnswer(twist.wrongSlave ? register + 1 : register, told);
        if (twist.wrongChecksum) answer[answer.length - 2] = (answer[answer.length - 2] as number) ^ 0xff;
        return answer;
      },
    };
  }
}

/** Data with so many cells more, or fewer. */
function resized(data: Uint8Array, cells = 0): Uint8Array {
  const out = new Uint8Array(Math.max(0, data.length + 2 * cells));
  out.set(data.subarray(0, out.length));
  return out;
}
