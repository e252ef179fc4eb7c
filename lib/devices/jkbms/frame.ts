import { BadFrame } from "../../base/errors.ts";
import { byteSum } from "../../codec/checksum.ts";

/** Command words of the 4E57 protocol; the reply repeats them (JK-2.5 §2). */
export const COMMAND = { activate: 0x01, write: 0x02, read: 0x03, password: 0x05, read_all: 0x06 } as const;
/** Frame source byte: who speaks. */
export const SOURCE = { bms: 0, bluetooth: 1, gps: 2, pc: 3 } as const;
/** Transport type byte. */
export const TRANSPORT = { request: 0, reply: 1, upload: 2 } as const;

/** Bytes before the data field and after it. */
export const HEADER_BYTES = 11;
export const TAIL_BYTES = 9;
const START_HIGH = 0x4e;
const START_LOW = 0x57;
const END_MARK = 0x68;
/** LENGTH of the shortest frame: no data is 18, one byte is 19. A full answer of 32 cells has 337. */
const MIN_LENGTH = 19;
const MAX_LENGTH = 400;

/** One good frame: length, end mark and checksum are verified. */
export interface Frame {
  readonly terminal: number;
  readonly command: number;
  readonly source: number;
  readonly transport: number;
  /** The identification code and value, or the list of records. */
  readonly data: Uint8Array;
  readonly recordNumber: number;
  /** The whole frame as it was on the wire. */
  readonly bytes: Uint8Array;
}

/** Why bytes were not taken; `kind` as in BadFrame. */
export interface Rejection {
  readonly kind: BadFrame["kind"];
  readonly reason: string;
  /** It names the cause, so it is told before any damaged frame. */
  readonly certain?: true;
}

/** Fields of a frame to build; source PC, request, terminal and record number 0 unless said otherwise. */
export interface FrameSpec {
  readonly command: number;
  readonly data: Uint8Array | readonly number[];
  readonly source?: number;
  readonly transport?: number;
  readonly terminal?: number;
  readonly recordNumber?: number;
}

/** Bytes of one frame with its length and checksum (JK-2.5 §2). */
export function buildFrame(spec: FrameSpec): Uint8Array {
  const length = spec.data.length + HEADER_BYTES + TAIL_BYTES - 2;
  const bytes = new Uint8Array(length + 2);
  const view = new DataView(bytes.buffer);
  bytes[0] = START_HIGH;
  bytes[1] = START_LOW;
  view.setUint16(2, length);
  view.setUint32(4, spec.terminal ?? 0);
  bytes[8] = spec.command;
  bytes[9] = spec.source ?? SOURCE.pc;
  bytes[10] = spec.transport ?? TRANSPORT.request;
  bytes.set(spec.data, HEADER_BYTES);
  const tail = HEADER_BYTES + spec.data.length;
  view.setUint32(tail, spec.recordNumber ?? 0);
  bytes[tail + 4] = END_MARK;
  view.setUint32(tail + 5, byteSum(bytes, 0, tail + 5, 16));
  return bytes;
}

/** A request as a PC sends it: `id` 0 where the command needs none; `value` only for writing and the password. */
export function buildRequest(
  command: number,
  id = 0,
  value: Uint8Array | readonly number[] = [],
  terminal = 0,
): Uint8Array {
  return buildFrame({ command, data: [id, ...value], terminal });
}

/** Which frames a scanner hands out: `reply` refuses requests (our own echo has a valid checksum), `request` the reverse. */
export type Direction = "reply" | "request";

/**
 * Finds frames in a stream of bytes that may hold noise, echoes, halves and several frames. It trusts only LENGTH and never looks
 * for a start inside a frame; a start that turns out false (bad length, end mark or sum, or never completed) costs one byte, and
 * the search goes on right behind it. Keeps at most one frame's worth of bytes.
 */
export class FrameScanner {
  /** Reasons for everything that looked like a frame and was not taken, newest last, at most 16. */
  readonly rejections: Rejection[] = [];
  /** Bytes that belonged to no good frame. */
  noiseBytes = 0;
  private held = new Uint8Array(0);

  constructor(private readonly direction: Direction) {}

  /** True while a frame has begun and is not complete. */
  get pending(): boolean {
    return this.held.length > 0;
  }

