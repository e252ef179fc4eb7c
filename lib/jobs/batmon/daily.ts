import { addDays, dayBounds, localTime } from "../../base/local-time.ts";
import { sumOfAll } from "../../base/numbers.ts";
import type { Context } from "../../cli/spec.ts";
import { inverterNames } from "../../config/units.ts";
import { learnedMachine } from "../../judge/planning.ts";
import { formatReport } from "../../publish/report-text.ts";
import { openAlerts } from "../../rules/alerts/evaluate.ts";
import { readAlertState } from "../../rules/alerts/state.ts";
import { type AlertEvent, NO_COURSE } from "../../rules/alerts/types.ts";
import { hourDue, reportDue } from "../../rules/report/due.ts";
import { dailyReport } from "../../rules/report/report.ts";
import type { DailyReport } from "../../rules/report/types.ts";
import { samplesBetween } from "../../station/rule-inputs.ts";
import { MEMORY, switchMemory } from "../../station/rule-memory.ts";
import { countedEnergy } from "../../station/station-energy.ts";
import { headlineText, stationHeadline } from "../../station/station-headline.ts";
import { voiceOf } from "../../station/voice.ts";
import type { Store } from "../../store/database.ts";
import { isAsked, takeRequests } from "../../store/publish.ts";
import {
  type AlertEventRow,
  alertEventsBetween,
  reportsBetween,
  ruleState,
  saveReport,
  saveRuleState,
} from "../../store/rules.ts";
import { latestInverterSample } from "../../store/samples.ts";
import { rememberedMachine } from "../../store/view.ts";
import { queueMessage } from "./notify.ts";

/** Counters need the last reading before midnight, s. */
const BASELINE_S = 1800;
/** `sent`: the last day whose report was sent; `whole`: the last day whose report was made after its end; `hour`: the last hourly one. */
interface ReportMemory {
  readonly sent: string | null;
  readonly whole: string | null;
  readonly hour: string | null;
}

/** The report of a local day ("YYYY-MM-DD"), up to now when it is today. */
export function reportOf(context: Context, store: Store, day: string): DailyReport {
  const { config, clock } = context;
  const { time_zone } = config.station;
  const { start, end } = dayBounds(day, time_zone);
  const now = clock.now();
  const state = readAlertState(ruleState(store, MEMORY.alerts));
  const earlier = reportsBetween<DailyReport>(store, addDays(day, -31), day);
  const samples = samplesBetween(store, config, start - BASELINE_S, end);
  return dailyReport({
    now,
    day,
    time_zone,
    ...samples,
    counted: countedEnergy(context, store, day),
    rated_power: ratedPower(context, store),
    empty_soc: config.alerts.empty_soc,
    switches: switchMemory(store).list,
    alerts: alertEventsBetween(store, start, end).map(toEvent),
    open_alerts: state === null ? [] : openAlerts(state),
    earlier: earlier.map(({ day, report: { energy, always_on_grid } }) => ({ day, energy, always_on_grid })),
    machine: learnedMachine(context, store, samples.whole),
  });
}

/** The report as text in the station's language. */
export function reportText(context: Context, report: DailyReport, headline: string | null = null): string {
  return formatReport(report, voiceOf(context), headline);
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

/** W of all inverters together; null where one has not told. */
function ratedPower(context: Context, store: Store): number | null {
  const now = context.clock.now();
  return sumOfAll(inverterNames(context.config).map((name) => rememberedMachine(store, name, now).rated_power));
}

function toEvent(row: AlertEventRow): AlertEvent {
  const { at, key, since, dated, details } = row;
  return {
    ...{
      at,
      key,
      since,
      dated,
      course: NO_COURSE,
      values: details as AlertEvent["values"],
      id: row.alert as AlertEvent["id"],
    },
    ...{ kind: row.kind as AlertEvent["kind"], severity: row.severity as AlertEvent["severity"] },
  };
}
