import { toHex } from "../codec/hex.ts";
import { joinBytes, planAnswer, type Step, seededBytes, twistOf } from "./answer.ts";
import type { SimulatedDevice } from "./device.ts";
import { type Fault, FaultScript, faultText } from "./fault.ts";
import { type Pacing, sendPaced, waitUntil, wireMs } from "./pacing.ts";
import type { WireLog } from "./wire-log.ts";

/** Where the answers to one connection go. */
export interface Sink {
  send(bytes: Uint8Array): void;
  /** The port vanishes for this connection, after the bytes already sent. */
  drop(): void;
  /** Aborted when the other end has gone. */
  readonly gone: AbortSignal;
}

/** A request whose bytes stop coming for so long is thrown away, as a device does after a gap. */
const REQUEST_GAP_MS = 100;
/** A babbling device sends this much at a time. */
const FLOOD_SLICE = 64;

/** One half-duplex line with one device at its end; several connections may share it, as behind an RS485 gateway. */
export class Line {
  readonly #device: SimulatedDevice;
  readonly #pacing: Pacing;
  readonly #log: WireLog;
  readonly #random: (count: number) => Uint8Array;
  #script: FaultScript;
  #requests = 0;
  #queue: Promise<void> = Promise.resolve();
  #sending = false;

  constructor(device: SimulatedDevice, pacing: Pacing, log: WireLog, faults: readonly Fault[], seed: number) {
    this.#device = device;
    this.#pacing = pacing;
    this.#log = log;
    this.#script = new FaultScript(faults);
    this.#random = seededBytes(seed);
  }

  /** Replaces all faults; their counters start anew. */
  setFaults(faults: readonly Fault[]): void {
    this.#script = new FaultScript(faults);
  }

  /** Function that takes the bytes of one connection as they come. */
  connect(sink: Sink): (bytes: Uint8Array) => void {
    let pending: Uint8Array = new Uint8Array(0);
    let firstAt = 0;
    let gap: NodeJS.Timeout | undefined;
    sink.gone.addEventListener("abort", () => clearTimeout(gap));
    return (bytes) => {
      clearTimeout(gap);
      if (pending.length === 0) firstAt = performance.now();
      pending = joinBytes([pending, bytes]);
      for (let cut = this.#device.cut(pending); cut !== null && pending.length > 0; cut = this.#device.cut(pending)) {
        const taken = pending.slice(0, cut.used);
        pending = pending.slice(cut.used);
        if (cut.frame === null) this.#note(taken, "thrown_away");
        else this.#receive(cut.frame, firstAt, sink);
        firstAt = performance.now();
      }
      if (pending.length === 0) return;
      gap = setTimeout(() => {
        this.#note(pending, "incomplete");
        pending = new Uint8Array(0);
      }, REQUEST_GAP_MS);
    };
  }

  #receive(frame: Uint8Array, firstAt: number, sink: Sink): void {
    const heard = this.#device.hear(frame);
    const counts = heard.ignored === null && heard.info !== null;
    const faults = counts && heard.info ? this.#script.next(heard.info) : [];
    if (counts) this.#requests += 1;
    const number = counts ? this.#requests : null;
    this.#log.add({
      elapsed_ms: this.#log.elapsedMs() - (performance.now() - firstAt),
      device: this.#device.name,
      direction: ">",
      hex: toHex(frame),
      request: number,
      info: heard.info,
      notes: [
        ...(heard.ignored === null ? [] : [heard.ignored]),
        ...heard.notes,
        ...faults.map(faultText),
        ...(this.#sending ? ["while_answering"] : []),
      ],
    });
    if (!counts) return;
    const due = firstAt + wireMs(frame.length, this.#pacing.baud) + this.#pacing.turnaroundMs;
    this.#enqueue(async () => {
      await waitUntil(due, sink.gone);
      const isDeaf = faults.some((fault) => fault.kind === "silent" || fault.kind === "flood");
      const answer = isDeaf ? null : heard.answer(twistOf(faults));
      const plan = planAnswer(answer, frame, faults, this.#random);
      if (plan.lateMs === 0) return this.#send(plan.steps, number, sink);
      const lateUntil = performance.now() + plan.lateMs;
      void waitUntil(lateUntil, sink.gone).then(() => this.#enqueue(() => this.#send(plan.steps, number, sink)));
    });
  }

  #enqueue(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work);
  }

  async #send(steps: readonly Step[], request: number | null, sink: Sink): Promise<void> {
    this.#sending = true;
    for (const step of steps) {
      if (sink.gone.aborted) break;
      if (step.kind === "wait") await waitUntil(performance.now() + step.ms, sink.gone);
      else if (step.kind === "flood") await this.#flood(step.ms, sink);
      else if (step.kind === "drop") {
        sink.drop();
        this.#note(new Uint8Array(0), "port_dropped");
      } else {
        await sendPaced(step.bytes, this.#pacing, step.pauseMs ?? 0, (slice) => sink.send(slice), sink.gone);
        const notes = sink.gone.aborted ? ["client_gone"] : [];
        const entry = {
          device: this.#device.name,
          direction: "<",
          hex: toHex(step.bytes),
          request,
          info: null,
        } as const;
        this.#log.add({ ...entry, notes });
      }
    }
    this.#sending = false;
  }

  async #flood(ms: number, sink: Sink): Promise<void> {
    const until = performance.now() + ms;
    this.#note(new Uint8Array(0), "flood");
    while (performance.now() < until && !sink.gone.aborted) {
      await sendPaced(this.#random(FLOOD_SLICE), this.#pacing, 0, (slice) => sink.send(slice), sink.gone);
      await waitUntil(performance.now() + (this.#pacing.baud === null ? 1 : 0), sink.gone);
    }
  }

  #note(bytes: Uint8Array, note: string): void {
    const entry = { device: this.#device.name, direction: "!", hex: toHex(bytes), request: null, info: null } as const;
    this.#log.add({ ...entry, notes: [note] });
  }
}
