import { addDays, dayBounds } from "../base/local-time.ts";
import { sumOfAll } from "../base/numbers.ts";
import type { Context } from "../cli/spec.ts";
import { inverterNames } from "../config/units.ts";
import { formatReport } from "../publish/report-text.ts";
import { openAlerts } from "../rules/alerts/evaluate.ts";
import { readAlertState } from "../rules/alerts/state.ts";
import { type AlertEvent, NO_COURSE } from "../rules/alerts/types.ts";
import { dailyReport } from "../rules/report/report.ts";
import type { DailyReport } from "../rules/report/types.ts";
import { samplesBetween } from "../station/rule-inputs.ts";
import { MEMORY, switchMemory } from "../station/rule-memory.ts";
import { countedEnergy } from "../station/station-energy.ts";
import { voiceOf } from "../station/voice.ts";
import type { Store } from "../store/database.ts";
import { type AlertEventRow, alertEventsBetween, reportsBetween, ruleState } from "../store/rules.ts";
import { rememberedMachine } from "../store/view.ts";
import { learnedMachine } from "./planning.ts";

/** Counters need the last reading before midnight, s. */
const BASELINE_S = 1800;

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