  /** Takes bytes as they come in; returns the frames that are now complete. */
  push(bytes: Uint8Array): Frame[] {
    const joined = new Uint8Array(this.held.length + bytes.length);
    joined.set(this.held);
    joined.set(bytes, this.held.length);
    this.held = joined;
    return this.scan(false);
  }

  /** Nothing more will come: an unfinished frame was a false start or a short one; returns what stood behind it. */
  finish(): Frame[] {
    return this.scan(true);
  }

  private scan(final: boolean): Frame[] {
    const frames: Frame[] = [];
    const bytes = this.held;
    let at = 0;
    while (at < bytes.length) {
      const verdict = this.look(bytes, at, final);
      if (verdict === "wait") break;
      if (verdict === "noise") {
        this.noiseBytes += 1;
        at += 1;
        continue;
      }
      at += verdict.bytes.length;
      if (this.rightDirection(verdict)) frames.push(verdict);
      else this.noiseBytes += verdict.bytes.length;
    }
    this.held = bytes.slice(at);
    return frames;
  }

  /** Judges what starts at `at`: a whole good frame, the start of one, or noise. */
  private look(bytes: Uint8Array, at: number, final: boolean): Frame | "wait" | "noise" {
    const available = bytes.length - at;
    if (bytes[at] !== START_HIGH) return "noise";
    if (available >= 2 && bytes[at + 1] !== START_LOW) return "noise";
    if (available < 4) return final ? "noise" : "wait";
    const length = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
    if (length < MIN_LENGTH || length > MAX_LENGTH) return this.reject("malformed", `implausible length ${length}`);
    const total = length + 2;
    if (available < total) {
      return final ? this.reject("short", `${available} of ${total} bytes`) : "wait";
    }
    const frame = bytes.slice(at, at + total);
    const view = new DataView(frame.buffer);
    if (frame[total - 5] !== END_MARK) return this.reject("corrupt", "no end mark where the length says");
    const received = view.getUint32(total - 4);
    const computed = byteSum(frame, 0, total - 4, 16);
    if (received !== computed) {
      return this.reject("corrupt", `checksum ${hex(received)}, computed ${hex(computed)}`);
    }
    return {
      terminal: view.getUint32(4),
      command: frame[8] as number,
      source: frame[9] as number,
      transport: frame[10] as number,
      data: frame.slice(HEADER_BYTES, total - TAIL_BYTES),
      recordNumber: view.getUint32(total - TAIL_BYTES),
      bytes: frame,
    };
  }

  private rightDirection(frame: Frame): boolean {
    const isReply = frame.source === SOURCE.bms && frame.transport !== TRANSPORT.request;
    if (isReply === (this.direction === "reply")) return true;
    if (this.direction === "reply") this.reject("echo", "a request came back, no reply");
    else this.reject("foreign", "a reply where a request was expected");
    return false;
  }

  private reject(kind: Rejection["kind"], reason: string): "noise" {
    if (this.rejections.length === 16) this.rejections.shift();
    this.rejections.push({ kind, reason });
    return "noise";
  }
}

/** The rejection that explains best why there is no frame: a damaged frame before an echo before a false start. */
export function worstRejection(rejections: readonly Rejection[]): Rejection | null {
  const rank = ({ kind, certain }: Rejection) =>
    certain ? 3 : kind === "malformed" ? 0 : kind === "echo" || kind === "foreign" ? 1 : 2;
  let worst: Rejection | null = null;
  for (const one of rejections) {
    if (worst === null || rank(one) > rank(worst)) worst = one;
  }
  return worst;
}

/** The first good reply in recorded bytes, noise around it allowed. @throws BadFrame of the kind that says what is wrong */
export function parseReply(bytes: Uint8Array, where: string): Frame {
  const scanner = new FrameScanner("reply");
  const [frame] = [...scanner.push(bytes), ...scanner.finish()];
  if (frame) return frame;
  const why = worstRejection(scanner.rejections);
  throw new BadFrame(why?.kind ?? "malformed", `${where}: ${why?.reason ?? `no frame in ${bytes.length} bytes`}`);
}

function hex(value: number): string {
  return `0x${value.toString(16).toUpperCase().padStart(4, "0")}`;
}
