import { closeSync, fsyncSync, openSync } from "node:fs";

/** Makes sure that a file, or the names in a folder, are on the disk: a name that was given or changed is not yet, when its file is. */
export function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
