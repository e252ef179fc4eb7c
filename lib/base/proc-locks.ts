import { readFileSync, statSync } from "node:fs";
import { type Failure, failure, failureText } from "./failure/failure.ts";
import { printable } from "./printable.ts";
import { procStat } from "./proc-stat.ts";

/** A process that holds a lock. */
export interface LockHolder {
  /** Its words are its own and are made harmless. */
  readonly command: string;
  readonly pid: string;
  readonly is_stopped: boolean;
}

/**
 * The process that holds a lock of this kind on a file, from /proc/locks: foreign programs (another monitor, `flock`) hold
 * ports too. Null when nobody does, and when the kernel does not tell (another namespace, no /proc).
 */
export function fileLockHolder(path: string, kind: "FLOCK" | "POSIX"): LockHolder | null {
  try {
    const { ino, dev } = statSync(path);
    const wanted = `${hex2(major(dev))}:${hex2(minor(dev))}:${ino}`;
    for (const line of readFileSync("/proc/locks", "utf8").split("\n")) {
      const [, found, , , pid, inode] = line.trim().split(/\s+/);
      if (found === kind && inode === wanted && pid) return holderOf(pid);
    }
  } catch {
    // /proc is a courtesy: without it the message is shorter, nothing else.
  }
  return null;
}

/** For messages of errors: "batmon, pid 123". */
export function holderNamed({ command, pid, is_stopped }: LockHolder): Failure {
  return failure(is_stopped ? "holder_stopped" : "holder", { command, pid });
}

/** The same in English. */
export function holderText(holder: LockHolder): string {
  return failureText(holderNamed(holder));
}

function holderOf(pid: string): LockHolder {
  const parts = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").filter(Boolean);
  const words = parts.map((part) => part.split("/").at(-1) as string);
  // A program of Node's, ours among them, is known by its script.
  const script = words[0] === "node" ? words.find((word) => /\.[cm]?[jt]s$/.test(word)) : undefined;
  const command = printable(script?.replace(/\.[cm]?[jt]s$/, "") ?? words.join(" "), 80);
  return { command, pid, is_stopped: procStat(pid).state === "T" };
}

// Linux's own packing of dev_t, as glibc's gnu_dev_major and gnu_dev_minor.
function major(dev: number): number {
  return Number((BigInt(dev) >> 8n) & 0xfffn);
}

function minor(dev: number): number {
  return Number((BigInt(dev) & 0xffn) | ((BigInt(dev) >> 12n) & 0xfff00n));
}

function hex2(n: number): string {
  return n.toString(16).padStart(2, "0");
}
