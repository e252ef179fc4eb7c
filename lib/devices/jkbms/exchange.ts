import { type Clock, systemClock } from "../../base/clock.ts";
import { BadFrame, DeviceTimeout, ModbusException } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import { BUSY, DEVICE_BUSY } from "../../modbus/exceptions.ts";
import type { Trace, Wire } from "../../port/wire.ts";
import type { AnswerCounts } from "../bms/client.ts";
import { type FrameScanner, type Rejection, worstRejection } from "../bms/frame-scanner.ts";
import { withoutSecrets } from "./redact.ts";

/** Times and limits of one line; JK-2.5 §9 with margins. */
export interface LineTiming {
  /** Silence before a request; the vendor wants 100 ms between packets. */
  readonly packet_gap_ms: number;
  /** From the request to the first byte of its answer. */
  readonly first_byte_ms: number;
  /** Longest pause inside an answer. */
  readonly inter_byte_ms: number;
  /** Requests sent at most until one is answered. */
  readonly tries: number;
  /** Silence before the next request after a failed one, so that a late answer has gone by. */
  readonly retry_quiet_ms: number;
  /** Longest time for one answer with all its noise. */
  readonly answer_limit_ms: number;
}

/** What may be set about a line besides its times. */
export interface LineOptions extends Partial<LineTiming> {
  readonly trace?: Trace;
  readonly clock?: Clock;
}

/** Zeroed counts. */
export function newCounts(): AnswerCounts {
  return { good: 0, bad: 0, silent: 0, refused: 0 };
}

/** Counts a failed try. */
export function countFailure(counts: AnswerCounts, error: unknown): void {
  counts.bad++;
  if (error instanceof DeviceTimeout) counts.silent++;
  else if (error instanceof ModbusException) counts.refused++;
}

/** Does a piece of work on a good frame: one whose content is refused was no good answer. */
export function judging<T>(counts: AnswerCounts, work: () => T): T {
  try {
    return work();
  } catch (error) {
    counts.good--;
    counts.bad++;
    throw error;
  }
}

/** One request and how to know its answer. */
export interface Exchange<F extends { readonly bytes: Uint8Array }> {
  readonly request: Uint8Array;
  readonly scanner: () => FrameScanner<F>;
  /** Null = this is the answer; otherwise why not, and the search goes on. */
  readonly judge: (frame: F) => Rejection | null;
  /** An answer that is no frame: throws when the bytes heard so far are one. */
  readonly refuse?: (heard: Uint8Array) => void;
  /** Why there is no answer among the bytes heard, where they tell. */
  readonly explain?: (heard: Uint8Array) => Rejection | null;
  /** Sent at most so often; default as the line's timing says. */
  readonly tries?: number;
}

/** Silence must come within this time, else the request is sent into the noise. */
const DRAIN_LIMIT_MS = 2000;
/** Noise beyond this is no answer any more. */
const HEARD_LIMIT = 4096;

/** Request and answer on one wire. After any failure the line is drained quiet, so that a late answer never meets a new request. */
export class Line {
  readonly counts: AnswerCounts = newCounts();
  readonly #clock: Clock;
  #outOfStep = false;

  constructor(
    readonly wire: Wire,
    /** Wire and device, for messages. */
    readonly name: string,
    readonly timing: LineTiming,
    private readonly options: LineOptions,
  ) {
    this.#clock = options.clock ?? systemClock;
  }

  /** Listens for `ms` and throws away what comes. */
  async settle(ms: number): Promise<void> {
    const thrown = await this.wire.drain(ms, ms + DRAIN_LIMIT_MS);
    if (thrown.length > 0) this.options.trace?.("<", withoutSecrets(thrown));
  }

  /**
   * Sends the request until it is answered, `tries` times at most.
   * @throws DeviceTimeout when nothing came, BadFrame when only wrong bytes came, PortGone, and what `refuse` throws
   */
  async ask<F extends { readonly bytes: Uint8Array }>(exchange: Exchange<F>): Promise<F> {
    const tries = exchange.tries ?? this.timing.tries;
    let busy = 0;
    for (let sent = 1; ; sent++) {
      try {
        const frame = await this.#once(exchange, sent);
        this.#outOfStep = false;
        this.counts.good++;
        return frame;
      } catch (error) {
        countFailure(this.counts, error);
        if (error instanceof ModbusException && error.code === DEVICE_BUSY && busy < BUSY.tries) {
          busy++;
          sent--;
          await this.settle(BUSY.pause_ms);
          continue;
        }
        this.#outOfStep = true;
        const mayRepeat = error instanceof DeviceTimeout || error instanceof BadFrame;
        if (!mayRepeat || sent >= tries) throw error;
      }
    }
  }

  /** `sent`: how often with this time, for the message. */
  async #once<F extends { readonly bytes: Uint8Array }>(exchange: Exchange<F>, sent: number): Promise<F> {
    await this.settle(this.#outOfStep ? this.timing.retry_quiet_ms : this.timing.packet_gap_ms);
    this.options.trace?.(">", withoutSecrets(exchange.request));
    await this.wire.write(exchange.request);
    const heard: Uint8Array[] = [];
    try {
      return await this.#listen(exchange, heard, sent);
    } finally {
      if (heard.length > 0) this.options.trace?.("<", withoutSecrets(Buffer.concat(heard)));
    }
  }

  async #listen<F extends { readonly bytes: Uint8Array }>(
    exchange: Exchange<F>,
    heard: Uint8Array[],
    sent: number,
  ): Promise<F> {
    const scanner = exchange.scanner();
    const unwanted: Rejection[] = [];
    const began = this.#clock.monotonic();
    let total = 0;
    while (total <= HEARD_LIMIT) {
      const elapsed = this.#clock.monotonic() - began;
      // An echo or noise does not use up the time that the device has for its answer.
      const wait = scanner.pending ? this.timing.inter_byte_ms : this.timing.first_byte_ms - elapsed;
      if (wait <= 0 || elapsed > this.timing.answer_limit_ms) break;
      const wasPending = scanner.pending;
      const chunk = await this.wire.read(wait);
      total += chunk.length;
      if (chunk.length > 0) heard.push(chunk);
      for (const frame of chunk.length > 0 ? scanner.push(chunk) : scanner.finish()) {
        const why = exchange.judge(frame);
        if (why === null) return frame;
        unwanted.push(why);
      }
      exchange.refuse?.(Buffer.concat(heard));
      if (chunk.length === 0 && !wasPending) break;
    }
    for (const frame of scanner.finish()) if (exchange.judge(frame) === null) return frame;
    const told = exchange.explain?.(Buffer.concat(heard)) ?? null;
    throw this.#failure(total, told ? [told] : [...scanner.rejections, ...unwanted], sent);
  }

  #failure(total: number, rejections: readonly Rejection[], tries: number): Error {
    const place = this.name;
    if (total === 0) return new DeviceTimeout(failure("no_reply", { place, ms: this.timing.first_byte_ms, tries }));
    const worst = worstRejection(rejections);
    const kind = worst?.kind ?? (total > HEARD_LIMIT ? "long" : "malformed");
    const what = worst?.reason ?? failure("no_frame_came", { length: total });
    return new BadFrame(kind, failure("at_after", { place, what, tries }));
  }
}
