/** Puts a good state file in the place of one that failed: the newest backup that proves itself, else a fresh file. */
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import BetterSqlite, { type Database } from "better-sqlite3";
import type { Clock } from "../base/clock.ts";
import { failureOf, type StateDamage, type StateDamaged, StateError, StateUnusable } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import { faultPoint } from "../base/fault-point.ts";
import { sync } from "../base/sync.ts";
import { cancelOpenOrders, moveFamily } from "./backup.ts";
import { listBackups, partialPath, removePartials } from "./backup-files.ts";
import { unpackVerified } from "./backup-pack.ts";
import {
  clearSuspect,
  damageBeforeOpening,
  damageFailure,
  damageOfPages,
  damageOfSchema,
  FAMILY,
  sizeOf,
} from "./damage.ts";
import { guarded, openStore, type Store } from "./database.ts";
import { activeLeases } from "./leases.ts";
import { insertOrder } from "./orders.ts";
import { RECOVERY_MEMORY, type Recovery } from "./recovery.ts";
import { saveRuleState } from "./rules.ts";
import { salvage } from "./salvage.ts";

export interface RecoverOptions {
  readonly backups: readonly string[];
  readonly clock: Clock;
}

/** Bad files that are kept; with one more the oldest goes, so that a dying card does not fill itself. */
const MOST_ASIDE = 5;
/** Backups that are tried before a fresh file is taken. */
const MOST_TRIED = 10;
/** How long another command may be at it, ms. */
const WAIT_MS = 30_000;

/**
 * Looks again, alone, and puts another file in the place of the bad one. Null = another command did it meanwhile, or nothing is wrong.
 * The bad file is set aside under a dated name. Killed at any point, the next run goes on.
 * @throws StateError when the directory cannot be written; StateBusy when another command is still at it
 */
export async function recoverState(found: StateDamaged, options: RecoverOptions): Promise<Recovery | null> {
  const { path } = found;
  let lock: Database | null = null;
  try {
    lock = guarded(path, () => new BetterSqlite(`${path}.lock`, { timeout: WAIT_MS }));
    const alone = lock;
    guarded(path, () => alone.exec("BEGIN EXCLUSIVE"));
    const damage = look(found);
    if (damage === null) {
      clearSuspect(path);
      rmSync(intentPath(path), { force: true });
      return null;
    }
    if (damage === "no_access" && takeOver(path)) {
      return { ...(await nothingLost(found, options)), damage };
    }
    return await replace(path, damage, options);
  } catch (error) {
    if (!(error instanceof StateError) && !(error instanceof Error && "code" in error)) throw error;
    const values = { path, damage: damageFailure(found.damage), error: failureOf(error) };
    throw new StateUnusable(path, failure("state_beyond_repair", values), { cause: error });
  } finally {
    lock?.close();
  }
}

/** Looks at the file itself, more thoroughly than at a start. */
function look({ path, damage }: StateDamaged): StateDamage | null {
  const before = damageBeforeOpening(path);
  if (before !== null) return before;
  try {
    const db = new BetterSqlite(path, { fileMustExist: true, timeout: 5000 });
    try {
      // What a query stumbles over may be out of a quick look's sight.
      return (
        damageOfSchema(db, path) ?? damageOfPages(db, damage === "damaged_pages" ? "integrity_check" : "quick_check")
      );
    } finally {
      db.close();
    }
  } catch (error) {
    const code = String((error as { code?: unknown }).code);
    if (code === "SQLITE_NOTADB") return "not_a_database";
    if (code.startsWith("SQLITE_CORRUPT")) return "damaged_pages";
    return guarded(path, () => {
      throw error;
    });
  }
}

async function replace(path: string, damage: StateDamage, options: RecoverOptions): Promise<Recovery> {
  const now = options.clock.now();
  removePartials(dirname(path));
  const before = readIntent(path);
  // A run that was killed after it had moved the bad file away.
  const moved = damage === "missing" && before !== null && existsSync(before.aside) ? before : null;
  const copy = partialPath(path);
  try {
    const taken = await takeBackup(copy, options, now);
    faultPoint("recover_copied");
    const store = openStore(copy, { clock: options.clock });
    let recovery: Recovery;
    try {
      const bad = moved?.aside ?? path;
      const aside = moved?.aside ?? (existsSync(path) ? freeName(path, now) : null);
      const { samples, orders } = isReadable(bad) ? salvage(bad, store.db, now) : { samples: 0, orders: false };
      const open = taken === null || orders ? 0 : cancelOpenOrders(copy, now);
      recovery = {
        ...{ damage: moved?.damage ?? damage, at: now, aside, backup: taken?.path ?? null },
        ...{ backup_until: taken?.until ?? null, salvaged: samples, orders_known: orders, cancelled_orders: open },
        active_leases: activeLeases(store).length,
      };
      store.write(() => {
        saveRuleState(store, RECOVERY_MEMORY, now, { ...recovery, told: false });
        if (!orders) noteInJournal(store, recovery);
      });
    } finally {
      store.closeWhole();
    }
    putInPlace(copy, path, recovery, moved !== null);
    return recovery;
  } finally {
    for (const ending of FAMILY) rmSync(copy + ending, { force: true });
  }
}

/** Who reads the journal sees where it breaks off: what was ordered before, or since the backup, is not in it. */
function noteInJournal(store: Store, { at, backup, backup_until }: Recovery): void {
  insertOrder(store, {
    ...{ kind: "inverter", device: "station", queued_at: at, expires_at: at, source: "recovery", key: null },
    ...{ text: backup === null ? "state file begun anew" : "state file restored", wanted_raw: null },
    ...{ state: "cancelled", finished_at: at },
    why: { code: "state_begun", ...(backup === null ? {} : { backup_until }) },
  });
}

