/** A file of announced power cuts: plain lines `2026-12-01 18:00-22:00`, or the events of a calendar (.ics). Pure. */
import { addDays, dayBounds } from "../../base/local-time.ts";

export interface PowerCuts {
  /** From and to, UTC s, in order of time. */
  readonly cuts: readonly (readonly [number, number])[];
  /** Lines that say nothing understandable. */
  readonly bad: readonly { readonly line: number; readonly text: string }[];
}

/** Nobody announces a longer one; a year that was typed wrong would hide the grid for good, s. */
const LONGEST_S = 7 * 86_400;
const MOST_LINES = 5000;
const PLAIN = /^(\d{4}-\d{2}-\d{2})[ T](\d{1,2}):(\d{2})\s*(?:-|–|\.\.)\s*(\d{1,2}):(\d{2})(?:\s*#.*)?$/;
const STAMP = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?(Z)?)?$/;

export function parsePowerCuts(text: string, time_zone: string): PowerCuts {
  const lines = text.split(/\r?\n/).slice(0, MOST_LINES);
  const found = lines[0]?.trim() === "BEGIN:VCALENDAR" ? ofCalendar(lines, time_zone) : ofLines(lines, time_zone);
  return { ...found, cuts: [...found.cuts].sort((a, b) => a[0] - b[0]) };
}

function ofLines(lines: readonly string[], time_zone: string): PowerCuts {
  const cuts: (readonly [number, number])[] = [];
  const bad: { line: number; text: string }[] = [];
  for (const [index, whole] of lines.entries()) {
    const text = whole.trim();
    if (text === "" || text.startsWith("#")) continue;
    const [, day = "", hour, minute, toHour, toMinute] = PLAIN.exec(text) ?? [];
    const from = momentOf(day, hour, minute, time_zone);
    const until = momentOf(day, toHour, toMinute, time_zone);
    // 22:00-02:00 ends on the next day.
    const to =
      from !== null && until !== null && until <= from ? momentOf(addDays(day, 1), toHour, toMinute, time_zone) : until;
    if (isSpan(from, to)) cuts.push([from as number, to as number]);
    else bad.push({ line: index + 1, text: text.slice(0, 60) });
  }
  return { cuts, bad };
}

/** DTSTART and DTEND of each event, in UTC or in the station's time; an event that repeats counts once and is named. */
function ofCalendar(lines: readonly string[], time_zone: string): PowerCuts {
  const cuts: (readonly [number, number])[] = [];
  const bad: { line: number; text: string }[] = [];
  let begun = 0;
  let from: number | null = null;
  let to: number | null = null;
  for (const [index, whole] of lines.entries()) {
    const text = whole.trim();
    const [name = "", value = ""] = [text.slice(0, text.search(/[:;]|$/)), text.slice(text.indexOf(":") + 1)];
    if (text === "BEGIN:VEVENT") [begun, from, to] = [index + 1, null, null];
    else if (name === "DTSTART") from = stampOf(value, time_zone);
    else if (name === "DTEND") to = stampOf(value, time_zone);
    else if (name === "RRULE") bad.push({ line: index + 1, text: text.slice(0, 60) });
    else if (text === "END:VEVENT") {
      if (isSpan(from, to)) cuts.push([from as number, to as number]);
      else bad.push({ line: begun, text: "VEVENT" });
    }
  }
  return { cuts, bad };
}

function isSpan(from: number | null, to: number | null): boolean {
  return from !== null && to !== null && to > from && to - from <= LONGEST_S;
}

function stampOf(value: string, time_zone: string): number | null {
  const [, year, month, date, hour = "00", minute = "00", , utc] = STAMP.exec(value) ?? [];
  if (year === undefined) return null;
  return momentOf(`${year}-${month}-${date}`, hour, minute, utc === undefined ? time_zone : "UTC");
}

/** UTC s of a local day and time of day; null = there is no such day or time. */
function momentOf(day: string, hour: string | undefined, minute: string | undefined, time_zone: string): number | null {
  const [hours, minutes] = [Number(hour), Number(minute)];
  const noon = Date.parse(`${day}T12:00:00Z`);
  if (!Number.isFinite(noon) || new Date(noon).toISOString().slice(0, 10) !== day) return null;
  if (!(hours <= 24 && minutes <= 59) || hours * 60 + minutes > 1440) return null;
  // Counted from noon, so that a day on which the clocks change is right from early morning on.
  const { start, end } = dayBounds(day, time_zone);
  return hours < 4 ? start + hours * 3600 + minutes * 60 : end - (24 - hours) * 3600 + minutes * 60;
}
