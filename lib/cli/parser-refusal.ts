/** What the option parser refuses, as failures of ours: its own words are English, and this is what most people mistype first. */
import type { CommanderError } from "commander";
import { nearest } from "../base/closest.ts";
import { type Failure, failure, said } from "../base/failure/failure.ts";

type Part = string | undefined;

/** The parser's sentences, and what each of them is. */
const SENTENCES: readonly (readonly [RegExp, (...parts: Part[]) => Failure])[] = [
  [
    /^unknown option '(.*)' \(Did you mean (.*)\?\)$/,
    (option = "", near = "") => failure("unknown_option_near", { option, near }),
  ],
  [/^unknown option '(.*)'$/, (option = "") => failure("unknown_option", { option })],
  [/^option '(.*)' argument missing$/, (option = "") => failure("option_without_value", { option })],
  [
    /^option '(.*)' argument '(.*)' is invalid\. Allowed choices are (.*)\.$/,
    (option = "", given = "", choices = "") =>
      failure("no_choice_of_option", { option, given, choices, near: nearest(given, choices.split(", ")) }),
  ],
  [
    /^command-argument value '(.*)' is invalid for argument '(.*)'\. Allowed choices are (.*)\.$/,
    (given = "", argument = "", choices = "") =>
      failure("no_choice_of_argument", { argument, given, choices, near: nearest(given, choices.split(", ")) }),
  ],
  [/^missing required argument '(.*)'$/, (argument = "") => failure("argument_missing", { argument })],
  [
    /^too many arguments(?: for '.*')?\. Expected (\d+) arguments? but got (\d+)\.$/,
    (expected = "", given = "") => failure("too_many_arguments", { expected, given }),
  ],
];

/** What was wrong with a command line; a sentence of the parser's that is not known here is told as it is. */
export function parserRefusal({ message }: CommanderError): Failure {
  const words = message.replace(/^error: /, "").replace(/\n/g, " ");
  for (const [pattern, refusal] of SENTENCES) {
    const [whole, ...parts] = pattern.exec(words) ?? [];
    if (whole !== undefined) return refusal(...parts);
  }
  return said(words);
}
