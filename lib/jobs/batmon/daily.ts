import { addDays, dayBounds, localTime } from "../../base/local-time.ts";
import type { Context } from "../../cli/spec.ts";
import { inverterNames } from "../../config/units.ts";
import { reportOf, reportText } from "../../judge/day-report.ts";
import { hourDue, reportDue } from "../../rules/report/due.ts";
import { MEMORY } from "../../station/rule-memory.ts";
import { headlineText, stationHeadline } from "../../station/station-headline.ts";
import type { Store } from "../../store/database.ts";
import { isAsked, takeRequests } from "../../store/publish.ts";
import { ruleState, saveReport, saveRuleState } from "../../store/rules.ts";
import { latestInverterSample } from "../../store/samples.ts";
import { queueMessage } from "./notify.ts";

/** `sent`: the last day whose report was sent; `whole`: the last day whose report was made after its end; `hour`: the last hourly one. */
interface ReportMemory {
  readonly sent: string | null;
  readonly whole: string | null;
  readonly hour: string | null;
}

/**
 * Sends the report when its hour has come or somebody asked for it, and keeps the whole day's one after midnight. Returns whether
 * there is something to deliver.
 */
export function reportIfDue(context: Context, store: Store): boolean {
  const { config, clock, dryRun } = context;
  const now = clock.now();
  const { time_zone } = config.station;
  const memory = readMemory(store);
  const { day: today } = localTime(now, time_zone);
  const due = reportDue(now, time_zone, config.batmon.report_hour, memory.sent);
  const asked = isAsked(store, "report");
  const { url, hourly_reports, reports } = config.notify.reg_event;
  const hour = url === null ? null : hourDue(now, time_zone, hourly_reports, memory.hour);
  const yesterday = addDays(today, -1);
  const wholeDue = memory.whole !== yesterday && hasSamples(context, store, yesterday);
  if (dryRun || (due === null && !asked && !wholeDue && hour === null)) return false;
  if (wholeDue) {
    const report = reportOf(context, store, yesterday);
    store.later(() => saveReport(store, { day: yesterday, at: now, report }));
    // The day's one reads it for the sums of the month.
    store.flush();
  }
  const day = due ?? (asked || hour !== null ? today : null);
  const report = day === null ? null : reportOf(context, store, day);
  // The report of a day that is over says nothing of the present.
  const headline = day === today ? headlineText(context, stationHeadline(context, store)) : null;
  store.later(() => {
    takeRequests(store, "report");
    const sent = due ?? memory.sent;
    const kept: ReportMemory = { sent, whole: wholeDue ? yesterday : memory.whole, hour: hour ?? memory.hour };
    saveRuleState(store, MEMORY.report, now, kept);
    if (report === null || day === null) return;
    if (day === today) saveReport(store, { day, at: now, report });
    const text = reportText(context, report, headline);
    const message = { kind: "report", severity: "info", text } as const;
    const forAll = due !== null || asked;
    if (forAll) queueMessage(context, store, message);
    if (hour !== null && !(forAll && reports)) queueMessage(context, store, message, "reg_event");
  });
  context.log.info("made a report", { day: day ?? yesterday });
  return report !== null;
}

function readMemory(store: Store): ReportMemory {
  const value = ruleState(store, MEMORY.report) as Partial<ReportMemory> | null;
  return { sent: value?.sent ?? null, whole: value?.whole ?? null, hour: value?.hour ?? null };
}

/** Without samples there is nothing to report: a station's first day, or a long gap. */
function hasSamples(context: Context, store: Store, day: string): boolean {
  const { end } = dayBounds(day, context.config.station.time_zone);
  const age = { now: end - 1, max_age_s: 86_000 };
  return inverterNames(context.config).some((name) => latestInverterSample(store, name, age) !== null);
}
