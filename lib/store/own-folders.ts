import { accessSync, constants, lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { sha256 } from "../base/sha256.ts";

/**
 * Where a station may keep what must not depend on its state file: the state directory, then folders of its own (by id, directory
 * and user) under /run or the temporary directory, which no other user may enter. With `make` a missing one is made.
 */
export function ownFolders(station: { readonly id: string; readonly state_dir: string }, make = false): string[] {
  const { id, state_dir } = station;
  const user = process.getuid?.() ?? 0;
  const place = `${id}\n${resolve(state_dir)}`;
  const mark = marks.get(place) ?? sha256(place).toString("hex").slice(0, 16);
  // A run asks several times.
  marks.set(place, mark);
  const bases = [process.env.XDG_RUNTIME_DIR, "/run", tmpdir()].filter((base) => base !== undefined && base !== "");
  const own = bases.map((base) => join(base as string, `solar-station-${user}-${mark}`));
  return [...(isWritable(state_dir) ? [state_dir] : []), ...own.filter((folder) => isPrivate(folder, user, make))];
}

const marks = new Map<string, string>();

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
