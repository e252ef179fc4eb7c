/** The daily report as text for a messenger. */
import { dayBounds, localTime } from "../base/local-time.ts";
import type { DailyReport, DayEnergy, Extreme } from "../rules/report/types.ts";
import type { UnitName } from "../words/format.ts";
import { alertSentence, alertTitle, type Voice } from "./alert-text.ts";

/** Plain text, one fact a line; what is missing is said to be missing. `headline`: of the present, below the title. */
export function formatReport(report: DailyReport, voice: Voice, headline: string | null = null): string {
  const { speech, packs } = voice;
  const { format: f, report: words, causes } = speech;
  const time = (at: number): string => localTime(at, report.time_zone).time;
  const amount = (value: number | null, unit: UnitName, digits = 0): string =>
    value === null ? words.no_data : f.quantity(value, unit, digits);
  const kwh = (value: number | null): string => amount(value, "kWh", 1);
  const percent = (value: number | null): string => amount(value, "%");
  const duration = (value: number | null): string => (value === null ? words.no_data : f.duration(value));
  const when = (found: Extreme | null, unit: UnitName, digits: number, factor = 1): string =>
    found === null ? words.no_data : `${f.quantity(found.value * factor, unit, digits)} (${time(found.at)})`;
  const { energy, soc, cells, temperatures, battery_current, until } = report;
  const cell = (found: typeof cells.lowest): string =>
    found === null
      ? words.no_data
      : `${f.quantity(found.value, "V", 2)}, ${words.cell} ${found.cell}${packs > 1 ? ` ${found.device}` : ""} (${time(found.at)})`;
  const degrees = (found: Extreme | null): string => amount(found?.value ?? null, "°C");
  const minutes = (value: number): string => f.quantity(value, "min");
  const sums = (title: string, days: number, sum: DayEnergy): string =>
    `${title} (${f.quantity(days, "d")}): ${words.pv} ${kwh(sum.pv)}, ${words.load} ${kwh(sum.load)}, ${words.bought} ${kwh(sum.bought)}, ${words.saved} ${kwh(sum.saved)}`;
  const cause = (code: string): string =>
    Object.hasOwn(causes, code) ? `: ${causes[code as keyof typeof causes]}` : "";
  const unfinished = until < dayBounds(report.day, report.time_zone).end;
  const lines = [
    `${words.title} ${f.day(report.day)}${unfinished ? `, ${words.until} ${time(until)}` : ""}`,
    ...(headline === null ? [] : [headline]),
    `${words.pv}: ${kwh(energy.pv)}`,
    `${words.load}: ${kwh(energy.load)}`,
    `${words.bought}: ${kwh(energy.bought)}, ${words.sold}: ${kwh(energy.sold)}`,
    `${words.battery}: ${words.charged} ${kwh(energy.charged)} (${words.from_grid} ${kwh(energy.grid_charged)}), ${words.discharged} ${kwh(energy.discharged)}`,
    `${words.self_sufficiency}: ${percent(report.self_sufficiency)}, ${words.self_consumption}: ${percent(report.self_consumption)}`,
    `${words.saved}: ${kwh(energy.saved)} (${words.saved_how})`,
    `${words.soc}: ${words.now} ${percent(soc.now)}, ${words.dawn} ${percent(soc.at_dawn)}, ${words.min} ${when(soc.min, "%", 0)}, ${words.max} ${when(soc.max, "%", 0)}`,
    `${words.run_time}: ${duration(report.run_time_s)}`,
    `${words.lowest_cell}: ${cell(cells.lowest)}`,
    `${words.highest_cell}: ${cell(cells.highest)}`,
    `${words.spread}: ${when(cells.spread, "mV", 0, 1000)}, ${words.at_rest} ${when(cells.rest_spread, "mV", 0, 1000)}`,
    `${words.current}: ${words.min} ${when(battery_current.min, "A", 1)}, ${words.max} ${when(battery_current.max, "A", 1)}`,
    `${words.temperature}: ${words.battery_short} ${degrees(temperatures.battery_min)} … ${degrees(temperatures.battery_max)}, MOSFET ${degrees(temperatures.mosfet_max)}, ${words.inverter} ${degrees(temperatures.inverter_max)}`,
    `${words.off_grid}: ${duration(report.off_grid_s)}, ${words.on_grid}: ${duration(report.on_grid_s)}`,
    ...report.switches.map(
      (change) => `  ${time(change.at)} ${change.to === "on" ? words.to_grid : words.to_solar}${cause(change.cause)}`,
    ),
    `${words.unused}: ${duration(report.pv_unused_s)}`,
    `${words.cycles}: ${report.equivalent_cycles === null ? words.no_data : f.number(report.equivalent_cycles, 2)}`,
    `${words.missing}: BMS ${minutes(report.minutes_without_bms)}, ${words.inverter} ${minutes(report.minutes_without_inverter)}`,
    ...(report.implausible_samples > 0 ? [`${words.implausible}: ${f.number(report.implausible_samples)}`] : []),
    ...(report.counter_faults.length > 0
      ? [`${words.counter_faults}: ${report.counter_faults.map(speech.field).join(", ")}`]
      : []),
    report.alerts.length === 0 ? words.no_alerts : `${words.alerts}:`,
    ...report.alerts.flatMap(({ id, values, count }) =>
      id === "summary" ? [] : [`  ${count > 1 ? `${count}× ` : ""}${alertSentence(id, values, voice)}`],
    ),
    ...report.open_alerts.map(
      ({ id, since }) =>
        `  ${words.open} ${alertTitle(id, speech)} (${words.since} ${f.clock(since, until, report.time_zone)})`,
    ),
    sums(words.month, report.month.days, report.month.energy),
    ...(report.week === null ? [] : [sums(words.week, report.week.days, report.week.energy)]),
  ];
  return lines.join("\n");
}
