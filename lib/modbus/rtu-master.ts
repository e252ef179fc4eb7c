import { type Clock, systemClock } from "../base/clock.ts";
import { BadFrame, DeviceTimeout, ModbusException, type StationError } from "../base/errors.ts";
import { type Failure, failure } from "../base/failure/failure.ts";
import type { Trace, Wire } from "../port/wire.ts";
import { BUSY, DEVICE_BUSY, exceptionTold } from "./exceptions.ts";
import {
  explainRest,
  type Refusal,
  type Request,
  readRequest,
  registersOf,
  type Scan,
  scanAnswer,
  writeMultipleRequest,
  writeSingleRequest,
} from "./frame.ts";
import { type ModbusMaster, type ModbusStats, newStats, type RangeGuard } from "./master.ts";

/** Registers that the device always answers; the length of the answer proves that the line is in step again. */
export interface Resync {
  readonly start: number;
  /** Asked in its place after it stayed silent: one part of a device that fails must not silence the rest. */
  readonly or_start?: number;
  /** Counts that may be asked at `start`, at least two, so that one differs from the request that failed. */
  readonly counts: readonly number[];
}

export interface RtuOptions {
  /** Silence before a request, ms; default 100. */
  readonly gap_ms?: number;
  /** Wait for an answer, ms, beside the time of its bytes; default 1200. */
  readonly timeout_ms?: number;
  /** Requests sent at most until one read succeeds, unanswered probes included; default 3. */
  readonly retries?: number;
  /** Silence that counts as quiet after an error, ms; default gap_ms, or timeout_ms when there is no `resync`. */
  readonly quiet_ms?: number;
  /** Time of one byte on the line, ms; default that of 19200 baud. */
  readonly byte_ms?: number;
  /** Rest before a device that answered "busy" is asked again, ms, and how often; default as BUSY says. */
  readonly busy_pause_ms?: number;
  readonly busy_tries?: number;
  readonly resync?: Resync;
  /** The only gate before bytes go out: throws for ranges that must never be touched. */
  readonly allowed?: RangeGuard;
  readonly trace?: Trace;
  readonly clock?: Clock;
}

/** Longest heap of bytes that is searched for an answer. */
const BUFFER_LIMIT = 4096;

/**
 * Modbus RTU on a wire. modbus-serial is not used here, because an RTU answer names no register: there a late answer of the
 * right length becomes the data of the next request, and frames follow each other without the gap that the inverter needs.
 * After any error this master drains the line and, with `resync`, sends nothing else until a probe whose answer has a
 * length that no open request shares has come back: slaves answer in order, so everything older is gone by then. Where several
 * machines share the wire, each is proven for itself: the answer of one says nothing about what another still owes.
 */
