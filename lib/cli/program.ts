import { Command as Commander, CommanderError, Option } from "commander";
import { closest } from "../base/closest.ts";
import { EXIT_MEANING, UsageError } from "../base/errors.ts";
import { type Failure, failure } from "../base/failure/failure.ts";
import { answerWith } from "./output.ts";
import { parserRefusal } from "./parser-refusal.ts";
import type { Command, CommandSpec, OptionSpec } from "./spec.ts";
import { version } from "./version.ts";

export interface Invocation {
  readonly command: Command;
  /** Words of the command as typed: "inverter-cmd set". */
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly args: readonly string[];
}

/**
 * Parses a command line. Help and version are printed by the parser and give null.
 * @throws UsageError naming the nearest option or command
 */
export function parseCommandLine(root: Command, argv: readonly string[]): Invocation | null {
  let found: Invocation | null = null;
  const program = build(root, root.spec.name, (invocation) => {
    found = invocation;
  });
  program.version(version(), "--version", "print the version");
  try {
    program.parse(argv, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return null;
      throw new UsageError(parserRefusal(error), { cause: error });
    }
    throw error;
  }
  return found;
}

function build(command: Command, name: string, run: (invocation: Invocation) => void): Commander {
  const { spec } = command;
  const program = new Commander(spec.name);
  program
    .description(spec.about)
    .exitOverride()
    .showSuggestionAfterError(true)
    .helpOption("-h, --help", "print this page");
  program
    .configureOutput({ writeErr: () => {}, writeOut: (text) => answerWith(name, text) })
    .configureHelp({ helpWidth: 100 });
  // Whoever mistypes a subcommand is told the nearest one, not the number of words.
  const takesNone = (spec.arguments ?? []).length === 0;
  program.allowExcessArguments(command.handler === undefined || (command.commands !== undefined && takesNone));
  for (const argument of spec.arguments ?? []) program.argument(argument.name, argument.about);
  for (const option of [...(spec.options ?? []), ...commonOptions(spec)]) program.addOption(toCommander(option));
  if (spec.help) program.addHelpText("after", `\n${spec.help}`);
  program.addHelpText("after", `\n${exitStatusText()}`);
  for (const sub of command.commands ?? []) program.addCommand(build(sub, `${name} ${sub.spec.name}`, run));
  if (command.commands) program.helpCommand(false);
  program.action((...received: unknown[]) => {
    const [given] = (received.at(-1) as Commander).args;
    if (!command.handler || (command.commands && takesNone && given !== undefined)) {
      throw new UsageError(
        noCommand(
          name,
          (command.commands ?? []).map((below) => below.spec.name),
          given,
        ),
      );
    }
    const self = received.at(-1) as Commander;
    run({ command, name, options: self.optsWithGlobals(), args: self.args });
  });
  return program;
}

function noCommand(parent: string, known: readonly string[], given: string | undefined): Failure {
  const names = known.join(", ");
  if (given === undefined) return failure("command_needed", { names });
  const near = closest(given.toLowerCase(), known);
  if (near === null) return failure("no_command", { given, names });
  return failure("no_command_near", { given, names, near: `${parent} ${near}` });
}

function commonOptions(spec: CommandSpec): OptionSpec[] {
  const dryRun = spec.writes
    ? [{ flags: "-n, --dry-run", about: "show what would be done; change and send nothing" }]
    : [];
  return [
    ...dryRun,
    {
      flags: "-c, --config <file>",
      about: "configuration (default: /etc/solar-station/config.yaml, or $SOLAR_STATION_CONFIG)",
    },
    { flags: "--json", about: "print the answer as JSON" },
    { flags: "--text", about: "print the answer as text even when stdout is no terminal" },
    { flags: "-v, --verbose", about: "a line per step on stderr; -vv every frame as hex" },
  ];
}

function toCommander(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.about);
  if (spec.flags.startsWith("-v,")) {
    return option.default(0, "0").argParser((_: unknown, before: unknown) => Number(before) + 1);
  }
  if (spec.choices) option.choices(spec.choices);
  if (spec.default !== undefined) option.default(spec.default);
  if (spec.parse || spec.repeatable) {
    const parse = spec.parse ?? ((text: string) => text);
    option.argParser((text: string, before: unknown) => {
      const value = parse(text);
      return spec.repeatable ? [...(Array.isArray(before) ? before : []), value] : value;
    });
  }
  return option;
}

function exitStatusText(): string {
  const rows = Object.entries(EXIT_MEANING).map(([code, meaning]) => `  ${code.padStart(2)}  ${meaning}`);
  return `EXIT STATUS\n${rows.join("\n")}`;
}
