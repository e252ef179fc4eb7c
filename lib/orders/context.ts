import type { Clock } from "../base/clock.ts";
import type { Config } from "../config/schema.ts";

/** What the orders need of the run that carries them out; the context of every command is one. */
export interface OrderContext {
  readonly config: Pick<Config, "station" | "inverter" | "more_inverters" | "bms" | "orders">;
  readonly clock: Clock;
  readonly log: OrderLog;
  readonly dryRun: boolean;
  /** Milliseconds left until the hard deadline; Infinity without one. */
  readonly timeLeft: () => number;
}

export interface OrderLog {
  info(message: string, fields?: Readonly<Record<string, string | number | boolean | null>>): void;
  warn(message: string, fields?: Readonly<Record<string, string | number | boolean | null>>): void;
}

/** What an order by hand ends with: for --json and for people. */
export interface HandAnswer {
  readonly json: unknown;
  readonly text: () => string;
  /** Printed wherever it goes: it was asked for by hand. */
  readonly always: true;
  readonly failure?: Error;
}
