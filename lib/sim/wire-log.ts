import { appendFileSync } from "node:fs";

/** What a request asks for, as the simulated device understood it. `start` is a register address or a tag. */
export interface RequestInfo {
  readonly what: "read" | "write" | "trigger" | "activate" | "password" | "unknown";
  /** Slave address; null in a protocol that has none. */
  readonly unit: number | null;
  readonly start: number | null;
  /** Registers, or value bytes of another write. */
  readonly count: number | null;
  /** Words (Modbus) or bytes of a write. */
  readonly values: readonly number[] | null;
}

/** One thing that happened on the line. Written as one JSON object a line when the log has a file. */
export interface WireLogEntry {
  /** UTC milliseconds of the computer's clock. */
  readonly at_ms: number;
  /** Monotonic milliseconds since the log began; of the first byte of a request and the last byte of an answer. */
  readonly elapsed_ms: number;
  readonly device: string;
  /** `>` came to the device, `<` left it, `!` neither (port dropped, bytes thrown away). */
  readonly direction: ">" | "<" | "!";
  readonly hex: string;
  /** Counts the requests that the device accepted, from 1; null for everything it ignored. */
  readonly request: number | null;
  readonly info: RequestInfo | null;
  /** `FORBIDDEN`, `bad_checksum`, `wrong_slave`, `incomplete`, `silent`, `port_dropped`, faults in their text form … */
  readonly notes: readonly string[];
}

/** Everything that was on one or more simulated lines; tests judge by it. */
export class WireLog {
  readonly entries: WireLogEntry[] = [];
  readonly #began = performance.now();
  readonly #file: string | null;

  /** `file`: also append each entry as a JSON line. */
  constructor(file: string | null = null) {
    this.#file = file;
  }

  /** Monotonic milliseconds since the log began. */
  elapsedMs(): number {
    return performance.now() - this.#began;
  }

  add(entry: Omit<WireLogEntry, "at_ms" | "elapsed_ms"> & { readonly elapsed_ms?: number }): void {
    const whole: WireLogEntry = { at_ms: Date.now(), ...entry, elapsed_ms: entry.elapsed_ms ?? this.elapsedMs() };
    this.entries.push(whole);
    if (this.#file !== null) appendFileSync(this.#file, `${JSON.stringify(whole)}\n`);
  }

  /** Requests that the device accepted, in order. */
  requests(): WireLogEntry[] {
    return this.entries.filter((entry) => entry.direction === ">" && entry.request !== null);
  }

  /** Answers (whole or spoilt) that left, in order. */
  answers(): WireLogEntry[] {
    return this.entries.filter((entry) => entry.direction === "<");
  }

  /** Accepted write requests, in order. */
  writes(): WireLogEntry[] {
    return this.requests().filter((entry) => entry.info?.what === "write");
  }

  /** Accesses to registers that must never be touched; every test wants this empty. */
  forbidden(): WireLogEntry[] {
    return this.entries.filter((entry) => entry.notes.includes("FORBIDDEN"));
  }

  clear(): void {
    this.entries.length = 0;
  }
}
