import { BadCommand } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import { fromHex } from "../../codec/hex.ts";
import type { InverterSource } from "../../sim/inverter-source.ts";
import { hasValidCrc, MODBUS_EXCEPTION, readRtuRequest, wordsOf } from "../../sim/modbus-slave.ts";

/** Registers that this family lets a master write: charger settings, serial and calibration, inverter settings. */
const WRITABLE_SPANS = [
  [10101, 10126],
  [20002, 20003],
  [20009, 20016],
  [20101, 20214],
] as const;

/** Words at addresses that stay until written, from a recording. */
export class RegisterImage implements InverterSource {
  readonly words: Map<number, number>;

  constructor(words: Iterable<readonly [number, number]>) {
    this.words = new Map(words);
  }

  read(address: number): number | undefined {
    return this.words.get(address);
  }

  write(address: number, word: number): number | undefined {
    const isWritable = WRITABLE_SPANS.some(([from, to]) => address >= from && address <= to);
    if (!isWritable || !this.words.has(address)) return MODBUS_EXCEPTION.address;
    this.words.set(address, word);
    return undefined;
  }
}

/**
 * Words out of a capture file: JSON (`registers` and `raw_derived` objects, or a plain object of address → word), `>`/`<` hex
 * lines of FC03 exchanges, or lines `20105=1`. @throws BadCommand when it holds no register
 */
export function readRegisterFile(text: string, name: string): Map<number, number> {
  const words = text.trimStart().startsWith("{") ? wordsFromJson(JSON.parse(text)) : wordsFromLines(text);
  if (words.size === 0) throw new BadCommand(failure("file_no_registers", { name }));
  return words;
}

function wordsFromJson(json: Record<string, unknown>): Map<number, number> {
  const parts = [json, json.raw_derived, json.registers].filter((part) => typeof part === "object" && part !== null);
  const words = new Map<number, number>();
  for (const [key, value] of parts.flatMap((part) => Object.entries(part as object))) {
    if (/^\d+$/.test(key) && typeof value === "number") words.set(Number(key), value);
  }
  return words;
}

function wordsFromLines(text: string): Map<number, number> {
  const words = new Map<number, number>();
  let start: number | null = null;
  for (const line of text.split(/\r?\n/)) {
    const assigned = /^\s*(\d+)\s*=\s*(\d+)\s*(#.*)?$/.exec(line);
    const hex = /^([<>])\s*([0-9a-fA-F ]+)$/.exec(line.trim());
    if (assigned) words.set(Number(assigned[1]), Number(assigned[2]));
    if (!hex) continue;
    const frame = fromHex(hex[2] as string);
    if (!hasValidCrc(frame) || frame[1] !== 3) continue;
    if (hex[1] === ">") start = readRtuRequest(frame).start;
    else if (start !== null) for (const [i, word] of wordsOf(frame.slice(3, -2)).entries()) words.set(start + i, word);
  }
  return words;
}
