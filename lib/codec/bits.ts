import type { BitMeaning, Flag, FlagsField, Severity } from "./table.ts";

/** A set bit together with its meaning; a bit that no sheet names has label null. */
export interface FaultFlag {
  readonly bit: number;
  readonly label: string | null;
  readonly severity: Severity;
  readonly ends_off_grid: boolean;
}

/** Marks a bit with which a spell off the grid ends. */
export const ENDS_OFF_GRID = "ends off-grid";
type Ends = typeof ENDS_OFF_GRID;

const bit =
  (severity: Severity) =>
  <const L extends string>(label: L, ends?: Ends): BitMeaning<L> => ({
    label,
    severity,
    ends_off_grid: ends === ENDS_OFF_GRID,
  });

/** A bit that healthy machines set now and then. */
export const info = bit("info");
/** A bit that its owner should look at. */
export const warning = bit("warning");
/** A bit that wants somebody now. */
export const critical = bit("critical");

/** The same bit, which every full charge of a healthy pack may bring. */
export function usualWhenFull<L extends string>(meaning: BitMeaning<L>): BitMeaning<L> {
  return { ...meaning, usual_when_full: true };
}

/** The same bit in other words: it is shown and weighed as this bit of the common list of warnings. */
export function sameAs<L extends string>(same_as: number, meaning: BitMeaning<L>): BitMeaning<L> {
  return { ...meaning, same_as };
}

/** A word whose bits all weigh the same: each label by its number. */
export function each<const L extends Readonly<Record<number, string>>>(
  weight: ReturnType<typeof bit>,
  labels: L,
  ends?: Ends,
): { readonly [N in keyof L]: BitMeaning<L[N] & string> } {
  const meanings = Object.entries(labels).map(([number, label]) => [number, weight(label, ends)]);
  return Object.fromEntries(meanings) as { readonly [N in keyof L]: BitMeaning<L[N] & string> };
}

/** The texts alone, as a flags row holds them. */
export type LabelsOf<B> = { readonly [N in keyof B]: B[N] extends BitMeaning<infer L> ? L : never };
export function labelsOf<const B extends Readonly<Record<number, BitMeaning>>>(bits: B): LabelsOf<B> {
  return Object.fromEntries(Object.entries(bits).map(([n, { label }]) => [n, label])) as LabelsOf<B>;
}

/**
 * Meaning of a set bit of a row. Bits that no sheet names take the word's own `unnamed` meaning: a warning that ends nothing
 * unless the row says otherwise. `fullAndStopped`: the pack is full and the BMS takes no more charge.
 */
export function faultFlag(field: FlagsField, bit: number, fullAndStopped = false): FaultFlag {
  const known = field.faults?.[bit];
  if (!known) {
    const { severity, ends_off_grid } = field.unnamed ?? { severity: "warning", ends_off_grid: false };
    return { bit, label: field.bits[bit] ?? null, severity, ends_off_grid };
  }
  const { label, severity, ends_off_grid, usual_when_full } = known;
  return { bit, label, severity: fullAndStopped && usual_when_full ? "info" : severity, ends_off_grid };
}

/** The set bits in words; reserved ones by number. */
export function flagText(flags: readonly Flag[]): string {
  return flags.length === 0 ? "none" : flags.map(({ bit, label }) => label ?? `reserved bit ${bit}`).join(", ");
}
