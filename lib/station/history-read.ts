import { nearest } from "../base/closest.ts";
import { UsageError } from "../base/errors.ts";
import { eitherOf } from "../base/failure/either.ts";
import { failure } from "../base/failure/failure.ts";
import { grouped } from "../base/grouped.ts";
import { localTime } from "../base/local-time.ts";
import type { Context } from "../cli/spec.ts";
import type { Field } from "../codec/table.ts";
import { decimals, fieldName, valueFromRaw } from "../codec/values.ts";
import { stationUnits } from "../config/units.ts";
import { EXPORT_FIELDS } from "../export/rows.ts";
import type { Store } from "../store/database.ts";
import { historyDays, historySeries } from "../store/history.ts";
import { BMS_HISTORY, type HistoryField, INVERTER_HISTORY } from "../store/history-fields.ts";
import { SAMPLE_COLUMNS, type SampleTable } from "../store/schema.ts";
import { seriesMeans } from "../store/series.ts";
import type { Span } from "../view/time-span.ts";

export const DAY_S = 86_400;
const QUARTER_S = 900;

/** What was asked for: a line that has a roll-up, or a column of the samples. */
export interface Column {
  /** As asked for. */
  readonly name: string;
  readonly label: string;
  readonly unit: string | null;
  readonly digits: number;
  readonly device: string;
  readonly column: string;
  readonly table: SampleTable;
  /** Null = it has a roll-up. */
  readonly field: Field | null;
}

type Value = number | string | boolean | null;

export interface HistoryLine extends Column {
  /** One value a step: means, or the last state of the step. */
  readonly values: readonly Value[];
  /** Lowest and highest value met; null where it has no numbers. */
  readonly least: number | null;
  readonly most: number | null;
}

/** Lines over common steps; `at` is the start of each. Steps of a day are local days. */
export interface History {
  readonly step_s: number;
  readonly at: readonly number[];
  readonly lines: readonly HistoryLine[];
}

const CELL: Field = { kind: "u16", div: 1000, unit: "V", doc: "Cell voltage", source: "cells of the sample" };
const HISTORY: Readonly<Record<SampleTable, Readonly<Record<string, HistoryField>>>> = {
  inverter_samples: INVERTER_HISTORY,
  bms_samples: BMS_HISTORY,
};

/** Finds a column by "name" or "device.name". @throws UsageError for one that no device has, or that two devices have */
export function columnOf(context: Context, name: string): Column {
  const devices = stationUnits(context.config).map(({ kind, name: device }) => ({
    device,
    table: `${kind}_samples` as SampleTable,
  }));
  const dot = name.indexOf(".");
  const wanted = dot < 0 ? null : name.slice(0, dot);
  const column = name.slice(dot + 1);
  const has = (table: SampleTable) => column in HISTORY[table] || SAMPLE_COLUMNS[table].includes(column);
  const holders = devices.filter(({ device, table }) => (wanted === null || device === wanted) && has(table));
  const [found, other] = holders;
  if (!found) {
    const known = devices.flatMap(({ table }) => [...Object.keys(HISTORY[table]), ...SAMPLE_COLUMNS[table]]);
    throw new UsageError(
      failure("no_such_column", {
        name,
        near: nearest(column, known),
        devices: devices.map(({ device }) => device).join(", "),
      }),
    );
  }
  if (other) {
    const names = eitherOf(holders.map(({ device }) => `${device}.${column}`));
    throw new UsageError(failure("column_of_several", { column, names }));
  }
  const line = HISTORY[found.table][column];
  if (line) {
    const label = fieldName(column, { kind: "u16", doc: line.doc, source: "" });
    return { name, ...found, column, label, unit: line.unit, digits: Math.log10(line.div), field: null };
  }
  const field = EXPORT_FIELDS[found.table === "bms_samples" ? "bms" : "inverter"][column] ?? CELL;
  const unit = "unit" in field ? (field.unit ?? null) : null;
  return { name, ...found, column, label: fieldName(column, field), unit, digits: decimals(field), field };
}

/** Reads the columns over equal steps, or over local days when the step is a day. @throws UsageError for a column without days */
export function readHistory(
  store: Store,
  columns: readonly Column[],
  asked: Span & { readonly step_s: number },
  time_zone: string,
): History {
  return asked.step_s >= DAY_S ? readDays(store, columns, asked, time_zone) : readSteps(store, columns, asked);
}

