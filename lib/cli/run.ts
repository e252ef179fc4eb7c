import { join } from "node:path";
import { type Clock, clockStartingAt, systemClock } from "../clock.ts";
import { cachedConfig } from "../config/cached.ts";
import { DeadlineExceeded, EXIT, type ExitCode, StationError, UsageError } from "../errors.ts";
import { openStore, type Store } from "../store/database.ts";
import { jobState, recordJobRun } from "../store/jobs.ts";
import { bareInvocation } from "./bare.ts";
import { formatDuration } from "./duration.ts";
import { Log, type Verbosity } from "./log.ts";
import type { Invocation } from "./program.ts";
import type { Answer, Command, Context } from "./spec.ts";
import { type Speech, speechFor } from "./speech.ts";
import { build } from "./version.ts";

const DEFAULT_DEADLINE_S = 55;

/** Runs a command: options, configuration, log, deadline, bookkeeping, exit code. The only place that catches errors. */
export async function run(command: Command, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  // A reader that has seen enough (`| head`) closes the pipe: no failure, and nothing more to print.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  try {
    const clock = clockFromEnvironment(process.env);
    const bare = argv.length === 0 ? bareInvocation(command) : null;
    const invocation = bare ?? (await import("./program.ts")).parseCommandLine(command, argv);
    if (invocation) await new Run(invocation, clock).go();
  } catch (error) {
    new Log(command.spec.name, 0).error(messageOf(error));
    process.exitCode = exitCodeOf(error);
  }
}

class Run {
  readonly #started = performance.now();
  readonly #log: Log;
  #store: Store | null = null;
  #storePath: string | null = null;

  constructor(
    private readonly invocation: Invocation,
    private readonly clock: Clock,
  ) {
    this.#log = new Log(invocation.name, Math.min(2, Number(invocation.options.verbose)) as Verbosity);
  }

  async go(): Promise<void> {
    const startedAt = this.clock.now();
    const guard = this.#guardDeadline();
    let failure: unknown = null;
    let answer: Answer | undefined;
    try {
      answer = await Promise.race([this.#handle(), guard.expired]);
      failure = answer?.failure ?? null;
    } catch (error) {
      failure = error;
    }
    guard.cancel();
    if (answer) this.#print(answer);
    this.#finish(startedAt, failure);
    // Whatever still holds the event loop after its time is up must not hold the port into the next minute.
    if (failure instanceof DeadlineExceeded) setTimeout(() => process.exit(), 1000).unref();
  }

  async #handle(): Promise<Answer | undefined> {
    const { command, options, args } = this.invocation;
    const { config, path } = await cachedConfig(options.config as string | undefined, build());
    this.#storePath = join(config.station.state_dir, "station.db");
    const storePath = this.#storePath;
    const context: Context = {
      config,
      configPath: path,
      log: this.#log,
      clock: this.clock,
      who: `${this.invocation.name}, pid ${process.pid}`,
      options,
      args,
      dryRun: options.dryRun === true,
      timeLeft: () => this.#limitMs() - (performance.now() - this.#started),
      openStore: (o) => {
        this.#store ??= openStore(storePath, { clock: this.clock, ...o });
        return this.#store;
      },
      terminal: process.stdout.isTTY === true && options.json !== true,
      print: (text) => process.stdout.write(text),
    };
    return command.handler?.(context);
  }

  #print(answer: Answer): void {
    const { json, text } = this.invocation.options;
    if (json === true) process.stdout.write(`${JSON.stringify(answer.json, null, 2)}\n`);
    else if (answer.text && (answer.always || text === true || process.stdout.isTTY)) {
      process.stdout.write(`${answer.text(process.stdout.isTTY === true).trimEnd()}\n`);
    }
  }

  #finish(startedAt: number, failed: unknown): void {
    let failure = failed;
    let speech: Speech | null = null;
    try {
      // One transaction for everything the run put off and its own record: one round of fsync on the SD card.
      if (this.#isJob()) speech = this.#book(startedAt, failure);
      this.#store?.flush();
    } catch (error) {
      // Without the state file there is no memory of what was told: tell everything.
      speech = null;
      failure ??= error;
    }
    process.exitCode = failure === null ? EXIT.ok : exitCodeOf(failure);
    const byHand = process.stderr.isTTY === true || this.#log.verbosity > 0;
    if (failure !== null && (speech === null || speech.tellFailure || byHand)) this.#log.error(messageOf(failure));
    if (speech && speech.recoveredAfter !== null) {
      this.#log.recovered(`works again after ${formatDuration(speech.recoveredAfter)}`);
    }
    this.#store?.close();
  }

  #isJob(): boolean {
    const { command, options } = this.invocation;
    const { job = false } = command.spec;
    if (options.dryRun === true || this.#storePath === null) return false;
    return typeof job === "function" ? job(options) : job;
  }

  #book(startedAt: number, failure: unknown): Speech {
    this.#store ??= openStore(this.#storePath as string, { clock: this.clock });
    const store = this.#store;
    const job = this.invocation.name;
    const exit_code = failure === null ? EXIT.ok : exitCodeOf(failure);
    const message = failure === null ? null : messageOf(failure);
    const speech = speechFor(jobState(store, job), { at: this.clock.now(), exit_code });
    const duration_ms = Math.round(performance.now() - this.#started);
    store.later(() =>
      recordJobRun(store, { job, started_at: startedAt, duration_ms, exit_code, message }, speech.state),
    );
    return speech;
  }

  #limitMs(): number {
    const { deadline_s = DEFAULT_DEADLINE_S } = this.invocation.command.spec;
    const seconds = typeof deadline_s === "function" ? deadline_s(this.invocation.options) : deadline_s;
    return seconds === 0 ? Number.POSITIVE_INFINITY : seconds * 1000;
  }

  #guardDeadline(): { expired: Promise<never>; cancel: () => void } {
    const limit = this.#limitMs();
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<never>((_, reject) => {
      if (limit === Number.POSITIVE_INFINITY) return;
      timer = setTimeout(
        () => reject(new DeadlineExceeded(`not done after ${limit / 1000} s; the next run will go on`)),
        limit,
      );
    });
    return { expired, cancel: () => clearTimeout(timer) };
  }
}

function clockFromEnvironment(environment: NodeJS.ProcessEnv): Clock {
  const given = environment.SOLAR_STATION_NOW;
  if (given === undefined) return systemClock;
  if (!/^\d{1,11}$/.test(given)) throw new UsageError(`SOLAR_STATION_NOW="${given}" is no number of UTC seconds`);
  return clockStartingAt(Number(given));
}

function exitCodeOf(error: unknown): ExitCode {
  return error instanceof StationError ? error.exitCode : EXIT.software;
}

/** Expected failures tell their message; anything else is a bug and tells its stack. */
function messageOf(error: unknown): string {
  if (error instanceof StationError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
