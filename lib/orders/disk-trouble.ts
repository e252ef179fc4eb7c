import { dirname } from "node:path";
import { ownUid } from "../base/access.ts";
import { StateError, type StationError } from "../base/errors.ts";

/** Does something with files; what the system refuses is noted as trouble. Null: it did not work. @throws what is no such refusal */
export function attempt<T>(trouble: StationError[], work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FileTrouble)) throw error;
    // The same folder may be met several times in a round.
    if (!trouble.some(({ message }) => message === error.message)) trouble.push(error.told);
    return null;
  }
}

/** Carries what is to be told through the calls in between, apart from what the ledger throws. */
export class FileTrouble extends Error {
  constructor(readonly told: StationError) {
    super(told.message);
  }
}

/** Runs a call of the system; its refusal becomes trouble with the command that repairs it. */
export function onDisk<T>(path: string, what: string, repair: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== "string" || !/^E[A-Z0-9]+$/.test(code)) throw error;
    throw new FileTrouble(
      new StateError(`${path} ${what} (${code}); repair: ${repairOf(code, path, repair)}`, { cause: error }),
    );
  }
}

/** What the code of the system itself asks for, before what the place asks for. */
function repairOf(code: string, path: string, repair: string): string {
  if (code === "ENOSPC" || code === "EDQUOT") return `df -h ${shellWord(dirname(path))} (make room there)`;
  if (code === "EROFS") return `mount -o remount,rw the file system of ${shellWord(dirname(path))}`;
  return repair;
}

/** Gives what lies there to the user who runs the command. */
export function ownIt(path: string): string {
  return `chown ${ownUid()} ${shellWord(path)}`;
}

/** A path as it may be pasted into a shell. */
export function shellWord(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
