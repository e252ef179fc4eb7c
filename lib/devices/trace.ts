/** A recorded trace: blanked before it leaves the house, and replayed by a simulator. */
import { byteSum } from "../codec/checksum.ts";
import { fromHex, toHex } from "../codec/hex.ts";
import { registersOf, withCrc } from "../modbus/frame.ts";
import type { SimulatedDevice } from "../sim/device.ts";
import { PB_DEVICE_INFO } from "./jkbms/pb-device-info.ts";
import { PB_FRAME_BYTES, PB_FRAMES, PB_HEADER_BYTES } from "./jkbms/pb-frame.ts";
import { withoutSecrets } from "./jkbms/redact.ts";
import { dataOfRecords, recordsOfFrame, replyFrame } from "./jkbms/sim-records.ts";
import { REGISTERS } from "./pv1800/registers.ts";
import { RegisterImage, readRegisterFile } from "./pv1800/sim-source.ts";
import { makeInverter, simulated4e57 } from "./simulators.ts";

/** A device that answers as in a trace; null = the protocol is not simulated from one. @throws BadCommand when nothing is in it */
export function replayedDevice(
  kind: "inverter" | "bms",
  dialect: string | null,
  slave: number,
  lines: readonly string[],
): SimulatedDevice | null {
  const text = lines.join("\n");
  if (kind === "inverter") return makeInverter({ slave, source: new RegisterImage(readRegisterFile(text, "trace")) });
  if (dialect !== "4e57") return null;
  return simulated4e57({ capture: { text, name: "trace" } });
}

/** Frames of one trace, its chunks joined, serial numbers blanked and sums set right: they still decode. */
export function publicTrace(lines: readonly string[]): string[] {
  const joined: { direction: string; hex: string }[] = [];
  for (const line of lines) {
    const [, direction = "", hex = ""] = /^([<>]) ?([0-9a-f]+)$/.exec(line.trim()) ?? [];
    const last = joined.at(-1);
    if (direction === "<" && last?.direction === "<") last.hex += hex;
    else if (direction !== "") joined.push({ direction, hex });
  }
  let asked: Span = { start: 0, count: 0 };
  return joined.map(({ direction, hex }) => {
    const bytes = fromHex(hex);
    if (direction === ">") asked = spanOf(bytes);
    return `${direction} ${toHex(direction === "<" ? publicFrame(bytes, asked) : withoutSecrets(bytes))}`;
  });
}

/** The registers that a request reads; none when it is another. */
interface Span {
  readonly start: number;
  readonly count: number;
}

function spanOf(request: Uint8Array): Span {
  if (request[1] !== 3 || request.length !== 8) return { start: 0, count: 0 };
  const view = new DataView(request.buffer, request.byteOffset);
  return { start: view.getUint16(2), count: view.getUint16(4) };
}

function publicFrame(bytes: Uint8Array, asked: Span): Uint8Array {
  if (bytes[0] === 0x4e && bytes[1] === 0x57) return public4e57(bytes);
  if (bytes[0] === 0x55 && bytes[1] === 0xaa) return publicPb(bytes);
  return publicRegisters(bytes, asked);
}

/** Records of the owner's own texts. */
const OWNERS_RECORDS = [0xb4, 0xba] as const;

function public4e57(bytes: Uint8Array): Uint8Array {
  try {
    const records = new Map(recordsOfFrame(withoutSecrets(bytes), "trace"));
    for (const tag of OWNERS_RECORDS) {
      const value = records.get(tag);
      if (value) records.set(tag, new Uint8Array(value.length).fill(0x78));
    }
    return replyFrame(bytes[8] as number, dataOfRecords(records));
  } catch {
    // Damaged: it cannot be told where a text stands, so nothing of it goes out.
    return bytes.slice(0, 11);
  }
}

function publicPb(bytes: Uint8Array): Uint8Array {
  const copy = withoutSecrets(bytes).slice();
  if (copy[4] !== PB_FRAMES.device_info.type) return copy;
  for (const [key, field] of Object.entries(PB_DEVICE_INFO)) {
    if (field.kind !== "ascii" || !/serial|name|user|id|date|password/.test(key)) continue;
    const at = PB_HEADER_BYTES + field.offset;
    copy.fill(0, at, Math.min(at + field.length, copy.length));
  }
  if (copy.length >= PB_FRAME_BYTES) copy[PB_FRAME_BYTES - 1] = byteSum(copy, 0, PB_FRAME_BYTES - 1, 8);
  return copy;
}

const SERIAL_ROWS = ["serial_number", "charger_serial_number", "serial_number_copy"] as const;
const SERIALS = SERIAL_ROWS.flatMap((key) => [REGISTERS[key].addr, REGISTERS[key].addr + 1]);

function publicRegisters(bytes: Uint8Array, { start, count }: Span): Uint8Array {
  const hasSerial = SERIALS.some((address) => address >= start && address < start + count);
  const isRefusal = bytes.length === 5 && (bytes[1] as number) >= 0x80;
  if (!hasSerial || isRefusal) return bytes;
  // Cut, behind its own echo or behind noise: it cannot be told where the serial number stands.
  if (bytes[1] !== 3 || bytes[2] !== 2 * count || bytes.length !== 5 + 2 * count) return bytes.slice(0, 3);
  const words = Array.from(registersOf(bytes), (word, index) => (SERIALS.includes(start + index) ? 0xffff : word));
  return withCrc([bytes[0] as number, 3, 2 * count, ...words.flatMap((word) => [word >>> 8, word & 0xff])]);
}
