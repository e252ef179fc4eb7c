import { howToBeAllowed, mayWrite } from "../base/access.ts";
import { type Clock, clockStartingAt, milliseconds, systemClock } from "../base/clock.ts";
import {
  ConfigError,
  DeadlineExceeded,
  EXIT,
  type ExitCode,
  StateBusy,
  StateDamaged,
  StateError,
  StateUnusable,
  StationError,
  UsageError,
} from "../base/errors.ts";
import { failure, said } from "../base/failure/failure.ts";
import { printableJson, printableText } from "../base/printable.ts";
import { cachedConfig } from "../config/cached.ts";
import type { LoadedConfig } from "../config/load.ts";
import { backupDirectories, stateFile } from "../config/paths.ts";
import type { Config } from "../config/schema.ts";
import { openStore, type Store } from "../store/database.ts";
import { jobState, latestJobRun, recordJobRun } from "../store/jobs.ts";
import { lockPort } from "../store/port-lock.ts";
import { type Language, loadLanguage, spokenLanguage, type Speech as Words } from "../words/index.ts";
import { tellFailure } from "../words/tell-failure.ts";
import { actAsOwner } from "./act-as-owner.ts";
import { bareInvocation } from "./bare.ts";
import { Log, type Verbosity } from "./log.ts";
import { answerWith, tellAnswersIn } from "./output.ts";
import type { Invocation } from "./program.ts";
import type { Answer, Command, Context } from "./spec.ts";
import { type Speech, speechFor } from "./speech.ts";
import { starter, thisStart } from "./starter.ts";
import { asciiScreen, isTerminal, knowsAsciiOnly } from "./terminal.ts";
import { build } from "./version.ts";

const DEFAULT_DEADLINE_S = 55;
/** A job that only looks is noted so seldom, s; whoever watches takes it for missing after five minutes of a minute's job. */
const NOTED_AFTER_S = 235;

/** Runs a command: options, configuration, log, deadline, bookkeeping, exit code. The only place that catches errors. */
export async function run(command: Command, given: readonly string[] = process.argv.slice(2)): Promise<void> {
  // A person who types only the name wants to see; a script that does so is told how to ask.
  const argv = given.length === 0 && command.on_terminal && isTerminal(1) ? [command.on_terminal] : given;
  try {
    const clock = clockFromEnvironment(process.env);
    const bare = argv.length === 0 ? bareInvocation(command) : null;
    const invocation = bare ?? (await import("./program.ts")).parseCommandLine(command, argv);
    if (invocation) await new Run(invocation, clock).go();
  } catch (error) {
    new Log(command.spec.name, 0).error(messageOf(error, await loadLanguage(await languageFor(argv))));
    process.exitCode = exitCodeOf(error);
  }
}

/** A command line that is refused is told in the station's language, where its configuration can be had; else in the computer's. */
async function languageFor(argv: readonly string[]): Promise<Language> {
  const at = argv.findIndex((word) => word === "-c" || word === "--config");
  const given = at < 0 ? argv.find((word) => word.startsWith("--config="))?.slice("--config=".length) : argv[at + 1];
  try {
    return inSpokenLanguage(await cachedConfig(given, build())).config.station.lang;
  } catch (error) {
    if (!(error instanceof StationError)) throw error;
    return spokenLanguage();
  }
}

/** This user may not do it: nothing of the station has failed, and nothing is to be noted. */
class NotAllowed extends StateError {}

