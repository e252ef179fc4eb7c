import { readFileSync, statSync } from "node:fs";

/**
 * Names the process that holds a flock on a device file, from /proc/locks: foreign programs (another monitor, `flock`) hold
 * ports too. Null when the kernel does not tell (other user's namespace, no /proc).
 */
export function flockHolder(path: string): string | null {
  try {
    const { ino, dev } = statSync(path);
    const wanted = `${hex2(major(dev))}:${hex2(minor(dev))}:${ino}`;
    for (const line of readFileSync("/proc/locks", "utf8").split("\n")) {
      const [, kind, , , pid, inode] = line.trim().split(/\s+/);
      if (kind === "FLOCK" && inode === wanted && pid) return `${commandOf(pid)}, pid ${pid}`;
    }
  } catch {
    // /proc is a courtesy: without it the message is shorter, nothing else.
  }
  return null;
}

function commandOf(pid: string): string {
  const parts = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").filter(Boolean);
  return parts
    .map((part) => part.split("/").at(-1))
    .join(" ")
    .slice(0, 80);
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
