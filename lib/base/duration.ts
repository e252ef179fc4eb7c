import { UsageError } from "./errors.ts";
import { type Failure, failure, failureText } from "./failure/failure.ts";

const UNIT_S: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86400 };

/** Seconds from "5s", "30m", "2h", "1d", "90" (s). @throws UsageError naming the text and the form */
export function parseDuration(text: string): number {
  const match = /^(\d{1,7})(s|m|min|h|d)?$/.exec(text.trim());
  if (!match) throw new UsageError(failure("no_duration", { text }));
  return Number(match[1]) * (UNIT_S[match[2] ?? "s"] as number);
}

/** "42 s", "7 min", "3 h 20 min", "2 d 4 h": how long something lasted, for people. */
export function formatDuration(seconds: number): string {
  return failureText(lasted(seconds));
}

/** The same as a value of a failure. */
export function lasted(seconds: number): Failure {
  const s = Math.max(0, Math.round(seconds));
  if (s < 120) return failure("lasted_s", { s });
  if (s < 7200) return failure("lasted_min", { min: Math.round(s / 60) });
  if (s < 172800) return failure("lasted_h", { h: Math.floor(s / 3600), min: Math.floor((s % 3600) / 60) });
  return failure("lasted_d", { d: Math.floor(s / 86400), h: Math.floor((s % 86400) / 3600) });
}

/** A whole number in a range, for options. @throws UsageError naming text and range */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < min || value > max) {
      throw new UsageError(failure("no_whole_number", { text, min, max }));
    }
    return value;
  };
}
