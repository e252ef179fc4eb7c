import { parseDuration } from "../../cli/duration.ts";
import { UsageError } from "../../errors.ts";
import { dayBounds } from "../../rules/local-time.ts";

/**
 * A moment from the command line: "now", "36h" (ago), "2026-11-22" (local midnight), "2026-11-22T18:30" (local), or UTC seconds.
 * @throws UsageError naming the text and the forms
 */
export function parseMoment(text: string, now: number, time_zone: string): number {
  if (text === "now") return now;
  if (/^\d{9,11}$/.test(text)) return Number(text);
  if (/^\d{1,7}(s|m|min|h|d)$/.test(text)) return now - parseDuration(text);
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}):(\d{2}))?$/.exec(text);
  if (!match || Number.isNaN(Date.parse(`${match[1]}T00:00:00Z`)) || Number(match[2]) > 23 || Number(match[3]) > 59) {
    throw new UsageError(
      `"${text}" is no moment; expected now, 36h, 2026-11-22, 2026-11-22T18:30 (in ${time_zone}) or UTC seconds`,
    );
  }
  const midnight = dayBounds(match[1] as string, time_zone).start;
  return midnight + Number(match[2] ?? 0) * 3600 + Number(match[3] ?? 0) * 60;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The stretch of --from and --to. @throws UsageError when it is empty or turned round */
export function parseSpan(from: string, to: string, clock: { readonly now: number; readonly time_zone: string }): Span {
  const span = {
    from: parseMoment(from, clock.now, clock.time_zone),
    to: parseMoment(to, clock.now, clock.time_zone),
  };
  if (span.to <= span.from) throw new UsageError(`--from ${from} is not before --to ${to}`);
  return span;
}
