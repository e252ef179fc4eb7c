import { closeSync, constants, fstatSync, openSync, renameSync, writeSync } from "node:fs";
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

/** Appends whole lines to the log beside a command file; a full log is set aside once. Links are not followed. */
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
    writeSync(fd, lines.join(""));
  } finally {
    closeSync(fd);
  }
}
