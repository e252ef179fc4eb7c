import { type Screen, screenSize } from "../cli/terminal.ts";
import type { InverterTotals } from "../page/model.ts";
import { ENERGY_KEYS } from "../station/station-energy.ts";
import { ownShare } from "../view/shares.ts";
import type { Speech } from "../words/index.ts";
import { aligned } from "./table.ts";
import { stripChart } from "./terminal-chart.ts";

/** One line of a report: a day or a month, and its energies in kWh. */
export interface ReportRow extends InverterTotals {
  readonly period: string;
  /** Seconds with the grid relay open and closed, and those that samples cover. */
  readonly off_grid_s: number | null;
  readonly on_grid_s: number | null;
  readonly covered_s: number;
  /** Days that had data, of those that the row spans. */
  readonly days: number;
  readonly of_days: number;
}

/** Energies by day or month as a table with its sum, and a picture where there are enough rows. */
export function energyReportText(
  rows: readonly ReportRow[],
  total: ReportRow,
  { page: w, format: f }: Speech,
  { columns, text }: Pick<Screen, "columns" | "text"> = screenSize(),
): string {
  if (total.days === 0) return `${total.period}: ${w.no_day_data}`;
  const shown = ENERGY_KEYS.filter((key) => !QUIET_KEYS.has(key) || rows.some((row) => (row[key] ?? 0) > 0));
  const figures = (row: ReportRow) => shown.map((key) => f.number(row[key], 1));
  const missing = (row: ReportRow) =>
    row.days < row.of_days && row.of_days > 1 ? `${w.no_day_data}: ${row.of_days - row.days} / ${row.of_days}` : "";
  const table = [
    [f.unit("kWh"), ...shown.map((key) => w[key]), ""],
    ...withoutGaps(rows).map((row) =>
      "to" in row
        ? [gapName(row.period, row.to), ...shown.map(() => f.number(null)), w.no_day_data]
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

/** "2026-06-02 … 04"; one alone by its own name, and whole where another month or year begins in it. */
function gapName(from: string, to: string): string {
  if (from === to) return from;
  return from.slice(0, -2) === to.slice(0, -2) ? `${from} … ${to.slice(-2)}` : `${from} … ${to}`;
}

/** Heads of several words take several lines where the screen is narrow. */
function laidOut(table: readonly (readonly string[])[], columns: number): string[] {
  const [head = [], ...body] = table;
  const isRight = (column: number) => column > 0 && column < head.length - 1;
  const wide = aligned(table, isRight);
  if (wide.every(({ length }) => length <= columns)) return wide;
  const heads = head.map((text) => text.split(" "));
  const lines = Math.max(...heads.map((words) => words.length));
  const top = Array.from({ length: lines }, (_, line) =>
    heads.map((words) => words[line - lines + words.length] ?? ""),
  );
  return aligned([...top, ...body], isRight);
}
