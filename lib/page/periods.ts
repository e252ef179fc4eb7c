import { addDays } from "../base/local-time.ts";

export type PeriodKind = "day" | "week" | "month";

/** A day, a week (Monday to Sunday) or a month of the calendar that has a page of its own. */
export interface Period {
  readonly kind: PeriodKind;
  /** "2026-11-24", "2026-W48", "2026-11". */
  readonly name: string;
  readonly first_day: string;
  readonly last_day: string;
}

/** Pages kept of each kind, the newest: some megabytes of memory in all. */
const MOST: Readonly<Record<PeriodKind, number>> = { day: 62, week: 26, month: 120 };
export const PERIOD_KINDS = Object.keys(MOST) as PeriodKind[];

/** The first day that any page of the past may tell of. */
export function firstDayKept(today: string): string {
  const days = { day: 1, week: 7, month: 31 };
  return addDays(today, -Math.max(...PERIOD_KINDS.map((kind) => (MOST[kind] + 1) * days[kind])));
}

/**
 * The periods that are over and have data, oldest first. `days`: days whose data is complete, in order; a period counts as complete with
 * its last day, or with any later one.
 */
export function pastPeriods(days: readonly string[], today: string): Period[] {
  const done = days.filter((day) => day < today);
  const newest = done.at(-1);
  if (newest === undefined) return [];
  return PERIOD_KINDS.flatMap((kind) => {
    const found: Period[] = [];
    // From the newest back, each period looked at once: years of days are many.
    let before = "~";
    for (const day of done.toReversed()) {
      if (day >= before) continue;
      const period = periodOf(kind, day);
      before = period.first_day;
      if (period.last_day <= newest && found.push(period) === MOST[kind]) break;
    }
    return found.reverse();
  });
}

/** The period of a kind that a day lies in. */
export function periodOf(kind: PeriodKind, day: string): Period {
  if (kind === "day") return { kind, name: day, first_day: day, last_day: day };
  if (kind === "month") {
    const name = day.slice(0, 7);
    const next = addDays(`${name}-28`, 4).slice(0, 7);
    return { kind, name, first_day: `${name}-01`, last_day: addDays(`${next}-01`, -1) };
  }
  const weekday = (new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7;
  const first_day = addDays(day, -weekday);
  // A week belongs to the year that its Thursday lies in.
  const thursday = addDays(first_day, 3);
  const [year = ""] = thursday.split("-");
  const since = (Date.parse(`${thursday}T12:00:00Z`) - Date.parse(`${year}-01-01T12:00:00Z`)) / 86_400_000;
  const week = String(Math.floor(since / 7) + 1).padStart(2, "0");
  return { kind, name: `${year}-W${week}`, first_day, last_day: addDays(first_day, 6) };
}
