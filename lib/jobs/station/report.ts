import { nearest } from "../../base/closest.ts";
import { UsageError } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import { grouped } from "../../base/grouped.ts";
import { addDays, localTime } from "../../base/local-time.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { inverterDays, totalsOf } from "../../station/station-energy.ts";
import { speechOfStation } from "../../station/voice.ts";
import { type HistoryDay, sumDays } from "../../store/history.ts";
import { energyReportText, type ReportRow } from "../../terminal/report-text.ts";
import { ownShare } from "../../view/shares.ts";

type Period = "day" | "month" | "year";

/** `station report day|month|year [which]`: energies by day or month, from the counters; what is not known stays empty. */
export async function stationReport(context: Context): Promise<Answer> {
  const [period = "day", which] = context.args;
  if (period !== "day" && period !== "month" && period !== "year") {
    const near = nearest(String(period), ["day", "month", "year"]);
    throw new UsageError(failure("no_such_period", { given: String(period), near }));
  }
  const { day: today } = localTime(context.clock.now(), context.config.station.time_zone);
  const days = daysOf(period, which, today);
  const [first, last] = [days[0] as string, days.at(-1) as string];
  const found = inverterDays(context, context.openStore({ readonly: true }), { first_day: first, last_day: last });
  const rows = period === "year" ? withoutEmptyStart(byMonth(found)) : found.map((day) => rowOf(day.day, [day]));
  const total = rowOf(period === "day" ? first : nameOf(period, days), found);
  return {
    json: { period, rows, total, self_supplied_percent: ownShare(total.load_energy, total.grid_import_energy) },
    text: () => energyReportText(withoutEmptyStart(rows), total, speechOfStation(context)),
    always: true,
  };
}

/** The local days of a period, up to today. @throws UsageError for a text that names no such period */
function daysOf(period: Period, which: string | undefined, today: string): string[] {
  const length = { day: 10, month: 7, year: 4 }[period];
  const form = { day: "2026-11-22", month: "2026-11", year: "2026" }[period];
  const name = which ?? today.slice(0, length);
  if (!/^\d{4}(-\d{2}){0,2}$/.test(name) || name.length !== length) {
    throw new UsageError(failure("period_form", { name, period: failure(`period_${period}`), form }));
  }
  const first = `${name}-01-01`.slice(0, 10);
  const start = period === "day" ? name : period === "month" ? `${name}-01` : first;
  // The 31st of February would count as the 3rd of March.
  if (Number.isNaN(Date.parse(`${start}T00:00:00Z`)) || addDays(start, 0) !== start)
    throw new UsageError(failure("period_not_of_calendar", { name, period: failure(`period_${period}`) }));
  const days: string[] = [];
  for (let day = start; day.startsWith(name) && day <= today; day = addDays(day, 1)) days.push(day);
  if (days.length === 0) throw new UsageError(failure("period_not_begun", { name }));
  return days;
}

function nameOf(period: Period, days: readonly string[]): string {
  return (days[0] as string).slice(0, period === "year" ? 4 : 7);
}

function byMonth(days: readonly HistoryDay[]): ReportRow[] {
  return [...grouped(days, ({ day }) => day.slice(0, 7))].map(([month, found]) => rowOf(month, found));
}

/** Days and months before the station was there say nothing. */
function withoutEmptyStart(rows: readonly ReportRow[]): readonly ReportRow[] {
  const first = rows.findIndex(({ days }) => days > 0);
  return first < 0 ? rows : rows.slice(first);
}

function rowOf(period: string, days: readonly HistoryDay[]): ReportRow {
  const sums = sumDays(days);
  return {
    period,
    ...totalsOf(sums.energy),
    off_grid_s: sums.off_grid_s,
    on_grid_s: sums.on_grid_s,
    covered_s: sums.covered_s,
    days: sums.days,
    of_days: days.length,
  };
}
