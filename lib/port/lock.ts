import { createHash } from "node:crypto";
import { connect, createServer, type Server } from "node:net";
import { PortBusy } from "../base/errors.ts";

export interface PortLock {
  release(): Promise<void>;
}

const KEY_LIMIT = 80;
const RETRY_MS = 50;
const ASK_HOLDER_MS = 300;

/**
 * One owner per wire. The lock is a listening socket in Linux's abstract namespace: it exists as long as its process, needs
 * no file, cannot go stale after a crash or a reboot, and whoever waits can ask it who the holder is.
 *
 * @param key what is locked: the real path of the tty, or `tcp://host:port`
 * @param who what others are told: command and pid
 * @throws PortBusy after `waitMs`, naming the holder
 */
export async function lockPort(key: string, who: string, waitMs: number): Promise<PortLock> {
  const address = addressOf(key);
  const ends = performance.now() + waitMs;
  for (;;) {
    const server = await listen(address, who);
    if (server) return { release: () => new Promise((resolve) => server.close(() => resolve())) };
    if (performance.now() >= ends) {
      throw new PortBusy(`${key} is held by ${await holder(address)}, waited ${Math.round(waitMs)} ms`);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** Who holds the lock right now, or null when it is free. */
export async function lockHolder(key: string): Promise<string | null> {
  return ask(addressOf(key));
}

/** A socket's name ends at 107 bytes: a longer key stands for itself by its digest. */
function addressOf(key: string): string {
  const name = key.length <= KEY_LIMIT ? key : createHash("sha256").update(key).digest("hex");
  return `\0solar-station/port/${name}`;
}

function listen(address: string, who: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.end(who);
    });
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(null);
      else reject(error);
    });
    // A lock must not keep a finished command alive.
    server.listen(address, () => {
      server.unref();
      resolve(server);
    });
  });
}

async function holder(address: string): Promise<string> {
  return (await ask(address)) ?? "a process that has just ended";
}

function ask(address: string): Promise<string | null> {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(address);
    const timer = setTimeout(() => finish("a process that does not answer (stopped?)"), ASK_HOLDER_MS);
    const finish = (answer: string | null) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    socket.on("data", (bytes) => {
      said = (said + bytes.toString()).slice(0, 200);
    });
    socket.on("end", () => finish(said || "an unnamed process"));
    socket.on("error", () => finish(null));
  });
}
