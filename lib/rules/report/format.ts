/** The daily report as text for a messenger, in English or Russian. */
import { dayBounds, localTime } from "../local-time.ts";
import type { DailyReport, DayEnergy, Extreme } from "./types.ts";
import { REPORT_WORDS, type ReportLanguage, type ReportWords } from "./words.ts";

/** Plain text, one fact a line; what is missing is said to be missing. */
export function formatReport(report: DailyReport, language: ReportLanguage): string {
  const words = REPORT_WORDS[language];
  const time = (at: number): string => localTime(at, report.time_zone).time;
  const amount = (value: number | null, unit: string): string => (value === null ? words.no_data : `${value} ${unit}`);
  const kwh = (value: number | null): string => amount(value, words.kwh);
  const percent = (value: number | null): string => (value === null ? words.no_data : `${value} %`);
  const when = (value: Extreme | null, unit: string): string =>
    value === null ? words.no_data : `${value.value} ${unit} (${time(value.at)})`;
  const { energy, soc, cells, temperatures, battery_current } = report;
  const cell = (value: typeof cells.lowest): string =>
    value === null
      ? words.no_data
      : `${value.value} ${words.volt}, ${words.cell} ${value.cell} ${value.device} (${time(value.at)})`;
  const lines = [
    `${words.title} ${report.day}${report.until < dayBounds(report.day, report.time_zone).end ? `, ${words.until} ${time(report.until)}` : ""}`,
    `${words.pv}: ${kwh(energy.pv)}`,
    `${words.load}: ${kwh(energy.load)}`,
    `${words.bought}: ${kwh(energy.bought)}, ${words.sold}: ${kwh(energy.sold)}`,
    `${words.battery}: ${words.charged} ${kwh(energy.charged)} (${words.from_grid} ${kwh(energy.grid_charged)}), ${words.discharged} ${kwh(energy.discharged)}`,
    `${words.self_sufficiency}: ${percent(report.self_sufficiency)}, ${words.self_consumption}: ${percent(report.self_consumption)}`,
    `${words.saved}: ${kwh(energy.saved)} (${words.saved_how})`,
    `SoC: ${words.now} ${percent(soc.now)}, ${words.dawn} ${percent(soc.at_dawn)}, ${words.min} ${when(soc.min, "%")}, ${words.max} ${when(soc.max, "%")}`,
    `${words.run_time}: ${report.run_time_s === null ? words.no_data : hours(report.run_time_s, words)}`,
    `${words.lowest_cell}: ${cell(cells.lowest)}`,
    `${words.highest_cell}: ${cell(cells.highest)}`,
    `${words.spread}: ${when(cells.spread, words.volt)}, ${words.at_rest} ${when(cells.rest_spread, words.volt)}`,
    `${words.current}: ${words.min} ${when(battery_current.min, words.ampere)}, ${words.max} ${when(battery_current.max, words.ampere)}`,
    `${words.temperature}: ${words.battery_short} ${amount(temperatures.battery_min?.value ?? null, "°C")} … ${amount(temperatures.battery_max?.value ?? null, "°C")}, MOSFET ${amount(temperatures.mosfet_max?.value ?? null, "°C")}, ${words.inverter} ${amount(temperatures.inverter_max?.value ?? null, "°C")}`,
    `${words.off_grid}: ${seconds(report.off_grid_s, words)}, ${words.on_grid}: ${seconds(report.on_grid_s, words)}`,
    ...report.switches.map(
      ({ at, to, trigger }) => `  ${time(at)} ${to === "on" ? words.to_grid : words.to_solar}: ${trigger}`,
    ),
    `${words.unused}: ${seconds(report.pv_unused_s, words)}`,
    `${words.cycles}: ${report.equivalent_cycles ?? words.no_data}`,
    `${words.missing}: BMS ${report.minutes_without_bms} ${words.minute}, ${words.inverter} ${report.minutes_without_inverter} ${words.minute}`,
    ...(report.implausible_samples > 0 ? [`${words.implausible}: ${report.implausible_samples}`] : []),
    ...(report.counter_faults.length > 0 ? [`${words.counter_faults}: ${report.counter_faults.join(", ")}`] : []),
    report.alerts.length === 0 ? words.no_alerts : `${words.alerts}:`,
    ...report.alerts.map(({ text, count }) => `  ${count > 1 ? `${count}× ` : ""}${text}`),
    ...report.open_alerts.map(
      ({ key, since }) => `  ${words.open} ${key} (${words.since} ${sinceWords(since, report)})`,
    ),
    sumLine(words.month, report.month.days, report.month.energy, words),
    ...(report.week === null ? [] : [sumLine(words.week, report.week.days, report.week.energy, words)]),
  ];
  return lines.join("\n");
}

function sinceWords(since: number, report: DailyReport): string {
  const { day, time } = localTime(since, report.time_zone);
  return day === report.day ? time : `${day} ${time}`;
}

function sumLine(title: string, days: number, energy: DayEnergy, words: ReportWords): string {
  const kwh = (value: number | null): string => (value === null ? words.no_data : `${value} ${words.kwh}`);
  return `${title} (${days} ${words.days}): ${words.pv} ${kwh(energy.pv)}, ${words.load} ${kwh(energy.load)}, ${words.bought} ${kwh(energy.bought)}, ${words.saved} ${kwh(energy.saved)}`;
}

function seconds(value: number | null, words: ReportWords): string {
  return value === null ? words.no_data : hours(value, words);
}

/** "5 h 20 min" */
function hours(value: number, words: ReportWords): string {
  const minutes = Math.round(value / 60);
  return `${Math.floor(minutes / 60)} ${words.hour} ${minutes % 60} ${words.minute}`;
}
