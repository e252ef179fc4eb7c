import { fromHex } from "../codec/hex.ts";
import type { Fault } from "./fault.ts";

/** What a device must do differently when it builds an answer; the rest of a fault happens to finished bytes. */
export interface Twist {
  readonly exception?: number;
  /** Registers (or cells) more or, negative, fewer than asked. */
  readonly registers?: number;
  readonly wrongSlave?: boolean;
  readonly wrongChecksum?: boolean;
  readonly freeze?: boolean;
  readonly zeros?: boolean;
}

/** One step of sending; bytes leave at wire speed. */
export type Step =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly pauseMs?: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "drop" }
  | { readonly kind: "flood"; readonly ms: number };

/** How an answer goes out: `lateMs` before it joins the line (others may pass it), then the steps one after the other. */
export interface SendPlan {
  readonly lateMs: number;
  readonly steps: readonly Step[];
}

/** The part of the acting faults that the device itself carries out. */
export function twistOf(faults: readonly Fault[]): Twist {
  let twist: Twist = {};
  for (const fault of faults) {
    switch (fault.kind) {
      case "exception":
        twist = { ...twist, exception: fault.code };
        break;
      case "extra_registers":
        twist = { ...twist, registers: fault.count };
        break;
      case "fewer_registers":
        twist = { ...twist, registers: -fault.count };
        break;
      case "wrong_slave":
        twist = { ...twist, wrongSlave: true };
        break;
      case "wrong_checksum":
        twist = { ...twist, wrongChecksum: true };
        break;
      case "freeze":
        twist = { ...twist, freeze: true };
        break;
      case "zeros":
        twist = { ...twist, zeros: true };
        break;
      default:
        break;
    }
  }
  return twist;
}

/** Steps that send `answer` (null: the device keeps silent) under the acting faults; `random` yields bytes for noise. Pure otherwise. */
export function planAnswer(
  answer: Uint8Array | null,
  request: Uint8Array,
  faults: readonly Fault[],
  random: (count: number) => Uint8Array,
): SendPlan {
  const of = <K extends Fault["kind"]>(kind: K) =>
    faults.find((fault): fault is Extract<Fault, { kind: K }> => fault.kind === kind);
  const noise = (kind: "noise_before" | "noise_inside" | "noise_after") => {
    const fault = faults.find((one) => one.kind === kind);
    if (!fault || !("noise" in fault)) return new Uint8Array(0);
    return typeof fault.noise === "string" ? fromHex(fault.noise) : random(fault.noise);
  };
  const lateMs = of("late")?.ms ?? 0;
  const flood = of("flood");
  if (flood) return { lateMs, steps: [{ kind: "flood", ms: flood.ms }] };

  const pieces: Uint8Array[] = of("echo") ? [request] : [];
  if (answer !== null && !of("silent")) {
    const spoilt = spoil(answer, of("bit_flip")?.bit, noise("noise_inside"), of("truncated")?.bytes);
    pieces.push(noise("noise_before"), spoilt, noise("noise_after"));
    if (of("duplicate")) pieces.push(spoilt);
  }
  let bytes = joinBytes(pieces);
  const drop = of("drop_port");
  if (drop) bytes = bytes.slice(0, drop.bytes);

  const steps: Step[] = [];
  const hole = of("hole");
  const split = of("split");
  const middle = Math.floor(bytes.length / 2);
  for (const part of hole ? [bytes.slice(0, middle), bytes.slice(middle)] : [bytes]) {
    if (steps.length > 0 && hole) steps.push({ kind: "wait", ms: hole.ms });
    if (part.length > 0) steps.push({ kind: "bytes", bytes: part, ...(split ? { pauseMs: split.ms } : {}) });
  }
  if (drop) steps.push({ kind: "drop" });
  return { lateMs, steps };
}

/** One array out of many. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** Bytes that look random and are the same for the same seed (mulberry32). */
export function seededBytes(seed: number): (count: number) => Uint8Array {
  let state = seed >>> 0;
  return (count) => {
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      bytes[i] = (mixed ^ (mixed >>> 14)) & 0xff;
    }
    return bytes;
  };
}

function spoil(answer: Uint8Array, bit: number | undefined, inside: Uint8Array, keep: number | undefined): Uint8Array {
  const frame = Uint8Array.from(answer);
  if (bit !== undefined) {
    const position = bit < 0 ? frame.length * 8 + bit : bit % (frame.length * 8);
    const index = Math.floor(position / 8);
    frame[index] = (frame[index] as number) ^ (0x80 >> (position % 8));
  }
  const middle = Math.floor(frame.length / 2);
  const filled = inside.length > 0 ? joinBytes([frame.slice(0, middle), inside, frame.slice(middle)]) : frame;
  return keep === undefined ? filled : filled.slice(0, keep);
}
