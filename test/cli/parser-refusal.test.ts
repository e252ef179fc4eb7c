import assert from "node:assert/strict";
import { test } from "node:test";
import { Argument, Command, CommanderError, Option } from "commander";
import { failureText } from "../../lib/base/failure/failure.ts";
import { parserRefusal } from "../../lib/cli/parser-refusal.ts";
import { speech } from "../../lib/words/index.ts";
import { tellFailure } from "../../lib/words/tell-failure.ts";

/** What the real parser makes of a command line, in both languages. */
function refused(declare: (program: Command) => unknown, ...argv: string[]): [english: string, russian: string] {
  const program = new Command("x").exitOverride().configureOutput({ writeErr: () => {} });
  declare(program);
  program.allowExcessArguments(false).action(() => {});
  try {
    program.parse(argv, { from: "user" });
  } catch (error) {
    assert.ok(error instanceof CommanderError);
    const failure = parserRefusal(error);
    return [failureText(failure), tellFailure(failure, speech("ru"))];
  }
  throw new assert.AssertionError({ message: `${argv.join(" ")} is taken` });
}

const MODES = ["auto", "observe"];

test("what the parser refuses is told in both languages, with the nearest right word", () => {
  const from = (program: Command) => program.option("--from <time>");
  const mode = (program: Command) => program.addOption(new Option("--mode <mode>").choices(MODES));
  const period = (program: Command) => program.addArgument(new Argument("<mode>").choices(MODES));
  const name = (program: Command) => program.argument("<name>");
  for (const [declare, argv, english, russian] of [
    [from, ["--form"], "unknown option '--form' (Did you mean --from?)", "параметра --form нет; может быть, --from?"],
    [from, ["--zzz"], "unknown option '--zzz'", "параметра --zzz нет"],
    [from, ["--from"], "option '--from <time>' argument missing", "у параметра --from <time> нет значения"],
    [
      ...[mode, ["--mode", "atuo"]],
      "option '--mode <mode>' argument 'atuo' is invalid. Allowed choices are auto, observe; did you mean auto?",
      "--mode <mode>: значения «atuo» нет; допустимо: auto, observe; может быть, auto?",
    ],
    [
      ...[period, ["x"]],
      "command-argument value 'x' is invalid for argument 'mode'. Allowed choices are auto, observe",
      "«mode»: значения «x» нет; допустимо: auto, observe",
    ],
    [name, [], "missing required argument 'name'", "не хватает аргумента «name»"],
    [name, ["a", "b"], "too many arguments: 2 instead of 1", "аргументов 2, а нужно 1"],
  ] as [(program: Command) => unknown, string[], string, string][]) {
    assert.deepEqual(refused(declare, ...argv), [english, russian]);
  }
});

test("a sentence of the parser's that nobody foresaw is told as it is", () => {
  const both = (program: Command) => program.addOption(new Option("--a").conflicts("b")).option("--b");
  const words = "option '--a' cannot be used with option '--b'";
  assert.deepEqual(refused(both, "--a", "--b"), [words, words]);
});
