/** What must be remembered while the state file cannot be: small files beside it, or in a private folder of the system's. */
import { createHash } from "node:crypto";
import { accessSync, constants, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Context } from "../cli/spec.ts";

/**
 * Where such files may lie: the state directory, then folders of this station's own (by id, directory and user) under /run or the
 * temporary directory, which no other user may enter. With `make` a missing one is made.
 */
export function outsideFolders({ config }: Context, make = false): string[] {
  const { id, state_dir } = config.station;
  const user = process.getuid?.() ?? 0;
  const mark = createHash("sha256")
    .update(`${id}\n${resolve(state_dir)}`)
    .digest("hex")
    .slice(0, 16);
  const bases = [process.env.XDG_RUNTIME_DIR, "/run", tmpdir()].filter((base) => base !== undefined && base !== "");
  const own = bases.map((base) => join(base as string, `solar-station-${user}-${mark}`));
  return [...(isWritable(state_dir) ? [state_dir] : []), ...own.filter((folder) => isPrivate(folder, user, make))];
}

/** JSON of a small file; null = none, or none that can be read. */
export function readOutside(context: Context, name: string): unknown {
  for (const folder of outsideFolders(context)) {
    try {
      return JSON.parse(readFileSync(join(folder, name), "utf8"));
    } catch {
      // Not there, or cut off: the next place.
    }
  }
  return null;
}

/** Writes a small file whole or not at all, to the first place that takes it; false = none does. */
export function writeOutside(context: Context, name: string, value: unknown): boolean {
  return writtenOutside(context, (folder) => {
    const path = join(folder, name);
    writeFileSync(`${path}.new`, JSON.stringify(value), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  });
}

/** Lets `write` have the first folder that it can write to; false = there is none. */
export function writtenOutside(context: Context, write: (folder: string) => void): boolean {
  for (const folder of outsideFolders(context, true)) {
    try {
      write(folder);
      return true;
    } catch {
      // A full disk: memory of the system's own may have room.
    }
  }
  return false;
}

export function removeOutside(context: Context, name: string): void {
  for (const folder of outsideFolders(context)) {
    try {
      rmSync(join(folder, name), { force: true });
    } catch {
      // It is judged by its times when it is read again.
    }
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Made, or found as we would have made it: in a folder for everybody somebody else may have been first. */
function isPrivate(folder: string, user: number, make: boolean): boolean {
  try {
    if (make) {
      mkdirSync(folder, { mode: 0o700 });
      return true;
    }
  } catch (error) {
    if ((error as { code?: unknown }).code !== "EEXIST") return false;
  }
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === user && (found.mode & 0o077) === 0;
}
