import type { AnyValue, DecodeContext, Field, Flag, Raw, Snapshot, Table } from "./table.ts";

/** Wire integer (unsigned, as read) to scaled integer: sign and declared not-available value handled here and nowhere else. */
export function rawFromWire(field: Field, wire: number, context: DecodeContext = {}): number | null {
  if (field.na !== undefined && wire === field.na) return null;
  switch (field.kind) {
    case "s8":
      return negated(field, signed(wire, 8));
    case "s16":
      return negated(field, signed(wire, 16));
    case "s32":
      return negated(field, signed(wire, 32));
    case "custom":
      return field.fromWire(wire, context);
    case "u8":
    case "u16":
    case "u32":
    case "thousands":
      return negated(field, wire);
    default:
      return wire;
  }
}

/** Scaled integer to the unsigned integer that goes on the wire. @throws RangeError when it does not fit the field's width. */
export function wireFromRaw(field: Field, raw: number): number {
  const bits = wireBits(field);
  const value = "negate" in field && field.negate ? -raw : raw;
  const isSigned = field.kind === "s8" || field.kind === "s16" || field.kind === "s32";
  const lowest = isSigned ? -(2 ** (bits - 1)) : 0;
  const highest = isSigned ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  if (!Number.isInteger(value) || value < lowest || value > highest) {
    throw new RangeError(`${raw} does not fit a ${bits}-bit ${isSigned ? "signed " : ""}field`);
  }
  return value < 0 ? value + 2 ** bits : value;
}

/** Scaled integer (or text) to engineering value. Unknown enum words become `unknown_<n>`, reserved bits carry label null. */
export function valueFromRaw(field: Field, raw: Raw): AnyValue {
  if (raw === null) return null;
  if (typeof raw === "string") return raw;
  switch (field.kind) {
    case "bool":
      return raw !== 0;
    case "enum":
      return field.labels[raw] ?? `unknown_${raw}`;
    case "flags":
      return flagsOf(field.bits, raw);
    case "version":
      return `${Math.floor(raw / 10000)}.${pad2(Math.floor(raw / 100) % 100)}.${pad2(raw % 100)}`;
    case "ascii":
      return String(raw);
    case "thousands":
      return raw / (field.div ?? 1);
    default:
      return "div" in field && field.div ? raw / field.div : raw;
  }
}

/** Engineering value to scaled integer; the inverse of valueFromRaw for number, bool and enum rows. @throws RangeError otherwise. */
export function rawFromValue(field: Field, value: number | boolean | string): number {
  if (field.kind === "bool" && typeof value === "boolean") return value ? 1 : 0;
  if (field.kind === "enum" && typeof value === "string") {
    const found = Object.entries(field.labels).find(([, label]) => label === value);
    if (found) return Number(found[0]);
  }
  if (typeof value === "number" && field.kind !== "ascii" && field.kind !== "enum" && field.kind !== "bool") {
    const div = "div" in field && field.div ? field.div : 1;
    const raw = Math.round(value * div);
    if (Math.abs(raw / div - value) > 1e-9 * Math.max(1, Math.abs(value))) {
      throw new RangeError(`${value} is finer than the step of ${1 / div}`);
    }
    return raw;
  }
  throw new RangeError(`${String(value)} is no value of a ${field.kind} field`);
}

/** Engineering values of a whole table from its scaled integers; keys that are missing become null. */
export function snapshotFromRaw<T extends Table>(table: T, raw: Partial<Record<keyof T, Raw>>): Snapshot<T> {
  const out: Record<string, AnyValue> = {};
  for (const key of Object.keys(table)) out[key] = valueFromRaw(table[key] as Field, raw[key as keyof T] ?? null);
  return out as Snapshot<T>;
}

/** Numbers of the bits that are set in an unsigned word of up to 32 bits. */
export function setBits(word: number): number[] {
  const bits: number[] = [];
  for (let bit = 0, rest = word; rest > 0 && bit < 32; bit++, rest = Math.floor(rest / 2))
    if (rest % 2 === 1) bits.push(bit);
  return bits;
}

/** Bits on the wire of one field. */
export function wireBits(field: Field): number {
  switch (field.kind) {
    case "u8":
    case "s8":
      return 8;
    case "u32":
    case "s32":
    case "thousands":
      return 32;
    case "bool":
    case "enum":
    case "flags":
    case "custom":
      return (field.bytes ?? 2) * 8;
    case "ascii":
      return field.length * 8;
    default:
      return 16;
  }
}

/** Name of a field for people: its label, else the key in sentence case ("Battery voltage"). */
export function fieldName(key: string, field: Field): string {
  return field.label ?? sentenceCase(key);
}

/** Decimal places that show the field's full resolution. */
export function decimals(field: Field): number {
  return "div" in field && field.div ? Math.log10(field.div) : 0;
}

const ABBREVIATIONS: Readonly<Record<string, string>> = {
  soc: "SoC",
  soh: "SoH",
  pv: "PV",
  mppt: "MPPT",
  bms: "BMS",
  mosfet: "MOSFET",
  ac: "AC",
  dc: "DC",
  id: "ID",
};

export function sentenceCase(key: string): string {
  const words = key.split("_").map((word) => ABBREVIATIONS[word] ?? word);
  const [first = "", ...rest] = words;
  return [first.charAt(0).toUpperCase() + first.slice(1), ...rest].join(" ");
}

function flagsOf(bits: Readonly<Record<number, string>>, word: number): readonly Flag[] {
  return setBits(word).map((bit) => ({ bit, label: bits[bit] ?? null }));
}

function signed(wire: number, bits: number): number {
  return wire >= 2 ** (bits - 1) ? wire - 2 ** bits : wire;
}

function negated(field: Field, raw: number): number {
  return "negate" in field && field.negate && raw !== 0 ? -raw : raw;
}

function pad2(n: number): string {
  return String(n).padStart(2, "0");
}
