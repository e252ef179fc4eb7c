import { procStat } from "../base/proc-stat.ts";
import { isTerminal } from "./terminal.ts";

/** Who waits for the answer: cron's mail, which must not repeat itself, or a person, who always gets one. */
export type Starter = "cron" | "person";

/** What is known of the start. */
export interface StartFacts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** stdin, stdout or stderr is a terminal; asked when the mark is missing. */
  readonly terminal: () => boolean;
  /** Names of the processes above this one, the nearest first; asked only when nothing else decides. */
  readonly ancestors: () => readonly string[];
}

const CRONS = /^(cron|crond|anacron|fcron|crond-run|busybox)$/i;

/**
 * Decides who started this run. `SOLAR_CRON=1` (the package's cron file and timers set it) and `SOLAR_CRON=0` decide alone. Else a
 * terminal or a login over SSH is a person; sudo hides both, so there the processes above are looked at. What is left (cron
 * without the mark, a timer, another program's script) counts as cron: a mail a minute would be worse than a silent script.
 */
export function starter({ env, terminal, ancestors }: StartFacts): Starter {
  if (env.SOLAR_CRON === "1") return "cron";
  if (env.SOLAR_CRON === "0") return "person";
  if (terminal()) return "person";
  if (env.SSH_CONNECTION || env.SSH_CLIENT || env.SSH_TTY) return "person";
  if (!env.SUDO_USER) return "cron";
  const above = ancestors();
  if (above.some((name) => CRONS.test(name))) return "cron";
  return above.some((name) => name.startsWith("sshd")) || env.SUDO_USER !== "root" ? "person" : "cron";
}

/** The facts of this process. */
export function thisStart(): StartFacts {
  return {
    env: process.env,
    terminal: () => ([0, 1, 2] as const).some(isTerminal),
    ancestors: () => ancestorsOf(process.ppid),
  };
}

function ancestorsOf(first: number): string[] {
  const names: string[] = [];
  for (let pid = first; pid > 1 && names.length < 20; ) {
    try {
      const { name, parent } = procStat(pid);
      names.push(name);
      pid = parent;
    } catch {
      break;
    }
  }
  return names;
}
