import { chmodSync, existsSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import BetterSqlite, { type Database } from "better-sqlite3";
import { failureOf, StateError } from "../base/errors.ts";
import { type Failure, failure } from "../base/failure/failure.ts";
import { faultPoint } from "../base/fault-point.ts";
import { sync } from "../base/sync.ts";
import { emptyLog, numberLog, numberOf } from "./change-log.ts";
import { FAMILY } from "./damage.ts";
import { guarded, type Store } from "./database.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import { DEVICES_MOST } from "./sample-key.ts";

/** What a state file holds, for comparing a copy with its source. */
export interface StateFacts {
  readonly schema: number;
  /** Rows of each table, and its highest id, time or day. */
  readonly tables: Readonly<Record<string, { readonly rows: number; readonly latest: number | string | null }>>;
  /** Time of the newest sample or job run; null = an empty file. */
  readonly newest_at: number | null;
}

/** Pages of 4 kB copied while other commands wait; each restart of the copy takes more, so that it ends. */
const PAGES_AT_ONCE = 2000;
/** How long a restore waits for other commands to leave the state file, ms. */
const RESTORE_WAIT_MS = 20_000;
/** A table's progress is seen in the first of these columns that it has. */
const LATEST_COLUMNS = ["id", "at", "day", "started_at"];

/** Copies the open state file while others go on reading and writing. @throws StateError */
export async function copyState(store: Store, target: string): Promise<void> {
  await copyDatabase(store.db, target, PAGES_AT_ONCE);
  // A file of its own, which leaves nothing beside it where it is looked at.
  withDatabase(target, { readonly: false }, (db) => db.pragma("journal_mode = DELETE"));
  sync(target);
}

/** Counts and latest ids of the open state file; a few seconds on a small board. */
export function stateFacts(store: Store): StateFacts {
  return store.read(() => factsOf(store.db));
}

/**
 * Opens a copy and looks through every page of it.
 * @throws StateError when it is damaged, no state file, or newer than this program
 */
export function checkState(path: string): StateFacts {
  return withDatabase(path, { readonly: true }, (db) => {
    const faults = db.pragma("integrity_check(5)") as { integrity_check: string }[];
    if (faults.length !== 1 || faults[0]?.integrity_check !== "ok") {
      const told = faults.map((fault) => fault.integrity_check).join("; ");
      throw new StateError(failure("backup_pages", { path, faults: told }));
    }
    const orphans = db.pragma("foreign_key_check") as unknown[];
    if (orphans.length > 0) throw new StateError(failure("backup_orphans", { path, rows: orphans.length }));
    const facts = factsOf(db);
    if (facts.tables.devices === undefined) throw new StateError(failure("backup_no_state", { path }));
    if (facts.schema > MIGRATIONS.length) {
      const { schema } = facts;
      throw new StateError(failure("schema_newer", { path, schema, newest: MIGRATIONS.length }));
    }
    return facts;
  });
}

/** Facts of a file that may be damaged or missing; null = cannot be read. */
export function readableFacts(path: string): StateFacts | null {
  if (!existsSync(path)) return null;
  try {
    return withDatabase(path, { readonly: false }, factsOf);
  } catch (error) {
    if (error instanceof StateError) return null;
    throw error;
  }
}

/** Where a copy cannot be one made between two looks at its source; empty = it is complete. */
export function differences(before: StateFacts, copy: StateFacts, after: StateFacts): Failure[] {
  const found: Failure[] = [];
  if (copy.schema !== before.schema) {
    found.push(failure("copy_of_schema", { schema: copy.schema, expected: before.schema }));
  }
  for (const [table, first] of Object.entries(before.tables)) {
    const [has, last] = [copy.tables[table], after.tables[table]];
    if (!has || !last) {
      found.push(failure("copy_lacks", { table }));
      continue;
    }
    const [least, most] = [Math.min(first.rows, last.rows), Math.max(first.rows, last.rows)];
    const { rows, latest } = has;
    if (rows < least || rows > most) found.push(failure("copy_has_rows", { table, rows, least, most }));
    if (isOutside(latest, first.latest, last.latest)) {
      found.push(failure("copy_ends_at", { table, latest: String(latest) }));
    }
  }
  return found;
}

/** Ends the orders that were open when the copy was made: whether they were carried out since, nobody knows. */
export function cancelOpenOrders(path: string, now: number): number {
  return withDatabase(path, { readonly: false }, (db) => {
    const sql =
      "UPDATE commands SET state = 'cancelled', code = 'state_restored', details = NULL, finished_at = ? " +
      "WHERE state IN ('queued', 'sending')";
    return db.prepare(sql).run(now).changes;
  });
}

/**
 * Puts a checked copy in the place of the state file; the old one is kept at `aside`. A readable state file is overwritten page by page
 * in one transaction of its own, so that commands that have it open, and a crash, see either the old or the new one.
 * @throws StateError when others do not leave the file in time
 */
export async function replaceState(copy: string, target: string, aside: string): Promise<"kept aside" | "none before"> {
  if (!existsSync(target)) {
    moveFamily(target, aside);
    renameSync(copy, target);
    sync(dirname(target));
    return "none before";
  }
  if (readableFacts(target) === null) {
    moveFamily(target, aside);
    faultPoint("restore_old_moved");
    renameSync(copy, target);
    sync(dirname(target));
    return "kept aside";
  }
  await withDatabaseAsync(target, (db) => copyDatabase(db, aside, PAGES_AT_ONCE));
  chmodSync(aside, 0o640);
  sync(aside);
  faultPoint("restore_old_copied");
  // The copy comes as a log that follows the file, so that a cut on the way from there is mended by it.
  const last = withDatabase(target, { readonly: false }, (db) => {
    if (!emptyLog(db)) throw new StateError(failure("restore_read", { path: target }));
    return numberOf(db);
  });
  withDatabase(copy, { readonly: false }, (db) => numberLog(db, last));
  await withDatabaseAsync(copy, (db) => copyDatabase(db, target, Number.MAX_SAFE_INTEGER, RESTORE_WAIT_MS));
  faultPoint("restored");
  return "kept aside";
}

/** The state file and what SQLite keeps beside it belong together: a journal of another file would be played into the new one. */
export function moveFamily(target: string, aside: string): void {
  for (const ending of FAMILY) {
    if (existsSync(target + ending)) renameSync(target + ending, aside + ending);
  }
}

async function copyDatabase(db: Database, target: string, pages: number, limit_ms = 0): Promise<void> {
  const began = performance.now();
  let rate = pages;
  let remaining = Number.POSITIVE_INFINITY;
  try {
    await db.backup(target, {
      progress: ({ remainingPages }) => {
        if (limit_ms > 0 && performance.now() - began > limit_ms) {
          throw new StateError(failure("restore_held", { path: target, seconds: limit_ms / 1000 }));
        }
        // Another command wrote: SQLite begins the copy anew.
        if (remainingPages > remaining) rate *= 4;
        remaining = remainingPages;
        return Math.min(rate, 0x7fffffff);
      },
    });
  } catch (error) {
    if (error instanceof StateError) throw error;
    throw new StateError(failure("copy_failed", { path: target, error: failureOf(error) }), { cause: error });
  }
}

function factsOf(db: Database): StateFacts {
  const names = db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .pluck()
    .all() as string[];
  const tables = Object.fromEntries(names.map((name) => [name, tableFacts(db, name)]));
  const newest = [tables.inverter_samples?.latest, tables.bms_samples?.latest, newestRun(db, tables)];
  const moments = newest.filter((at) => typeof at === "number");
  return {
    schema: Number(db.pragma("user_version", { simple: true })),
    tables,
    newest_at: moments.length === 0 ? null : Math.max(...moments),
  };
}

function newestRun(db: Database, tables: StateFacts["tables"]): number | null {
  if (!tables.job_states || !tables.job_runs) return null;
  // Before schema 12 the last runs were rows of their own.
  const has = db.prepare("SELECT 1 FROM pragma_table_info('job_states') WHERE name = 'started_at'").pluck().get();
  const table = has === undefined ? "job_runs" : "job_states";
  return db.prepare(`SELECT max(started_at) FROM ${table}`).pluck().get() as number | null;
}

interface Column {
  readonly name: string;
  readonly hidden: number;
}

function tableFacts(db: Database, name: string): { rows: number; latest: number | string | null } {
  const columns = db.prepare("SELECT name, hidden FROM pragma_table_xinfo(?)").all(name) as Column[];
  const column = LATEST_COLUMNS.find((candidate) => columns.some((known) => known.name === candidate));
  // A sample's time is part of its key.
  const isKeyed = columns.some(({ name, hidden }) => name === "at" && hidden !== 0);
  const newest = isKeyed ? `max(id) / ${DEVICES_MOST}` : `max("${column}")`;
  const latest = column === undefined ? null : db.prepare(`SELECT ${newest} FROM "${name}"`).pluck().get();
  return {
    rows: Number(db.prepare(`SELECT count(*) FROM "${name}"`).pluck().get()),
    latest: latest as number | string | null,
  };
}

function isOutside(value: number | string | null, a: number | string | null, b: number | string | null): boolean {
  if (value === null || a === null || b === null) return value === null && a !== null && b !== null;
  const [least, most] = a < b ? [a, b] : [b, a];
  return value < least || value > most;
}

function withDatabase<T>(path: string, options: { readonly: boolean }, work: (db: Database) => T): T {
  return guarded(path, () => {
    const db = new BetterSqlite(path, { ...options, fileMustExist: true, timeout: 5000 });
    try {
      return work(db);
    } finally {
      db.close();
    }
  });
}

async function withDatabaseAsync(path: string, work: (db: Database) => Promise<void>): Promise<void> {
  const db = guarded(path, () => new BetterSqlite(path, { fileMustExist: true, timeout: 5000 }));
  try {
    await work(db);
  } finally {
    db.close();
  }
}
