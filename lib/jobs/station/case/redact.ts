/** What leaves the house only after it was blanked: secrets, addresses, serial numbers. */
import { byteSum } from "../../../codec/checksum.ts";
import { fromHex, toHex } from "../../../codec/hex.ts";
import type { Config } from "../../../config/schema.ts";
import { configSchema } from "../../../config/schema.ts";
import { PB_DEVICE_INFO } from "../../../devices/jkbms/pb-device-info.ts";
import { PB_FRAME_BYTES, PB_FRAMES, PB_HEADER_BYTES } from "../../../devices/jkbms/pb-frame.ts";
import { withoutSecrets } from "../../../devices/jkbms/redact.ts";
import { dataOfRecords, recordsOfFrame, replyFrame } from "../../../devices/jkbms/sim-records.ts";
import { REGISTERS } from "../../../devices/pv1800/registers.ts";
import { registersOf, withCrc } from "../../../modbus/frame.ts";

/** Names, places, addresses: by the last part of a key. */
const PRIVATE_KEYS =
  /(^|[._])(url|urls|port|file|dir|path|username|client_id|api_base|host|chat_ids|latitude|longitude|topic|base_topic|id)$|^station\.name$|^mqtt\.|^notify\.|^page\./;

/** What differs from the defaults and tells nothing of the owner; the rest by its keys alone. */
export function publicConfig(config: Config): {
  readonly config: Record<string, unknown>;
  readonly left_out: string[];
} {
  const left_out: string[] = [];
  const differing = (given: unknown, usual: unknown, path: string): unknown => {
    if (JSON.stringify(given) === JSON.stringify(usual)) return undefined;
    if (PRIVATE_KEYS.test(path)) {
      left_out.push(path);
      return undefined;
    }
    if (Array.isArray(given)) return given.map((one) => differing(one, undefined, path));
    if (typeof given !== "object" || given === null) return given;
    const entries = Object.entries(given).map(([key, value]): [string, unknown] => [
      key,
      differing(value, (usual as Record<string, unknown> | undefined)?.[key], path === "" ? key : `${path}.${key}`),
    ]);
    const kept = entries.filter(([, value]) => value !== undefined);
    return kept.length === 0 ? undefined : Object.fromEntries(kept);
  };
  const kept = differing(config, configSchema.parse({}), "") as Record<string, unknown> | undefined;
  return { config: kept ?? {}, left_out };
}

const PRIVATE_VALUES = /serial|device_id|manufacturer_id|user_data|password|device_name/;
const TIMES = /^(at|read_at|duration_ms|time)$/;

/** An answer without serial numbers, texts of the owner's, and times: what two runs on the same device have in common. */
export function publicAnswer(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(publicAnswer);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !PRIVATE_VALUES.test(key) && !TIMES.test(key));
  return Object.fromEntries(kept.map(([key, inner]) => [key, publicAnswer(inner)]));
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
  let asked = 0;
  return joined.map(({ direction, hex }) => {
    const bytes = fromHex(hex);
    if (direction === ">" && bytes[1] === 3) asked = ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
    return `${direction} ${toHex(direction === "<" ? publicFrame(bytes, asked) : withoutSecrets(bytes))}`;
  });
}

function publicFrame(bytes: Uint8Array, asked: number): Uint8Array {
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
    return replyFrame(bytes[8] ?? 6, dataOfRecords(records));
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

function publicRegisters(bytes: Uint8Array, asked: number): Uint8Array {
  const count = (bytes[2] ?? 0) / 2;
  const hasSerial = bytes[1] === 3 && SERIALS.some((address) => address >= asked && address < asked + count);
  if (!hasSerial || bytes.length !== 5 + 2 * count) return bytes;
  const words = Array.from(registersOf(bytes), (word, index) => (SERIALS.includes(asked + index) ? 0xffff : word));
  return withCrc([bytes[0] ?? 0, 3, 2 * count, ...words.flatMap((word) => [word >>> 8, word & 0xff])]);
}
