import { joinBytes, type Twist } from "../../sim/answer.ts";
import type { BmsSource, BmsSwitch } from "../../sim/bms-state.ts";
import { type Cut, type Heard, ignoredFrame, type SimulatedDevice } from "../../sim/device.ts";
import type { RequestInfo } from "../../sim/wire-log.ts";
import { CELLS_RECORD, RECORDS } from "./records.ts";
import {
  asProtocolVersion0,
  type BmsRecords,
  cellsOfValue,
  cellsValue,
  dataOfRecords,
  FRAME,
  isValidFrame,
  replyFrame,
  valueLength,
  withState,
} from "./sim-records.ts";

const COMMAND = { activate: 1, write: 2, readOne: 3, password: 5, readAll: 6 } as const;
const LENGTH = { least: 19, most: 400 } as const;
/** Live values; the other records are settings and identity. */
const LAST_LIVE_TAG = 0x8c;

const SWITCH_OF_TAG: Readonly<Record<number, BmsSwitch>> = {
  [RECORDS.charge_mosfet_enabled.tag]: "charge_mosfet_enabled",
  [RECORDS.discharge_mosfet_enabled.tag]: "discharge_mosfet_enabled",
  [RECORDS.balancer_enabled.tag]: "balancer_enabled",
};
/** Bit of status word 8C that follows each switch when no live pack decides. */
const STATUS_BIT: Readonly<Record<BmsSwitch, number>> = {
  charge_mosfet_enabled: 1,
  discharge_mosfet_enabled: 2,
  balancer_enabled: 0,
};

export interface Bms4e57Options {
  readonly name?: string;
  /** 0: as firmware before V2.4; default as recorded. */
  readonly protocolVersion?: 0;
  /** Its own terminal number, in every reply; default 0, as recorded. */
  readonly terminal?: number;
  /** Writes of these tags are acknowledged and not stored; `settings`: of all but the two MOSFET switches, as reported of real units. */
  readonly ignoredWrites?: readonly number[] | "settings";
  /** Real units were seen to answer pair frames or not; default true. */
  readonly answersPassword?: boolean;
}

/** A JK BMS that speaks 4E57: recorded records, under a live pack when a source is given. */
export class SimulatedBms4e57 implements SimulatedDevice {
  readonly name: string;
  readonly #records: Map<number, Uint8Array>;
  readonly #source: BmsSource | null;
  readonly #options: Bms4e57Options;
  #frozen: BmsRecords | null = null;

  constructor(records: BmsRecords, source: BmsSource | null = null, options: Bms4e57Options = {}) {
    this.name = options.name ?? "bms";
    this.#records = new Map(records);
    this.#source = source;
    this.#options = options;
  }

  /** What it would report now, tag by tag. */
  records(): Map<number, Uint8Array> {
    const live = this.#source === null ? new Map(this.#records) : withState(this.#records, this.#source.read());
    return this.#options.protocolVersion === 0 ? asProtocolVersion0(live) : live;
  }

  /** Sets the value bytes of a recorded tag, for tests that change a pack by hand. */
  setRecord(tag: number, value: Uint8Array): void {
    this.#records.set(tag, value);
  }

  /** From now on it does not send this record. */
  dropRecord(tag: number): void {
    this.#records.delete(tag);
  }

  cut(bytes: Uint8Array): Cut | null {
    const start = bytes.findIndex((byte, i) => byte === 0x4e && (i + 1 === bytes.length || bytes[i + 1] === 0x57));
    if (start !== 0) return bytes.length === 0 ? null : { used: start < 0 ? bytes.length : start, frame: null };
    if (bytes.length < 4) return null;
    const length = (bytes[2] as number) * 256 + (bytes[3] as number);
    if (length < LENGTH.least || length > LENGTH.most) return { used: 2, frame: null };
    return bytes.length < length + 2 ? null : { used: length + 2, frame: bytes.slice(0, length + 2) };
  }

