import type { Context } from "../../cli/spec.ts";
import { UsageError } from "../../errors.ts";
import { addDays, dayBounds, localTime } from "../../rules/local-time.ts";

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** A local calendar day as given by hand: "2026-06-21", "today", "yesterday". @throws UsageError */
export function parseDay(text: string, context: Context): string {
  const { day: today } = localTime(context.clock.now(), context.config.station.time_zone);
  if (text === "today") return today;
  if (text === "yesterday") return addDays(today, -1);
  if (!DAY.test(text) || Number.isNaN(Date.parse(`${text}T00:00:00Z`)) || addDays(text, 0) !== text) {
    throw new UsageError(`"${text}" is no day; expected one like 2026-06-21, today or yesterday`);
  }
  return text;
}

/**
 * A moment as given by hand, UTC s: "14:05" (the last time it was), "2026-06-21 14:05" (both in the station's time zone),
 * "2026-06-21T12:05:00Z", or UTC seconds. @throws UsageError
 */
export function parseTime(text: string, context: Context): number {
  const now = context.clock.now();
  const { time_zone } = context.config.station;
  if (/^\d{9,11}$/.test(text)) return Number(text);
  if (/^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text)) {
    const at = Date.parse(text) / 1000;
    if (!Number.isNaN(at)) return Math.floor(at);
  }
  const match = /^(?:(\d{4}-\d{2}-\d{2})[ T])?([01]?\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (!match) {
    throw new UsageError(
      `"${text}" is no time; expected 14:05, "2026-06-21 14:05", 2026-06-21T12:05:00Z or UTC seconds`,
    );
  }
  const [, day, hour, minute] = match;
  const clock = `${hour?.padStart(2, "0")}:${minute}`;
  if (day !== undefined) return localMoment(parseDay(day, context), clock, time_zone);
  const { day: today } = localTime(now, time_zone);
  const at = localMoment(today, clock, time_zone);
  return at <= now ? at : localMoment(addDays(today, -1), clock, time_zone);
}

/** "FROM..TO", each a day (TO with all of it) or a time; to is exclusive. @throws UsageError */
export function parseSpan(text: string, context: Context): { from: number; to: number } {
  const [first = "", last = first, ...more] = text.split("..");
  const { time_zone } = context.config.station;
  const isDay = (part: string) => DAY.test(part) || part === "today" || part === "yesterday";
  const from = isDay(first) ? dayBounds(parseDay(first, context), time_zone).start : parseTime(first, context);
  const to = isDay(last) ? dayBounds(parseDay(last, context), time_zone).end : parseTime(last, context);
  if (more.length > 0 || to <= from) {
    throw new UsageError(`"${text}" is no span; expected FROM..TO such as 2026-06-01..2026-06-07`);
  }
  return { from, to };
}

/** The first second of the day at which the wall clock shows this time, or has passed it. */
function localMoment(day: string, clock: string, time_zone: string): number {
  const { start, end } = dayBounds(day, time_zone);
  for (let at = start; at < end; at += 60) {
    if (localTime(at, time_zone).time >= clock) return at;
  }
  return end - 1;
}
