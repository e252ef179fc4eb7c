import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync, statSync } from "node:fs";
import { type Account, accountOf, STATION_USER } from "../base/access.ts";

/**
 * Started by root (sudo, root's crontab), a command acts as the user whom the state directory belongs to, so that no file of
 * root's is left there that cron's next run may not write. A station that is root's own stays so. Called after the configuration
 * was read and before anything is opened.
 */
export function actAsOwner(stateDirectory: string): void {
  if (process.geteuid?.() !== 0) return;
  const owner = ownerToBe(stateDirectory);
  if (owner === null || owner.uid === 0) return;
  try {
    become(owner);
  } catch (error) {
    // Debian's Node 20 uses io_uring, under which a process may not change its user; a second start without it may.
    if (!/io_uring/.test(String(error)) || process.env.UV_USE_IO_URING === "0") throw error;
    const env = { ...process.env, UV_USE_IO_URING: "0" };
    const again = [...process.execArgv, ...process.argv.slice(1)];
    process.exit(spawnSync(process.execPath, again, { env, stdio: "inherit" }).status ?? 70);
  }
}

/** Everything the account is a member of (dialout), then no way back to root. */
function become(owner: Account): void {
  const { initgroups } = process as { initgroups?: (user: string, group: number) => void };
  if (accountOf(owner.uid)) initgroups?.(owner.name, owner.gid);
  else process.setgroups?.([owner.gid]);
  process.setgid?.(owner.gid);
  process.setuid?.(owner.uid);
  process.env.HOME = owner.home;
}

/** A directory that is missing is made for the station's user, where there is one. */
function ownerToBe(folder: string): Account | null {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat) return accountOf(stat.uid) ?? { name: "", uid: stat.uid, gid: stat.gid, home: folder };
  const account = accountOf(STATION_USER);
  if (account === null) return null;
  mkdirSync(folder, { recursive: true, mode: 0o750 });
  chownSync(folder, account.uid, account.gid);
  return account;
}
