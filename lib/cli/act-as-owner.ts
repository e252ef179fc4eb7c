import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync, statSync } from "node:fs";
import { type Account, accountOf, STATION_USER } from "../base/access.ts";
import { EXIT } from "../base/errors.ts";

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
    // Debian's Node 20 refuses: its library could do input and output as the user that was before.
    if (!/io_uring/.test(String(error))) throw error;
    process.exit(startAs(owner));
  }
}

/** Starts this very command anew as that user, by the tool of util-linux, which every Debian has. The exit code. */
function startAs(owner: Account): number {
  const groups = accountOf(owner.uid) ? "--init-groups" : "--clear-groups";
  const user = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, groups, "--"];
  const command = [...process.execArgv, ...process.argv.slice(1)];
  const env = { ...process.env, HOME: owner.home };
  const { status, error } = spawnSync("setpriv", [...user, process.execPath, ...command], { env, stdio: "inherit" });
  if (error) throw error;
  return status ?? EXIT.software;
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