  hear(frame: Uint8Array): Heard {
    if (!isValidFrame(frame)) return ignoredFrame("bad_checksum");
    const command = frame[FRAME.command] as number;
    const data = frame.slice(FRAME.data, frame.length - FRAME.tail);
    const info = infoOf(command, data);
    if (frame[FRAME.source] === 0 || frame[FRAME.type] === 1) return ignoredFrame("not_a_request", info);
    const answer = (twist: Twist) => this.#answer(command, data, twist);
    return { info, ignored: null, notes: [], answer };
  }

  #answer(command: number, data: Uint8Array, twist: Twist): Uint8Array | null {
    const reply = this.#reply(command, data, twist);
    if (reply === null || twist.exception !== undefined) return null;
    const frame = replyFrame(command, reply, (this.#options.terminal ?? 0) + (twist.wrongSlave ? 1 : 0));
    if (twist.wrongChecksum) frame[frame.length - 1] = (frame[frame.length - 1] as number) ^ 0xff;
    return frame;
  }

  #reply(command: number, data: Uint8Array, twist: Twist): Uint8Array | null {
    const tag = data[0] ?? 0;
    switch (command) {
      case COMMAND.readAll:
        return dataOfRecords(this.#reported(twist));
      case COMMAND.readOne: {
        if (tag === 0) return dataOfRecords(this.#reported(twist));
        const value = this.#reported(twist).get(tag);
        return value === undefined ? null : joinBytes([Uint8Array.of(tag), value]);
      }
      case COMMAND.write:
        return this.#write(tag, data.slice(1));
      case COMMAND.activate:
        return Uint8Array.of(tag);
      case COMMAND.password:
        return this.#options.answersPassword === false ? null : Uint8Array.of(tag);
      default:
        return null;
    }
  }

  #reported(twist: Twist): BmsRecords {
    if (!twist.freeze) this.#frozen = null;
    const records = new Map(this.#frozen ?? this.records());
    if (twist.freeze) this.#frozen ??= new Map(records);
    const cells = cellsOfValue(records.get(CELLS_RECORD.tag) ?? Uint8Array.of(0));
    if (twist.registers !== undefined) records.set(CELLS_RECORD.tag, cellsValue(resized(cells, twist.registers)));
    if (!twist.zeros) return records;
    for (const [tag, value] of records) if (tag <= LAST_LIVE_TAG) records.set(tag, new Uint8Array(value.length));
    return records.set(CELLS_RECORD.tag, cellsValue(cells.map(() => 0)));
  }

  /** Acknowledgement, or null for a frame that the real unit does not take. */
  #write(tag: number, value: Uint8Array): Uint8Array | null {
    if (valueLength(tag) !== value.length) return null;
    const name = SWITCH_OF_TAG[tag];
    const on = value[0] === 1;
    if (!this.#isIgnored(tag, name)) {
      this.#records.set(tag, value);
      if (name !== undefined) {
        this.#source?.setSwitch(name, on);
        this.#setStatusBit(STATUS_BIT[name], on);
      }
    }
    return Uint8Array.of(tag);
  }

  #isIgnored(tag: number, name: BmsSwitch | undefined): boolean {
    const ignored = this.#options.ignoredWrites ?? [];
    if (ignored === "settings") return name === undefined || name === "balancer_enabled";
    return ignored.includes(tag);
  }

  #setStatusBit(bit: number, on: boolean): void {
    const status = this.#records.get(RECORDS.status.tag);
    if (status === undefined) return;
    const low = status[1] as number;
    this.#records.set(RECORDS.status.tag, Uint8Array.of(status[0] as number, on ? low | bit : low & ~bit));
  }
}

function infoOf(command: number, data: Uint8Array): RequestInfo {
  const what = { 1: "activate", 2: "write", 3: "read", 5: "password", 6: "read" }[command] ?? "unknown";
  const values = [...data.slice(1)];
  const isWrite = command === COMMAND.write;
  return {
    what: what as RequestInfo["what"],
    unit: null,
    start: data[0] ?? 0,
    count: isWrite ? values.length : null,
    values: isWrite ? values : null,
  };
}

function resized(cells: readonly number[], by: number): number[] {
  const last = cells.at(-1) ?? 0;
  return by < 0 ? cells.slice(0, by) : [...cells, ...new Array<number>(by).fill(last)];
}
