import { readFileSync } from "node:fs";

/** What /proc/PID/stat tells of a process. */
export interface ProcStat {
  /** The name of its program, at most 15 characters. */
  readonly name: string;
  /** One letter: R, S, T (stopped), Z … */
  readonly state: string;
  readonly parent: number;
}

/** One process by its number. @throws when there is none, or no /proc */
export function procStat(pid: number | string): ProcStat {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // "123 (name) S 122 …"; the name may hold anything, so the last bracket counts.
  const end = stat.lastIndexOf(")");
  const [state = "", parent] = stat.slice(end + 2).split(" ");
  return { name: stat.slice(stat.indexOf("(") + 1, end), state, parent: Number(parent) };
}
