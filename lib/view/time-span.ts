/** Days, moments and spans as a person writes them. The one reader of local times: clocks that are put forward or back included. */
import { closest } from "../base/closest.ts";
import { parseDuration } from "../base/duration.ts";
import { UsageError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import { addDays, dayBounds, localTime } from "../base/local-time.ts";

/** Whose clock and calendar are meant: UTC seconds, and an IANA zone. */
export interface Here {
  readonly now: number;
  readonly time_zone: string;
}

/** From inclusive, to exclusive, UTC s. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const AGO = /^\d{1,7}(s|m|min|h|d)$/;
const WITH_ZONE = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;
const LOCAL = /^(?:(\d{4}-\d{2}-\d{2}|today|yesterday)[ T])?([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;

/** A local calendar day: "2026-06-21", "today", "yesterday". @throws UsageError */
export function parseDay(text: string, here: Here): string {
  const { day: today } = localTime(here.now, here.time_zone);
  if (text === "today") return today;
  if (text === "yesterday") return addDays(today, -1);
  if (!isDay(text)) throw new UsageError(failure("no_day", { text }));
  return text;
}

/**
 * A moment, UTC s: "now", "36h" (ago), "today", "2026-11-22" (local midnight), "2026-11-22T18:30" (local), "18:30" (the last time
 * it was), "2026-11-22T17:30:00Z", or UTC seconds. @throws UsageError naming the text and the forms
 */
export function parseMoment(text: string, here: Here): number {
  if (text === "now") return here.now;
  if (/^\d{9,11}$/.test(text)) return Number(text);
  if (AGO.test(text)) return here.now - parseDuration(text);
  if (WITH_ZONE.test(text)) {
    const at = Date.parse(text.replace(" ", "T")) / 1000;
    if (!Number.isNaN(at)) return Math.floor(at);
  }
  if (isDayWord(text)) return dayBounds(parseDay(text, here), here.time_zone).start;
  const match = LOCAL.exec(text);
  if (match && (match[1] === undefined || isDayWord(match[1]))) return localMoment(match, here);
  const expected = failure("moment_forms", { time_zone: here.time_zone });
  const near = closest(text.toLowerCase(), ["now", "today", "yesterday"]);
  throw new UsageError(
    near === null ? failure("no_moment", { text, expected }) : failure("no_moment_near", { text, near, expected }),
  );
}

/** The stretch between two moments. @throws UsageError when it is empty or turned round */
export function parseFromTo(from: string, to: string, here: Here): Span {
  const span = { from: parseMoment(from, here), to: parseMoment(to, here) };
  if (span.to <= span.from) throw new UsageError(failure("span_turned_round", { from, to }));
  return span;
}

/** "FROM..TO", each a day (TO with all of it) or a moment; one day alone is that day. @throws UsageError */
export function parseSpan(text: string, here: Here): Span {
  const [first = "", last = first, ...more] = text.split("..");
  const from = parseMoment(first, here);
  const to = isDayWord(last) ? dayBounds(parseDay(last, here), here.time_zone).end : parseMoment(last, here);
  if (more.length > 0 || to <= from) {
    throw new UsageError(failure("no_span", { text }));
  }
  return { from, to };
}

function isDayWord(text: string): boolean {
  return text === "today" || text === "yesterday" || isDay(text);
}

/** In the form and in the calendar: there is no 31 June. */
function isDay(text: string): boolean {
  return DAY.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) && addDays(text, 0) === text;
}

function localMoment(match: RegExpExecArray, here: Here): number {
  const [, day, hour, minute, second] = match;
  const clock = `${hour?.padStart(2, "0")}:${minute}`;
  const on = (one: string) => firstAt(one, clock, here.time_zone) + Number(second ?? 0);
  if (day !== undefined) return on(parseDay(day, here));
  const { day: today } = localTime(here.now, here.time_zone);
  const at = on(today);
  return at <= here.now ? at : on(addDays(today, -1));
}

/**
 * The first second of the day at which the wall clock shows this time, or has passed it: of an hour that comes twice the first one,
 * of an hour that is left out its end.
 */
function firstAt(day: string, clock: string, time_zone: string): number {
  const { start, end } = dayBounds(day, time_zone);
  for (let at = start; at < end; at += 60) {
    if (localTime(at, time_zone).time >= clock) return at;
  }
  return end - 1;
}
