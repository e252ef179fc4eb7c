/** Local calendar days and hours of a time zone, from UTC seconds. Days have 23, 24 or 25 hours. */

/** Calendar parts of a moment in a time zone; `day` is "YYYY-MM-DD", `time` "HH:MM", weekday 0 = Sunday. */
export interface LocalTime {
  readonly day: string;
  readonly time: string;
  readonly hour: number;
  readonly weekday: number;
}

/** @throws RangeError when the zone is unknown. */
export function localTime(at: number, time_zone: string): LocalTime {
  const local = new Date((at + offsetAt(at, time_zone)) * 1000);
  const text = local.toISOString();
  const [day = "", clock = ""] = text.split("T");
  return { day, time: clock.slice(0, 5), hour: local.getUTCHours(), weekday: local.getUTCDay() };
}

/** "2026-11-22 21:40", for people who look things up. @throws RangeError as localTime */
export function localStamp(at: number, time_zone: string): string {
  const { day, time } = localTime(at, time_zone);
  return `${day} ${time}`;
}

const DAY_S = 86_400;
/** Zones change their offset at a full quarter of an hour of UTC. */
const QUARTER_S = 900;
/** Days whose offsets are looked up together. */
const BLOCK_DAYS = 16;

/** Offsets at the start of days of UTC, s, by zone and number of the block of days; one more than the block has days. */
const blocks = new Map<string, readonly number[]>();
const quarters = new Map<string, number>();

/** Local time less UTC, s. */
function offsetAt(at: number, time_zone: string): number {
  const day = Math.floor(at / DAY_S);
  const block = Math.floor(day / BLOCK_DAYS);
  const key = `${time_zone} ${block}`;
  let offsets = blocks.get(key);
  if (offsets === undefined) {
    const first = block * BLOCK_DAYS;
    const starts = Array.from({ length: BLOCK_DAYS + 1 }, (_, index) => (first + index) * DAY_S);
    offsets = offsetsOf(starts, time_zone);
    blocks.set(key, offsets);
  }
  const index = day - block * BLOCK_DAYS;
  const before = offsets[index] as number;
  const after = offsets[index + 1] as number;
  return before === after ? before : quarterOffset(Math.floor(at / QUARTER_S) * QUARTER_S, time_zone);
}

/** On a day on which the clocks change. */
function quarterOffset(at: number, time_zone: string): number {
  const key = `${time_zone} ${at}`;
  const known = quarters.get(key);
  if (known !== undefined) return known;
  const [offset = 0] = offsetsOf([at], time_zone);
  quarters.set(key, offset);
  return offset;
}

/**
 * Local time less UTC at some moments, s, by the process's own zone, which is changed for the while: the same data as Intl's, whose first
 * object costs a short command as much as the rest of its work. @throws RangeError
 */
export function offsetsOf(moments: readonly number[], time_zone: string): number[] {
  const own = process.env.TZ;
  process.env.TZ = time_zone;
  try {
    const offsets = moments.map((at) => -60 * new Date(at * 1000).getTimezoneOffset());
    // An unknown zone counts as UTC without a word.
    if (offsets.every((offset) => offset === 0) && !IS_UTC.test(time_zone))
      new Intl.DateTimeFormat("en", { timeZone: time_zone });
    return offsets;
  } finally {
    if (own === undefined) delete process.env.TZ;
    else process.env.TZ = own;
  }
}

/** The default of a station without a zone. */
const IS_UTC = /^(Etc\/)?UTC$/;

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
  const hasBegun = (at: number) => at + offsetAt(at, time_zone) >= utc_midnight;
  // On nearly all days the clocks stand around midnight as they did at noon.
  const likely = utc_midnight - offsetAt(utc_midnight, time_zone);
  if (hasBegun(likely) && !hasBegun(likely - 1)) return likely;
  let before = utc_midnight - 15 * 3600;
  let from = utc_midnight + 15 * 3600;
  while (from - before > 1) {
    const middle = Math.floor((before + from) / 2);
    if (hasBegun(middle)) from = middle;
    else before = middle;
  }
  return from;
}

/** ISO 8601 in UTC to the second, "2026-11-22T21:40:00Z": what exports and Home Assistant's timestamps are. */
export function isoTime(at: number): string {
  return new Date(at * 1000).toISOString().replace(".000Z", "Z");
}
