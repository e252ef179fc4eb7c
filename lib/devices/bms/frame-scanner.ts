/** Frames in a stream of bytes: the search is one, what a frame is the protocol says. */
import { BadFrame } from "../../base/errors.ts";
import { type Failure, failure } from "../../base/failure/failure.ts";

/** Why bytes were not taken; `kind` as in BadFrame. */
export interface Rejection {
  readonly kind: BadFrame["kind"];
  readonly reason: Failure;
  /** It names the cause, so it is told before any damaged frame. */
  readonly certain?: true;
}

const MOST_REJECTIONS = 16;

/**
 * Finds frames in a stream that may hold noise, echoes, halves and several frames. It never looks for a start inside a good frame; a start
 * that turns out false costs one byte, and the search goes on right behind it. Keeps at most one frame's worth of bytes.
 */
export abstract class FrameScanner<F extends { readonly bytes: Uint8Array }> {
  /** Reasons for everything that looked like a frame and was not taken, newest last, at most 16. */
  readonly rejections: Rejection[] = [];
  /** Bytes that belonged to no frame of ours. */
  noiseBytes = 0;
  #held = new Uint8Array(0);

  /** Judges what starts with the first byte: a whole good frame, the start of one, or noise. `final`: nothing more will come. */
  protected abstract look(bytes: Uint8Array, final: boolean): F | "wait" | "noise";

  /** Whether a good frame is one that was waited for. */
  protected isWanted(_frame: F): boolean {
    return true;
  }

  /** True while a frame has begun and is not complete. */
  get pending(): boolean {
    return this.#held.length > 0;
  }

  /** Takes bytes as they come in; returns the frames that are now complete. */
  push(bytes: Uint8Array): F[] {
    const joined = new Uint8Array(this.#held.length + bytes.length);
    joined.set(this.#held);
    joined.set(bytes, this.#held.length);
    this.#held = joined;
    return this.#scan(false);
  }

  /** Nothing more will come: what is unfinished was a false start or a short frame; returns what stood behind it. */
  finish(): F[] {
    return this.#scan(true);
  }

  #scan(final: boolean): F[] {
    const frames: F[] = [];
    const bytes = this.#held;
    let at = 0;
    while (at < bytes.length) {
      const verdict = this.look(bytes.subarray(at), final);
      if (verdict === "wait") break;
      const isWanted = verdict !== "noise" && this.isWanted(verdict);
      if (isWanted) frames.push(verdict);
      const used = verdict === "noise" ? 1 : verdict.bytes.length;
      if (!isWanted) this.noiseBytes += used;
      at += used;
    }
    this.#held = bytes.slice(at);
    return frames;
  }

  protected reject(kind: Rejection["kind"], reason: Failure): "noise" {
    if (this.rejections.length === MOST_REJECTIONS) this.rejections.shift();
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

/** The first good frame in recorded bytes, noise around it allowed. @throws BadFrame of the kind that says what is wrong */
export function firstFrame<F extends { readonly bytes: Uint8Array }>(
  scanner: FrameScanner<F>,
  bytes: Uint8Array,
  where: string,
): F {
  const [frame] = [...scanner.push(bytes), ...scanner.finish()];
  if (frame) return frame;
  const why = worstRejection(scanner.rejections);
  const what = why?.reason ?? failure("no_frame", { length: bytes.length });
  throw new BadFrame(why?.kind ?? "malformed", failure("at", { place: where, what }));
}
