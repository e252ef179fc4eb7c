import { didYouMean } from "../../base/closest.ts";
import { UsageError } from "../../base/errors.ts";
import { grouped } from "../../base/grouped.ts";
import { addDays, localTime } from "../../base/local-time.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { screenSize } from "../../cli/terminal.ts";
import type { InverterTotals } from "../../page/model.ts";
import { ENERGY_KEYS, inverterDays, totalsOf } from "../../station/station-energy.ts";
import { speechOfStation } from "../../station/voice.ts";
import { type HistoryDay, sumDays } from "../../store/history.ts";
import { stripChart } from "../../terminal/terminal-chart.ts";
import { ownShare } from "../../view/shares.ts";
import type { Speech } from "../../words/index.ts";

type Period = "day" | "month" | "year";

/** One line of a report: a day or a month, and its energies in kWh. */
interface ReportRow extends InverterTotals {
  readonly period: string;
  /** Seconds with the grid relay open and closed, and those that samples cover. */
  readonly off_grid_s: number | null;
  readonly on_grid_s: number | null;
  readonly covered_s: number;
  /** Days that had data, of those that the row spans. */
  readonly days: number;
  readonly of_days: number;
}

/** `station report day|month|year [which]`: energies by day or month, from the counters; what is not known stays empty. */
export async function stationReport(context: Context): Promise<Answer> {
  const [period = "day", which] = context.args;
  if (period !== "day" && period !== "month" && period !== "year") {
    throw new UsageError(
      `"${period}" is no period; expected day, month or year${didYouMean(String(period), ["day", "month", "year"])}`,
    );
  }
  const { day: today } = localTime(context.clock.now(), context.config.station.time_zone);
  const days = daysOf(period, which, today);
  const [first, last] = [days[0] as string, days.at(-1) as string];
  const found = inverterDays(context, context.openStore({ readonly: true }), { first_day: first, last_day: last });
  const rows = period === "year" ? withoutEmptyStart(byMonth(found)) : found.map((day) => rowOf(day.day, [day]));
  const total = rowOf(period === "day" ? first : nameOf(period, days), found);
  return {
    json: { period, rows, total, self_supplied_percent: ownShare(total.load_energy, total.grid_import_energy) },
    text: () => reportText(withoutEmptyStart(rows), total, speechOfStation(context)),
    always: true,
  };
}

