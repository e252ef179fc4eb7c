/**
 * The log of changes beside the state file (SQLite's WAL). It outlives its command: SQLite's own close would write it into the file and
 * throw it away whenever nobody else has the file open, which under cron is every time.
 *
 * SQLite plays whatever log lies beside a file into it. Ours begins with the file's first page, in which a number follows the one in the
 * file (`nextOf`): a log beside a file that somebody put in the place of its own is told by that.
 */
import { randomInt } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync, readSync, renameSync, rmSync, statSync } from "node:fs";
import BetterSqlite, { type Database } from "better-sqlite3";

/** Bytes from which the log goes into the file: each command that finds nobody else at it reads all of it. */
const LARGEST_LOG = 1024 * 1024;

const HEAD = 100;
const LOG_HEAD = 32;
const FRAME_HEAD = 24;
/** A number as the first byte of its journal, while that waits to be played back; an ended one has a zero there. */
const HOT = 0xd9;
/** SQLite's file format: where the head tells of pages, changes and the kind of journal. */
const AT = { page_size: 16, log: 18, changes: 24, pages: 28, number: 68, pages_said_at: 92 } as const;
const SALT = 16;

/** How the log stands to its file. `follows`: nothing of it is in the file yet; `unknown`: a part may be, or another program began it. */
type LogStanding = "none" | "follows" | "unknown" | "foreign";

/** Uses a log, or a kept journal where there can be none (a file system without shared memory, another command in an upgrade). */
export function keepLog(db: Database): void {
  if (journalMode(db, "WAL") !== "wal") journalMode(db, "PERSIST");
}

function journalMode(db: Database, wanted: string): string {
  try {
    return String(db.pragma(`journal_mode = ${wanted}`, { simple: true }));
  } catch (error) {
    if (!String((error as { code?: unknown }).code).startsWith("SQLITE_BUSY")) throw error;
    return "";
  }
}

/** In a write transaction: lets an empty log begin with the first page. */
export function beginLog(db: Database, path: string): void {
  if (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size === 0) numberLog(db, numberOf(db));
}

/** The number of the file's last log; 0 = it has none yet. */
export function numberOf(db: Database): number {
  return Number(db.pragma("application_id", { simple: true }));
}

/** Gives the log that begins the number after `last`. */
export function numberLog(db: Database, last: number): void {
  db.pragma(`application_id = ${last === 0 ? randomInt(1, LARGEST_NUMBER) : nextOf(last)}`);
}

const LARGEST_NUMBER = 0x7fffffff;

/** The whole cycle of a generator of random numbers: two stations hardly ever stand at the same place of it. */
function nextOf(number: number): number {
  return Number((BigInt(number) * 48_271n) % BigInt(LARGEST_NUMBER));
}

/** Writes the log into the file. @returns whether nothing of it is left: others who read just now may need it */
export function emptyLog(db: Database): boolean {
  return (db.pragma("wal_checkpoint(TRUNCATE)") as { readonly busy: number }[])[0]?.busy === 0;
}

