import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { type Failure, failure } from "./failure/failure.ts";

/** The user that the package makes; a directory that is not there yet is to be his. */
export const STATION_USER = "solar";

/** A user or group that owns something. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** Where accounts are listed. */
const LISTS = { passwd: "/etc/passwd", group: "/etc/group" } as const;

function linesOf(file: string): string[][] {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .map((line) => line.split(":"));
  } catch {
    return [];
  }
}

/** A local account by name or number; null = none is listed. */
export function accountOf(who: string | number): Account | null {
  const found = linesOf(LISTS.passwd).find(([name, , uid]) => name === who || Number(uid) === who);
  if (!found || found[0] === "") return null;
  const [name = "", , uid, gid, , home = "/"] = found;
  return { name, uid: Number(uid), gid: Number(gid), home };
}

/** Name of a group, else its number. */
export function groupName(gid: number): string {
  return linesOf(LISTS.group).find(([, , id]) => Number(id) === gid)?.[0] || String(gid);
}

/** The user whose rights this program has. */
export function ownUid(): number {
  // Every system that it runs on has users.
  return (process.geteuid as () => number)();
}

/** The account under which a person logged in: before sudo, too. */
export function loginName(): string | null {
  const { SUDO_USER, SUDO_UID } = process.env;
  if (SUDO_USER && /^\d+$/.test(SUDO_UID ?? "")) return SUDO_USER;
  const uid = process.getuid?.();
  return uid === undefined ? null : (accountOf(uid)?.name ?? String(uid));
}

/** Whether this user may make files in a folder (or, where it is missing, in the one above). */
export function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && folder !== dirname(folder)) return mayWrite(dirname(folder));
    // A read-only file system is no question of rights.
    return code === "EROFS";
  }
}

/** Whether this user may read what is there; what is not there counts as readable. */
export function mayRead(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

/** The station's user and group, as its state directory tells them; null = there is none yet. */
export function ownerOf(
  folder: string,
): { readonly user: string; readonly group: string; readonly uid: number } | null {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (!stat) return null;
  return { user: accountOf(stat.uid)?.name ?? String(stat.uid), group: groupName(stat.gid), uid: stat.uid };
}

/** What was typed, for advice: "station status". */
export function typedLine(argv: readonly string[] = process.argv): string {
  const [, script = "", ...words] = argv;
  const plain = words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  return [basename(script).replace(/\.\w+$/, ""), ...plain].join(" ");
}

/**
 * What somebody types who may not do it: `line` is the command that works under the station's user. Who is not in the
 * station's group is told how to get there, for looking needs no more.
 */
export function howToBeAllowed(folder: string, line: string = typedLine()): Failure {
  const owner = ownerAsSeen(folder);
  const who = loginName() ?? "you";
  const uid = process.geteuid?.();
  if (owner === null) return failure("allowed_by_setup");
  const { user, group } = owner;
  if (owner.uid === uid) return failure("allowed_by_chmod", { folder });
  if (owner.uid === 0) return failure("allowed_as_root", { line });
  const gid = statOf(folder)?.gid;
  const isMember = gid !== undefined && (process.getgroups?.() ?? []).concat(process.getegid?.() ?? -1).includes(gid);
  return isMember
    ? failure("allowed_as_owner", { user, line })
    : failure("allowed_in_group", { who, group, user, line });
}

/** Of the folder, or of the nearest one above that may be looked at. */
function ownerAsSeen(folder: string) {
  const stat = statOf(folder);
  return stat ? ownerOf(folder) : null;
}

function statOf(folder: string) {
  try {
    return statSync(folder, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
