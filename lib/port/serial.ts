import { realpathSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { milliseconds } from "../base/clock.ts";
import { PortBusy, PortGone, type StationError } from "../base/errors.ts";
import { fileLockHolder, holderText } from "../base/proc-locks.ts";
import { BufferedWire } from "./buffered.ts";
import type { LockPort, PortLock, Trace } from "./wire.ts";

type SerialPort = import("serialport").SerialPort;

const RETRY_MS = 50;

export interface SerialOptions {
  readonly path: string;
  readonly baud: number;
  readonly lock: LockPort;
  readonly lockWaitMs: number;
  readonly trace?: Trace;
}

/**
 * Opens a tty exclusively, 8N1 without handshake, DTR and RTS low (the inverter's CH340 wants them so).
 * @throws PortGone when it is missing, no tty or not ours to use; PortBusy when another process holds it
 */
export async function openSerial(options: SerialOptions): Promise<BufferedWire> {
  const path = realDevice(options.path);
  const lock = await options.lock(path);
  try {
    const port = await openUnlocked(path, options);
    return new SerialWire(options.path, port, lock, options.trace);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The device file behind a name; checked before opening, because the driver's own messages say less. */
function realDevice(path: string): string {
  let real: string;
  try {
    real = realpathSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "EACCES") throw new PortGone(permissionText(path), { cause: error });
    throw new PortGone(`${path}: no such device; is the adapter plugged in?`, { cause: error });
  }
  if (!statSync(real).isCharacterDevice()) throw new PortGone(`${path}: not a serial port`);
  return real;
}

function permissionText(path: string): string {
  return `${path}: permission denied; add user ${userInfo().username} to the group that owns it (usually dialout)`;
}

async function openUnlocked(path: string, options: SerialOptions): Promise<SerialPort> {
  const { openDriver } = await import("./driver.ts");
  const ends = milliseconds() + options.lockWaitMs;
  for (;;) {
    try {
      return await openDriver(path, options.baud);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (!/lock/i.test(text)) throw openFailure(options.path, text, error);
      if (milliseconds() >= ends) {
        const holder = fileLockHolder(path, "FLOCK");
        const named = holder === null ? "another program" : holderText(holder);
        throw new PortBusy(`${options.path} is held by ${named}, waited ${options.lockWaitMs} ms`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function openFailure(path: string, text: string, cause: unknown): StationError {
  if (/permission denied/i.test(text)) return new PortGone(permissionText(path), { cause });
  if (/no such file/i.test(text)) return new PortGone(`${path}: no such device; is the adapter plugged in?`, { cause });
  if (/inappropriate ioctl/i.test(text)) return new PortGone(`${path}: not a serial port`, { cause });
  return new PortGone(`${path}: ${text}`, { cause });
}

class SerialWire extends BufferedWire {
  #closing = false;
  constructor(
    readonly name: string,
    private readonly port: SerialPort,
    private readonly lock: PortLock,
    trace?: Trace,
  ) {
    super(trace);
    port.on("data", (bytes: Buffer) => this.push(bytes));
    port.on("error", (error) => this.fail(error.message, error));
    port.on("close", () => {
      if (!this.#closing) this.fail("the device vanished");
    });
    // A pty has no modem lines: the refusal means nothing.
    port.set({ dtr: false, rts: false }, () => {});
  }

  protected send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error?: Error | null) =>
        error ? reject(new PortGone(`${this.name}: ${error.message}`, { cause: error })) : resolve();
      this.port.write(Buffer.from(bytes), (error) => {
        if (error) done(error);
        else this.port.drain(done);
      });
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (this.port.isOpen) await new Promise<void>((resolve) => this.port.close(() => resolve()));
    this.lock.release();
  }
}
