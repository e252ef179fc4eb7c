import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { failureOf, StateError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import { addDays, localTime } from "../base/local-time.ts";

/** A backup in a directory. */
export interface BackupFile {
  readonly path: string;
  readonly name: string;
  /** When it was made, UTC s, as its name says. */
  readonly at: number;
}

const BACKUP_NAME = /^station_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.db\.gz$/;
const PARTIAL = /\.partial-(\d+)(-journal|-wal|-shm)?$/;

/** `station_20261123T020500Z.db.gz`; UTC, so that no hour comes twice. */
export function backupName(at: number): string {
  const stamp = new Date(at * 1000)
    .toISOString()
    .replace(/[-:]/g, "")
    .replace(/\.\d+Z$/, "Z");
  return `station_${stamp}.db.gz`;
}

/** The backups of a directory, newest first; [] when it is not there. */
export function listBackups(directory: string): BackupFile[] {
  if (!existsSync(directory)) return [];
  const found = inDirectory(directory, () => readdirSync(directory)).flatMap((name) => {
    const match = BACKUP_NAME.exec(name);
    if (!match) return [];
    const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
      ...[number, number, number],
      ...[number, number, number],
    ];
    return [{ path: join(directory, name), name, at: Date.UTC(year, month - 1, day, hour, minute, second) / 1000 }];
  });
  return found.sort((a, b) => b.at - a.at);
}

export interface KeptCounts {
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
}

/**
 * The backups that may go: not the newest of one of the latest days, weeks or months that have a backup. One that claims to be
 * of the future is neither counted nor removed: then some clock was wrong.
 */
export function dispensable(
  backups: readonly BackupFile[],
  counts: KeptCounts,
  now: number,
  time_zone: string,
): BackupFile[] {
  const past = backups.filter(({ at }) => at <= now + 86400).sort((a, b) => b.at - a.at);
  const kept = new Set<string>();
  const keepNewestOfEach = (periodOf: (day: string) => string, count: number) => {
    const periods = new Set<string>();
    for (const backup of past) {
      const period = periodOf(localTime(backup.at, time_zone).day);
      if (periods.has(period)) continue;
      if (periods.size === count) break;
      periods.add(period);
      kept.add(backup.path);
    }
  };
  keepNewestOfEach((day) => day, counts.daily);
  keepNewestOfEach(mondayOf, counts.weekly);
  keepNewestOfEach((day) => day.slice(0, 7), counts.monthly);
  return past.filter(({ path }) => !kept.has(path));
}

function mondayOf(day: string): string {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return addDays(day, -((weekday + 6) % 7));
}

/** The file beside a backup that `sha256sum -c` reads. */
export function checksumPath(path: string): string {
  return `${path}.sha256`;
}

/** The checksum noted beside a file, or null when there is none. @throws StateError when it is not one */
export function notedChecksum(path: string): string | null {
  const beside = checksumPath(path);
  if (!existsSync(beside)) return null;
  const match = /^([0-9a-f]{64}) [ *]/.exec(inDirectory(beside, () => readFileSync(beside, "utf8")));
  if (!match) throw new StateError(failure("backup_no_checksum", { path: beside }));
  return match[1] as string;
}

export async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await onDisk(path, () => pipeline(createReadStream(path), hash));
  return hash.digest("hex");
}

/** A name beside the final one, for a file that is still being written by this process. */
export function partialPath(path: string): string {
  return `${path}.partial-${process.pid}`;
}

/** Removes what killed runs left half written; that of a running process stays. */
export function removePartials(directory: string): void {
  if (!existsSync(directory)) return;
  for (const name of inDirectory(directory, () => readdirSync(directory))) {
    const match = PARTIAL.exec(name);
    if (match && !existsSync(`/proc/${match[1]}`)) rmSync(join(directory, name), { force: true });
  }
}

/** Writes a stream to a file that appears whole or not at all. @throws StateError */
export async function writeWhole(path: string, ...parts: [Readable, ...NodeJS.ReadWriteStream[]]): Promise<void> {
  const partial = partialPath(path);
  await onDisk(path, async () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    try {
      await pipeline([...parts, createWriteStream(partial, { mode: 0o640 })]);
      await settle(partial, path);
    } catch (error) {
      rmSync(partial, { force: true });
      throw error;
    }
  });
}

/** Brings a finished partial file to the disk and gives it its name. */
export async function settle(partial: string, path: string): Promise<void> {
  await onDisk(path, async () => {
    await syncPath(partial);
    await rename(partial, path);
    await syncPath(dirname(path));
  });
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes a backup: first the file, then its checksum, so that a backup never stands without one. */
export function removeBackup(path: string): void {
  inDirectory(path, () => {
    rmSync(path, { force: true });
    rmSync(checksumPath(path), { force: true });
  });
}

/** Checksum line as `sha256sum` writes it. */
export function checksumLine(path: string, checksum: string): string {
  return `${checksum}  ${basename(path)}\n`;
}

/** Turns what the file system throws into a StateError that names the file. */
export async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw told(path, error);
  }
}

function inDirectory<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw told(path, error);
  }
}

function told(path: string, error: unknown): unknown {
  const code = (error as { code?: unknown }).code;
  if (error instanceof StateError || typeof code !== "string") return error;
  const isFull = code === "ENOSPC" || code === "EDQUOT";
  const what = isFull ? failure("disk_full", { path }) : failure("at", { place: path, what: failureOf(error) });
  return new StateError(what, { cause: error });
}
