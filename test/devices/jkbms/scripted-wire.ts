import type { Wire } from "../../../lib/port/wire.ts";

/** What the device does about one request: chunks that come one read apart; null is a silence as long as one read waits. */
export type Reaction = readonly (Uint8Array | null)[];

/** A wire in memory: each written request takes the next reaction of the script; silence costs no time. */
export class ScriptedWire implements Wire {
  readonly name = "/dev/ttyTEST";
  readonly written: Uint8Array[] = [];
  /** The order of things: "write", "drain 100". */
  readonly log: string[] = [];
  readonly thrownAway: Uint8Array[] = [];
  /** Thrown by the next read. */
  breaks: Error | null = null;
  private incoming: (Uint8Array | null)[] = [];

  constructor(private readonly script: (request: Uint8Array, index: number) => Reaction) {}

  async write(bytes: Uint8Array): Promise<void> {
    this.log.push("write");
    this.written.push(bytes.slice());
    this.incoming.push(...this.script(bytes, this.written.length - 1));
  }

  async read(): Promise<Uint8Array> {
    if (this.breaks) throw this.breaks;
    return this.incoming.shift() ?? new Uint8Array();
  }

  async drain(quietMs: number): Promise<Uint8Array> {
    this.log.push(`drain ${quietMs}`);
    const thrown = this.incoming.filter((chunk) => chunk !== null);
    this.incoming = [];
    this.thrownAway.push(...thrown);
    return Uint8Array.from(thrown.flatMap((chunk) => [...chunk]));
  }

  async close(): Promise<void> {
    this.log.push("close");
  }
}
