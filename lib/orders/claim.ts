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
import { BadCommand } from "../errors.ts";
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
  position(file: string): Position | null;
  advance(file: string, position: Position): void;
  forget(file: string): void;
  /** Forgets the positions of all files but these. */
  keepOnly(files: ReadonlySet<string>): void;
}

/** Lines of one file, to be recorded inside the ledger's transaction. */
export interface Batch {
  readonly lines: readonly RawLine[];
  readonly surplus: number;
  /** Seconds since the file was last written to, never negative. */
  readonly age_s: number;
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
 * Takes over what stands in the command file `path`: `record` is called once for every line ever written to it.
 * @throws BadCommand for a link, directory, pipe, foreign, world-writable or oversized file, with the command that repairs it
 */
export function takeCommandFile(
  path: string,
  ledger: Ledger,
  record: (batch: Batch) => void,
  options: ClaimOptions,
): void {
  const folder = join(dirname(path), `.${basename(path)}.claimed`);
  const round: Round = { ledger, record, options };
  for (const name of listClaimed(folder, options)) importFile(round, join(folder, name), name);
  let refusal: unknown = null;
  let inPlace: string | null = null;
  try {
    inPlace = claim(path, folder, round);
  } catch (error) {
    if (!(error instanceof BadCommand)) throw error;
    refusal = error;
  }
  settle(folder, round);
  ledger.keepOnly(new Set([...listClaimed(folder, options), ...(inPlace === null ? [] : [inPlace])]));
  if (refusal) throw refusal;
}

/** The lines that the next round would take, without touching anything. @throws BadCommand as takeCommandFile */
export function peekCommandFile(path: string, options: ClaimOptions): readonly RawLine[] {
  const stat = inspect(path, options);
  if (!stat || stat.size === 0) return [];
  const file = readWhole(path);
  return file === null ? [] : takeLines(file.bytes, START, ageOf(file, options) >= UNFINISHED_S).lines;
}

interface Round {
  readonly ledger: Ledger;
  readonly record: (batch: Batch) => void;
  readonly options: ClaimOptions;
}

/** Renames the file and takes its lines. Unfinished: takes the complete lines where it lies and returns its inode. */
function claim(path: string, folder: string, round: Round): string | null {
  const { options } = round;
  const stat = inspect(path, options);
  if (!stat || stat.size === 0) return null;
  const file = readWhole(path);
  if (file === null) return null;
  if (file.bytes.at(-1) !== 0x0a && ageOf(file, options) < UNFINISHED_S) {
    importFile(round, path, file.inode);
    return file.inode;
  }
  faultPoint("before_claim");
  makeFolder(folder);
  // The name sorts by time, so that late lines of an older file come before those of a newer one.
  const name = `${String(Math.floor(options.now() * 1000)).padStart(15, "0")}-${randomUUID()}`;
  try {
    renameSync(path, join(folder, name));
  } catch (error) {
    // Somebody else took it, or its writer replaced it: there is a next round.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  if (stat.mode & 0o020) replaceShared(path, stat.mode);
  faultPoint("claimed");
  importFile(round, join(folder, name), name);
  return null;
}

/** What lies at `path`; null when nothing does. @throws BadCommand when it must not be taken */
function inspect(path: string, options: ClaimOptions): Stats | null {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return null;
  const refuse = (what: string, repair: string): never => {
    throw new BadCommand(`${path} ${what} and was not taken; repair: ${repair}`);
  };
  const quoted = shellWord(path);
  if (stat.isSymbolicLink()) refuse("is a symbolic link", `rm ${quoted}`);
  if (stat.isDirectory()) refuse("is a directory", `rmdir ${quoted}`);
  if (!stat.isFile()) refuse("is a pipe, socket or device", `rm ${quoted}`);
  const own = process.geteuid?.() ?? 0;
  if (stat.uid !== own && stat.uid !== 0 && !(options.trusted_uids ?? []).includes(stat.uid)) {
    refuse(`belongs to user ${stat.uid}`, `chown ${own} ${quoted} (or orders.trusted_uids: [${stat.uid}])`);
  }
  if (stat.mode & 0o002) refuse("is writable by everybody", `chmod o-w ${quoted}`);
  if (stat.size > LARGEST_FILE) {
    refuse(`has ${stat.size} bytes, more than ${LARGEST_FILE}`, `mv ${quoted} ${shellWord(`${path}.too-large`)}`);
  }
  return stat;
}

function importFile({ ledger, record, options }: Round, path: string, id: string): void {
  faultPoint("before_import");
  ledger.atomically(() => {
    // Read inside the transaction: the position and the bytes belong together even when two runs meet.
    const file = readWhole(path);
    if (file === null) return;
    // Lines that were taken before the rename are known by the inode. Later only the name counts: inodes are used again.
    const before = ledger.position(id) ?? ledger.position(file.inode) ?? START;
    const age_s = ageOf(file, options);
    const taken = takeLines(file.bytes, before, age_s >= UNFINISHED_S);
    if (taken.position.prefix === before.prefix) return;
    const surplus = taken.surplus + (file.size > LARGEST_FILE ? 1 : 0);
    if (taken.lines.length > 0 || surplus > 0) record({ lines: taken.lines, surplus, age_s });
    ledger.advance(id, taken.position);
    if (id !== file.inode) ledger.forget(file.inode);
  });
  faultPoint("imported");
}

/** Deletes the claimed files that nobody can write to any more and whose every byte was taken. */
function settle(folder: string, { ledger, options }: Round): void {
  const grace = options.grace_s ?? DEFAULT_GRACE_S;
  const ripe = listClaimed(folder, options).filter((name) => {
    const age = options.now() - Number(name.split("-")[0]) / 1000;
    // A clock that was set back makes the age negative for as long as that: better kept than lost.
    return age >= grace;
  });
  if (ripe.length === 0) return;
  const open = openFiles();
  for (const name of ripe) {
    const path = join(folder, name);
    if (open.has(path)) continue;
    // Looked at after the writers were found to be gone: a byte that came before that is counted here.
    if ((ledger.position(name) ?? START).offset < Math.min(lstatSync(path).size, LARGEST_FILE)) continue;
    unlinkSync(path);
    faultPoint("claim_settled");
  }
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

function listClaimed(folder: string, options: ClaimOptions): string[] {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (!stat) return [];
  const own = process.geteuid?.() ?? 0;
  const trusted = [own, 0, ...(options.trusted_uids ?? [])];
  if (!stat.isDirectory() || (stat.mode & 0o022) !== 0 || !trusted.includes(stat.uid)) {
    throw new BadCommand(`${folder} is not a private directory of this program; repair: rm -r ${shellWord(folder)}`);
  }
  return readdirSync(folder)
    .filter((name) => /^\d{15,}-/.test(name))
    .sort();
}

interface WholeFile {
  readonly inode: string;
  readonly bytes: Uint8Array;
  /** All of it; `bytes` may hold less. */
  readonly size: number;
  /** Last written to, UTC seconds of the computer's clock. */
  readonly written_at: number;
}

/** At most LARGEST_FILE bytes of a regular file; null when it is none. Links are not followed, pipes do not block. */
function readWhole(path: string): WholeFile | null {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (["ENOENT", "ELOOP"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
  try {
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
  } finally {
    closeSync(fd);
  }
}

function ageOf(file: WholeFile, options: ClaimOptions): number {
  return Math.max(0, options.now() - file.written_at);
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
  try {
    const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    fchmodSync(fd, mode & 0o775);
    closeSync(fd);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function shellWord(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
