/** When a daily report is due: the stored date decides, not the minute in which cron fires. */
import { addDays, localTime } from "../../base/local-time.ts";

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
