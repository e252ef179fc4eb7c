import { randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  renameSync,
  type Stats,
  unlinkSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { ownUid } from "../base/access.ts";
import { AHEAD_S } from "../base/clock.ts";
import { BadCommand, type StationError } from "../base/errors.ts";
import { type Failure, failure } from "../base/failure/failure.ts";
import { sync } from "../base/sync.ts";
import { attempt, FileTrouble, onDisk, ownIt, shellWord } from "./disk-trouble.ts";
import { LARGEST_FILE, type Position, type RawLine, START, takeLines, UNFINISHED_S } from "./file-lines.ts";
import { faultPoint } from "./order-fault-points.ts";

/**
 * How no line is lost and none is doubled. A writer opens the file, appends, closes. Renaming does not disturb it: what it still
 * writes lands in the renamed file, and the next writer makes a new one. So a claimed file is read again in every round, from
 * the position that was stored in the same transaction as its lines, until it is old enough for every writer to be done and
 * no visible process holds it open; only then it is deleted. A crash anywhere leaves the file and the position; the next round
 * goes on there. A file whose last line is unfinished is not renamed, but its complete lines are taken where it lies.
 */

/** The memory of what was taken; everything inside `atomically` happens together or not at all. */
export interface Ledger {
  atomically<T>(work: () => T): T;
  /** Null: this file was never seen. `file` is the name of a claimed file, or the inode of one that still lies in its place. */
  position(file: string): Remembered | null;
  advance(file: string, position: Remembered): void;
  forget(file: string): void;
  /** Forgets the positions of all files but these. */
  keepOnly(files: ReadonlySet<string>): void;
}

/** `written_at`: time of the file's last change; null: not known. */
export interface Remembered extends Position {
  readonly written_at: number | null;
}

/** Lines of one file, to be recorded inside the ledger's transaction. */
export interface Batch {
  readonly lines: readonly RawLine[];
  readonly surplus: number;
  /** Seconds since the file was last written to; negative: it is dated in the future. */
  readonly written_s: number;
}

export interface ClaimOptions {
  /** Users whose files are taken, beside root and the one who runs the command. */
  readonly trusted_uids?: readonly number[];
  /** A claimed file is kept and read again at least so long. */
  readonly grace_s?: number;
  /** UTC seconds of the computer's own clock, which dates files. */
  readonly now: () => number;
}

const DEFAULT_GRACE_S = 120;

/**
 * Takes over what stands in the command file `path`: `record` is called once for every line ever written to it. What cannot be read
 * or set aside is returned as trouble, with the command that repairs it, and keeps nothing else from being taken: BadCommand for a
 * link, directory, pipe, foreign, world-writable, unreadable or oversized file, StateError for a folder or disk that fails.
 * @throws what the ledger throws
 */
export function takeCommandFile(
  path: string,
  ledger: Ledger,
  record: (batch: Batch) => void,
  options: ClaimOptions,
): StationError[] {
  const folder = join(dirname(path), `.${basename(path)}.claimed`);
  const round: Round = { ledger, record, options, trouble: [] };
  const claimed = listClaimed(folder, round);
  for (const name of claimed ?? []) importFile(round, join(folder, name), name);
  const inPlace = claim(path, folder, round);
  const left = settle(folder, round);
  // What could not be listed may still be there: its position is needed when it can be read again.
  if (left !== null && inPlace !== "unknown")
    ledger.keepOnly(new Set([...left, ...(inPlace === null ? [] : [inPlace])]));
  return round.trouble;
}

/** The lines that the next round would take, without touching anything. @throws what takeCommandFile returns as trouble */
export function peekCommandFile(path: string, options: ClaimOptions): readonly RawLine[] {
  const trouble: StationError[] = [];
  const lines = attempt(trouble, () => {
    const stat = inspect(path, options);
    const file = stat && stat.size > 0 ? readWhole(path) : null;
    return file === null ? [] : takeLines(file.bytes, START, isFinished(file, options)).lines;
  });
  if (lines === null) throw trouble[0];
  return lines;
}

interface Round {
  readonly ledger: Ledger;
  readonly record: (batch: Batch) => void;
  readonly options: ClaimOptions;
  readonly trouble: StationError[];
}

/**
 * Renames the file and takes its lines. An unfinished one, and one that cannot be set aside, is taken where it lies: then its inode is
 * returned. "unknown": it could not be looked at.
 */
function claim(path: string, folder: string, round: Round): string | null | "unknown" {
  const { options, trouble } = round;
  const taken = attempt(trouble, () => {
    const stat = inspect(path, options);
    if (!stat || stat.size === 0) return "gone";
    const file = readWhole(path);
    if (file === null) return "gone";
    if (file.bytes.at(-1) !== 0x0a && !isFinished(file, options)) {
      importFile(round, path, file.inode);
      return file.inode;
    }
    faultPoint("before_claim");
    const name = setAside(path, folder, round);
    if (name === null) {
      importFile(round, path, file.inode);
      return file.inode;
    }
    if (name === "gone") return "gone";
    if (stat.mode & 0o020) attempt(trouble, () => replaceShared(path, stat.mode));
    faultPoint("claimed");
    importFile(round, join(folder, name), name);
    return "gone";
  });
  if (taken === null) return "unknown";
  return taken === "gone" ? null : taken;
}

/** Moves the file into the private folder; returns its new name, "gone", or null: it stays, which is told. */
function setAside(path: string, folder: string, { options, trouble }: Round): string | "gone" | null {
  // The name sorts by time, so that late lines of an older file come before those of a newer one.
  const name = nameFor(options);
  return attempt(trouble, () => {
    return onDisk(path, "not_set_aside", ownIt(dirname(path)), () => {
      try {
        makeFolder(folder);
        renameSync(path, join(folder, name));
        // Before its lines are recorded under the new name: a power cut must not bring the old one back.
        for (const changed of [folder, dirname(path)]) sync(changed);
        return name;
      } catch (error) {
        // Somebody else took it, or its writer replaced it: there is a next round.
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return "gone" as const;
        throw error;
      }
    });
  });
}

function nameFor(options: ClaimOptions): string {
  return `${String(Math.floor(options.now() * 1000)).padStart(15, "0")}-${randomUUID()}`;
}

/** What lies at `path`; null when nothing does. @throws BadCommand when it must not be taken */
function inspect(path: string, options: ClaimOptions): Stats | null {
  const stat = onDisk(path, "not_looked_at", `chmod a+x ${shellWord(dirname(path))}`, () =>
    lstatSync(path, { throwIfNoEntry: false }),
  );
  if (!stat) return null;
  const refuse = (what: Failure): never => {
    throw new FileTrouble(new BadCommand(what));
  };
  const quoted = shellWord(path);
  if (stat.isSymbolicLink()) refuse(failure("order_file_link", { path, repair: `rm ${quoted}` }));
  if (stat.isDirectory()) refuse(failure("order_file_folder", { path, repair: `rmdir ${quoted}` }));
  if (!stat.isFile()) refuse(failure("order_file_special", { path, repair: `rm ${quoted}` }));
  const own = ownUid();
  if (stat.uid !== own && stat.uid !== 0 && !(options.trusted_uids ?? []).includes(stat.uid)) {
    const repair = failure("repair_by_chown", { own, path: quoted, user: stat.uid });
    refuse(failure("order_file_foreign", { path, user: stat.uid, repair }));
  }
  if (stat.mode & 0o002) refuse(failure("order_file_open", { path, repair: `chmod o-w ${quoted}` }));
  if (stat.size > LARGEST_FILE) {
    const repair = `mv ${quoted} ${shellWord(`${path}.too-large`)}`;
    refuse(failure("order_file_large", { path, size: stat.size, most: LARGEST_FILE, repair }));
  }
  return stat;
}

function importFile(round: Round, path: string, id: string): void {
  const { ledger, record, options, trouble } = round;
  faultPoint("before_import");
  ledger.atomically(() => {
    // Read inside the transaction: the position and the bytes belong together even when two runs meet.
    const file = attempt(trouble, () => readWhole(path));
    if (file === null) return;
    // Lines that were taken before the rename are known by the inode. Later only the name counts: inodes are used again.
    const known = ledger.position(id) ?? ledger.position(file.inode);
    const before = known === null || (id === file.inode && isWrittenAnew(file, known)) ? START : known;
    const written_s = options.now() - file.written_at;
    const taken = takeLines(file.bytes, before, isFinished(file, options));
    if (taken.position.prefix === before.prefix) return;
    const surplus = taken.surplus + (file.size > LARGEST_FILE ? 1 : 0);
    if (taken.lines.length > 0 || surplus > 0) record({ lines: taken.lines, surplus, written_s });
    ledger.advance(id, { ...taken.position, written_at: file.written_at });
    if (id !== file.inode) ledger.forget(file.inode);
  });
  faultPoint("imported");
}

/**
 * Whether a file that lies where it is was written from its beginning with the text that was taken: it has not grown, and yet was
 * written to since. That is a new order.
 */
function isWrittenAnew({ size, written_at }: WholeFile, known: Remembered): boolean {
  return known.offset === size && known.written_at !== null && known.written_at !== written_at;
}

/** Deletes the claimed files that nobody can write to any more and whose every byte was taken. Returns what stays, or null: unknown. */
function settle(folder: string, round: Round): string[] | null {
  const { ledger, options, trouble } = round;
  const grace = options.grace_s ?? DEFAULT_GRACE_S;
  const names = listClaimed(folder, round);
  if (names === null) return null;
  const stays = new Set(names);
  let open: ReadonlySet<string> | null = null;
  for (const name of names) {
    const age = options.now() - Number(name.split("-")[0]) / 1000;
    if (age < -AHEAD_S) {
      // Its name was written by a clock that was ahead: dated anew, it goes in its time.
      const renamed = attempt(trouble, () => dateAnew(folder, name, round));
      if (renamed !== null) stays.delete(name) && stays.add(renamed);
      continue;
    }
    if (age < grace) continue;
    const path = join(folder, name);
    open ??= openFiles();
    if (open.has(path)) continue;
    // Looked at after the writers were found to be gone: a byte that came before that is counted here.
    const gone = attempt(trouble, () =>
      onDisk(path, "not_removed", ownIt(folder), () => {
        if ((ledger.position(name) ?? START).offset < Math.min(lstatSync(path).size, LARGEST_FILE)) return false;
        unlinkSync(path);
        return true;
      }),
    );
    if (!gone) continue;
    stays.delete(name);
    faultPoint("claim_settled");
  }
  // Before the positions are forgotten: a power cut must not bring the files back.
  const isSure = stays.size === names.length || isWritten(folder, trouble);
  return isSure ? [...stays] : null;
}

function isWritten(folder: string, trouble: StationError[]): boolean {
  return attempt(trouble, () => onDisk(folder, "not_written", ownIt(folder), () => sync(folder))) !== null;
}

/** Gives a claimed file a name of now. Its position is known under both names in between, so that no line is taken twice. */
function dateAnew(folder: string, name: string, { ledger, options }: Round): string {
  const renamed = nameFor(options);
  const position = ledger.position(name);
  ledger.atomically(() => {
    if (position !== null) ledger.advance(renamed, position);
  });
  onDisk(folder, "not_changed", ownIt(folder), () => renameSync(join(folder, name), join(folder, renamed)));
  return renamed;
}

/** Paths of all files that visible processes hold open. Those of other users are hidden from all but root: hence the grace. */
function openFiles(): ReadonlySet<string> {
  const paths = new Set<string>();
  for (const pid of list("/proc").filter((name) => /^\d+$/.test(name))) {
    for (const fd of list(`/proc/${pid}/fd`)) {
      try {
        paths.add(readlinkSync(`/proc/${pid}/fd/${fd}`));
      } catch {
        // The process or its file has just gone: then it does not write any more.
      }
    }
  }
  return paths;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The claimed files, oldest first; null: the folder could not be looked into, which is told once. */
function listClaimed(folder: string, { options, trouble }: Round): string[] | null {
  return attempt(trouble, () => {
    const stat = onDisk(folder, "not_looked_at", ownIt(folder), () => lstatSync(folder, { throwIfNoEntry: false }));
    if (!stat) return [];
    const own = ownUid();
    const trusted = [own, 0, ...(options.trusted_uids ?? [])];
    if (!stat.isDirectory() || (stat.mode & 0o022) !== 0 || !trusted.includes(stat.uid)) {
      const repair = `rm -r ${shellWord(folder)}`;
      throw new FileTrouble(new BadCommand(failure("order_folder_open", { path: folder, repair })));
    }
    return onDisk(folder, "not_read", ownIt(folder), () => readdirSync(folder))
      .filter((name) => /^\d{15,}-/.test(name))
      .sort();
  });
}

interface WholeFile {
  readonly inode: string;
  readonly bytes: Uint8Array;
  /** All of it; `bytes` may hold less. */
  readonly size: number;
  /** Last written to, UTC seconds of the computer's clock. */
  readonly written_at: number;
}

/** At most LARGEST_FILE bytes of a regular file; null when it is none. Links are not followed, pipes do not block. @throws FileTrouble */
function readWhole(path: string): WholeFile | null {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["ENOENT", "ELOOP"].includes(code)) return null;
    const what = failure("order_file_closed", { path, user: ownUid(), error: code, repair: ownIt(path) });
    throw new FileTrouble(new BadCommand(what, { cause: error }));
  }
  try {
    return onDisk(path, "not_read", failure("repair_by_fsck", { path: shellWord(path) }), () => contentOf(fd));
  } finally {
    closeSync(fd);
  }
}

function contentOf(fd: number): WholeFile | null {
  const stat = fstatSync(fd);
  if (!stat.isFile()) return null;
  const buffer = Buffer.alloc(Math.min(stat.size, LARGEST_FILE));
  let length = 0;
  while (length < buffer.length) {
    const got = readSync(fd, buffer, length, buffer.length - length, length);
    if (got === 0) break;
    length += got;
  }
  const inode = `${stat.dev}:${stat.ino}`;
  return { inode, bytes: buffer.subarray(0, length), size: stat.size, written_at: stat.mtimeMs / 1000 };
}

/** Whether a last line without its end may be taken as it is: nobody has written for a while, or before the clock was right. */
function isFinished(file: WholeFile, options: ClaimOptions): boolean {
  const written_s = options.now() - file.written_at;
  return written_s >= UNFINISHED_S || written_s < -AHEAD_S;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** Puts an empty file in place of one that a group shares, so that a member's next `>>` does not make one of his own. */
function replaceShared(path: string, mode: number): void {
  onDisk(path, "not_made_for_group", ownIt(dirname(path)), () => {
    try {
      const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
      fchmodSync(fd, mode & 0o775);
      closeSync(fd);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  });
}
