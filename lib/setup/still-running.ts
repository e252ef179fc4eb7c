/** What of the original's station still runs: lines of cron, processes, and whoever holds the ports. */
import { existsSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { listed, textOf } from "../base/look.ts";
import { ITS_SCRIPTS } from "../export/original/scripts.ts";
import { writeAtomically } from "../store/atomic-file.ts";

/** Put before a line that the switch has stopped; the way back takes it away. */
const STOPPED = "#stopped by station adopt: ";

export interface CronLine {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

export interface StillRunning {
  readonly cron: readonly CronLine[];
  readonly processes: readonly { readonly pid: number; readonly command: string }[];
  /** Who has a device open, beside its own scripts. */
  readonly ports: readonly { readonly port: string; readonly pid: number; readonly command: string }[];
}

/** Looks at this computer's cron, and at its processes where `root` is this computer's own. */
export function stillRunning(root: string, ports: readonly string[]): StillRunning {
  const cron = crontabs(root).flatMap((path) =>
    linesOf(path).flatMap((text, index) =>
      !/^\s*#/.test(text) && ITS_SCRIPTS.test(text) ? [{ path, line: index + 1, text: text.trim() }] : [],
    ),
  );
  if (root !== "/") return { cron, processes: [], ports: [] };
  const all = processes();
  const mine = all.filter(({ command }) => ITS_SCRIPTS.test(command));
  return {
    cron,
    processes: mine.map(({ pid, command }) => ({ pid, command })),
    ports: all.filter((one) => !mine.includes(one)).flatMap((one) => portsOf(one, ports)),
  };
}

/** Comments the original's lines of cron out, or in again; returns the files that are to change. */
export function cronFilesToChange(root: string, to: "stopped" | "started"): { path: string; text: string }[] {
  return crontabs(root).flatMap((path) => {
    const before = linesOf(path);
    const after = before.map((line) => {
      if (to === "started") return line.startsWith(STOPPED) ? line.slice(STOPPED.length) : line;
      return !/^\s*#/.test(line) && ITS_SCRIPTS.test(line) ? STOPPED + line : line;
    });
    return before.join("\n") === after.join("\n") ? [] : [{ path, text: after.join("\n") }];
  });
}

/** As it was but for its text; by a new file, which is how cron notices. */
export function changeCronFile({ path, text }: { path: string; text: string }): void {
  const { mode, uid, gid } = statSync(path);
  writeAtomically(path, text, { mode: mode & 0o777, uid, gid });
}

function crontabs(root: string): string[] {
  const within = (folder: string) => listed(join(root, folder)).map((name) => join(root, folder, name));
  const single = join(root, "etc/crontab");
  const all = [...within("var/spool/cron/crontabs"), ...(existsSync(single) ? [single] : []), ...within("etc/cron.d")];
  return all.filter((path) => !path.endsWith("/solar-station"));
}

interface Process {
  readonly pid: number;
  readonly command: string;
}

function processes(): Process[] {
  return listed("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const words = (textOf(`/proc/${name}/cmdline`) ?? "").split("\0").filter(Boolean);
      return words.length === 0 ? [] : [{ pid: Number(name), command: words.join(" ") }];
    });
}

function portsOf({ pid, command }: Process, ports: readonly string[]) {
  const open = new Set(listed(`/proc/${pid}/fd`).flatMap((fd) => link(`/proc/${pid}/fd/${fd}`)));
  return ports
    .filter((port) => existsSync(port) && open.has(realpathSync(port)))
    .map((port) => ({ port, pid, command }));
}

function link(path: string): string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    return [];
  }
}

function linesOf(path: string): string[] {
  return (textOf(path) ?? "").split("\n");
}
