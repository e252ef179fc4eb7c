/**
 * Row types of a field table. A table is a literal object `as const satisfies Table<...>`; from it derive the TypeScript
 * types, decoding, encoding, range checks, JSON, database columns, Home Assistant entities and the reference docs.
 *
 * Every field has two faces: the *scaled integer* ("raw": what the device sends, sign normalised, stored in SQLite) and the
 * *engineering value* (what people, JSON and rules see). `value = raw / div` for numbers.
 */
import type { Effect } from "./effects.ts";

/** Units used in tables; what Home Assistant and people read. */
export type Unit =
  | "V"
  | "mV"
  | "A"
  | "mA"
  | "W"
  | "VA"
  | "var"
  | "kWh"
  | "Hz"
  | "°C"
  | "%"
  | "Ah"
  | "mAh"
  | "s"
  | "min"
  | "h"
  | "d"
  | "us"
  | "mOhm"
  | "uOhm";

/** Inclusive limits in engineering units. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * Who may write a row. `normal`: any order. `battery_safety`: only with an explicit confirmation. `never`: refused unless the
 * owner unlocks this very row by hand.
 */
export type WriteClass = "normal" | "battery_safety" | "never";

/** A writable row. A number row must have a range (for its engineering value); enum, bool and flags rows are limited by their labels. */
export interface WriteRule {
  readonly class: WriteClass;
  readonly range?: Range;
  /** Other ranges for 24 V and 12 V machines; `range` is for 48 V. `null`: the row does not exist there. */
  readonly by_grade?: { readonly 24?: Range | null; readonly 12?: Range | null };
  /** What the write does, where the name does not say it; said before it is queued. */
  readonly effect?: Effect;
}

interface Common {
  /** What it is, in one sentence, with the sign where it has one. */
  readonly doc: string;
  /** Source tag: vendor sheet row, capture, or field report. */
  readonly source: string;
  /** Name for people when the key in sentence case would not do ("SoC"). */
  readonly label?: string;
  readonly write?: WriteRule;
  /** Word or record that means "not available": decodes to null. */
  readonly na?: number;
  /** What the row is for its readers; default "measurement". `identity` and `setting` are stored when they change. */
  readonly role?: "measurement" | "state" | "setting" | "identity" | "total" | "diagnostic" | "secret" | "command";
  /** New, unproven meaning: shown as experimental. */
  readonly experimental?: true;
}

export interface NumberField extends Common {
  /** Width and sign on the wire. `thousands`: two words, high x 1000 + low / 10 (the inverter's energy counters). */
  readonly kind: "u8" | "s8" | "u16" | "s16" | "u32" | "s32" | "thousands";
  /** Divide the raw integer by this; never multiply by 0.1. */
  readonly div?: 10 | 100 | 1000;
  readonly unit?: Unit;
  /** The device counts the other way round; raw is negated on decode and encode. */
  readonly negate?: true;
}
export interface BoolField extends Common {
  readonly kind: "bool";
  /** Wire width in bytes when not the protocol's natural one. */
  readonly bytes?: 1 | 2 | 4;
}
export interface EnumField extends Common {
  readonly kind: "enum";
  readonly labels: Readonly<Record<number, string>>;
  readonly bytes?: 1 | 2 | 4;
}
/** How much a set bit matters to the owner. */
export type Severity = "info" | "warning" | "critical";
/** What a set error, warning or alarm bit means; the label is also the key of its words. */
export interface BitMeaning<L extends string = string> {
  readonly label: L;
  readonly severity: Severity;
  /** The battery may stop feeding the house, or must: with it a spell off the grid ends. */
  readonly ends_off_grid: boolean;
  /** No more than information while the pack is full and the BMS has stopped the charge: that is how a charge ends. */
  readonly usual_when_full?: true;
  /** Bit of the device family's common list of warnings that says the same. */
  readonly same_as?: number;
}

export interface FlagsField extends Common {
  readonly kind: "flags";
  /** Text of each bit; a bit without text is reserved and decodes with label null. */
  readonly bits: Readonly<Record<number, string>>;
  /** Error, warning and alarm words only: what each bit means (made by bits.ts), the texts of `bits` included. */
  readonly faults?: Readonly<Record<number, BitMeaning>>;
  /** What a set bit means that no sheet names. */
  readonly unnamed?: Pick<BitMeaning, "severity" | "ends_off_grid">;
  readonly bytes?: 1 | 2 | 4;
}
export interface AsciiField extends Common {
  readonly kind: "ascii";
  /** Bytes on the wire, padded with 00 or `_`. */
  readonly length: number;
}
/** Version words a*10000 + b*100 + c, shown a.bb.cc. */
export interface VersionField extends Common {
  readonly kind: "version";
}
/** Only where the arithmetic kinds cannot say it; both functions map between wire integer and scaled integer. */
export interface CustomField extends Common {
  readonly kind: "custom";
  readonly bytes: 1 | 2 | 4;
  readonly div?: 10 | 100 | 1000;
  readonly unit?: Unit;
  /** Wire integer to scaled integer, or null when it means nothing. `context` holds what other rows decided (protocol version). */
  readonly fromWire: (wire: number, context: DecodeContext) => number | null;
}
/** What a custom row may need to know about its frame. */
export interface DecodeContext {
  readonly protocolVersion?: number;
}

export type Field = NumberField | BoolField | EnumField | FlagsField | AsciiField | VersionField | CustomField;

/** Rows plus where they sit on the wire (`At` is `{ addr }`, `{ tag }` or `{ offset }`). */
export type Table<At = object> = Readonly<Record<string, Field & At>>;

/** One set bit of a flags field; label null = the sheet reserves it. */
export interface Flag {
  readonly bit: number;
  readonly label: string | null;
}

/** Scaled integer or text as stored; null = not available. */
export type Raw = number | string | null;

/** Engineering value of a row. */
export type ValueOf<F> = F extends { kind: "bool" }
  ? boolean
  : F extends { kind: "enum"; labels: Readonly<Record<number, infer L>> }
    ? L | `unknown_${number}`
    : F extends { kind: "flags" }
      ? readonly Flag[]
      : F extends { kind: "ascii" | "version" }
        ? string
        : number;

/** Decoded table: every key with its value, null where not available. */
export type Snapshot<T> = { readonly [K in keyof T]: ValueOf<T[K]> | null };
/** The same as scaled integers and texts. */
export type RawSnapshot<T> = { readonly [K in keyof T]: Raw };
/** Keys of the rows that may be written: the allow-list of every write path. */
export type Writable<T> = { [K in keyof T]: T[K] extends { write: WriteRule } ? K : never }[keyof T];

/** Anything a person or rule may see as the value of a field. */
export type AnyValue = number | boolean | string | readonly Flag[] | null;