export class RtuMaster implements ModbusMaster {
  readonly stats: ModbusStats = newStats();
  readonly #wire: Wire;
  readonly #clock: Clock;
  readonly #options: RtuOptions;
  /** Probes that stayed silent; the next one goes elsewhere. */
  #silentProbes = 0;
  readonly #gap: number;
  readonly #timeout: number;
  readonly #tries: number;
  readonly #quiet: number;
  readonly #busy: { readonly pause_ms: number; readonly tries: number };
  #lastTraffic: number;
  /** By slave whose line is out of step: the register counts of reads whose answers may still come. */
  readonly #open = new Map<number, Set<number>>();
  #echoing = false;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(wire: Wire, options: RtuOptions = {}) {
    this.#wire = wire;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#gap = options.gap_ms ?? 100;
    this.#timeout = options.timeout_ms ?? 1200;
    this.#tries = options.retries ?? 3;
    this.#quiet = options.quiet_ms ?? (options.resync ? this.#gap : this.#timeout);
    this.#busy = { pause_ms: options.busy_pause_ms ?? BUSY.pause_ms, tries: options.busy_tries ?? BUSY.tries };
    this.#lastTraffic = this.#clock.monotonic();
  }

  get name(): string {
    return this.#wire.name;
  }

  readHoldingRegisters(slave: number, start: number, count: number): Promise<Uint16Array> {
    return this.#inTurn(async () => registersOf(await this.#readWithRetries(readRequest(slave, start, count))));
  }

  writeSingle(slave: number, addr: number, word: number): Promise<void> {
    return this.#inTurn(() => this.#writeOnce(writeSingleRequest(slave, addr, word)));
  }

  writeMultiple(slave: number, start: number, words: readonly number[]): Promise<void> {
    return this.#inTurn(() => this.#writeOnce(writeMultipleRequest(slave, start, words)));
  }

  /** Releases the wire; after an unsettled error only once it has been quiet, so that a late answer meets no other owner. */
  async close(): Promise<void> {
    if (this.#open.size > 0) await this.#drain(this.#timeout).catch(() => undefined);
    await this.#wire.close();
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #readWithRetries(asked: Request): Promise<Uint8Array> {
    const budget: Budget = { sent: 0, busy: 0, failure: null };
    for (;;) {
      await this.#backInStep(asked, budget);
      budget.sent++;
      if (budget.sent > 1) this.stats.retries++;
      try {
        return await this.#transact(asked, budget);
      } catch (error) {
        const mayRepeat = error instanceof DeviceTimeout || error instanceof BadFrame;
        if (!mayRepeat || budget.sent >= this.#tries) throw error;
        budget.failure = error instanceof BadFrame ? error : budget.failure;
      }
    }
  }

  async #writeOnce(asked: Request): Promise<void> {
    const budget: Budget = { sent: 0, busy: 0, failure: null };
    await this.#backInStep(asked, budget);
    budget.sent = 1;
    await this.#transact(asked, budget);
  }

  /**
   * One request and its answer; any failure but "busy" leaves the line marked as out of step. A busy device has done nothing,
   * reads and writes alike, so it is asked again after a rest.
   */
  async #transact(asked: Request, budget: Budget): Promise<Uint8Array> {
    this.#options.allowed?.(asked.start, asked.count);
    try {
      for (;;) {
        await this.#send(asked);
        const scan = await this.#receive(asked, false);
        if (scan.state === "answer") return scan.frame;
        const failure = this.#failure(asked, scan, budget.sent);
        if (!(await this.#restWhenBusy(scan, budget))) throw failure;
      }
    } catch (error) {
      if (error instanceof ModbusException && error.code === DEVICE_BUSY) this.#open.delete(asked.slave);
      else this.#leaveOpen(asked);
      throw error;
    }
  }

  /** True when the scan says "busy" and the device may be asked once more; then the rest is over. */
  async #restWhenBusy(scan: Scan, budget: Budget): Promise<boolean> {
    if (scan.state !== "exception" || scan.code !== DEVICE_BUSY) return false;
    if (budget.busy >= this.#busy.tries) return false;
    budget.busy++;
    await this.#drain(this.#busy.pause_ms);
    return true;
  }

  /**
   * Drains the line after an error and proves it to be in step.
   * @throws the failure of `asked` (so far, or of the last probe) when the budget of unanswered probes ran out
   */
  async #backInStep(asked: Request, budget: Budget): Promise<void> {
    if (this.#open.size === 0) return;
    await this.#drain(this.#quiet);
    const { resync } = this.#options;
    const { slave } = asked;
    for (let open = this.#open.get(slave); resync && open; open = this.#open.get(slave)) {
      if (budget.sent >= this.#tries) throw budget.failure ?? this.#timedOut(asked, budget.sent);
      let count = resync.counts.find((candidate) => !open.has(candidate));
      if (count === undefined) {
        // Every length is spoken for: only a long silence can tell that nothing old comes any more.
        await this.#drain(2 * this.#timeout);
        open.clear();
        count = resync.counts[0] as number;
      }
      const starts = [resync.start, resync.or_start ?? resync.start];
      const start = starts[this.#silentProbes % starts.length] as number;
      await this.#probe(readRequest(slave, start, count), budget);
    }
    this.#open.delete(slave);
  }

  /** The answer to this request may still come; only that of a read could be taken for another one's. */
  #leaveOpen({ slave, functionCode, count }: Request): void {
    const open = this.#open.get(slave) ?? new Set();
    if (functionCode === 3) open.add(count);
    this.#open.set(slave, open);
  }

  /** One probe; on its answer the line is in step again, on a refusal after a long silence, for a refusal names no length. */
  async #probe(probe: Request, budget: Budget): Promise<void> {
    this.#options.allowed?.(probe.start, probe.count);
    await this.#send(probe);
    const scan = await this.#receive(probe, true);
    if (scan.state === "answer") {
      this.stats.resyncs++;
      this.#open.delete(probe.slave);
      return;
    }
    if (scan.state === "exception") {
      budget.failure = this.#failure(probe, scan, budget.sent);
      if (await this.#restWhenBusy(scan, budget)) return;
      budget.sent++;
      if (scan.code === DEVICE_BUSY) return;
      await this.#drain(2 * this.#timeout);
      this.#open.delete(probe.slave);
      return;
    }
    this.stats.timeouts++;
    this.#silentProbes++;
    budget.sent++;
    this.#leaveOpen(probe);
    await this.#drain(this.#quiet);
  }

  async #drain(quiet: number): Promise<void> {
    const thrown = await this.#wire.drain(quiet, 3 * quiet + this.#timeout);
    if (thrown.length === 0) return;
    this.#options.trace?.("<", thrown);
    this.stats.noise_bytes += thrown.length;
    // The time limit may have ended this drain amid traffic, so the gap starts anew.
    this.#lastTraffic = this.#clock.monotonic();
  }

  /** Waits out the gap; bytes that nobody asked for are thrown away, counted, and begin a new gap. */
  async #send(asked: Request): Promise<void> {
    const giveUp = this.#clock.monotonic() + this.#gap + 3 * this.#timeout;
    for (;;) {
      const now = this.#clock.monotonic();
      const wait = this.#lastTraffic + this.#gap - now;
      const unasked = await this.#wire.read(Math.max(1, wait));
      if (unasked.length === 0) {
        if (this.#clock.monotonic() >= this.#lastTraffic + this.#gap) break;
        continue;
      }
      this.#options.trace?.("<", unasked);
      this.stats.noise_bytes += unasked.length;
      // Another of our machines may be late: that is no second master.
      if (this.#open.size === 0) this.stats.second_master_signs++;
      this.#lastTraffic = this.#clock.monotonic();
      if (this.#lastTraffic > giveUp) {
        this.stats.bad_frames++;
        throw new BadFrame("malformed", failure("never_quiet", { port: this.name }));
      }
    }
    this.#options.trace?.(">", asked.bytes);
    this.stats.requests++;
    await this.#wire.write(asked.bytes);
    this.#lastTraffic = this.#clock.monotonic();
  }

  async #receive(asked: Request, isProbe: boolean): Promise<Scan> {
    const byteTime = this.#options.byte_ms ?? 10_000 / 19_200;
    const allowance = this.#timeout + byteTime * (asked.bytes.length + asked.answerLength);
    const deadline = this.#clock.monotonic() + allowance;
    const expectation = { echoing: this.#echoing, skipFrames: isProbe };
    let buffer: Uint8Array = new Uint8Array();
    let scan: Scan = { state: "partial", echo: false };
    while (scan.state === "partial" && buffer.length <= BUFFER_LIMIT) {
      const left = deadline - this.#clock.monotonic();
      if (left <= 0) break;
      const chunk = await this.#wire.read(left);
      if (chunk.length === 0) continue;
      this.#lastTraffic = this.#clock.monotonic();
      buffer = Buffer.concat([buffer, chunk]);
      scan = scanAnswer(buffer, asked, expectation);
    }
    if (buffer.length > 0) this.#options.trace?.("<", buffer);
    this.#count(scan, buffer, isProbe);
    if (scan.state !== "partial" || isProbe) return scan;
    const refusal = explainRest(buffer, asked, this.#echoing);
    return refusal ? { state: "bad", refusal, echo: scan.echo } : scan;
  }

  #count(scan: Scan, buffer: Uint8Array, isProbe: boolean): void {
    if (scan.echo) {
      this.stats.echoes++;
      this.#echoing = true;
    }
    if (scan.state === "answer" || scan.state === "exception") {
      this.stats.noise_bytes += scan.noise + scan.trailing;
      if (scan.trailing > 0 && !isProbe) this.stats.second_master_signs++;
    } else if (isProbe) {
      this.stats.noise_bytes += buffer.length;
    }
  }

  #failure(asked: Request, scan: Exclude<Scan, { state: "answer" }>, tries: number): StationError {
    if (scan.state === "partial") return this.#timedOut(asked, tries);
    if (scan.state === "exception") {
      this.stats.exceptions++;
      if (scan.code === DEVICE_BUSY) this.stats.busy++;
      const what = exceptionTold(scan.code);
      return new ModbusException(scan.code, failure("at", { place: this.#doing(asked), what }));
    }
    return this.#refused(asked, scan.refusal, tries);
  }

  #refused(asked: Request, refusal: Refusal, tries: number): BadFrame {
    this.stats.bad_frames++;
    if (refusal.unasked) this.stats.second_master_signs++;
    const { kind, what } = refusal;
    return new BadFrame(kind, failure("at_after", { place: this.#doing(asked), what, tries }));
  }

  #timedOut(asked: Request, tries: number): DeviceTimeout {
    this.stats.timeouts++;
    const place = failure("slave", { port: this.name, slave: asked.slave });
    const code = this.#echoing ? "no_reply_but_echo" : "no_reply";
    return new DeviceTimeout(failure(code, { place, ms: this.#timeout, tries }));
  }

  /** Who was asked for what. */
  #doing({ functionCode, slave, start, count }: Request): Failure {
    const registers = count === 1 ? start : `${start}-${start + count - 1}`;
    return failure(functionCode === 3 ? "slave_reading" : "slave_writing", { port: this.name, slave, registers });
  }
}

/** What one order of the caller has used up: requests that failed, rests of a busy device, and the failure worth telling. */
interface Budget {
  sent: number;
  busy: number;
  failure: StationError | null;
}
