import { createReadStream, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { StateError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import {
  checksumLine,
  checksumPath,
  dispensable,
  type KeptCounts,
  listBackups,
  removeBackup,
  removePartials,
  sha256,
  writeWhole,
} from "../store/backup-files.ts";
import { DAY_FOLDERS, dayFiles } from "./day-files.ts";

/**
 * Copies to the second directory what it does not have yet, proves the copied backups by their checksum, and prunes there. A directory
 * that is missing is not made: it would be on the wrong disk while the stick is out.
 * @throws StateError
 */
export async function copyToSecond(
  first: string,
  second: string,
  rules: { readonly counts: KeptCounts; readonly now: number; readonly time_zone: string },
): Promise<string[]> {
  if (!existsSync(second)) throw new StateError(failure("no_second_directory", { path: second }));
  removePartials(second);
  const copied: string[] = [];
  for (const { path, name } of listBackups(first)) {
    const target = join(second, name);
    if (existsSync(target)) continue;
    const checksum = await sha256(path);
    await writeWhole(checksumPath(target), Readable.from([checksumLine(target, checksum)]));
    await writeWhole(target, createReadStream(path));
    if ((await sha256(target)) !== checksum) {
      rmSync(target, { force: true });
      throw new StateError(failure("backup_reads_back_otherwise", { path: target }));
    }
    copied.push(target);
  }
  for (const folder of Object.values(DAY_FOLDERS)) {
    for (const { path, name } of dayFiles(join(first, folder))) {
      const target = join(second, folder, name);
      if (existsSync(target)) continue;
      await writeWhole(target, createReadStream(path));
      copied.push(target);
    }
  }
  for (const { path } of dispensable(listBackups(second), rules.counts, rules.now, rules.time_zone)) removeBackup(path);
  return copied;
}
