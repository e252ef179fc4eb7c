/** What must be remembered while the state file cannot be: small files beside it, or in a private folder of the system's. */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../cli/spec.ts";
import { ownFolders } from "../store/own-folders.ts";

/** Where such files of this station may lie: see ownFolders. */
export function outsideFolders({ config }: Context, make = false): string[] {
  return ownFolders(config.station, make);
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
