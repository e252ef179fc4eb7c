/** Every error that a person may see: its failure says what, where and how many tries; the class carries the exit code. */
import { type Failure, failure, failureText, said } from "./failure/failure.ts";

export const EXIT = {
  ok: 0,
  usage: 64,
  data: 65,
  unavailable: 69,
  software: 70,
  io: 74,
  tempfail: 75,
  protocol: 76,
  config: 78,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each exit code means; `--help` and docs/reference print this table. */
export const EXIT_MEANING: Readonly<Record<ExitCode, string>> = {
  0: "done, or nothing to do",
  64: "wrong option or argument",
  65: "an order was refused",
  69: "a device, the broker or the bot did not answer",
  70: "a bug: the stack is printed",
  74: "database or file failed or was replaced, or its schema is newer than this program",
  75: "another job holds the port or the state file, or out of time; the next run will do",
  76: "a device answered wrongly, or a write was not verified",
  78: "config.yaml is invalid",
};

/** Base of all expected failures; the message is the failure in English. */
export class StationError extends Error {
  readonly exitCode: ExitCode = EXIT.software;
  readonly failure: Failure;
  /** Told whenever it happens, also by a job that fails as it did before: an order comes to its end once. */
  readonly isNews: boolean;
  constructor(what: Failure, options?: { cause?: unknown; isNews?: boolean }) {
    super(failureText(what), options);
    this.failure = what;
    this.name = new.target.name;
    this.isNews = options?.isNews ?? false;
  }
}

/** Wrong option or argument on the command line. */
export class UsageError extends StationError {
  override readonly exitCode = EXIT.usage;
}
/** An order (command-file line, argument, MQTT payload) that is refused; the message names value, reason and range. */
export class BadCommand extends StationError {
  override readonly exitCode = EXIT.data;
}
/** No answer at all within the time limit, or the port or gateway is not there. */
export class DeviceTimeout extends StationError {
  override readonly exitCode = EXIT.unavailable;
}
/** The device file or connection vanished, cannot be opened, or broke while in use. */
export class PortGone extends StationError {
  override readonly exitCode = EXIT.unavailable;
}
/** Broker, bot or another network service did not answer. */
export class ServiceDown extends StationError {
  override readonly exitCode = EXIT.unavailable;
}
/** Database or file failed, or is newer than this program. */
export class StateError extends StationError {
  override readonly exitCode = EXIT.io;
}
/** The state file of this path cannot be used: disk full, file system read-only, schema newer, damaged. */
export class StateUnusable extends StateError {
  constructor(
    readonly path: string,
    what: Failure,
    options?: { cause?: unknown },
  ) {
    super(what, options);
  }
}
/** The state file itself is damaged, empty or gone: `run` puts another in its place. */
export class StateDamaged extends StateUnusable {
  constructor(
    path: string,
    readonly damage: StateDamage,
    what: Failure,
    options?: { cause?: unknown },
  ) {
    super(path, what, options);
  }
}
/** What is wrong with a state file. */
export type StateDamage =
  | "missing"
  | "empty"
  | "truncated"
  | "not_a_database"
  | "not_a_state_file"
  | "damaged_pages"
  | "no_access";
/** Another command is writing and does not end: nothing is wrong with the file. */
export class StateBusy extends StationError {
  override readonly exitCode = EXIT.tempfail;
  constructor(
    readonly path: string,
    what: Failure,
    options?: { cause?: unknown },
  ) {
    super(what, options);
  }
}
/** Another process holds the port; the message names it. */
export class PortBusy extends StationError {
  override readonly exitCode = EXIT.tempfail;
}
/** The run's time is over. */
export class DeadlineExceeded extends StationError {
  override readonly exitCode = EXIT.tempfail;
}
/** Bytes that are no valid frame of the protocol: short, long, corrupt, foreign, echoed. `kind` tells them apart. */
export class BadFrame extends StationError {
  override readonly exitCode = EXIT.protocol;
  constructor(
    readonly kind: "short" | "long" | "corrupt" | "foreign" | "echo" | "unknown_tag" | "malformed",
    what: Failure,
    options?: { cause?: unknown },
  ) {
    super(what, options);
  }
}
/** A well-formed Modbus exception answer. */
export class ModbusException extends StationError {
  override readonly exitCode = EXIT.protocol;
  constructor(
    readonly code: number,
    what: Failure,
  ) {
    super(what);
  }
}
/** A whole sample was rejected by the plausibility gates; `reasons` holds every gate that failed. */
export class Implausible extends StationError {
  override readonly exitCode = EXIT.protocol;
  constructor(reasons: readonly Failure[], place: string) {
    super(failure("sample_rejected", { place, reasons }));
  }
}
/** The value read back differs from the one written. */
export class WriteMismatch extends StationError {
  override readonly exitCode = EXIT.protocol;
}
/** config.yaml is invalid; the message holds every problem, one a line. */
export class ConfigError extends StationError {
  override readonly exitCode = EXIT.config;
  /** The station's language, where the file tells it all the same. */
  readonly lang: string | null;
  constructor(what: Failure, { lang = null, ...options }: { cause?: unknown; lang?: string | null } = {}) {
    super(what, options);
    this.lang = lang;
  }
}

/** What is wrong with a file that holds a secret. */
export type SecretFault =
  /** `cause`: what the system says, such as ENOENT. */
  | { readonly code: "unreadable"; readonly cause: string }
  | { readonly code: "no_secret_file" | "empty" }
  /** Others may read it; `mode` in octal digits. */
  | { readonly code: "open"; readonly mode: string };
/** A file with a secret cannot be used; neither message nor fault ever holds its content. */
export class SecretUnusable extends ConfigError {
  constructor(
    readonly path: string,
    readonly fault: SecretFault,
    what: Failure,
  ) {
    super(what);
  }
}

/** What an error says, as a failure: a library's or the system's own words are taken as they are. */
export function failureOf(error: unknown): Failure {
  if (error instanceof StationError) return error.failure;
  return said(error instanceof Error ? error.message : String(error));
}

/** Message of an error in one line. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] as string;
}
