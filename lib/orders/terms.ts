import { localTime } from "../base/local-time.ts";

const UNIT_S: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86400 };

/** Seconds from `90s`, `30m`, `2h`, `1d`; null for anything else (a unit is required). */
export function secondsOf(text: string): number | null {
  const match = /^(\d{1,6})(s|m|min|h|d)$/.exec(text);
  return match ? Number(match[1]) * (UNIT_S[match[2] as string] as number) : null;
}

/** Minutes since midnight from `07:00`; null for anything else. */
export function minuteOfDay(text: string): number | null {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text);
  return match ? Number(match[1]) * 60 + Number(match[2]) : null;
}

/**
 * UTC seconds of the next time after `now` at which the wall clock of `timeZone` shows this minute of the day. A minute that the
 * spring change skips comes at the first minute after the gap.
 */
export function nextLocalTime(now: number, minute: number, timeZone: string): number {
  const localMinute = (at: number) => minuteOfDay(localTime(at, timeZone).time) as number;
  const start = Math.floor(now / 60) * 60;
  let before = localMinute(start);
  // A quarter of an hour never hides more than one clock change, and both its ends are whole minutes.
  for (let at = start + 900; at <= start + 2 * 86400; at += 900) {
    const after = localMinute(at);
    if (passes(before, after, minute)) return firstMinute(at - 900, minute, localMinute, before);
    before = after;
  }
  return start + 86400;
}

/** Whether the wall clock shows `minute` on its way from `before` to `after`; when it was set back, nothing new is passed. */
function passes(before: number, after: number, minute: number): boolean {
  const way = (after - before + 1440) % 1440;
  return way < 720 && ((minute - before + 1440 - 1) % 1440) + 1 <= way;
}

function firstMinute(from: number, minute: number, localMinute: (at: number) => number, start: number): number {
  for (let at = from + 60; at < from + 900; at += 60) {
    if (passes(start, localMinute(at), minute)) return at;
  }
  return from + 900;
}
