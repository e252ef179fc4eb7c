import type { Twist } from "./answer.ts";
import type { RequestInfo } from "./wire-log.ts";

/** The front of what has come in: so many bytes are one request frame, or (frame null) junk to throw away. */
export interface Cut {
  readonly used: number;
  readonly frame: Uint8Array | null;
}

/** What a device makes of one request frame. */
export interface Heard {
  readonly info: RequestInfo | null;
  /** Why nothing is answered or done (`bad_checksum`, `wrong_slave`, …); null when the request counts. */
  readonly ignored: string | null;
  readonly notes: readonly string[];
  /** Carries the request out and builds the answer; null: the device keeps silent. Called at most once. */
  readonly answer: (twist: Twist) => Uint8Array | null;
}

/** A device behind a serial line, as the line sees it. */
export interface SimulatedDevice {
  readonly name: string;
  /** Takes one request off the front; null: more bytes are needed. */
  cut(bytes: Uint8Array): Cut | null;
  hear(frame: Uint8Array): Heard;
}

/** A frame that the device does not react to. */
export function ignoredFrame(reason: string, info: RequestInfo | null = null): Heard {
  return { info, ignored: reason, notes: [], answer: () => null };
}
