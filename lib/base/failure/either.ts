import { type FailureValue, failure } from "./failure.ts";

/** "a or b or c" as a value, in the language of the sentence around it. */
export function eitherOf(names: readonly string[]): FailureValue {
  const [first = "", ...others] = names;
  return others.reduce<FailureValue>((left, right) => failure("either", { left, right }), first);
}
