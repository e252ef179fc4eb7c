import { type Mutant, mutantsOf } from "./mutant.ts";

/** What is kept, for whom, and what goes: locks, backups, restores, pruning, damaged files, file modes. */
// biome-ignore format: a mutant a line
export const MUTANTS: readonly Mutant[] = [
  ...mutantsOf("lib/store/stored-json.ts", ["faults/damaged-text"], [
    ["a text that is none costs itself alone", "    return null;", '    throw new Error("no JSON");'],
  ]),
  ...mutantsOf("lib/store/port-lock.ts", ["store/port-lock"], [
    ["a port has one owner", 'database.exec("BEGIN EXCLUSIVE");', 'database.exec("BEGIN");'],
    ["the lock's file is for owner and group", 'closeSync(openSync(path, "a", 0o660));', 'closeSync(openSync(path, "a", 0o666)); chmodSync(path, 0o666);'],
    ["the locks' folder is for owner and group", "{ recursive: true, mode: 0o770 }", "{ recursive: true, mode: 0o777 }"],
    ["a holder is told after the wait", "if (milliseconds() >= ends) {", "if (false) {"],
  ]),
  ...mutantsOf("lib/store/own-folders.ts", ["store/own-folders"], [
    ["a folder of somebody else is not used", "found.uid === user &&", ""],
    ["a folder that others may enter is not used", "&& (found.mode & 0o077) === 0;", ";"],
    ["a link is no folder", "lstatSync(folder, { throwIfNoEntry: false })", "statSync(folder, { throwIfNoEntry: false })"],
  ]),
  ...mutantsOf("lib/store/backup.ts", ["store/backup"], [
    ["damaged pages are found", 'if (faults.length !== 1 || faults[0]?.integrity_check !== "ok") {', "if (false) {"],
    ["rows of no device are found", "if (orphans.length > 0) throw", "if (false) throw"],
    ["a file of a newer program is refused", "if (facts.schema > MIGRATIONS.length) {", "if (false) {"],
    ["a file that is no state file is refused", "if (facts.tables.devices === undefined) throw", "if (false) throw"],
    ["a copy that lacks rows is no copy", "if (rows < least || rows > most) found.push", "if (false) found.push"],
  ]),
  ...mutantsOf("lib/store/backup-files.ts", ["store/backup-files"], [
    ["backups of the future are not removed", "backups.filter(({ at }) => at <= now + 86400)", "backups.filter(() => true)"],
    ["the newest of each period is kept", "return past.filter(({ path }) => !kept.has(path));", "return past.slice(1);"],
    ["partial files of running processes stay", "if (match && !existsSync(", "if (match && existsSync("],
  ]),
  ...mutantsOf("lib/base/failures.ts", ["e2e/state-damage"], [
    ["a damaged state file found by the backup is replaced", "|| error instanceof StateDamaged) throw error;", ") throw error;", "backup finds a page"],
  ]),
  ...mutantsOf("lib/backup/make-backup.ts", ["e2e/state-damage"], [
    ["a damaged copy tells of a damaged state file", "throw found === null ? error : damaged(store.path, found, error);", "throw error;", "backup finds a page"],
  ]),
  ...mutantsOf("lib/store/history-prune.ts", ["store/history-prune"], [
    ["what is not rolled up is not pruned", "state.dirty_from !== null ||", "", "late sample keeps"],
    ["a clock nobody believes prunes nothing", "!isClockBelieved(store, device, state, retention.now)", "false", "leapt ahead|prove nothing|prove no clock"],
    ["one run takes a share", "to: Math.min(before, start + DAY_S)", "to: before", "one day of each kind"],
    ["islands in time stay", "const samples = island ? 0 :", "const samples =", "islands in time"],
    ["totals stay: quarters last longer", "now - quarters_days * DAY_S,", "now,", "quarter hours go later"],
  ]),
  ...mutantsOf("lib/store/kept-samples.ts", ["store/kept-samples"], [
    ["samples of the future are not taken over", "kept.filter(({ at }) => !isFromFuture(at, store.clock.now()))", "kept"],
    ["the file of kept samples does not grow for ever", "if (lines.length <= MOST_KEPT) return;", "return;"],
    ["a broken line costs only itself", "} catch {\n    return [];", "} catch (error) {\n    throw error;"],
  ]),
  ...mutantsOf("lib/store/change-log.ts", ["store/power-cut"], [
    ["a file that lost pages is not whole", "return wanted.some((page) => !found?.pages.has(page));", "return false;"],
    ["a log that goes into a file makes it whole", "wanted.some((page) => !found?.pages.has(page))", "wanted.length > 0"],
    ["a file that waits for its journal is not judged yet", "!isDatabase(head) || hasHotJournal(path)", "!isDatabase(head)"],
    ["another's log is not played into the file", 'return first === nextOf(number) ? "follows" : "foreign";', 'return "follows";'],
  ]),
  ...mutantsOf("lib/store/migrations/migrate.ts", ["store/power-cut"], [
    ["the first log of a file is told by its number too", "      beginLog(db, path);\n", ""],
  ]),
  ...mutantsOf("lib/store/damage.ts", ["store/power-cut"], [
    ["a first journal is no sign of an earlier state", "?? 0) > JOURNAL_HEAD &&", "?? 0) > 0 &&"],
  ]),
  ...mutantsOf("lib/store/database.ts", ["store/store", "store/power-cut"], [
    ["commits survive a power cut", 'db.pragma("synchronous = FULL");', 'db.pragma("synchronous = OFF");'],
    ["the state file is not for others", "if (isNew) chmodSync(path, 0o640);", "if (isNew) chmodSync(path, 0o644);"],
    ["rows of no device cannot be written", 'db.pragma("foreign_keys = ON");', 'db.pragma("foreign_keys = OFF");'],
  ]),
  ...mutantsOf("lib/store/outbox.ts", ["store/outbox"], [
    ["a claim takes only what has not moved since", "WHERE id = ? AND attempts = ? AND", "WHERE id = ? AND attempts >= ? AND"],
  ]),
  ...mutantsOf("lib/store/atomic-file.ts", ["jobs/atomic-file"], [
    ["a page is readable for whom it is meant, whatever the umask", "fchmodSync(fd, mode);", ""],
    ["a page's folder is readable for whom it is meant", "chmodSync(made, 0o755);", ";"],
    ["a link under the name of the file to come is not followed", 'return openSync(path, "wx", mode);\n  } catch', 'return openSync(path, "w", mode);\n  } catch'],
  ]),
  ...mutantsOf("lib/store/housekeeping.ts", ["store/housekeeping"], [
    ["a day's share at a time", "Math.min(before, at + DAY_S)", "before"],
  ]),
];