/** The local days of a period, up to today. @throws UsageError for a text that names no such period */
function daysOf(period: Period, which: string | undefined, today: string): string[] {
  const length = { day: 10, month: 7, year: 4 }[period];
  const form = { day: "2026-11-22", month: "2026-11", year: "2026" }[period];
  const name = which ?? today.slice(0, length);
  if (!/^\d{4}(-\d{2}){0,2}$/.test(name) || name.length !== length) {
    throw new UsageError(`"${name}" is no ${period}; expected a form like ${form}`);
  }
  const first = `${name}-01-01`.slice(0, 10);
  const start = period === "day" ? name : period === "month" ? `${name}-01` : first;
  if (Number.isNaN(Date.parse(`${start}T00:00:00Z`))) throw new UsageError(`"${name}" is no ${period} of the calendar`);
  const days: string[] = [];
  for (let day = start; day.startsWith(name) && day <= today; day = addDays(day, 1)) days.push(day);
  if (days.length === 0) throw new UsageError(`${name} has not begun`);
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

/** Blanks between two columns. */
const GAP = "  ";

function reportText(rows: readonly ReportRow[], total: ReportRow, { page: w, format: f }: Speech): string {
  const { columns, text } = screenSize();
  if (total.days === 0) return `${total.period}: ${w.no_day_data}`;
  const shown = ENERGY_KEYS.filter((key) => !QUIET_KEYS.has(key) || rows.some((row) => (row[key] ?? 0) > 0));
  const figures = (row: ReportRow) => shown.map((key) => f.number(row[key], 1));
  const missing = (row: ReportRow) =>
    row.days < row.of_days && row.of_days > 1 ? `${w.no_day_data}: ${row.of_days - row.days} / ${row.of_days}` : "";
  const table = [
    [f.unit("kWh"), ...shown.map((key) => w[key]), ""],
    ...withoutGaps(rows).map((row) =>
      "to" in row
        ? [`${row.period} … ${row.to.slice(-2)}`, ...shown.map(() => f.number(null)), w.no_day_data]
        : [row.period, ...figures(row), missing(row)],
    ),
    ...(rows.length > 1 ? [[total.period, ...figures(total), missing(total)]] : []),
  ];
  const own = ownShare(total.load_energy, total.grid_import_energy);
  const chart = energyStrips(rows, columns, w);
  return [
    ...laidOut(table, text),
    "",
    ...(chart.length > 0 ? [...chart, ""] : []),
    `${w.self_supplied}: ${f.quantity(own, "%")}`,
  ]
    .join("\n")
    .replace(/[\u00a0\u202f]/g, " ");
}

/** Fewer make no picture. */
const FEWEST_DRAWN = 4;

/** Sun and house day by day, or month by month, one column each. */
function energyStrips(rows: readonly ReportRow[], width: number, w: Speech["page"]): string[] {
  if (rows.length < FEWEST_DRAWN) return [];
  const start = (row: ReportRow | undefined) => Date.parse(`${`${row?.period}-01`.slice(0, 10)}T00:00:00Z`) / 1000;
  const from = start(rows[0]);
  const step_s = (start(rows.at(-1)) - from) / (rows.length - 1);
  const full = rows.reduce((most, row) => Math.max(most, row.pv_energy ?? 0, row.load_energy ?? 0), 0);
  const strips = (["pv_energy", "load_energy"] as const).map((key) => ({
    ...{ label: w[key], values: rows.map((row) => row[key]), full: full || 1 },
  }));
  const margin = Math.max(...strips.map(({ label }) => label.length)) + 2;
  return stripChart(strips, { from, to: from + step_s * rows.length, time_zone: "UTC", width, margin });
}

/** Columns that only stand where they have something to say. */
const QUIET_KEYS: ReadonlySet<keyof InverterTotals> = new Set(["grid_export_energy", "grid_charge_energy"]);

/** Days without data that follow each other as one row. */
function withoutGaps(rows: readonly ReportRow[]): (ReportRow | { readonly period: string; readonly to: string })[] {
  const shown: (ReportRow | { readonly period: string; to: string })[] = [];
  for (const row of rows) {
    const last = shown.at(-1);
    if (row.days > 0) shown.push(row);
    else if (last !== undefined && "to" in last) last.to = row.period;
    else shown.push({ period: row.period, to: row.period });
  }
  return shown;
}

/** A table in columns: heads of several words take several lines where the screen is narrow. */
function laidOut(table: readonly (readonly string[])[], columns: number): string[] {
  const [head = [], ...body] = table;
  const widest = (rows: readonly (readonly string[])[]) =>
    head.map((_, column) => Math.max(0, ...rows.map((cells) => (cells[column] ?? "").length)));
  const sum = (widths: readonly number[]) => widths.reduce((total, width) => total + width + GAP.length, -GAP.length);
  const isWide = sum(widest(table)) <= columns;
  const heads = head.map((text) => (isWide ? [text] : text.split(" ")));
  const lines = Math.max(...heads.map((words) => words.length));
  const top = Array.from({ length: lines }, (_, line) =>
    heads.map((words) => words[line - lines + words.length] ?? ""),
  );
  const rows = [...top, ...body];
  const widths = widest(rows);
  return rows.map((cells) =>
    cells
      .map((cell, column) => {
        const width = widths[column] as number;
        return column === 0 || column === cells.length - 1 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join(GAP)
      .trimEnd(),
  );
}
