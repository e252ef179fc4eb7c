import { parseDuration } from "../../cli/duration.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import type { Field } from "../../codec/table.ts";
import { decimals, fieldName, valueFromRaw } from "../../codec/values.ts";
import { UsageError } from "../../errors.ts";
import { EXPORT_FIELDS } from "../../export/rows.ts";
import { isoTime } from "../../export/table-text.ts";
import { localTime } from "../../rules/local-time.ts";
import type { Store } from "../../store/database.ts";
import { SAMPLE_COLUMNS, type SampleTable } from "../../store/schema.ts";
import { seriesMeans } from "../../store/series.ts";
import { grouped } from "./grouped.ts";
import { harmless, paint, sparkline, squeezed } from "./paint.ts";
import { parseSpan, type Span } from "./time-span.ts";

/** A column of history: where it is stored and how it reads. */
interface Column {
  /** As asked for. */
  readonly name: string;
  readonly table: SampleTable;
  readonly device: string;
  readonly column: string;
  readonly field: Field;
}

interface HistoryLine extends Column {
  /** One value a step, null where there is no sample. */
  readonly values: readonly (number | string | boolean | null)[];
}

const CELL_FIELD: Field = { kind: "u16", div: 1000, unit: "V", doc: "Cell voltage", source: "4E57 79; PB 0x1200" };
const DEFAULT_COLUMNS = ["pv_power", "load_power", "grid_power", "battery_power", "soc"];
const WIDTH = 72;
const CHART_HEIGHT = 8;
/** More steps than this serve nobody and would fill the memory of a small board. */
const MOST_STEPS = 200_000;

/** `station history`: columns over time as sparklines, charts, CSV or JSON. */
export async function stationHistory(context: Context): Promise<Answer> {
  const { options, clock, config } = context;
  const { time_zone } = config.station;
  const now = clock.now();
  const span = parseSpan(String(options.from), String(options.to), { now, time_zone });
  const step_s = options.every === undefined ? niceStep(span) : Math.max(1, parseDuration(String(options.every)));
  if ((span.to - span.from) / step_s > MOST_STEPS) {
    throw new UsageError(`--every ${step_s} s makes more than ${MOST_STEPS} steps; ask for a longer one`);
  }
  const store = context.openStore({ readonly: true });
  const asked = options.columns === undefined ? defaultColumns(context) : String(options.columns).split(",");
  const columns = asked.map((name) => columnOf(context, name.trim()));
  const lines = readColumns(store, columns, span, step_s);
  const times = Array.from({ length: stepCount(span, step_s) }, (_, index) => span.from + index * step_s);
  return {
    json: {
      from: span.from,
      to: span.to,
      every_s: step_s,
      columns: lines.map(({ name, device, column, field }) => ({
        name,
        device,
        column,
        unit: "unit" in field ? (field.unit ?? null) : null,
      })),
      rows: times.map((at, index) => [at, ...lines.map(({ values }) => values[index] ?? null)]),
    },
    text: (terminal) =>
      options.csv === true
        ? historyCsv(times, lines)
        : historyText(span, lines, time_zone, options.chart === true, terminal),
    always: true,
  };
}

function defaultColumns(context: Context): string[] {
  const { inverter, bms } = context.config;
  const device = bms[0]?.name;
  return DEFAULT_COLUMNS.flatMap((column) => {
    if (column === "soc") return device === undefined ? [] : [`${device}.soc`];
    return inverter.enabled ? [`${inverter.name}.${column}`] : [];
  });
}

/** @throws UsageError for a name that no device has, or that two devices have */
function columnOf(context: Context, name: string): Column {
  const { inverter, bms } = context.config;
  const devices: { device: string; table: SampleTable }[] = [
    ...(inverter.enabled ? [{ device: inverter.name, table: "inverter_samples" as const }] : []),
    ...bms.map((unit) => ({ device: unit.name, table: "bms_samples" as const })),
  ];
  const [first, second] = name.includes(".") ? name.split(".", 2) : [null, name];
  const column = second ?? "";
  const holders = devices.filter(
    ({ device, table }) => (first === null || device === first) && SAMPLE_COLUMNS[table].includes(column),
  );
  const [found, other] = holders;
  if (!found) {
    const where = first === null ? `${devices.map(({ device }) => device).join(" nor ")} has` : `${first} has`;
    throw new UsageError(`neither ${where} a column "${column}"; docs/reference/names.md lists them`);
  }
  if (other) {
    throw new UsageError(
      `"${column}" is ambiguous: ${holders.map(({ device }) => `${device}.${column}`).join(" or ")}`,
    );
  }
  const field = EXPORT_FIELDS[found.table === "bms_samples" ? "bms" : "inverter"][column] ?? CELL_FIELD;
  return { name, ...found, column, field };
}

