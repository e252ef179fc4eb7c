/** What a state file that failed looks like: found at each start by cheap looks, deeper after a query stumbled. */
import { accessSync, constants, existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Database } from "better-sqlite3";
import { failureOf, type StateDamage, StateDamaged } from "../base/errors.ts";
import { type Failure, failure } from "../base/failure/failure.ts";
import { hasHotJournal, isCutOff } from "./change-log.ts";
import { MIGRATIONS } from "./migrations/index.ts";

/** What SQLite keeps beside a file; they belong together. */
export const FAMILY = ["", "-journal", "-wal", "-shm"] as const;

/** Beside the state file once there was one: an empty or missing file is damage then, not a new station. */
const knownMark = (path: string) => `${path}.known`;
/** Left by whoever stumbled over a damaged page and could not put it right: the next writer looks through every page. */
const suspectMark = (path: string) => `${path}.suspect`;

/** What is wrong, as a value of a failure: "is empty, as a power cut leaves a file". */
export function damageFailure(damage: StateDamage): Failure {
  return failure(`damage_${damage}`);
}

/** The error of a damage that was found. */
export function damaged(path: string, damage: StateDamage, cause?: unknown): StateDamaged {
  const values = { path, damage: damageFailure(damage) };
  const what =
    cause instanceof Error
      ? failure("state_damaged_says", { ...values, error: failureOf(cause) })
      : failure("state_damaged", values);
  return new StateDamaged(path, damage, what, cause === undefined ? {} : { cause });
}

/** What can be seen without opening the file; null = nothing is wrong, or there never was one. */
export function damageBeforeOpening(path: string): StateDamage | null {
  // The notes first: another command may be making a new station's file just now.
  const marked = existsSync(knownMark(path));
  const known = marked || hasEndedJournal(path);
  const size = sizeOf(path);
  if (size === null) return marked ? "missing" : null;
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return "not_a_database";
  if (size === 0) return known ? "empty" : null;
  if (isShutOut(path)) return "no_access";
  return isCutOff(path) ? "truncated" : null;
}

/** What SQLite's own complaint says about the file; null = it is no damage. */
export function damageOfError(code: string): StateDamage | null {
  if (code === "SQLITE_NOTADB") return "not_a_database";
  return code.startsWith("SQLITE_CORRUPT") ? "damaged_pages" : null;
}

/** What an open file lacks to be a state file; null = nothing. Looks at the list of tables only. */
export function damageOfSchema(db: Database, path: string): StateDamage | null {
  const known = existsSync(knownMark(path));
  // Both in one read transaction: another command may be migrating.
  const { version, tables } = db.transaction(() => ({
    version: Number(db.pragma("user_version", { simple: true })),
    tables: new Set(db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all() as string[]),
  }))();
  if (version === 0) {
    if (tables.size > 0) return "not_a_state_file";
    return known ? "empty" : null;
  }
  return expectedTables(version).every((name) => tables.has(name)) ? null : "not_a_state_file";
}

/** Looks through every page; null = sound. */
export function damageOfPages(db: Database, depth: "quick_check" | "integrity_check"): StateDamage | null {
  const rows = db.pragma(`${depth}(1)`) as Readonly<Record<string, string>>[];
  return rows.length === 1 && Object.values(rows[0] ?? {})[0] === "ok" ? null : "damaged_pages";
}

/** Notes that this is the state file of a station that has one. */
export function markKnown(path: string): void {
  if (!path.endsWith(".db") || existsSync(knownMark(path))) return;
  const text =
    "This station has had a state file; without this note an empty or missing one counts as a new station.\n";
  quietly(() => writeFileSync(knownMark(path), text, { mode: 0o640, flag: "wx" }));
}

/** Notes that a query stumbled over the file. */
export function markSuspect(path: string): void {
  if (path.endsWith(".db")) quietly(() => writeFileSync(suspectMark(path), "", { mode: 0o660 }));
}

export function isSuspect(path: string): boolean {
  return existsSync(suspectMark(path));
}

export function clearSuspect(path: string): void {
  quietly(() => rmSync(suspectMark(path), { force: true }));
}

/**
 * An empty file beside a journal that was once used to its end held a state; one beside a first journal never did: that had no page to
 * keep, and is a head alone, unfinished or not yet begun.
 */
function hasEndedJournal(path: string): boolean {
  return (sizeOf(`${path}-journal`) ?? 0) > JOURNAL_HEAD && !hasHotJournal(path);
}

const JOURNAL_HEAD = 512;

/** The directory is ours and a file in it is not: `sudo` leaves that. */
function isShutOut(path: string): boolean {
  const may = (name: string, mode: number) => {
    try {
      accessSync(name, mode);
      return true;
    } catch (error) {
      // A read-only file system is no question of rights.
      return (error as { code?: unknown }).code !== "EACCES";
    }
  };
  if (!may(dirname(path), constants.W_OK | constants.X_OK)) return false;
  return FAMILY.some((ending) => existsSync(path + ending) && !may(path + ending, constants.R_OK | constants.W_OK));
}

let expected: readonly (readonly string[])[] | null = null;

/** Tables after so many migrations. */
function expectedTables(version: number): readonly string[] {
  expected ??= tablesByVersion();
  return expected[Math.min(version, expected.length) - 1] ?? [];
}

function tablesByVersion(): (readonly string[])[] {
  const tables = new Set<string>();
  return MIGRATIONS.map((step) => {
    // A step that is a function builds tables anew and leaves their names alone.
    for (const [, verb, name, renamed] of typeof step === "string" ? step.matchAll(STATEMENT) : []) {
      if (verb === "CREATE") tables.add(name as string);
      else tables.delete(name as string);
      if (renamed !== undefined) tables.add(renamed);
    }
    return [...tables];
  });
}

const STATEMENT =
  /^\s*(CREATE|DROP|ALTER) TABLE (?:IF (?:NOT )?EXISTS )?"?(\w+)"?(?: RENAME TO "?(\w+)"?|(?= ?[(;]))/gm;

export function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null;
}

/** Notes are a help, never a reason to fail. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // Read-only directory or full disk: told by what is really at stake.
  }
}
