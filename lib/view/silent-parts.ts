/**
 * Parts of a device (blocks of registers, frames) that stay silent while the rest of it answers: after some rounds they count like a
 * refused one, "not there", and are asked again rarely. Pure.
 */

/** A part that did not answer lately. */
export interface SilentPart {
  /** UTC s of the first round without an answer, and of the last time that it was asked. */
  readonly since: number;
  readonly tried_at: number;
  /** Rounds without an answer, one after another. */
  readonly rounds: number;
}

/** What is remembered of the parts of one device. */
export interface PartMemory {
  /** Parts that have ever answered, be it with a refusal. */
  readonly answered: readonly string[];
  readonly silent: Readonly<Record<string, SilentPart>>;
}

/** `live`: what a poll is made for; `secondary`: settings, identity, about. */
export type PartKind = "live" | "secondary";

/** Silent for so many rounds = not there; asked again after so long. */
interface Patience {
  readonly rounds: number;
  readonly again_s: number;
}
/** A part that never answered is most likely unknown to this model. */
const NEVER: Readonly<Record<PartKind, Patience>> = {
  live: { rounds: 10, again_s: 600 },
  secondary: { rounds: 3, again_s: 86_400 },
};
/** One that did is missed; live values that did are asked for in every round, and their silence stays a failure. */
const KNOWN: Readonly<Record<PartKind, Patience | null>> = { live: null, secondary: { rounds: 6, again_s: 3600 } };

/** Memory from the facts of a device; what cannot be read is forgotten. */
export function partMemory(stored: unknown): PartMemory {
  const { answered, silent } = (stored ?? {}) as { readonly answered?: unknown; readonly silent?: unknown };
  const parts = Object.entries((silent ?? {}) as Readonly<Record<string, Partial<SilentPart> | null>>);
  return {
    answered: Array.isArray(answered) ? answered.map(String) : [],
    silent: Object.fromEntries(
      parts.flatMap(([part, one]) => {
        const { since, tried_at, rounds } = one ?? {};
        const isWhole = typeof since === "number" && typeof tried_at === "number" && typeof rounds === "number";
        return isWhole ? [[part, { since, tried_at, rounds }]] : [];
      }),
    ),
  };
}

/** True when a part counts as not there: its silence is no failure any more. */
export function isAbsent(memory: PartMemory, part: string, kind: PartKind): boolean {
  const patience = patienceFor(memory, part, kind);
  return patience !== null && (memory.silent[part]?.rounds ?? 0) >= patience.rounds;
}

/** The parts not to be asked in this round. A try dated in the future says nothing. */
export function partsToSkip(memory: PartMemory, parts: readonly string[], kind: PartKind, now: number): string[] {
  return parts.filter((part) => {
    if (!isAbsent(memory, part, kind)) return false;
    const age = now - (memory.silent[part]?.tried_at ?? 0);
    return age >= 0 && age < (patienceFor(memory, part, kind)?.again_s ?? 0);
  });
}

/** The memory after a round in which these parts answered and those did not; parts that were not asked stay as they are. */
export function afterRound(
  memory: PartMemory,
  round: { readonly answered: readonly string[]; readonly silent: readonly string[] },
  now: number,
): PartMemory {
  const heard = (part: string) => round.answered.includes(part);
  const kept = Object.entries(memory.silent).filter(([part]) => !heard(part));
  const failed = round.silent.map((part): [string, SilentPart] => {
    const before = memory.silent[part];
    const since = before === undefined ? now : Math.min(before.since, now);
    return [part, { since, tried_at: now, rounds: (before?.rounds ?? 0) + 1 }];
  });
  return {
    answered: [...new Set([...memory.answered, ...round.answered])].sort(),
    silent: Object.fromEntries([...kept, ...failed]),
  };
}

function patienceFor(memory: PartMemory, part: string, kind: PartKind): Patience | null {
  return memory.answered.includes(part) ? KNOWN[kind] : NEVER[kind];
}