/** Closes it with the log beside it, unless that is large. */
export function closeKeepingLog(db: Database, path: string): void {
  // A second look at the file, which may not write: while it lasts the first is not the last to close, and it has nothing to tidy up.
  let second: Database | null = null;
  try {
    if ((statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > LARGEST_LOG) {
      // Others who read just now are not waited for: the next command tries again.
      db.pragma("busy_timeout = 0");
      emptyLog(db);
    }
    second = new BetterSqlite(path, { readonly: true, fileMustExist: true });
    second.pragma("schema_version");
  } catch {
    // Then SQLite writes the log into the file now.
  }
  db.close();
  second?.close();
}

/** Whether the log beside the file is another's. Only while this process does not have the file open: see `headOf`. */
export function hasForeignLog(path: string): boolean {
  return standing(path).log === "foreign";
}

/** Sets a log aside that belongs to a file that is gone: what is in its place now would be spoilt by it. */
export function dropForeignLog(path: string): void {
  if (!hasForeignLog(path)) return;
  renameSync(`${path}-wal`, `${path}.foreign-wal`);
  rmSync(`${path}-shm`, { force: true });
}

/**
 * Whether pages are missing at the end of the file, and the log does not have them either. A file that a log goes into may be short until
 * the log is in it, and one with a hot journal until that is played back.
 */
export function isCutOff(path: string): boolean {
  return standing(path).isCutOff;
}

/** Whether a journal waits to be played back; one that may not be looked at may. */
export function hasHotJournal(path: string): boolean {
  if (statSync(`${path}-journal`, { throwIfNoEntry: false }) === undefined) return false;
  const { head } = headOf(`${path}-journal`, 1);
  return head.length === 0 || head[0] === HOT;
}

interface Standing {
  readonly log: LogStanding;
  readonly isCutOff: boolean;
}

/** Looks until nothing changed under the look: another command may be writing the log into the file. */
function standing(path: string): Standing {
  for (let look = 0; look < 3; look++) {
    const beginning = beginningOfLog(path);
    const file = headOf(path, HEAD);
    const log = standingOf(file.head, beginning);
    const isCutOff = lacksPages(path, file, log);
    const again = headOf(path, HEAD);
    const isSame = again.size === file.size && again.head.equals(file.head);
    if (isSame && beginningOfLog(path).equals(beginning)) return { log, isCutOff };
  }
  return { log: "unknown", isCutOff: false };
}

function lacksPages(path: string, { head, size }: Beginning, log: LogStanding): boolean {
  if (!isDatabase(head) || hasHotJournal(path)) return false;
  const said = head.readUInt16BE(AT.page_size);
  const page_size = said === 1 ? 65_536 : said;
  const isSaid = head.readUInt32BE(AT.changes) === head.readUInt32BE(AT.pages_said_at);
  const pages = isSaid ? head.readUInt32BE(AT.pages) : Math.ceil(size / page_size);
  const whole = Math.floor(size / page_size);
  if (whole >= pages) return false;
  const found = log === "none" || log === "foreign" ? null : pagesInLog(path, page_size);
  const wanted = Array.from({ length: (found?.last ?? pages) - whole }, (_, index) => whole + index + 1);
  return wanted.some((page) => !found?.pages.has(page));
}

/** The pages that stand in the log, and which one is the last of the file with it. */
function pagesInLog(path: string, page_size: number): { readonly pages: ReadonlySet<number>; readonly last: number } {
  const log = readFileSync(`${path}-wal`);
  const salt = log.subarray(SALT, SALT + 8);
  const pages = new Set<number>();
  let last = 0;
  const step = FRAME_HEAD + page_size;
  for (let at = LOG_HEAD; at + step <= log.length && log.subarray(at + 8, at + 16).equals(salt); at += step) {
    pages.add(log.readUInt32BE(at));
    // A commit tells of it.
    last = log.readUInt32BE(at + 4) || last;
  }
  return { pages, last };
}

const NOTHING = Buffer.alloc(0);
const MAGIC = "SQLite format 3\0";

function isDatabase(head: Buffer): boolean {
  return head.length === HEAD && head.toString("latin1", 0, MAGIC.length) === MAGIC;
}

/** The log's head, its first frame's, and the head of the page in that. Of an earlier log, or torn, the frame is none to SQLite. */
function beginningOfLog(path: string): Buffer {
  const { head } = headOf(`${path}-wal`, LOG_HEAD + FRAME_HEAD + HEAD);
  const isWhole = head.length === LOG_HEAD + FRAME_HEAD + HEAD && (head.readUInt32BE(0) & ~1) === 0x377f0682;
  return isWhole && head.subarray(SALT, SALT + 8).equals(head.subarray(LOG_HEAD + 8, LOG_HEAD + 16)) ? head : NOTHING;
}

function standingOf(head: Buffer, log: Buffer): LogStanding {
  if (log.length === 0) return "none";
  // A head that a power cut spoilt may stand whole in the log.
  if (!isDatabase(head)) return "unknown";
  // A file that has a log says so in its head, and did before the log was made; backups of ours do not.
  if (head[AT.log] === 1) return "foreign";
  const number = head.readUInt32BE(AT.number);
  if (log.readUInt32BE(LOG_HEAD) !== 1 || number === 0) return "unknown";
  const first = log.readUInt32BE(LOG_HEAD + FRAME_HEAD + AT.number);
  // Zeros: torn, or begun by another program.
  if (first === number || first === 0) return "unknown";
  return first === nextOf(number) ? "follows" : "foreign";
}

interface Beginning {
  readonly head: Buffer;
  readonly size: number;
}

/**
 * The first bytes of a file and its length; none where it cannot be read. Closing a file gives up every lock that this process has on
 * it: nobody in this process may have the state file open.
 */
function headOf(path: string, bytes: number): Beginning {
  try {
    const file = openSync(path, "r");
    try {
      const head = Buffer.alloc(bytes);
      return { head: head.subarray(0, readSync(file, head)), size: fstatSync(file).size };
    } finally {
      closeSync(file);
    }
  } catch {
    return { head: NOTHING, size: 0 };
  }
}
