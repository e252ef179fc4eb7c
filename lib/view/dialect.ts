/** Which protocol a BMS speaks: as configured, else as found. Null = not known yet, and nobody may guess: the write tables differ. */
import { type Dialect, isDialect } from "../devices/jkbms/settings.ts";

/** `configured`: the unit's `protocol`; `found`: what is remembered of an earlier contact. */
export function dialectOf(configured: Dialect | "auto", found: unknown): Dialect | null {
  if (configured !== "auto") return configured;
  return isDialect(found) ? found : null;
}

/** Rounds without an answer after which a device that is to be found is looked for anew: another board may hang on the line. */
const LOOK_AGAIN_ROUNDS = 3;

/** Rounds without an answer, one after another, from the facts of a device. */
export function silentRounds(facts: Readonly<Record<string, unknown>>): number {
  return typeof facts.silent_rounds === "number" ? facts.silent_rounds : 0;
}

/** The protocol to speak with a device: "auto" = it is to be looked for. A JBD board is never found by looking. */
export function dialectToSpeak(
  configured: Dialect | "auto",
  facts: Readonly<Record<string, unknown>>,
): Dialect | "auto" {
  const known = dialectOf(configured, facts.dialect);
  if (configured !== "auto" || known === null || known === "jbd") return configured;
  return silentRounds(facts) >= LOOK_AGAIN_ROUNDS ? "auto" : known;
}
