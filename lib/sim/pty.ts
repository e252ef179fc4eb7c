import { type ChildProcess, spawn } from "node:child_process";
import { lstatSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { PortGone, UsageError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import type { SimulatedLine } from "./tcp.ts";

/** The line that a pty leads to. */
export type PtyTarget = Pick<SimulatedLine, "port" | "connections">;

/** A pseudo terminal at `path` that leads to a TCP line. */
export interface SimulatedPty {
  readonly path: string;
  /** True until the port was dropped or closed. */
  isThere(): boolean;
  /** Puts the adapter back after it vanished. */
  replug(): Promise<void>;
  /** Takes the adapter away; the link disappears. */
  unplug(): Promise<void>;
}

const APPEAR_MS = 5000;

/**
 * Opens a pty with a link at `path` in front of a TCP line, through socat, and waits until both ends stand. It vanishes when the line drops the port.
 * @throws PortGone when socat is missing or fails, UsageError for a path that socat cannot take
 */
export async function openPty(path: string, line: PtyTarget): Promise<SimulatedPty> {
  if (/[,:!()"'\\]/.test(path)) throw new UsageError(failure("pty_path", { path }));
  let child: ChildProcess | null = null;
  const isThere = () => child !== null && child.exitCode === null && child.signalCode === null;
  const unplug = async () => {
    const running = child;
    child = null;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGTERM");
    await ended;
  };
  const replug = async () => {
    await unplug();
    child = await startSocat(path, line);
  };
  await replug();
  return { path, isThere, replug, unplug };
}

async function startSocat(path: string, line: PtyTarget): Promise<ChildProcess> {
  if (isLink(path)) rmSync(path);
  const before = line.connections();
  const child = spawn("socat", [`PTY,link=${path},raw,echo=0`, `TCP:127.0.0.1:${line.port},nodelay`], {
    stdio: "ignore",
  });
  let failed: unknown = null;
  child.once("error", (error) => {
    failed = error;
  });
  const until = performance.now() + APPEAR_MS;
  while (!isLink(path) || line.connections() === before) {
    if (failed !== null || child.exitCode !== null || performance.now() > until) {
      child.kill("SIGTERM");
      throw new PortGone(failure("no_pty", { path }), { cause: failed });
    }
    await sleep(5);
  }
  return child;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
