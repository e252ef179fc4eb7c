import type { Clock } from "../base/clock.ts";
import type { StationError } from "../base/errors.ts";
import type { Config } from "../config/schema.ts";
import type { PortLock } from "../port/wire.ts";
import type { Store } from "../store/database.ts";
import type { Log } from "./log.ts";

/** An option of a command, as data. `flags` in commander's form: "--for <duration>". */
export interface OptionSpec {
  readonly flags: string;
  readonly about: string;
  /** Turns the text into a value; throws UsageError naming text and range. */
  readonly parse?: (text: string) => unknown;
  readonly default?: unknown;
  readonly choices?: readonly string[];
  /** May be given several times; the handler gets an array. */
  readonly repeatable?: true;
}

export interface ArgumentSpec {
  /** Commander's form: "<name>" required, "[name]" optional, "[names...]" any number. */
  readonly name: string;
  readonly about: string;
}

/** One command or subcommand: everything about its command line, as data. */
export interface CommandSpec {
  readonly name: string;
  readonly about: string;
  readonly options?: readonly OptionSpec[];
  readonly arguments?: readonly ArgumentSpec[];
  /** Adds --dry-run. */
  readonly writes?: true;
  /**
   * Hard limit of the run, maybe by its options; default 55 s, so that the next cron minute finds the line free.
   * 0 = none (interactive commands).
   */
  readonly deadline_s?: number | ((options: Readonly<Record<string, unknown>>) => number);
  /** Keep a row a run and speak edge-triggered: for what cron starts, not for work by hand, which some options tell. */
  readonly job?: true | ((options: Readonly<Record<string, unknown>>) => boolean);
  /** Started by root it stays root: it sets the station up, or reads what only root may. */
  readonly staysRoot?: true;
  /** Text after the options in --help. */
  readonly help?: string;
}

/** What every handler gets. */
export interface Context {
  readonly config: Config;
  /** The file the configuration came from; null = defaults. */
  readonly configPath: string | null;
  readonly log: Log;
  readonly clock: Clock;
  /** Takes the lock of a port, a gateway or a broker's client: one owner per wire. @throws PortBusy naming the holder */
  readonly lockPort: (key: string, waitMs: number) => Promise<PortLock>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly args: readonly string[];
  readonly dryRun: boolean;
  /** Milliseconds left until the hard deadline; Infinity without one. */
  readonly timeLeft: () => number;
  /** The state file, opened on first use and closed by run(). Readers get a read-only handle. */
  readonly openStore: (options?: { readonly: boolean }) => Store;
  /** True when the answer goes to a terminal: colours and live redraw are welcome. */
  readonly terminal: boolean;
  /** Prints text to stdout at once, for commands that speak while they run (demo, --watch). */
  readonly print: (text: string) => void;
}

/** What a handler returns. */
export interface Answer {
  /** The object --json prints: snake_case keys. */
  readonly json: unknown;
  /** The same for people; called only when it will be printed. */
  readonly text?: (terminal: boolean) => string;
  /** Print the text even when stdout is no terminal: for commands whose answer is asked for by hand. */
  readonly always?: boolean;
  /** A failure that did not stop the rest of the run: decides exit code and what is told. */
  readonly failure?: Error;
}

export type Handler = (context: Context) => Promise<Answer | undefined>;

/** A command with one handler, or with subcommands. */
export interface Command {
  readonly spec: CommandSpec;
  readonly handler?: Handler;
  /** What is left to do when the state file cannot be used: `trouble` is StateError or StateBusy. The run's failure stays `trouble`. */
  readonly withoutState?: (context: Context, trouble: StationError) => Promise<void>;
  /** Called after a run that could use the state file. */
  readonly stateUsable?: (context: Context) => void;
  readonly commands?: readonly Command[];
  /** The subcommand for a person who gives none, on a terminal. */
  readonly on_terminal?: string;
}
