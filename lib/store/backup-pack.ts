import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, rmSync } from "node:fs";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { StateError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import { withTexts } from "../base/failure/texts.ts";
import { faultPoint } from "../base/fault-point.ts";
import { checkState, type StateFacts } from "./backup.ts";
import {
  checksumLine,
  checksumPath,
  notedChecksum,
  onDisk,
  partialPath,
  settle,
  sha256,
  writeWhole,
} from "./backup-files.ts";

/**
 * Packs a checked copy into `path` with its checksum beside it. The packed file is read again and must give the copy back, byte for
 * byte; only then it gets its name.
 * @throws StateError
 */
export async function pack(copy: string, path: string): Promise<void> {
  const partial = partialPath(path);
  try {
    await onDisk(path, () =>
      pipeline(createReadStream(copy), createGzip({ level: 6 }), createWriteStream(partial, { mode: 0o640 })),
    );
    faultPoint("backup_packed");
    const [wanted, got] = [await sha256(copy), await unpackedChecksum(partial)];
    if (wanted !== got) throw new StateError(failure("backup_reads_back_otherwise", { path }));
    // The checksum first: a backup never stands without one, and one without its backup does no harm.
    await writeWhole(checksumPath(path), Readable.from([checksumLine(path, await sha256(partial))]));
    faultPoint("backup_checksum_written");
    await settle(partial, path);
  } finally {
    rmSync(partial, { force: true });
  }
}

/** What a verified backup is. */
export interface Verified {
  readonly path: string;
  /** False: there was no checksum file beside it, gzip's own and SQLite's checks had to do. */
  readonly checksum: boolean;
  readonly facts: StateFacts;
}

/**
 * Proves a backup: checksum, unpacking, every page of the database. The unpacked copy stays at `copy` for the caller.
 * @throws StateError saying what is wrong with it
 */
export async function unpackVerified(path: string, copy: string): Promise<Verified> {
  const checksum = await checkChecksum(path);
  try {
    await onDisk(path, () =>
      pipeline([createReadStream(path), gunzipOf(path), createWriteStream(copy, { mode: 0o640 })]),
    );
    return { path, checksum, facts: checkState(copy) };
  } catch (error) {
    rmSync(copy, { force: true });
    if (!(error instanceof StateError)) throw error;
    // What is wrong with the unpacked copy is wrong with the backup, which the reader knows.
    const what = withTexts(error.failure, (text) => text.replaceAll(copy, path));
    throw new StateError(what, { cause: error });
  }
}

/** True when the file is what its checksum says, false when there is none. @throws StateError when it differs */
export async function checkChecksum(path: string): Promise<boolean> {
  const noted = notedChecksum(path);
  const found = await sha256(path);
  if (noted === null) return false;
  if (noted !== found) throw new StateError(failure("backup_other_checksum", { path, checksum: checksumPath(path) }));
  return true;
}

/** Reads a packed file to its end; gzip's own checksum finds a flipped byte. @throws StateError */
export async function unpackedChecksum(path: string): Promise<string> {
  const hash = createHash("sha256");
  await onDisk(path, () => pipeline(createReadStream(path), createGunzip(), hash));
  return hash.digest("hex");
}

/** A backup may also have been unpacked by hand. */
function gunzipOf(path: string): NodeJS.ReadWriteStream {
  return path.endsWith(".gz") ? createGunzip() : new PassThrough();
}
