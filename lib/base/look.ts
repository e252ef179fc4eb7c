import { readdirSync, readFileSync } from "node:fs";

/** Names in a folder, sorted; of one that is not there, or closed, none. */
export function listed(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** Text of a file; null = it cannot be read. */
export function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
