import { dirname } from "node:path";
import { ownUid } from "../base/access.ts";
import { StateError, type StationError } from "../base/errors.ts";
import { type Failure, failure } from "../base/failure/failure.ts";

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

/** What a file or folder does not let itself be done. */
type DiskTrouble =
  | "not_set_aside"
  | "not_looked_at"
  | "not_read"
  | "not_removed"
  | "not_written"
  | "not_written_to"
  | "not_made_for_group"
  | "not_changed";

/** Runs a call of the system; its refusal becomes trouble with the command that repairs it. */
export function onDisk<T>(path: string, what: DiskTrouble, repair: string | Failure, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== "string" || !/^E[A-Z0-9]+$/.test(code)) throw error;
    const told = failure(what, { path, error: code, repair: repairOf(code, path, repair) });
    throw new FileTrouble(new StateError(told, { cause: error }));
  }
}

/** What the code of the system itself asks for, before what the place asks for. */
function repairOf(code: string, path: string, repair: string | Failure): string | Failure {
  const folder = shellWord(dirname(path));
  if (code === "ENOSPC" || code === "EDQUOT") return failure("repair_by_room", { folder });
  if (code === "EROFS") return failure("repair_by_mount", { folder });
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
