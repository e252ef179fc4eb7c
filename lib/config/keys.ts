/** Keys of the configuration as rows: range or form, default, and what the key means. */
import { z } from "zod";
import type { Failure, FailureCode } from "../base/failure/failure.ts";

/** A whole number from `min` to `max`. */
export const whole = (min: number, max: number, value: number, about: string) =>
  z.int().min(min).max(max).default(value).describe(about);

/** Yes or no. */
export const flag = (value: boolean, about: string) => z.boolean().default(value).describe(about);

/** A path from the root on; null = none, or the usual one. */
export const file = (about: string) => z.string().startsWith("/").nullable().default(null).describe(about);

/** Code of what is said of a text that has not the form; it stands where zod has its messages. */
export const form = (code: Extract<FailureCode, `form_${string}`>): string => code;

/** Notes what contradicts another key. */
export function refuse(context: z.RefinementCtx, path: (string | number)[], what: Failure): void {
  context.addIssue({ code: "custom", path, message: what.code, params: { failure: what } });
}
