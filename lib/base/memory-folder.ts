import { statfsSync } from "node:fs";
import { dirname } from "node:path";

const TMPFS = 0x01021994;
const RAMFS = 0x858458f6;

/** Whether a folder, or the one that it will be made in, lies in memory: what is written there wears nothing, and is gone with the power. */
export function isInMemory(folder: string): boolean {
  try {
    return [TMPFS, RAMFS].includes(statfsSync(folder).type);
  } catch {
    return dirname(folder) !== folder && isInMemory(dirname(folder));
  }
}
