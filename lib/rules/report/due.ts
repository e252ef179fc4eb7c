/** When a daily report is due: the stored date decides, not the minute in which cron fires. */
import { addDays, localTime } from "../../base/local-time.ts";

/**
 * The local hour ("2026-11-26 17") whose report is due, for those who want one each hour from `from` to `to`, both included; else null.
 * `last`: the hour of the last one. One that was missed is not made up for: the next hour tells more.
 */
export function hourDue(
  now: number,
  time_zone: string,
  hours: { readonly from: number; readonly to: number } | null,
  last: string | null,
): string | null {
  if (hours === null) return null;
  const { day, hour } = localTime(now, time_zone);
  const isWanted =
    hours.from <= hours.to ? hour >= hours.from && hour <= hours.to : hour >= hours.from || hour <= hours.to;
  const present = `${day} ${String(hour).padStart(2, "0")}`;
  return isWanted && present !== last ? present : null;
}

/**
 * The local day to report now, or null. Today from `hour` on; a day that was missed altogether at the next run. `last_day` is
 * the day of the last report, null = never. A last day in the future (the clock was wrong) counts as never.
 */
export function reportDue(now: number, time_zone: string, hour: number, last_day: string | null): string | null {
  const { day: today, hour: present } = localTime(now, time_zone);
  const last = last_day !== null && last_day > today ? null : last_day;
  if (last === today) return null;
  if (present >= hour) return today;
  const yesterday = addDays(today, -1);
  return last !== null && last < yesterday ? yesterday : null;
}
