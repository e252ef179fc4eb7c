import { connect, type Socket } from "node:net";
import { failureOf, PortGone } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import { BufferedWire } from "./buffered.ts";
import type { LockPort, PortLock, Trace } from "./wire.ts";

export interface TcpOptions {
  readonly host: string;
  readonly port: number;
  readonly lock: LockPort;
  readonly connectTimeoutMs: number;
  readonly trace?: Trace;
}

/**
 * Raw bytes to an RS485 gateway. Locked like a tty, and closed after every run, because many gateways serve one client only.
 * @throws PortGone when it refuses or does not accept in time; PortBusy when another of our commands holds it
 */
export async function openTcp(options: TcpOptions): Promise<BufferedWire> {
  const name = `tcp://${options.host}:${options.port}`;
  const lock = await options.lock(name.toLowerCase());
  try {
    const socket = await connectWithin(name, options);
    return new TcpWire(name, socket, lock, options.trace);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function connectWithin(name: string, options: TcpOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: options.host, port: options.port, noDelay: true });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new PortGone(failure("no_connection", { place: name, ms: options.connectTimeoutMs })));
    }, options.connectTimeoutMs);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeAllListeners("error");
      resolve(socket);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const what = error.code === "ECONNREFUSED" ? failure("connection_refused") : failureOf(error);
      reject(new PortGone(failure("at", { place: name, what }), { cause: error }));
    });
  });
}

class TcpWire extends BufferedWire {
  #closing = false;
  constructor(
    readonly name: string,
    private readonly socket: Socket,
    private readonly lock: PortLock,
    trace?: Trace,
  ) {
    super(trace);
    socket.on("data", (bytes) => this.push(bytes));
    socket.on("error", (error) => this.fail(failureOf(error), error));
    socket.on("close", () => {
      if (!this.#closing) this.fail(failure("connection_closed"));
    });
  }

  protected send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.write(bytes, (error) => {
        if (!error) return resolve();
        reject(new PortGone(failure("at", { place: this.name, what: failureOf(error) }), { cause: error }));
      });
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (!this.socket.destroyed) {
      await new Promise<void>((resolve) => {
        this.socket.once("close", () => resolve());
        this.socket.end();
        // A gateway that never answers our FIN must not hold the run.
        setTimeout(() => this.socket.destroy(), 100).unref();
      });
    }
    this.lock.release();
  }
}
