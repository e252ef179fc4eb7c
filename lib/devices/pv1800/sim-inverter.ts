import { type Clock, systemClock } from "../../base/clock.ts";
import type { Twist } from "../../sim/answer.ts";
import { type Cut, type Heard, ignoredFrame, type SimulatedDevice } from "../../sim/device.ts";
import type { InverterSource } from "../../sim/inverter-source.ts";
import {
  type AnsweringSlave,
  cutRtuRequest,
  exceptionPdu,
  hasValidCrc,
  infoOf,
  MODBUS_EXCEPTION,
  MOST_REGISTERS,
  readRtuRequest,
  registersPdu,
  rtuFrame,
  type SlaveRequest,
  wordsOf,
  writtenPdu,
} from "../../sim/modbus-slave.ts";
import type { WriteBehaviour } from "../../sim/write-behaviour.ts";

/**
 * Reading these shut a real unit down. The list is the judge's own copy on purpose: it must not share an error with the guard
 * of the program under test.
 */
const FORBIDDEN_SPANS = [
  [10009, 10100],
  [20017, 20100],
] as const;

export interface InverterOptions {
  /** Modbus address, default 4. */
  readonly slave?: number;
  readonly name?: string;
  /** What becomes of writes; default all are taken. */
  readonly writes?: readonly WriteBehaviour[];
  /** Time for values that revert. */
  readonly clock?: Clock;
}

/** A MUST PV1800 on its Modbus line: FC03, FC06 and FC16 over the words of a source. */
export class SimulatedInverter implements SimulatedDevice, AnsweringSlave {
  readonly name: string;
  readonly slave: number;
  readonly source: InverterSource;
  /** True once a forbidden register was touched: everything reads zero until the program under test is repaired. */
  wedged = false;
  writes: readonly WriteBehaviour[];
  readonly #clock: Clock;
  readonly #frozen = new Map<number, number | undefined>();
  #reverts: { readonly due: number; readonly address: number; readonly word: number }[] = [];

  constructor(source: InverterSource, options: InverterOptions = {}) {
    this.source = source;
    this.name = options.name ?? "inverter";
    this.slave = options.slave ?? 4;
    this.writes = options.writes ?? [];
    this.#clock = options.clock ?? systemClock;
  }

  cut(bytes: Uint8Array): Cut | null {
    return cutRtuRequest(bytes);
  }

  hear(frame: Uint8Array): Heard {
    if (!hasValidCrc(frame)) return ignoredFrame("bad_checksum");
    const request = readRtuRequest(frame);
    const info = infoOf(request);
    if (request.unit !== this.slave) return ignoredFrame("wrong_slave", info);
    const answer = (twist: Twist) => {
      const pdu = this.answerPdu(request, twist);
      return pdu === null ? null : rtuFrame(this.slave, pdu, twist);
    };
    return { info, ignored: null, notes: touchesForbidden(request) ? ["FORBIDDEN"] : [], answer };
  }

  /** Answer to a request without address and checksum, as Modbus/TCP carries it; null: the device keeps silent. */
  answerPdu(request: SlaveRequest, twist: Twist = {}): Uint8Array | null {
    this.#revertDue();
    if (!twist.freeze) this.#frozen.clear();
    if (touchesForbidden(request)) this.wedged = true;
    if (twist.exception !== undefined) return exceptionPdu(request.functionCode, twist.exception);
    switch (request.functionCode) {
      case 3:
        return this.#read(request, twist);
      case 6:
        if (this.writes.some((behaviour) => behaviour.kind === "fc06_unsupported")) break;
        return this.#write(request);
      case 16:
        return this.#write(request);
      default:
        break;
    }
    return exceptionPdu(request.functionCode, MODBUS_EXCEPTION.functionCode);
  }

  #read(request: SlaveRequest, twist: Twist): Uint8Array {
    const { functionCode, start, count } = request;
    if (count < 1 || count > MOST_REGISTERS.read) return exceptionPdu(functionCode, MODBUS_EXCEPTION.value);
    const zeros = this.wedged || twist.zeros === true;
    const words: number[] = [];
    for (let i = 0; i < Math.max(0, count + (twist.registers ?? 0)); i++) {
      const word = this.#word(start + i, twist.freeze === true);
      if (word === undefined && i < count && !this.wedged) {
        return exceptionPdu(functionCode, MODBUS_EXCEPTION.address);
      }
      words.push(zeros ? 0 : (word ?? 0));
    }
    return registersPdu(functionCode, words);
  }

  #word(address: number, freeze: boolean): number | undefined {
    if (freeze && this.#frozen.has(address)) return this.#frozen.get(address);
    const word = this.source.read(address);
    if (freeze) this.#frozen.set(address, word);
    return word;
  }

  #write(request: SlaveRequest): Uint8Array | null {
    const { functionCode, start } = request;
    const words = wordsOf(request.data);
    if (request.count !== words.length || words.length < 1 || words.length > MOST_REGISTERS.write) {
      return exceptionPdu(functionCode, MODBUS_EXCEPTION.value);
    }
    let silent = false;
    for (const [i, word] of words.entries()) {
      const address = start + i;
      const behaviour = this.writes.find(
        (one) => one.kind !== "fc06_unsupported" && (one.address ?? address) === address,
      );
      if (behaviour?.kind === "exception") return exceptionPdu(functionCode, behaviour.code);
      if (behaviour?.kind === "silent_after_write") silent = true;
      const refused = this.#store(address, word, behaviour);
      if (refused !== undefined) return exceptionPdu(functionCode, refused);
    }
    return silent ? null : writtenPdu(request);
  }

  #store(address: number, word: number, behaviour: WriteBehaviour | undefined): number | undefined {
    const before = this.source.read(address);
    if (before === undefined) return MODBUS_EXCEPTION.address;
    if (this.wedged || behaviour?.kind === "keeps_old_value") return undefined;
    if (behaviour?.kind === "rounds") {
      return this.source.write(address, Math.round(word / behaviour.step) * behaviour.step);
    }
    if (behaviour?.kind === "reverts_after") {
      this.#reverts.push({ due: this.#clock.monotonic() + behaviour.seconds * 1000, address, word: before });
    }
    return this.source.write(address, word);
  }

  #revertDue(): void {
    const now = this.#clock.monotonic();
    for (const revert of this.#reverts) {
      if (revert.due <= now) this.source.write(revert.address, revert.word);
    }
    this.#reverts = this.#reverts.filter((revert) => revert.due > now);
  }
}

function touchesForbidden(request: SlaveRequest): boolean {
  if (request.functionCode !== 3 && request.functionCode !== 6 && request.functionCode !== 16) return false;
  const last = request.start + Math.max(1, request.count) - 1;
  return FORBIDDEN_SPANS.some(([from, to]) => request.start <= to && last >= from);
}
