import { closeSync, constants, fstatSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { sync } from "../base/sync.ts";
import { shown } from "./file-lines.ts";

/** Size at which the log becomes `.1`; with that one old copy, twice this is the most it ever takes. */
const LARGEST_LOG = 256 * 1024;

/** Time stamp of the log: the wall clock of the station, `2026-11-22 14:03:07`. */
export function logStamp(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" }).format(
    new Date(at * 1000),
  );
}

/** One line in the form of the original scripts: `[2026-11-22 14:03:07] 20105=>1 = OK`. */
export function logLine(stamp: string, order: string, result: string): string {
  return `[${stamp}] ${shown(order)} = ${result.replace(/[^\x20-\x7e\u00a0-\uffff]/g, " ")}\n`;
}

/** The lines that stand in a log and in its old copy, counted; none where there is no log. */
export function loggedLines(path: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const file of [`${path}.1`, path]) {
    for (const line of contentOf(file).split(/(?<=\n)/)) counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return counts;
}

function contentOf(path: string): string {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = fstatSync(fd);
      return stat.isFile() && stat.size <= 2 * LARGEST_LOG ? readFileSync(fd, "utf8") : "";
    } finally {
      closeSync(fd);
    }
  } catch {
    // Nothing to go by: then a line may stand there twice, but none is left out.
    return "";
  }
}

/**
 * Those of `lines` that a run which was cut off has not written yet. `before`: lines that are known to stand in the log; of equal lines
 * as many are missing as the log has fewer than there should be.
 */
export function missingLines(
  lines: readonly string[],
  before: readonly string[],
  found: ReadonlyMap<string, number>,
): string[] {
  const spare = new Map(found);
  const take = (line: string) => {
    const left = spare.get(line) ?? 0;
    if (left > 0) spare.set(line, left - 1);
    return left > 0;
  };
  for (const line of before) take(line);
  return lines.filter((line) => !take(line));
}

/** Appends whole lines to the log beside a command file; a full log is set aside once. Links are not followed; on the disk when it returns. */
export function appendLog(path: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  const open = () =>
    openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o640);
  let fd = open();
  try {
    if (fstatSync(fd).size > LARGEST_LOG) {
      renameSync(path, `${path}.1`);
      closeSync(fd);
      fd = open();
    }
    const isNew = fstatSync(fd).size === 0;
    // A full disk may have cut the last line off.
    const isCut = !/(^|\n)$/.test(contentOf(path));
    writeSync(fd, `${isCut ? "\n" : ""}${lines.join("")}`);
    fsyncSync(fd);
    if (isNew) sync(dirname(path));
  } finally {
    closeSync(fd);
  }
}
