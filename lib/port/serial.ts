import { realpathSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { milliseconds } from "../base/clock.ts";
import { failureOf, PortBusy, PortGone, reasonOf, type StationError } from "../base/errors.ts";
import { type Failure, failure } from "../base/failure/failure.ts";
import { fileLockHolder, holderNamed } from "../base/proc-locks.ts";
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
    if (code === "EACCES") throw new PortGone(closedToUs(path), { cause: error });
    throw new PortGone(failure("no_such_device", { path }), { cause: error });
  }
  if (!statSync(real).isCharacterDevice()) throw new PortGone(failure("no_serial_port", { path }));
  return real;
}

function closedToUs(path: string): Failure {
  return failure("port_closed_to_user", { path, user: userInfo().username });
}

async function openUnlocked(path: string, options: SerialOptions): Promise<SerialPort> {
  const { openDriver } = await import("./driver.ts");
  const ends = milliseconds() + options.lockWaitMs;
  for (;;) {
    try {
      return await openDriver(path, options.baud);
    } catch (error) {
      if (!/lock/i.test(reasonOf(error))) throw openFailure(options.path, error);
      if (milliseconds() >= ends) {
        const holder = fileLockHolder(path, "FLOCK");
        const named = holder === null ? failure("holder_unknown") : holderNamed(holder);
        const held = failure("port_held", { port: options.path, holder: named, ms: options.lockWaitMs });
        throw new PortBusy(held, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function openFailure(path: string, cause: unknown): StationError {
  const text = reasonOf(cause);
  if (/permission denied/i.test(text)) return new PortGone(closedToUs(path), { cause });
  if (/no such file/i.test(text)) return new PortGone(failure("no_such_device", { path }), { cause });
  if (/inappropriate ioctl/i.test(text)) return new PortGone(failure("no_serial_port", { path }), { cause });
  return new PortGone(failure("at", { place: path, what: failureOf(cause) }), { cause });
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
    port.on("error", (error) => this.fail(failureOf(error), error));
    port.on("close", () => {
      if (!this.#closing) this.fail(failure("device_vanished"));
    });
    // A pty has no modem lines: the refusal means nothing.
    port.set({ dtr: false, rts: false }, () => {});
  }

  protected send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error?: Error | null) => {
        if (!error) return resolve();
        reject(new PortGone(failure("at", { place: this.name, what: failureOf(error) }), { cause: error }));
      };
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
