/** Samples that could not be stored: a small file per device, taken over by the next run that can, each once. */
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { isFromFuture } from "../base/clock.ts";
import { faultPoint } from "../base/fault-point.ts";
import type { Store } from "./database.ts";

/** A sample with its time, UTC s; what it holds is its writer's affair. */
export interface KeptSample {
  readonly at: number;
  readonly sample: unknown;
}

/** A day of one a minute; then the oldest half goes. */
const MOST_KEPT = 1440;

/** Keeps a sample in `folder` for the next run. @throws what the file system says */
export function keepForLater(folder: string, device: string, kept: KeptSample): void {
  const path = pathOf(folder, device);
  const file = openSync(path, "a", 0o640);
  try {
    appendFileSync(file, `${JSON.stringify(kept)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  if (lines.length <= MOST_KEPT) return;
  writeFileSync(`${path}.new`, `${lines.slice(-MOST_KEPT / 2).join("\n")}\n`, { mode: 0o640 });
  renameSync(`${path}.new`, path);
}

/**
 * Stores what was kept for a device by `save`, which replaces a sample of the same time: a kill in between stores none twice. Returns how
 * many. A line that was cut off, and a sample of the future, are left out.
 */
export function takeKept(
  store: Store,
  folders: readonly string[],
  device: string,
  save: (kept: KeptSample) => void,
): number {
  let count = 0;
  for (const folder of folders) {
    for (const path of claimed(folder, device)) {
      const kept = readFileSync(path, "utf8").split("\n").flatMap(parsed);
      const known = kept.filter(({ at }) => !isFromFuture(at, store.clock.now()));
      store.write(() => {
        for (const one of known) save(one);
      });
      faultPoint("kept_stored");
      rmSync(path, { force: true });
      count += known.length;
    }
  }
  return count;
}

/** The file is renamed first, so that a run which cannot store meanwhile begins another one. */
function claimed(folder: string, device: string): string[] {
  const path = pathOf(folder, device);
  if (existsSync(path)) renameSync(path, `${path}.taken-${process.pid}-${Date.now()}`);
  const prefix = `${nameOf(device)}.taken-`;
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix))
    .sort()
    .map((name) => join(folder, name));
}

function parsed(line: string): KeptSample[] {
  try {
    const value = JSON.parse(line) as Partial<KeptSample> | null;
    return typeof value?.at === "number" && Number.isInteger(value.at) && value.sample !== undefined
      ? [value as KeptSample]
      : [];
  } catch {
    return [];
  }
}

function pathOf(folder: string, device: string): string {
  return join(folder, nameOf(device));
}

/** Device names are the owner's words: only harmless letters reach the file system. */
function nameOf(device: string): string {
  return `station.db.kept-${encodeURIComponent(device).replaceAll("%", "_").replaceAll(".", "_")}`;
}