function readColumns(store: Store, columns: readonly Column[], span: Span, step_s: number): HistoryLine[] {
  const groups = grouped(columns, ({ table, device }) => `${table} ${device}`);
  const found = new Map<Column, HistoryLine["values"]>();
  for (const group of groups.values()) {
    const { table, device } = group[0] as Column;
    const isMean = ({ field }: Column) => isNumber(field);
    const means = group.filter(isMean).map(({ column }) => column);
    const last = group.filter((one) => !isMean(one)).map(({ column }) => column);
    const rows = seriesMeans(store, table, device, { ...span, step_s }, [...new Set(means)], [...new Set(last)]);
    for (const one of group) {
      const values = Array.from({ length: stepCount(span, step_s) }, () => null as number | string | boolean | null);
      for (const row of rows) {
        const raw = row.values[one.column] ?? null;
        if (raw !== null) values[(row.at - span.from) / step_s] = shownValue(one.field, raw);
      }
      found.set(one, values);
    }
  }
  return columns.map((column) => ({ ...column, values: found.get(column) ?? [] }));
}

function isNumber(field: Field): boolean {
  return !["enum", "flags", "bool", "ascii", "version"].includes(field.kind);
}

/** A mean has one decimal more than its field; words of bits read as their labels. */
function shownValue(field: Field, raw: number): number | string | boolean | null {
  if (!isNumber(field)) {
    const value = valueFromRaw(field, raw);
    if (!Array.isArray(value)) return value as string | boolean | null;
    return value.map(({ bit, label }) => label ?? `reserved_bit_${bit}`).join(";");
  }
  return Number((raw / ("div" in field && field.div ? field.div : 1)).toFixed(decimals(field) + 1));
}

function stepCount(span: Span, step_s: number): number {
  return Math.ceil((span.to - span.from) / step_s);
}

/** A round step that gives about as many values as a terminal has columns. */
function niceStep(span: Span): number {
  const rough = (span.to - span.from) / WIDTH;
  return (
    [60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200].find((step) => step >= rough) ?? 86_400
  );
}

function historyCsv(times: readonly number[], lines: readonly HistoryLine[]): string {
  const quoted = (value: unknown) => {
    const text = value === null || value === undefined ? "" : String(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const header = ["time", ...lines.map(({ name }) => name)].map(quoted).join(",");
  const rows = times.map((at, index) => [isoTime(at), ...lines.map(({ values }) => quoted(values[index]))].join(","));
  return [header, ...rows].join("\n");
}

function historyText(
  span: Span,
  lines: readonly HistoryLine[],
  time_zone: string,
  chart: boolean,
  terminal: boolean,
): string {
  const p = paint(terminal);
  const stamp = (at: number) => {
    const { day, time } = localTime(at, time_zone);
    return `${day} ${time}`;
  };
  const blocks = lines.map((line) => {
    const numbers = line.values.map((value) => (typeof value === "number" ? value : null));
    const known = numbers.filter((value) => value !== null);
    const unit = "unit" in line.field && line.field.unit ? ` ${line.field.unit}` : "";
    const title = p.bold(harmless(`${fieldName(line.column, line.field)} (${line.name})`));
    if (known.length === 0) return `${title}\n  ${statesText(line, p.dim("no numbers in this time"))}`;
    const digits = decimals(line.field);
    const mean = known.reduce((a, b) => a + b, 0) / known.length;
    const least = known.reduce((a, b) => Math.min(a, b));
    const most = known.reduce((a, b) => Math.max(a, b));
    const sums = `min ${least.toFixed(digits)}  mean ${mean.toFixed(digits)}  max ${most.toFixed(digits)}${unit}`;
    const drawn = squeezed(numbers, WIDTH);
    const picture = chart ? chartRows(drawn, least, most, digits) : `  ${sparkline(drawn)}`;
    return `${title}  ${p.dim(sums)}\n${picture}`;
  });
  return [`${stamp(span.from)} … ${stamp(span.to)} (${time_zone})`, ...blocks].join("\n\n");
}

/** States have no curve: how often each was met. */
function statesText(line: HistoryLine, nothing: string): string {
  const counts = new Map<string, number>();
  for (const value of line.values) {
    if (value !== null) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  }
  if (counts.size === 0) return nothing;
  const total = [...counts.values()].reduce((a, b) => a + b, 0);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([state, count]) => `${state === "" ? "none" : state} ${Math.round((100 * count) / total)} %`)
    .join(", ");
}

/** Eight rows of blocks with the values of top and bottom beside them. */
function chartRows(values: readonly (number | null)[], least: number, most: number, digits: number): string {
  const low = Math.min(0, least);
  const span = most - low || 1;
  const labels = [most.toFixed(digits), low.toFixed(digits)];
  const width = Math.max(...labels.map((label) => label.length));
  const rows = Array.from({ length: CHART_HEIGHT }, (_, index) => {
    const floor = CHART_HEIGHT - 1 - index;
    const part = values.map((value) => {
      if (value === null) return " ";
      const height = ((value - low) / span) * CHART_HEIGHT - floor;
      if (height <= 0) return floor === 0 ? "▁" : " ";
      return sparkline([Math.min(1, height)], 0, 1);
    });
    const label = index === 0 ? labels[0] : index === CHART_HEIGHT - 1 ? labels[1] : "";
    return `  ${(label as string).padStart(width)} ┤${part.join("")}`;
  });
  return rows.join("\n");
}
