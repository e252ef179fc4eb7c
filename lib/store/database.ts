import { chmodSync, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import BetterSqlite, { type Database } from "better-sqlite3";
import { howToBeAllowed, mayRead, ownUid } from "../base/access.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { failureOf, StateBusy, StateError, StateUnusable } from "../base/errors.ts";
import { type Failure, failure } from "../base/failure/failure.ts";
import { beginLog, closeKeepingLog, dropForeignLog, emptyLog, hasForeignLog, keepLog } from "./change-log.ts";
import {
  clearSuspect,
  damageBeforeOpening,
  damaged,
  damageOfError,
  damageOfPages,
  damageOfSchema,
  isSuspect,
  markKnown,
  markSuspect,
} from "./damage.ts";
import { addGridFunction } from "./grid-sql.ts";
import { migrate } from "./migrations/migrate.ts";
import { syncSampleColumns } from "./schema.ts";

export interface OpenOptions {
  /** Readers never create or migrate. */
  readonly readonly?: boolean;
  readonly clock?: Clock;
}

/** The state file, open. Every SQL statement of the program goes through a function of this folder. */
export class Store {
  #later: (() => void)[] = [];
  constructor(
    readonly path: string,
    readonly db: Database,
    readonly clock: Clock,
  ) {}

  /**
   * Runs `work` in one immediate transaction: other commands wait up to 5 s for it, so keep device I/O out.
   * @throws StateError when the disk is full, StateDamaged, StateBusy when another writer stays too long
   */
  write<T>(work: () => T): T {
    return guarded(this.path, () =>
      this.db
        .transaction(() => {
          beginLog(this.db, this.path);
          return work();
        })
        .immediate(),
    );
  }

  /** Puts a small write off to `flush`, so that a run costs one transaction and one round of fsync on the SD card. */
  later(work: () => void): void {
    this.#later.push(work);
  }

  /** Whether anything was put off. */
  get hasMore(): boolean {
    return this.#later.length > 0;
  }

  /** Carries out what was put off. @throws StateError */
  flush(): void {
    const works = this.#later;
    this.#later = [];
    if (works.length > 0) {
      this.write(() => {
        for (const work of works) work();
      });
    }
  }

  /** Runs a read with its errors told as StateError. */
  read<T>(work: () => T): T {
    return guarded(this.path, work);
  }

  /** Leaves the log of changes beside the file for the commands that follow. */
  close(): void {
    if (this.db.readonly || !this.db.open) this.db.close();
    else closeKeepingLog(this.db, this.path);
  }

  /** Closes it with everything in the file itself: for one that is to be moved or read as a file. */
  closeWhole(): void {
    emptyLog(this.db);
    this.db.close();
  }
}

/**
 * Opens (and unless readonly creates and migrates) the state file.
 * @throws StateDamaged when it is no good, StateError when it is missing for a reader, unwritable, or newer than this program
 */
export function openStore(path: string, options: OpenOptions = {}): Store {
  const readonly = options.readonly ?? false;
  if (readonly && isMissing(path) && damageBeforeOpening(path) === null) {
    throw new NoStateYet(failure("no_state_yet", { path }));
  }
  const found = damageBeforeOpening(path);
  if (found !== null && !(readonly && found === "no_access")) throw damaged(path, found);
  return guarded(
    path,
    () => {
      const isNew = !existsSync(path);
      if (isNew) mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
      if (!readonly) dropForeignLog(path);
      else if (hasForeignLog(path)) {
        throw new StateError(failure("state_foreign_log", { path }));
      }
      const db = new BetterSqlite(path, { readonly, timeout: 5000 });
      try {
        if (isNew) chmodSync(path, 0o640);
        // Chosen by measurement (docs/design.md): a log that outlives its command costs the fewest bytes and fsyncs; FULL keeps a
        // commit through a power cut.
        if (!readonly) keepLog(db);
        addGridFunction(db);
        db.pragma("synchronous = FULL");
        db.pragma("foreign_keys = ON");
        const lacking = damageOfSchema(db, path);
        if (lacking !== null && !(readonly && lacking === "empty")) throw damaged(path, lacking);
        if (!readonly) {
          lookThroughSuspect(db, path);
          const isOther = migrate(db, path);
          syncSampleColumns(db);
          // The file is to be one without its log too: a copy of it, or what is left when the log is lost.
          if (isOther) emptyLog(db);
          markKnown(path);
        } else refuseOther(db, path);
        return new Store(path, db, options.clock ?? systemClock);
      } catch (error) {
        db.close();
        throw error;
      }
    },
    readonly,
  );
}

/** There is no state file: nothing has been stored yet. */
export class NoStateYet extends StateError {}

/** Whether there is nothing at `path`. @throws StateError where this user may not even look */
function isMissing(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const advice = howToBeAllowed(dirname(path));
    throw new StateError(failure("state_not_to_look_at", { path, error: code, advice }), { cause: error });
  }
}

/** Somebody stumbled over this file and could not put it right. */
function lookThroughSuspect(db: Database, path: string): void {
  if (!isSuspect(path)) return;
  const found = damageOfPages(db, "quick_check");
  if (found !== null) throw damaged(path, found);
  clearSuspect(path);
}

function refuseOther(db: Database, path: string): void {
  migrate(db, path, { check: true });
}

/** Turns what SQLite and the file system throw into StateDamaged, StateBusy or StateUnusable. */
export function guarded<T>(path: string, work: () => T, isReader = false): T {
  try {
    return work();
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (typeof code === "string" && (code.startsWith("SQLITE_") || /^E[A-Z]+$/.test(code))) {
      const found = damageOfError(code);
      if (found !== null) {
        markSuspect(path);
        throw damaged(path, found, error);
      }
      if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
        throw new StateBusy(path, failure("state_busy", { path }), { cause: error });
      }
      throw new StateUnusable(path, sqliteFailure(path, code, error, isReader), { cause: error });
    }
    throw error;
  }
}

function sqliteFailure(path: string, code: string, cause: unknown, isReader: boolean): Failure {
  const error = failureOf(cause);
  if (code === "SQLITE_FULL") return failure("disk_full", { path });
  if (code === "SQLITE_READONLY_ROLLBACK") return failure("state_half_written", { path });
  if (code === "SQLITE_READONLY" || code === "SQLITE_CANTOPEN" || code === "EACCES") {
    const folder = dirname(path);
    // Who only looks is no user of the jobs: a change of owner would be no repair.
    if (isReader && !mayRead(path)) return failure("state_not_yours", { path, advice: howToBeAllowed(folder) });
    // Who may not write needs the two files that the first writer makes beside the state file.
    if (isReader) return failure("state_read_only", { path });
    return failure("state_not_to_write", { path, user: ownUid(), folder, error });
  }
  return failure("at", { place: path, what: error });
}