class Run {
  readonly #started = milliseconds();
  readonly #log: Log;
  /** A person waits for the answer and always gets one. */
  readonly #byHand = starter(thisStart()) === "person";
  #store: Store | null = null;
  #config: Config | null = null;
  /** The station's own words; without a configuration those of the computer. */
  #words: Words | null = null;
  /** A state file that had to be replaced in this run: told once, and the exit code says it. */
  #replaced: StateError | null = null;

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
      failure = answer?.failure ?? this.#replaced;
    } catch (error) {
      failure = error;
      // A wrong configuration may tell the station's language all the same; else who runs the command has one.
      const lang = error instanceof ConfigError ? (error.lang as Language | null) : null;
      this.#words ??= await loadLanguage(lang ?? spokenLanguage());
    }
    guard.cancel();
    if (answer) this.#print(answer);
    await this.#finish(startedAt, failure);
    // Whatever still holds the event loop after its time is up must not hold the port into the next minute.
    if (failure instanceof DeadlineExceeded) setTimeout(() => process.exit(), 1000).unref();
  }

  async #handle(): Promise<Answer | undefined> {
    const { command, options, args } = this.invocation;
    const { config, path } = inSpokenLanguage(await cachedConfig(options.config as string | undefined, build()));
    this.#config = config;
    if (command.spec.staysRoot !== true) actAsOwner(config.station.state_dir);
    this.#words = await loadLanguage(config.station.lang);
    tellAnswersIn(this.#words);
    if (this.#isJob()) this.#mustBeAllowed();
    const storePath = stateFile(config);
    const context: Context = {
      config,
      configPath: path,
      log: this.#log,
      clock: this.clock,
      lockPort: (key, waitMs) => lockPort(config.station, key, waitMs),
      options,
      args,
      dryRun: options.dryRun === true,
      timeLeft: () => this.#limitMs() - (milliseconds() - this.#started),
      openStore: (o) => {
        if (o?.readonly !== true) this.#mustBeAllowed();
        this.#store ??= openStore(storePath, { clock: this.clock, ...o });
        return this.#store;
      },
      terminal: isTerminal(1) && options.json !== true,
      print: (text) => answerWith(this.invocation.name, forPerson(text)),
    };
    const answer = await this.#work(context);
    const trouble = answer?.failure;
    if (this.#isStateTrouble(trouble)) await this.#withoutState(context, trouble);
    else if (this.#isJob()) command.stateUsable?.(context);
    return answer;
  }

  /**
   * A person who may not write the state is told at once, before a port or a broker is touched. Cron's runs go on to what a station
   * without a state file does: the way back to the grid hangs on it. @throws StateError
   */
  #mustBeAllowed(): void {
    if (!this.#byHand) return;
    const folder = (this.#config as Config).station.state_dir;
    if (mayWrite(folder)) return;
    throw new NotAllowed(failure("needs_to_write", { folder, advice: howToBeAllowed(folder) }));
  }

  /** The state file of this station fails, not some other file. */
  #isStateTrouble(error: unknown): error is StateUnusable | StateBusy {
    if (!(error instanceof StateUnusable || error instanceof StateBusy) || this.#config === null) return false;
    return error.path === stateFile(this.#config);
  }

  /** The command's work; once again when the state file had to be replaced. */
  async #work(context: Context): Promise<Answer | undefined> {
    const { handler } = this.invocation.command;
    try {
      try {
        return await handler?.(context);
      } catch (error) {
        if (!(await this.#recovered(error))) throw error;
        return await handler?.(context);
      }
    } catch (error) {
      if (this.#isStateTrouble(error)) await this.#withoutState(context, error);
      throw error;
    }
  }

  async #withoutState(context: Context, trouble: StationError): Promise<void> {
    if (context.dryRun || !this.#isJob()) return;
    try {
      await this.invocation.command.withoutState?.(context, trouble);
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      this.#log.error(this.#messageOf(error));
    }
  }

  /** Puts another state file in the place of one that failed; true = the work can begin anew. */
  async #recovered(error: unknown): Promise<boolean> {
    const { spec } = this.invocation.command;
    if (!(error instanceof StateDamaged) || this.#config === null || this.#replaced !== null) return false;
    if (error.path !== stateFile(this.#config) || this.invocation.options.dryRun === true) return false;
    // Who only looks leaves the file as it is.
    if (!this.#isJob() && spec.writes !== true) return false;
    this.#store?.close();
    this.#store = null;
    const { recoverState } = await import("../store/recover.ts");
    const { recoveryValues } = await import("../store/recovery.ts");
    const done = await recoverState(error, { backups: backupDirectories(this.#config), clock: this.clock });
    if (done !== null) {
      const { lang, time_zone } = this.#config.station;
      const { doctor } = await loadLanguage(lang);
      this.#replaced = new StateError(said(doctor.recovery(recoveryValues(error.path, done, time_zone))));
    }
    return true;
  }

  #print(answer: Answer): void {
    const { json, text } = this.invocation.options;
    if (json === true) answerWith(this.invocation.name, `${printableJson(answer.json)}\n`);
    else if (answer.text && (answer.always || text === true || isTerminal(1))) {
      const said = answer.text(isTerminal(1)).trimEnd();
      const shown = forPerson(said);
      answerWith(this.invocation.name, `${knowsAsciiOnly() ? asciiScreen(shown) : shown}\n`);
    }
  }

  async #finish(startedAt: number, failed: unknown): Promise<void> {
    let failure = failed;
    let speech: Speech | null = null;
    const keep = (): void => {
      // One transaction for everything the run put off and its own record: one round of fsync on the SD card.
      // A person's run leaves no trace in what cron remembers having told.
      if (this.#isJob() && !this.#byHand && !(failure instanceof NotAllowed)) speech = this.#book(startedAt, failure);
      this.#store?.flush();
    };
    try {
      try {
        keep();
      } catch (error) {
        if (!(await this.#recovered(error))) throw error;
        failure ??= this.#replaced;
        keep();
      }
    } catch (error) {
      // Without the state file there is no memory of what was told: tell everything.
      speech = null;
      failure ??= error;
    }
    this.#say(failure, speech);
    this.#store?.close();
  }

  #say(failure: unknown, speech: Speech | null): void {
    const byHand = this.#byHand || this.#log.verbosity > 0;
    process.exitCode = failure === null ? EXIT.ok : exitCodeOf(failure);
    const isNews = failure instanceof StationError && failure.isNews;
    const told = failure !== null && (speech === null || speech.tellFailure || byHand || isNews);
    if (told) this.#log.error(this.#messageOf(failure));
    // A file that was replaced is told in its run, whatever else failed.
    if (this.#replaced !== null && !(told && failure === this.#replaced))
      this.#log.error(this.#messageOf(this.#replaced));
    if (speech !== null && speech.recoveredAfter !== null) {
      this.#log.recovered((this.#words as Words).works_again(speech.recoveredAfter));
    }
  }

  /** In the station's language once that is known. */
  #messageOf(error: unknown): string {
    return messageOf(error, this.#words);
  }

  #isJob(): boolean {
    const { command, options } = this.invocation;
    const { job = false } = command.spec;
    if (options.dryRun === true || this.#config === null) return false;
    return typeof job === "function" ? job(options) : job;
  }

  #book(startedAt: number, failure: unknown): Speech {
    this.#store ??= openStore(stateFile(this.#config as Config), { clock: this.clock });
    const store = this.#store;
    const job = this.invocation.name;
    const exit_code = failure === null ? EXIT.ok : exitCodeOf(failure);
    const message = failure === null ? null : this.#messageOf(failure);
    const speech = speechFor(jobState(store, job), { at: this.clock.now(), exit_code });
    // One that has nothing else to write and ended well, as the one before: the card has a rest.
    const last = latestJobRun(store, job);
    const age = last === null ? null : startedAt - last.started_at;
    const isQuiet = exit_code === EXIT.ok && last?.exit_code === EXIT.ok && !store.hasMore;
    if (isQuiet && age !== null && age >= 0 && age < NOTED_AFTER_S) return speech;
    const duration_ms = Math.round(milliseconds() - this.#started);
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
      timer = setTimeout(() => reject(new DeadlineExceeded(failure("not_in_time", { limit: limit / 1000 }))), limit);
    });
    return { expired, cancel: () => clearTimeout(timer) };
  }
}

/** Before there is a configuration, the station speaks as this computer does. */
function inSpokenLanguage({ config, path }: LoadedConfig): LoadedConfig {
  if (path !== null) return { config, path };
  return { config: { ...config, station: { ...config.station, lang: spokenLanguage() } }, path };
}

/** Exports and pages are files for other programs; a person's terminal obeys what it is given. */
function forPerson(text: string): string {
  return isTerminal(1) ? printableText(text) : text;
}

function clockFromEnvironment(environment: NodeJS.ProcessEnv): Clock {
  const given = environment.SOLAR_STATION_NOW;
  if (given === undefined) return systemClock;
  if (!/^\d{1,11}$/.test(given)) throw new UsageError(failure("bad_simulated_now", { given }));
  return clockStartingAt(Number(given));
}

function exitCodeOf(error: unknown): ExitCode {
  return error instanceof StationError ? error.exitCode : EXIT.software;
}

/** Expected failures tell their message; anything else is a bug and tells its stack. */
function messageOf(error: unknown, words: Words | null): string {
  if (error instanceof StationError) return words === null ? error.message : tellFailure(error.failure, words);
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
