/** Local calendar days and hours of a time zone, from UTC seconds. Days have 23, 24 or 25 hours. */

/** Calendar parts of a moment in a time zone; `day` is "YYYY-MM-DD", `time` "HH:MM", weekday 0 = Sunday. */
export interface LocalTime {
  readonly day: string;
  readonly time: string;
  readonly hour: number;
  readonly weekday: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** @throws RangeError when the zone is unknown. */
export function localTime(at: number, time_zone: string): LocalTime {
  let format = formats.get(time_zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-CA", {
      timeZone: time_zone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
    });
    formats.set(time_zone, format);
  }
  const parts: Record<string, string> = {};
  for (const { type, value } of format.formatToParts(at * 1000)) parts[type] = value;
  const day = `${parts.year}-${parts.month}-${parts.day}`;
  return {
    day,
    time: `${parts.hour}:${parts.minute}`,
    hour: Number(parts.hour),
    weekday: new Date(`${day}T00:00:00Z`).getUTCDay(),
  };
}

/** The calendar day `days` after `day` ("YYYY-MM-DD"); negative goes back. */
export function addDays(day: string, days: number): string {
  const noon = Date.parse(`${day}T12:00:00Z`) + days * 86_400_000;
  return new Date(noon).toISOString().slice(0, 10);
}

/** First second of the local day and of the next one: start inclusive, end exclusive. */
export function dayBounds(day: string, time_zone: string): { start: number; end: number } {
  return { start: startOfDay(day, time_zone), end: startOfDay(addDays(day, 1), time_zone) };
}

/** Zones differ from UTC by at most 14 hours: halving that span finds the first second whose local day is `day` or later. */
function startOfDay(day: string, time_zone: string): number {
  const utc_midnight = Date.parse(`${day}T00:00:00Z`) / 1000;
  let before = utc_midnight - 15 * 3600;
  let from = utc_midnight + 15 * 3600;
  while (from - before > 1) {
    const middle = Math.floor((before + from) / 2);
    if (localTime(middle, time_zone).day >= day) from = middle;
    else before = middle;
  }
  return from;
}
