import { milliseconds } from "../base/clock.ts";
import { PortGone } from "../base/errors.ts";
import { type Failure, failure } from "../base/failure/failure.ts";
import type { Trace, Wire } from "./wire.ts";

/** More than any device of ours ever says at once; a line that floods us loses its oldest bytes, not our memory. */
const BUFFER_LIMIT = 16 * 1024;

/** What a tty and a TCP connection have in common: bytes pushed by the operating system, pulled by the client. */
export abstract class BufferedWire implements Wire {
  abstract readonly name: string;
  #chunks: Uint8Array[] = [];
  #length = 0;
  #failure: PortGone | null = null;
  #wake: (() => void) | null = null;

  protected constructor(private readonly trace?: Trace) {}

  abstract close(): Promise<void>;
  protected abstract send(bytes: Uint8Array): Promise<void>;

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#failure) throw this.#failure;
    this.trace?.(">", bytes);
    await this.send(bytes);
    if (this.#failure) throw this.#failure;
  }

  async read(timeoutMs: number): Promise<Uint8Array> {
    if (this.#length === 0) await this.#arrival(timeoutMs);
    if (this.#length === 0 && this.#failure) throw this.#failure;
    const bytes = this.#take();
    if (bytes.length > 0) this.trace?.("<", bytes);
    return bytes;
  }

  async drain(quietMs: number, limitMs: number): Promise<Uint8Array> {
    const ends = milliseconds() + limitMs;
    const thrown: Uint8Array[] = [];
    let kept = 0;
    for (;;) {
      const left = ends - milliseconds();
      const bytes = await this.read(Math.max(0, Math.min(quietMs, left)));
      if (bytes.length === 0 || left <= 0) break;
      if (kept < BUFFER_LIMIT) thrown.push(bytes);
      kept += bytes.length;
    }
    return Buffer.concat(thrown);
  }

  protected push(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    while (this.#length > BUFFER_LIMIT && this.#chunks.length > 1) {
      this.#length -= (this.#chunks.shift() as Uint8Array).length;
    }
    this.#wake?.();
  }

  protected fail(what: Failure, cause?: unknown): void {
    this.#failure ??= new PortGone(failure("at", { place: this.name, what }), { cause });
    this.#wake?.();
  }

  #take(): Uint8Array {
    const [only] = this.#chunks;
    const bytes = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#length = 0;
    return bytes;
  }

  #arrival(timeoutMs: number): Promise<void> {
    if (this.#failure || timeoutMs <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#wake = done;
    });
  }
}
