/**
 * A byte line to one device: a tty or a raw TCP connection behind a gateway, opened and locked by this process alone.
 * Reading is pulled, so that nothing is ever delivered to somebody who did not ask.
 */
export interface Wire {
  /** What the config calls it: `/dev/ttyUSB0`, `tcp://192.0.2.7:8899`. */
  readonly name: string;
  /** Sends all bytes and resolves when they are handed to the operating system. @throws PortGone */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * The bytes that have come in, waiting up to `timeoutMs` for the first of them; empty when none came.
   * @throws PortGone when the device vanished
   */
  read(timeoutMs: number): Promise<Uint8Array>;
  /** Waits until nothing has come for `quietMs`, at most `limitMs`; returns what was thrown away. @throws PortGone */
  drain(quietMs: number, limitMs: number): Promise<Uint8Array>;
  /** Releases port and lock; never throws. */
  close(): Promise<void>;
}

/** Held from opening to closing. */
export interface PortLock {
  release(): void;
}

/** Takes the one lock of a port, by its real path or `tcp://host:port`. @throws PortBusy naming the holder */
export type LockPort = (key: string) => Promise<PortLock>;

/** One line of a wire trace, as `-vv` prints it and captures hold it: `> 0403…` sent, `< 0403…` received. */
export type Trace = (direction: ">" | "<", bytes: Uint8Array) => void;
