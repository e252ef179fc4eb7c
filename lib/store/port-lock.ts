import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { milliseconds } from "../base/clock.ts";
import { PortBusy } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import { fileLockHolder, holderNamed, type LockHolder } from "../base/proc-locks.ts";
import { sha256 } from "../base/sha256.ts";
import { ownFolders } from "./own-folders.ts";

type Station = Parameters<typeof ownFolders>[0];

const FOLDER = "locks";
const RETRY_MS = 50;

/**
 * One owner per wire. The lock is the kernel's lock on an empty file in the state directory: it ends with its process, cannot go
 * stale after a crash or a reboot, and nobody can take it who may not write the station's files. SQLite takes it, because Node
 * itself has no such call; nothing is ever written.
 *
 * @param key what is locked: the real path of the tty, or `tcp://host:port`
 * @throws PortBusy after `waitMs`, naming the holder
 */
export async function lockPort(station: Station, key: string, waitMs: number): Promise<{ release(): void }> {
  const path = lockFile(station, key, true);
  // A user who may write nowhere may not open the port either: the driver says so in better words.
  if (path === null) return { release: () => {} };
  const ends = milliseconds() + waitMs;
  for (;;) {
    const lock = taken(path);
    if (lock !== null) return lock;
    if (milliseconds() >= ends) {
      const holder = fileLockHolder(path, "POSIX");
      const named = holder === null ? failure("holder_ended") : holderNamed(holder);
      throw new PortBusy(failure("port_held", { port: key, holder: named, ms: Math.round(waitMs) }));
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** Who holds the lock right now; null when it is free or unknown. */
export function lockHolder(station: Station, key: string): LockHolder | null {
  const path = lockFile(station, key, false);
  return path === null ? null : fileLockHolder(path, "POSIX");
}

function lockFile(station: Station, key: string, make: boolean): string | null {
  const name = `${sha256(key).toString("hex").slice(0, 24)}.lock`;
  // Readers of the state directory look where its owner locks.
  const folders = make ? ownFolders(station, true) : [station.state_dir, ...ownFolders(station)];
  for (const folder of folders) {
    const path = join(folder, FOLDER, name);
    if (!make) return path;
    try {
      // Whoever may read such a file may also lock it: it belongs to the owner and his group.
      mkdirSync(join(folder, FOLDER), { recursive: true, mode: 0o770 });
      // Opened only to be made: closing a file gives up every lock that this process has on it.
      if (!existsSync(path)) closeSync(openSync(path, "a", 0o660));
      return path;
    } catch {
      // A full or read-only disk, or somebody else's folder: the next place.
    }
  }
  return null;
}

function taken(path: string): { release(): void } | null {
  const database = new Database(path, { timeout: 0 });
  try {
    database.pragma("journal_mode = memory");
    database.exec("BEGIN EXCLUSIVE");
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if ((error as { code?: string }).code?.startsWith("SQLITE_BUSY")) return null;
    throw error;
  }
}
