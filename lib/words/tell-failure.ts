/** Failures in the language of a reader. */
import { type Failure, type FailureWords, failureText } from "../base/failure/failure.ts";
import type { Format } from "./format.ts";

/** What a language needs to tell failures. */
export interface FailureSpeech {
  readonly failures: FailureWords;
  readonly format: Format;
}

/** The sentence of a failure. */
export function tellFailure(failure: Failure, { failures, format }: FailureSpeech): string {
  const form = (count: number, [one = "", few = one, many = few]: readonly string[]): string =>
    format.plural(count, { one, few, many, other: many });
  return failureText(failure, { failures, form });
}

/** The same in one line: of several the first. */
export function tellInLine(failure: Failure, words: FailureSpeech): string {
  return tellFailure(failure, words).split("\n")[0] as string;
}
