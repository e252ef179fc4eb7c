import { printable } from "../base/printable.ts";
import { toHex } from "../codec/hex.ts";
import type { Trace } from "../port/wire.ts";
import { talkLine } from "./terminal.ts";

/** 0 = only problems, 1 = a line a step (-v), 2 = every frame as hex (-vv). */
export type Verbosity = 0 | 1 | 2;

/** A line of a log, in characters: a message may quote what came from outside. */
const LONGEST_LINE = 2000;

export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Talk for people, on stderr: `command: level: message key=value`. No time and no colour: cron and journald date the lines. */
export class Log {
  constructor(
    private readonly command: string,
    readonly verbosity: Verbosity,
    private readonly sink: (line: string) => void = (line) => process.stderr.write(`${talkLine(line)}\n`),
  ) {}

  /** One step done; shown with -v. */
  info(message: string, fields: LogFields = {}): void {
    if (this.verbosity >= 1) this.#line("info", message, fields);
  }

  /** Something odd that did not stop the run; shown with -v, because success is silent under cron. */
  warn(message: string, fields: LogFields = {}): void {
    if (this.verbosity >= 1) this.#line("warning", message, fields);
  }

  /** Always shown. Only run() decides that an error is told. */
  error(message: string): void {
    for (const line of message.split("\n")) this.#line("error", line, {});
  }

  /** Always shown: the end of trouble. */
  recovered(message: string): void {
    this.#line("recovered", message, {});
  }

  /** Prints frames in the form of captures with -vv: `> 0403…` sent, `< 0403…` received. */
  get trace(): Trace | undefined {
    if (this.verbosity < 2) return undefined;
    return (direction, bytes) => this.sink(`${direction} ${toHex(bytes)}`);
  }

  #line(level: string, message: string, fields: LogFields): void {
    const tail = Object.entries(fields).map(([key, value]) => ` ${key}=${quoted(String(value))}`);
    this.sink(printable(`${this.command}: ${level}: ${message}${tail.join("")}`, LONGEST_LINE));
  }
}

function quoted(text: string): string {
  return /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}