function readDays(store: Store, columns: readonly Column[], span: Span, time_zone: string): History {
  const first_day = localTime(span.from, time_zone).day;
  const lastMoment = localTime(span.to - 1, time_zone).day;
  const bare = columns.find(({ field }) => field !== null);
  if (bare) {
    const known = Object.keys(HISTORY[bare.table]).join(", ");
    throw new UsageError(failure("column_without_days", { name: bare.name, known }));
  }
  const at: number[] = [];
  const found = new Map<Column, HistoryLine>();
  for (const [device, group] of grouped(columns, (column) => column.device)) {
    const days = historyDays(store, device, { first_day, last_day: lastMoment, time_zone });
    if (at.length === 0) at.push(...days.map(({ from }) => from));
    for (const column of group) {
      const values = days.map((day) => day.fields[column.column] ?? null);
      found.set(column, {
        ...column,
        values: values.map((value) => tidy(value?.avg ?? null, column.digits)),
        ...extremes(values.flatMap((value) => (value ? [value.min, value.max] : []))),
      });
    }
  }
  return { step_s: DAY_S, at, lines: columns.flatMap((column) => found.get(column) ?? []) };
}

function readSteps(store: Store, columns: readonly Column[], asked: Span & { readonly step_s: number }): History {
  // The roll-up knows quarter hours: from there on steps are made of them.
  const isCoarse = asked.step_s >= QUARTER_S;
  const step_s = isCoarse ? Math.ceil(asked.step_s / QUARTER_S) * QUARTER_S : asked.step_s;
  const from = isCoarse ? Math.floor(asked.from / QUARTER_S) * QUARTER_S : asked.from;
  const steps = { from, to: asked.to, step_s };
  const at = Array.from({ length: Math.ceil((asked.to - from) / step_s) }, (_, index) => from + index * step_s);
  const found = new Map<Column, HistoryLine>();
  for (const [device, group] of grouped(columns, (column) => column.device)) {
    const lines = group.filter(({ field }) => field === null);
    const series = historySeries(store, { ...steps, device, fields: lines.map(({ column }) => column) });
    for (const column of lines) {
      const line = series.fields[column.column] as (typeof series.fields)[string];
      const values = at.map((_, index) => tidy(line.avg[index] ?? null, column.digits));
      const bounds = [...line.min, ...line.max].filter((value) => value !== null);
      found.set(column, { ...column, values, ...extremes(bounds) });
    }
    const bare = group.filter(({ field }) => field !== null);
    for (const line of sampleColumns(store, bare, steps, at.length)) found.set(line.asked, line);
  }
  return { step_s, at, lines: columns.flatMap((column) => found.get(column) ?? []) };
}

function sampleColumns(
  store: Store,
  columns: readonly Column[],
  steps: Span & { readonly step_s: number },
  count: number,
): (HistoryLine & { readonly asked: Column })[] {
  const [first] = columns;
  if (!first) return [];
  const names = (isMean: boolean) => [
    ...new Set(columns.filter(({ field }) => isNumber(field) === isMean).map(({ column }) => column)),
  ];
  const rows = seriesMeans(store, first.table, first.device, steps, names(true), names(false));
  return columns.map((asked) => {
    const values = Array.from({ length: count }, () => null as Value);
    for (const row of rows) {
      const raw = row.values[asked.column] ?? null;
      if (raw !== null) values[(row.at - steps.from) / steps.step_s] = shownValue(asked.field as Field, raw);
    }
    return { ...asked, asked, values, ...extremes(values.filter((value) => typeof value === "number")) };
  });
}

function isNumber(field: Field | null): boolean {
  return field !== null && !["enum", "flags", "bool", "ascii", "version"].includes(field.kind);
}

/** A mean in engineering units; words of bits read as their labels. */
function shownValue(field: Field, raw: number): Value {
  if (isNumber(field)) return tidy(raw / ("div" in field && field.div ? field.div : 1), decimals(field));
  const value = valueFromRaw(field, raw);
  if (!Array.isArray(value)) return value as string | boolean | null;
  return value.map(({ bit, label }) => label ?? `reserved_bit_${bit}`).join(";");
}

/** A mean has one decimal more than its field. */
function tidy(value: number | null, digits: number): number | null {
  return value === null ? null : Number(value.toFixed(digits + 1));
}

function extremes(values: readonly number[]): { least: number | null; most: number | null } {
  if (values.length === 0) return { least: null, most: null };
  return { least: values.reduce((a, b) => Math.min(a, b)), most: values.reduce((a, b) => Math.max(a, b)) };
}