function putInPlace(copy: string, path: string, recovery: Recovery, moved: boolean): void {
  // What SQLite keeps beside it belongs to the copy's own name, and nothing is in it.
  for (const ending of FAMILY.slice(1)) rmSync(copy + ending, { force: true });
  likeBefore(copy, existsSync(path) ? path : (recovery.aside ?? dirname(path)));
  sync(copy);
  if (recovery.aside !== null && !moved) {
    const intent: Intent = { aside: recovery.aside, damage: recovery.damage };
    writeFileSync(intentPath(path), JSON.stringify(intent), { mode: 0o640 });
    sync(intentPath(path));
    sync(dirname(path));
    faultPoint("recover_noted");
    moveFamily(path, recovery.aside);
    faultPoint("recover_old_moved");
  } else {
    // A journal without its file would be played into the new one.
    for (const ending of FAMILY.slice(1)) rmSync(path + ending, { force: true });
  }
  renameSync(copy, path);
  sync(dirname(path));
  faultPoint("recover_placed");
  rmSync(intentPath(path), { force: true });
  clearSuspect(path);
  forgetOldest(path);
}

/** The newest backup that proves itself, unpacked to `copy`; one that claims to be of the future comes last. Null = none. */
async function takeBackup(
  copy: string,
  { backups }: RecoverOptions,
  now: number,
): Promise<{ readonly path: string; readonly until: number | null } | null> {
  const all = backups.flatMap((directory) => listed(directory)).sort((a, b) => b.at - a.at);
  const ordered = [...all.filter(({ at }) => at <= now + 86_400), ...all.filter(({ at }) => at > now + 86_400)];
  for (const { path } of ordered.slice(0, MOST_TRIED)) {
    try {
      const { facts } = await unpackVerified(path, copy);
      return { path, until: facts.newest_at };
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      for (const ending of FAMILY) rmSync(copy + ending, { force: true });
    }
  }
  return null;
}

function listed(directory: string) {
  try {
    return listBackups(directory);
  } catch (error) {
    if (error instanceof StateError) return [];
    throw error;
  }
}

/** A file of somebody else in a directory of ours: its rights are put right, or a copy of our own takes its place. */
function takeOver(path: string): boolean {
  for (const ending of FAMILY) {
    const file = path + ending;
    if (!existsSync(file) || may(file, constants.R_OK | constants.W_OK)) continue;
    try {
      chmodSync(file, 0o640);
    } catch {
      // Not ours; reading may do.
    }
    if (may(file, constants.R_OK | constants.W_OK)) continue;
    if (!may(file, constants.R_OK)) return false;
    const copy = partialPath(file);
    copyFileSync(file, copy);
    chmodSync(copy, 0o640);
    sync(copy);
    renameSync(copy, file);
  }
  return true;
}

/** The file itself is sound and in use again. @throws StateDamaged when it is not */
async function nothingLost({ path }: StateDamaged, { clock }: RecoverOptions): Promise<Recovery> {
  const store = openStore(path, { clock });
  try {
    const at = clock.now();
    const recovery: Recovery = {
      ...{ damage: "no_access", at, aside: null, backup: null, backup_until: null, salvaged: 0 },
      ...{ orders_known: true, cancelled_orders: 0, active_leases: activeLeases(store).length },
    };
    store.write(() => saveRuleState(store, RECOVERY_MEMORY, at, { ...recovery, told: false }));
    return recovery;
  } finally {
    store.close();
  }
}

interface Intent {
  readonly aside: string;
  readonly damage: StateDamage;
}

const intentPath = (path: string) => `${path}.recovery`;

function readIntent(path: string): Intent | null {
  try {
    const value = JSON.parse(readFileSync(intentPath(path), "utf8")) as Partial<Intent>;
    return typeof value.aside === "string" && value.damage !== undefined ? (value as Intent) : null;
  } catch {
    return null;
  }
}

/** `station.db.damaged-20261125T180000Z`. */
function freeName(path: string, now: number): string {
  const stamp = new Date(now * 1000).toISOString().slice(0, 19).replace(/[-:]/g, "");
  const wanted = `${path}.damaged-${stamp}Z`;
  let name = wanted;
  for (let count = 2; existsSync(name); count++) name = `${wanted}-${count}`;
  return name;
}

/** Keeps the newest bad files, by the time at which they were set aside. */
function forgetOldest(path: string): void {
  const directory = dirname(path);
  const prefix = `${basename(path)}.damaged-`;
  const kept = readdirSync(directory)
    .filter((name) => name.startsWith(prefix) && /Z(-\d+)?$/.test(name))
    .map((name) => ({ name, moved_at: statSync(join(directory, name)).ctimeMs }))
    .sort((a, b) => b.moved_at - a.moved_at);
  for (const { name } of kept.slice(MOST_ASIDE)) {
    for (const ending of FAMILY) rmSync(join(directory, name + ending), { force: true, recursive: true });
  }
}

/** Owner as before: root by hand must not lock the service's user out. */
function likeBefore(copy: string, model: string): void {
  chmodSync(copy, 0o640);
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(model);
  chownSync(copy, uid, gid);
}

function isReadable(path: string): boolean {
  return (sizeOf(path) ?? 0) > 0 && statSync(path).isFile();
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
