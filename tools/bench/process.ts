import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What a whole process costs, as the system accounts for it. */
export interface Cost {
  /** User and system time of the process and its threads, ms. */
  readonly cpu_ms: number;
  readonly wall_ms: number;
}

/** What a process hands to the system to be written, by where it goes. */
export interface Writes {
  /** Bytes into files below the folder that stands for the card. */
  readonly card: number;
  /** Bytes into other files. */
  readonly elsewhere: number;
  /** fsync and fdatasync of files and folders on the card. */
  readonly syncs: number;
}

/** A bash that tells the time of one child to the millisecond; Node itself is told nothing about its children. */
const TIMED = `TIMEFORMAT="%3U %3S %3R"; time "$@" >/dev/null 2>"$BENCH_ERRORS"`;
/** Asked of the process itself, in a run that is not timed. */
const PEAK = `process.on("exit", () => require("node:fs").writeFileSync(process.env.BENCH_PEAK, String(process.resourceUsage().maxRSS)));`;

/** Runs programs the way cron does: hardly any environment, no terminal. */
export class Processes {
  constructor(
    private readonly folder: string,
    private readonly variables: Readonly<Record<string, string>>,
  ) {
    writeFileSync(join(folder, "peak.cjs"), PEAK);
  }

  /** @throws Error with what the program said when it fails */
  async cost(command: readonly string[], now: number): Promise<Cost> {
    const errors = join(this.folder, "errors");
    const env = { ...this.#environment(now), BENCH_ERRORS: errors };
    const { stderr } = await run("bash", ["-c", TIMED, "bash", ...command], { env }).catch(() => {
      throw new Error(`${command.join(" ")} failed: ${readFileSync(errors, "utf8")}`);
    });
    const [user = 0, system = 0, wall = 0] = stderr.trim().split(" ").map(Number);
    return { cpu_ms: (user + system) * 1000, wall_ms: wall * 1000 };
  }

  /** Largest resident memory, KiB. */
  async peak(command: readonly string[], now: number): Promise<number> {
    const file = join(this.folder, "peak");
    const env = {
      ...this.#environment(now),
      BENCH_PEAK: file,
      NODE_OPTIONS: `--require=${join(this.folder, "peak.cjs")}`,
    };
    await run(command[0] as string, command.slice(1), { env, maxBuffer: 2 ** 28 });
    return Number(readFileSync(file, "utf8"));
  }

  /** Counted at the system calls; null where strace is not installed. */
  async writes(command: readonly string[], now: number, card: string): Promise<Writes | null> {
    if (!hasProgram("strace")) return null;
    const file = join(this.folder, "calls");
    const calls = "trace=write,pwrite64,writev,pwritev,fsync,fdatasync,sync_file_range";
    const args = ["-f", "-y", "-s", "0", "-e", calls, "-o", file, ...command];
    await run("strace", args, { env: this.#environment(now), maxBuffer: 2 ** 28 });
    const counted = countWrites(readFileSync(file, "utf8"), card);
    rmSync(file);
    return counted;
  }

  #environment(now: number): Record<string, string> {
    const { PATH = "" } = process.env;
    return { PATH, HOME: this.folder, SOLAR_STATION_NOW: String(now), ...this.variables };
  }
}

/** Reads strace's lines: `12 pwrite64(17</path>, ""..., 4096, 0) = 4096`, `12 fsync(17</path>) = 0`. */
export function countWrites(trace: string, card: string): Writes {
  const counted = { card: 0, elsewhere: 0, syncs: 0 };
  // A call that another thread interrupts comes in two lines; the first names the file, the second the result.
  const unfinished = new Map<string, string>();
  for (const line of trace.split("\n")) {
    const [, thread = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (rest.endsWith("<unfinished ...>")) unfinished.set(thread, rest);
    const resumed = /^<\.\.\. \w+ resumed>/.test(rest);
    const call = resumed ? `${unfinished.get(thread) ?? ""}${rest}` : rest;
    const [, name, path, result] = /^(\w+)\(\d+<([^>]*)>.* = (\d+)$/.exec(call) ?? [];
    if (name === undefined || path === undefined || !path.startsWith("/") || path.startsWith("/dev/")) continue;
    const onCard = path === card || path.startsWith(`${card}/`);
    if (!name.includes("sync")) counted[onCard ? "card" : "elsewhere"] += Number(result);
    else if (onCard) counted.syncs += 1;
  }
  return counted;
}

export function hasProgram(name: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${name}`], { stdio: "ignore" });
    return true;
  } catch {
    return existsSync(`/usr/sbin/${name}`);
  }
}
