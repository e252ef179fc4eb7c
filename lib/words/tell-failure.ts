/** Failures in the language of a reader. */
import { type Failure, failureText } from "../base/failure/failure.ts";
import type { Speech } from "./index.ts";

/** The sentence of a failure. */
export function tellFailure(failure: Failure, { failures, format }: Pick<Speech, "failures" | "format">): string {
  const form = (count: number, [one = "", few = one, many = few]: readonly string[]): string =>
    format.plural(count, { one, few, many, other: many });
  return failureText(failure, { failures, form });
}

/** The same in one line: of several the first. */
export function tellInLine(failure: Failure, words: Pick<Speech, "failures" | "format">): string {
  return tellFailure(failure, words).split("\n")[0] as string;
}
