import { flagText } from "../codec/bits.ts";
import { toHex } from "../codec/hex.ts";
import type { AnyValue, Field, Flag } from "../codec/table.ts";
import { decimals, valueFromRaw } from "../codec/values.ts";

/** A stretch of bytes and what it says. Together the parts of an explanation cover every byte once, in order. */
export interface FramePart {
  readonly offset: number;
  readonly hex: string;
  readonly name: string;
  readonly value: string;
}

/** A frame in words. `problems` is empty when it is whole and good. */
export interface Explanation {
  readonly protocol: string;
  readonly problems: readonly string[];
  readonly parts: readonly FramePart[];
  /** Values of a BMS in it, by key: whether a battery can have them is the view's to say. */
  readonly values: readonly (readonly [key: string, value: number])[];
}

/** Walks through bytes and notes what each of them is. */
export class PartWriter {
  readonly parts: FramePart[] = [];
  readonly problems: string[] = [];
  #at = 0;
  readonly #values: [string, number][] = [];

  constructor(readonly bytes: Uint8Array) {}

  get at(): number {
    return this.#at;
  }
  get left(): number {
    return this.bytes.length - this.#at;
  }

  /** Takes the next `length` bytes (or what is left of them) under a name. `value` may depend on them; `hidden` blanks the hex. */
  take(length: number, name: string, value: string | ((bytes: Uint8Array) => string) = "", hidden = false): Uint8Array {
    const bytes = this.bytes.subarray(this.#at, this.#at + Math.max(0, length));
    if (bytes.length === 0) return bytes;
    const text = typeof value === "string" ? value : value(bytes);
    const hex = hidden ? "··".repeat(bytes.length) : toHex(bytes);
    const cut = bytes.length < length ? " (cut off)" : "";
    this.parts.push({ offset: this.#at, hex, name: `${name}${cut}`, value: bytes.length < length ? "" : text });
    this.#at += bytes.length;
    return bytes;
  }

  /** Notes a value of a BMS: the checksum says that the bytes came so, not that they mean this. */
  weigh(key: string, value: AnyValue): void {
    if (typeof value === "number") this.#values.push([key, value]);
  }

  done(protocol: string): Explanation {
    return { protocol, problems: this.problems, parts: this.parts, values: this.#values };
  }
}

/** Unsigned number of big-endian bytes. */
export function bigEndian(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

/** Unsigned number of little-endian bytes. */
export function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}

/** What stands for a value of which only a part is there. */
export function halfOf(bytes: Uint8Array): string {
  return `half of a value (${toHex(bytes)}): the other half is not in this frame`;
}

/** A field's value with unit: "52.10 V", "off_grid", "cell over-voltage". */
export function shown(field: Field, raw: number | string | null): string {
  const value: AnyValue = valueFromRaw(field, raw);
  if (value === null) return "not available";
  if (Array.isArray(value)) return flagText(value as readonly Flag[]);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  const unit = "unit" in field && field.unit ? ` ${field.unit}` : "";
  return `${(value as number).toFixed(decimals(field))}${unit}`;
}
