import { setTimeout as sleep } from "node:timers/promises";

/** Speed of a simulated line: 10 bits a byte. */
export interface Pacing {
  /** Bits a second; null switches pacing off: everything leaves at once. */
  readonly baud: number | null;
  /** From the last byte of the request to the first byte of the answer. */
  readonly turnaroundMs: number;
  /** Bytes are handed over in slices of about this length, as a serial driver does. */
  readonly sliceMs: number;
}

/** Milliseconds that so many bytes take on the wire (8N1: 10 bits each); 0 without pacing. */
export function wireMs(bytes: number, baud: number | null): number {
  return baud === null ? 0 : (bytes * 10_000) / baud;
}

/** Resolves at (never before) this monotonic moment, or at once when the signal is given. */
export async function waitUntil(due: number, signal: AbortSignal): Promise<void> {
  for (let left = due - performance.now(); left > 0 && !signal.aborted; left = due - performance.now()) {
    await sleep(Math.max(1, Math.ceil(left)), undefined, { signal }).catch(ignoreAbort);
  }
}

/** Sends bytes slice by slice; each slice leaves when its last byte would have left a real wire. */
export async function sendPaced(
  bytes: Uint8Array,
  pacing: Pacing,
  pauseMs: number,
  send: (slice: Uint8Array) => void,
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now();
  const single = pauseMs > 0;
  const byteMs = wireMs(1, pacing.baud);
  const step = single ? 1 : byteMs === 0 ? bytes.length : Math.max(1, Math.floor(pacing.sliceMs / byteMs));
  for (let from = 0, slice = 0; from < bytes.length && !signal.aborted; from += step, slice++) {
    const to = Math.min(from + step, bytes.length);
    await waitUntil(began + to * byteMs + slice * pauseMs, signal);
    if (!signal.aborted) send(bytes.subarray(from, to));
  }
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === "AbortError")) throw error;
}
