/** Makers of the rows of a field table: one line a row, with every type that the compiler derives from it. */
import { type LabelsOf, labelsOf } from "./bits.ts";
import type { Effect } from "./effects.ts";
import type { BitMeaning, CustomField, Field, NumberField, Range, Unit, WriteRule } from "./table.ts";

/** What a row may say beside its place, kind, unit, meaning and source. */
export type Extra = Partial<Pick<NumberField, "label" | "write" | "na" | "role" | "experimental" | "negate">>;
type None = Record<never, never>;
type Bytes = 1 | 2 | 4;
type Div = 1 | 10 | 100 | 1000;

/** What every row has. `P` names its place on the wire: addr, tag or offset. */
type Row<P extends string, M> = { readonly [K in P]: number } & {
  readonly doc: string;
  readonly source: string;
  readonly role?: NonNullable<Field["role"]>;
} & M;
interface Measure {
  readonly unit?: Unit;
  readonly div?: 10 | 100 | 1000;
}
type Custom = Pick<CustomField, "bytes" | "fromWire">;

/**
 * Makers of the rows of one table family. `place`: name of the place on the wire; `small`: bytes of a bool, enum or custom row where
 * they are not two; `role`: that of every row that does not say another.
 */
export function rowMakers<const P extends string>(place: P, small?: Bytes, role?: NonNullable<Field["role"]>) {
  const row = (at: number, doc: string, source: string, ...parts: readonly object[]) =>
    Object.assign({ [place]: at }, ...parts.slice(0, -1), role ? { role } : {}, { doc, source }, parts.at(-1));
  const width = small === undefined ? {} : { bytes: small };
  const number =
    <const K extends NumberField["kind"]>(kind: K) =>
    <const M extends Extra = None>(at: number, unit: Unit | "", div: Div, doc: string, source: string, more?: M) =>
      row(at, doc, source, { kind }, measure(unit, div), more ?? {}) as Row<P, NoInfer<M>> &
        Measure & { readonly kind: K };
  return {
    /** Numbers: place, unit ("" = none), divisor, meaning, source. */
    u8: number("u8"),
    s8: number("s8"),
    u16: number("u16"),
    s16: number("s16"),
    u32: number("u32"),
    s32: number("s32"),
    thousands: number("thousands"),
    bool: <const M extends Extra = None>(at: number, doc: string, source: string, more?: M) =>
      row(at, doc, source, { kind: "bool" }, width, more ?? {}) as Row<P, NoInfer<M>> & {
        readonly kind: "bool";
        readonly bytes?: Bytes;
      },
    /** A word that names one of several states. */
    choice: <const L extends Readonly<Record<number, string>>, const M extends Extra = None>(
      at: number,
      labels: L,
      doc: string,
      source: string,
      more?: M,
    ) =>
      row(at, doc, source, { kind: "enum" }, width, { labels }, more ?? {}) as Row<P, NoInfer<M>> & {
        readonly kind: "enum";
        readonly labels: NoInfer<L>;
        readonly bytes?: Bytes;
      },
    /** Switches or signs, one a bit. */
    flags: <const B extends Readonly<Record<number, string>>, const M extends Extra & { bytes?: Bytes } = None>(
      at: number,
      bits: B,
      doc: string,
      source: string,
      more?: M,
    ) =>
      row(at, doc, source, { kind: "flags", bits }, more ?? {}) as Row<P, NoInfer<M>> & {
        readonly kind: "flags";
        readonly bits: NoInfer<B>;
      },
    /** Errors, warnings or alarms, one a bit, each with its meaning. */
    faults: <
      const B extends Readonly<Record<number, BitMeaning>>,
      const M extends Extra & { bytes?: Bytes; unnamed?: Pick<BitMeaning, "severity" | "ends_off_grid"> } = None,
    >(
      at: number,
      faults: B,
      doc: string,
      source: string,
      more?: M,
    ) =>
      row(at, doc, source, { kind: "flags", bits: labelsOf(faults), faults }, more ?? {}) as Row<P, NoInfer<M>> & {
        readonly kind: "flags";
        readonly bits: LabelsOf<NoInfer<B>>;
        readonly faults: NoInfer<B>;
      },
    /** Text of so many bytes. */
    ascii: <const M extends Extra = None>(at: number, length: number, doc: string, source: string, more?: M) =>
      row(at, doc, source, { kind: "ascii", length }, more ?? {}) as Row<P, NoInfer<M>> & {
        readonly kind: "ascii";
        readonly length: number;
      },
    version: <const M extends Extra = None>(at: number, doc: string, source: string, more?: M) =>
      row(at, doc, source, { kind: "version" }, more ?? {}) as Row<P, NoInfer<M>> & { readonly kind: "version" },
    /** A number that arithmetic kinds cannot say. */
    custom: <const M extends Extra & { bytes?: Bytes } = None>(
      at: number,
      fromWire: CustomField["fromWire"],
      unit: Unit | "",
      div: Div,
      doc: string,
      source: string,
      more?: M,
    ) =>
      row(at, doc, source, { kind: "custom", bytes: 2, fromWire }, measure(unit, div), more ?? {}) as Row<
        P,
        NoInfer<M>
      > &
        Measure &
        Custom & { readonly kind: "custom" },
  };
}

function measure(unit: Unit | "", div: Div): Measure {
  return { ...(div === 1 ? {} : { div }), ...(unit === "" ? {} : { unit }) };
}

/** Roles, for the last argument of a maker. */
export const STATE = { role: "state" } as const;
export const IDENTITY = { role: "identity" } as const;
export const TOTAL = { role: "total" } as const;
export const DIAGNOSTIC = { role: "diagnostic" } as const;
export const SECRET = { role: "secret" } as const;
/** A meaning that nobody has proven. */
export const UNPROVEN = { experimental: true } as const;

/** What may be written to a row; empty where the labels say it all. */
type Limits = Pick<WriteRule, "range" | "by_grade">;
interface Writing {
  readonly write: WriteRule;
}
const rule =
  (kind: WriteRule["class"]) =>
  (limits: Limits = {}, effect?: Effect): Writing => ({
    write: { class: kind, ...limits, ...(effect === undefined ? {} : { effect }) },
  });
/** Any order may write it. */
export const normal = rule("normal");
/** Written only with an explicit confirmation. */
export const safety = rule("battery_safety");
/** Refused unless the owner unlocks this very row by hand. */
export const never = rule("never");

/** No limits but the labels of the row. */
export const LABELS: Limits = {};
/** Inclusive limits in engineering units; `by_grade`: those of 24 V and 12 V machines where they differ, null = no such row there. */
export function range(min: number, max: number, by_grade?: WriteRule["by_grade"]): Limits & { readonly range: Range } {
  return { range: { min, max }, ...(by_grade === undefined ? {} : { by_grade }) };
}
/** Limits of a 48 V machine; half of them for 24 V, a quarter for 12 V. */
export function byClass(min: number, max: number): Limits {
  return range(min, max, { 24: { min: min / 2, max: max / 2 }, 12: { min: min / 4, max: max / 4 } });
}
