import { byteSum } from "../../codec/checksum.ts";
import { joinBytes, type Twist } from "../../sim/answer.ts";
import type { BmsSource, BmsSwitch } from "../../sim/bms-state.ts";
import { type Cut, type Heard, ignoredFrame, type SimulatedDevice } from "../../sim/device.ts";
import {
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
import type { PB_BLOCKS, PbBlock } from "./pb-registers.ts";
import { PB_SETTINGS } from "./pb-settings.ts";
import { PB_STATUS } from "./pb-status.ts";
import { locate, type PbImage, putState, swapped } from "./sim-pb-blocks.ts";
import { bigEndian } from "./sim-records.ts";

const TRIGGERS: Readonly<Record<number, { readonly block: PbBlock; readonly type: number }>> = {
  5660: { block: "device_info", type: 3 },
  5662: { block: "settings", type: 1 },
  5664: { block: "status", type: 2 },
};
const COMMANDS = { from: 0x1600, to: 0x1620 } as const;
/** RCV/RFV time: a real unit refused it with exception 03. */
const REFUSED_REGISTER = 0x1504;
const FRAME_HEADER = [0x55, 0xaa, 0xeb, 0x90] as const;
/** Byte 5 of every frame of the recorded unit. */
const FRAME_COUNTER = 5;

const SWITCHES: readonly BmsSwitch[] = ["charge_mosfet_enabled", "discharge_mosfet_enabled", "balancer_enabled"];

/** One BMS on the bus. */
export interface PbUnit {
  readonly address: number;
  /** Recorded blocks; the device keeps a copy. */
  readonly image: PbImage;
  readonly source?: BmsSource;
  /** Writes to these registers are acknowledged and not stored. */
  readonly ignoredWrites?: readonly number[];
}

/** Several JK BMS on one RS485 bus in the PB Modbus dialect: FC03, FC10 and the 55AA frames. Register addresses count bytes. */
export class SimulatedBmsPb implements SimulatedDevice {
  readonly name: string;
  readonly #units: ReadonlyMap<number, PbUnit>;
  readonly #frozen = new Map<number, PbImage>();

  constructor(units: readonly PbUnit[], name = "bms") {
    this.name = name;
    this.#units = new Map(units.map((unit) => [unit.address, { ...unit, image: copyOf(unit.image) }]));
    for (const unit of this.#units.values()) {
      unit.image.settings.set(bigEndian(unit.address, 4), PB_SETTINGS.board_address.offset);
    }
  }

  cut(bytes: Uint8Array): Cut | null {
    return cutRtuRequest(bytes);
  }

  hear(frame: Uint8Array): Heard {
    if (!hasValidCrc(frame)) return ignoredFrame("bad_checksum");
    const request = readRtuRequest(frame);
    const unit = this.#units.get(request.unit);
    if (unit === undefined) return ignoredFrame("wrong_slave", infoOf(request));
    const trigger = isTrigger(request) ? TRIGGERS[request.start] : undefined;
    const info = trigger ? { ...infoOf(request), what: "trigger" as const } : infoOf(request);
    const answer = (twist: Twist) =>
      trigger && twist.exception === undefined
        ? this.#frame(unit, request, trigger, twist)
        : rtuFrame(unit.address, this.#pdu(unit, request, twist), twist);
    return { info, ignored: null, notes: [], answer };
  }

  #pdu(unit: PbUnit, request: SlaveRequest, twist: Twist): Uint8Array {
    const { functionCode, start, count } = request;
    if (twist.exception !== undefined) return exceptionPdu(functionCode, twist.exception);
    const place = locate(start);
    if (functionCode === 16) return this.#write(unit, request);
    if (functionCode !== 3) return exceptionPdu(functionCode, MODBUS_EXCEPTION.functionCode);
    if (count < 1 || count > MOST_REGISTERS.write) return exceptionPdu(functionCode, MODBUS_EXCEPTION.value);
    if (place === null) return exceptionPdu(functionCode, MODBUS_EXCEPTION.address);
    const bytes = this.#image(unit, twist)[place.block].slice(place.offset, place.offset + 2 * count);
    if (bytes.length < 2 * count) return exceptionPdu(functionCode, MODBUS_EXCEPTION.address);
    const words = wordsOf(bytes);
    const by = twist.registers ?? 0;
    return registersPdu(functionCode, by < 0 ? words.slice(0, by) : [...words, ...new Array<number>(by).fill(0)]);
  }

  #frame(unit: PbUnit, request: SlaveRequest, trigger: { block: PbBlock; type: number }, twist: Twist): Uint8Array {
    const data = swapped(trigger.block, this.#image(unit, twist)[trigger.block]);
    const frame = Uint8Array.from([...FRAME_HEADER, trigger.type, FRAME_COUNTER, ...data, 0]);
    frame[frame.length - 1] = byteSum(frame, 0, frame.length - 1, 8) ^ (twist.wrongChecksum ? 0xff : 0);
    const tail = rtuFrame(unit.address, writtenPdu(request), twist.wrongSlave ? { wrongSlave: true } : {});
    return joinBytes([frame, tail]);
  }

  #write(unit: PbUnit, request: SlaveRequest): Uint8Array {
    const { start, count, data, functionCode } = request;
    if (count < 1 || count * 2 !== data.length || start === REFUSED_REGISTER) {
      return exceptionPdu(functionCode, MODBUS_EXCEPTION.value);
    }
    if (start >= COMMANDS.from && start <= COMMANDS.to) return writtenPdu(request);
    const place = locate(start);
    if (place === null || place.block === "status" || place.offset + data.length > unit.image[place.block].length) {
      return exceptionPdu(functionCode, MODBUS_EXCEPTION.address);
    }
    if (unit.ignoredWrites?.includes(start)) return writtenPdu(request);
    unit.image[place.block].set(data, place.offset);
    for (const name of SWITCHES) {
      const { offset } = PB_SETTINGS[name];
      if (place.block === "settings" && place.offset <= offset && place.offset + data.length >= offset + 4) {
        setSwitch(unit, name, unit.image.settings[offset + 3] === 1);
      }
    }
    return writtenPdu(request);
  }

  #image(unit: PbUnit, twist: Twist): PbImage {
    if (!twist.freeze) this.#frozen.delete(unit.address);
    const frozen = this.#frozen.get(unit.address);
    if (frozen) return frozen;
    if (unit.source) putState(unit.image, unit.source.read());
    const image = copyOf(unit.image);
    if (twist.freeze) this.#frozen.set(unit.address, image);
    return twist.zeros ? { ...image, status: new Uint8Array(image.status.length) } : image;
  }
}

/** A switch was written: the live pack decides, or the recorded MOSFET state follows at once. */
function setSwitch(unit: PbUnit, name: BmsSwitch, on: boolean): void {
  unit.source?.setSwitch(name, on);
  if (name === "charge_mosfet_enabled") unit.image.status[PB_STATUS.charge_mosfet_on.offset] = Number(on);
  if (name === "discharge_mosfet_enabled") unit.image.status[PB_STATUS.discharge_mosfet_on.offset] = Number(on);
}

function isTrigger(request: SlaveRequest): boolean {
  return request.functionCode === 16 && request.count === 1 && request.data.every((byte) => byte === 0);
}

function copyOf(image: PbImage): PbImage {
  const copy = (block: keyof typeof PB_BLOCKS) => Uint8Array.from(image[block]);
  return { settings: copy("settings"), status: copy("status"), device_info: copy("device_info") };
}
