import { parseDuration } from "../base/duration.ts";
import { UsageError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";

/** Reads --stay: a run started by cron must be done when the next one starts. */
export function stayOf(longest_s: number): (text: string) => number {
  return (text) => {
    const seconds = parseDuration(text);
    if (seconds <= longest_s) return seconds;
    throw new UsageError(failure("stay_too_long", { text, longest_s }));
  };
}
