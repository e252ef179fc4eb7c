import type { Clock } from "../../lib/base/clock.ts";
import { withCrc } from "../../lib/modbus/frame.ts";
import type { Wire } from "../../lib/port/wire.ts";

/** Bytes that arrive some virtual milliseconds after a request was sent. */
export interface Arrival {
  readonly after_ms: number;
  readonly bytes: Uint8Array;
}
export type Respond = (request: Uint8Array, index: number) => readonly Arrival[];

/** A wire in virtual time: reading moves the clock, so that no test ever waits. */
export class FakeWire implements Wire, Clock {
  readonly name = "fake";
  readonly sent: { at: number; bytes: Uint8Array }[] = [];
  closed = false;
  #now = 0;
  #coming: { at: number; bytes: Uint8Array }[] = [];
  readonly #respond: Respond;

  constructor(respond: Respond) {
    this.#respond = respond;
  }

  now(): number {
    return Math.floor(this.#now / 1000);
  }
  monotonic(): number {
    return this.#now;
  }
  /** Lets bytes arrive that nobody asked for. */
  inject(after_ms: number, bytes: Uint8Array): void {
    this.#coming.push({ at: this.#now + after_ms, bytes });
    this.#coming.sort((a, b) => a.at - b.at);
  }
  async write(bytes: Uint8Array): Promise<void> {
    this.sent.push({ at: this.#now, bytes });
    for (const { after_ms, bytes: answer } of this.#respond(bytes, this.sent.length - 1)) this.inject(after_ms, answer);
  }
  async read(timeoutMs: number): Promise<Uint8Array> {
    const first = this.#coming[0];
    if (!first || first.at > this.#now + timeoutMs) {
      this.#now += Math.max(timeoutMs, 0.01);
      return new Uint8Array();
    }
    this.#now = Math.max(this.#now, first.at);
    const ready = this.#coming.filter((arrival) => arrival.at <= this.#now);
    this.#coming = this.#coming.filter((arrival) => arrival.at > this.#now);
    return Buffer.concat(ready.map((arrival) => arrival.bytes));
  }
  async drain(quietMs: number, limitMs: number): Promise<Uint8Array> {
    const ends = this.#now + limitMs;
    const thrown: Uint8Array[] = [];
    while (this.#now < ends) {
      const bytes = await this.read(Math.min(quietMs, ends - this.#now));
      if (bytes.length === 0) break;
      thrown.push(bytes);
    }
    return Buffer.concat(thrown);
  }
  async close(): Promise<void> {
    this.closed = true;
  }
}

/** The correct answer of slave `request[0]` to a read or write. */
export function answerTo(request: Uint8Array, word: (addr: number) => number): Uint8Array {
  const view = Buffer.from(request);
  if (view[1] !== 3) return view[1] === 6 ? request : withCrc(request.subarray(0, 6));
  const start = view.readUInt16BE(2);
  const count = view.readUInt16BE(4);
  const words = Array.from({ length: count }, (_, i) => word(start + i));
  return withCrc([view[0] as number, 3, count * 2, ...words.flatMap((value) => [value >> 8, value & 255])]);
}

/** An exception answer. */
export function exceptionTo(request: Uint8Array, code: number): Uint8Array {
  return withCrc([request[0] as number, (request[1] as number) + 0x80, code]);
}
