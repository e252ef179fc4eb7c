/** Which protocol a BMS speaks: as configured, else as found. Null = not known yet, and nobody may guess: the write tables differ. */
import { bmsKindOf, unknownBmsKind } from "../devices/index.ts";
import type { BmsKind } from "../devices/kind.ts";

/** `configured`: the unit's `protocol`; `found`: what is remembered of an earlier contact. */
export function dialectOf(configured: string, found: unknown): string | null {
  const kind = bmsKindOf(configured)?.is_looked_for ? bmsKindOf(found) : bmsKindOf(configured);
  return kind === null || kind.is_looked_for ? null : kind.protocol;
}

/** The kind of a BMS of this dialect; null = what is true of every one that it may be. */
export function kindOfDialect(dialect: string | null): BmsKind {
  return bmsKindOf(dialect) ?? unknownBmsKind();
}

/** Rounds without an answer after which a device that is to be found is looked for anew: another board may hang on the line. */
const LOOK_AGAIN_ROUNDS = 3;

/** Rounds without an answer, one after another, from the facts of a device. */
export function silentRounds(facts: Readonly<Record<string, unknown>>): number {
  return typeof facts.silent_rounds === "number" ? facts.silent_rounds : 0;
}

/** The kind to speak with a device as: that which looks, when it is to be looked for. */
export function kindToSpeak(configured: string, facts: Readonly<Record<string, unknown>>): BmsKind {
  const kind = kindOfDialect(configured);
  const known = bmsKindOf(facts.dialect);
  if (!kind.is_looked_for || !known?.can_be_found) return kind;
  return silentRounds(facts) >= LOOK_AGAIN_ROUNDS ? kind : known;
}
