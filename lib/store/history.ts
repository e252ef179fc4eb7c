import { addDays, dayBounds } from "../base/local-time.ts";
import { EnergyFold } from "../view/energy-fold.ts";
import type { Store } from "./database.ts";
import {
  type HistoryField,
  type HistoryKind,
  historyColumns,
  QUARTER_S,
  quarterOf,
  sumColumns,
} from "./history-fields.ts";
import { mergeRows } from "./history-merge.ts";
import {
  freshQuarters,
  type HistoryDevice,
  type HistoryRow,
  type HistoryState,
  historyDevice,
  readHistoryState,
  readingsBefore,
  sampleLines,
  storedQuarters,
  storedReadings,
} from "./history-rows.ts";

type Value = number | null;

/** Lines over equal steps in engineering units; null where there was no sample. */
export interface Series<Key extends string = string> {
  readonly device: string;
  readonly from: number;
  readonly step_s: number;
  /** Start of each step, UTC s. */
  readonly at: readonly number[];
  /** Samples in each step. */
  readonly samples: readonly number[];
  readonly fields: Readonly<Record<Key, { readonly avg: Value[]; readonly min: Value[]; readonly max: Value[] }>>;
}

export interface SeriesRequest<Key extends string = string> {
  readonly device: string;
  readonly from: number;
  readonly to: number;
  readonly step_s: number;
  /** Keys of INVERTER_HISTORY or BMS_HISTORY. */
  readonly fields: readonly Key[];
}

/** One local calendar day. Energies in kWh; null = no data, never 0. */
export interface HistoryDay {
  /** "YYYY-MM-DD". */
  readonly day: string;
  /** First second of the day and of the next: 23, 24 or 25 h apart. */
  readonly from: number;
  readonly to: number;
  readonly samples: number;
  /** Seconds of the day that samples cover. */
  readonly covered_s: number;
  readonly fields: Readonly<
    Record<string, { readonly avg: number; readonly min: number; readonly max: number } | null>
  >;
  readonly energy: Readonly<Record<string, Value>>;
  /** Seconds with the grid relay closed and open; null for a BMS. */
  readonly on_grid_s: Value;
  readonly off_grid_s: Value;
}

export interface DaysRequest {
  readonly first_day: string;
  readonly last_day: string;
  readonly time_zone: string;
  /** Lines that are wanted; all of them where nothing is said. Energies and times are always there. */
  readonly fields?: readonly string[];
}

/** Sums of several days; `days` of them have samples. */
export interface DaySums {
  readonly days: number;
  readonly covered_s: number;
  readonly energy: Readonly<Record<string, Value>>;
  readonly on_grid_s: Value;
  readonly off_grid_s: Value;
}

const DAY_S = 86400;
const STEPS = [60, 300, 900, 1800, 3600, 7200, 21600] as const;
/** The longest span that is drawn from quarter hours: some thousand rows. */
const LONGEST_BY_QUARTERS_S = 40 * DAY_S;

/** The finest step that draws the span in about `points` points; 86400 = too long for steps, use historyDays. */
export function suitableStep(from: number, to: number, points = 300): number {
  if (to - from > LONGEST_BY_QUARTERS_S) return DAY_S;
  return STEPS.find((step) => (to - from) / step <= points) ?? DAY_S;
}

/**
 * Lines of one device from `from` to `to`. Below 900 s from the samples; else from the roll-up and what is not rolled up yet, with
 * `from` rounded down and the step up to quarter hours. @throws RangeError for a field that has no history
 */
export function historySeries<Key extends string>(store: Store, request: SeriesRequest<Key>): Series<Key> {
  const device = historyDevice(store, request.device);
  const by_quarters = request.step_s >= QUARTER_S;
  const step_s = by_quarters
    ? Math.ceil(request.step_s / QUARTER_S) * QUARTER_S
    : Math.max(1, Math.trunc(request.step_s));
  const from = by_quarters ? quarterOf(request.from) : request.from;
  const rows = device ? stepRows(store, device, { ...request, from, step_s }) : new Map<number, HistoryRow>();
  const steps = Math.max(0, Math.ceil((request.to - from) / step_s));
  const at = Array.from({ length: steps }, (_, index) => from + index * step_s);
  const column = (name: string, div: number) => at.map((start) => scaled(rows.get(start)?.[name] ?? null, div));
  const lines = request.fields.map((key) => {
    const div = device ? fieldOf(device.kind, key).div : 1;
    const line = { avg: column(`${key}_avg`, div), min: column(`${key}_min`, div), max: column(`${key}_max`, div) };
    return [key, line] as const;
  });
  const samples = at.map((start) => rows.get(start)?.samples ?? 0);
  const fields = Object.fromEntries(lines) as Series<Key>["fields"];
  return { device: request.device, from, step_s, at, samples, fields };
}

/** Every local day from `first_day` to `last_day`, with data or without; today so far. */
export function historyDays(store: Store, name: string, request: DaysRequest): HistoryDay[] {
  const device = historyDevice(store, name);
  const { time_zone } = request;
  const days: { day: string; from: number; to: number }[] = [];
  for (let day = request.first_day; day <= request.last_day; day = addDays(day, 1)) {
    const { start, end } = dayBounds(day, time_zone);
    days.push({ day, from: start, to: end });
  }
  const first = days[0];
  const last = days.at(-1);
  if (device === null || first === undefined || last === undefined) return days.map((day) => emptyDay(device, day));
  const complete = daysCompleteUntil(readHistoryState(store, device.id), time_zone);
  const { fields = Object.keys(device.kind.fields) } = request;
  const stored = storedDays(store, device, first.from, Math.min(last.to, complete), fields);
  const missing = days.filter(({ to }) => to > complete);
  const [open] = missing;
  const rest = open === undefined ? [] : quartersOf(store, device, open.from, last.to, fields);
  const byDay = groupByDay(rest, missing);
  return days.map((day) => {
    const row = stored.get(day.day) ?? merged(device.kind, byDay.get(day.day) ?? [], fields);
    return row === null ? emptyDay(device, day) : dayOf(device.kind, day, row);
  });
}

/** The same days of several devices as one: sums where every device that has samples knows them. */
export function joinDays(devices: readonly (readonly HistoryDay[])[]): HistoryDay[] {
  const [first = [], ...others] = devices;
  if (others.length === 0) return [...first];
  return first.map((day, index) => {
    const same = devices.flatMap((days) => days[index] ?? []);
    const { energy } = sumDays(same);
    // The switches of several machines stand alike but for moments.
    return { ...day, energy, samples: Math.max(...same.map(({ samples }) => samples)) };
  });
}

/** Sums of days, for months and years; null where no day knows. */
export function sumDays(days: readonly HistoryDay[]): DaySums {
  const total = (values: readonly Value[]) => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : tidy(known.reduce((sum, value) => sum + value, 0));
  };
  const keys = [...new Set(days.flatMap((day) => Object.keys(day.energy)))];
  return {
    days: days.filter((day) => day.samples > 0).length,
    covered_s: days.reduce((sum, day) => sum + day.covered_s, 0),
    energy: Object.fromEntries(keys.map((key) => [key, total(days.map((day) => day.energy[key] ?? null))])),
    on_grid_s: total(days.map((day) => day.on_grid_s)),
    off_grid_s: total(days.map((day) => day.off_grid_s)),
  };
}

/** kWh between two moments, to the quarter hour; null where nothing is known. For spans of up to some weeks. */
export function energyBetween(store: Store, name: string, from: number, to: number): Readonly<Record<string, Value>> {
  const device = historyDevice(store, name);
  if (device === null) return {};
  return energyOf(device.kind, mergeRows(device.kind, quartersOf(store, device, quarterOf(from), to, []), []));
}

function fieldOf(kind: HistoryKind, key: string): HistoryField {
  const field = kind.fields[key];
  if (!field) throw new RangeError(`"${key}" has no history; there are: ${Object.keys(kind.fields).join(", ")}`);
  return field;
}

function stepRows(store: Store, device: HistoryDevice, request: SeriesRequest): Map<number, HistoryRow> {
  const { from, to, step_s, fields } = request;
  for (const key of fields) fieldOf(device.kind, key);
  if (step_s < QUARTER_S) {
    const lines = sampleLines(store, device, { from, to, step_s, origin: from }, fields);
    return new Map(lines.map((line) => [line.at, line]));
  }
  const groups = new Map<number, HistoryRow[]>();
  for (const row of quartersOf(store, device, from, to, fields)) {
    const start = from + Math.floor((row.at - from) / step_s) * step_s;
    const group = groups.get(start);
    if (group) group.push(row);
    else groups.set(start, [row]);
  }
  return new Map([...groups].map(([start, rows]) => [start, mergeRows(device.kind, rows, fields)]));
}

/** Quarter hours of [from, to): the stored ones, and from where the roll-up ends those of the samples. */
function quartersOf(
  store: Store,
  device: HistoryDevice,
  from: number,
  to: number,
  keys: readonly string[] = Object.keys(device.kind.fields),
): (HistoryRow & { readonly at: number })[] {
  const columns = columnsFor(device.kind, keys);
  const through = readHistoryState(store, device.id)?.through ?? null;
  const rows = new Map<number, HistoryRow>();
  if (through !== null) {
    for (const row of storedQuarters(store, device, from, Math.min(to, through), columns)) rows.set(row.at, row);
  }
  if (through === null || to > through) {
    // Counters go on from where the roll-up stopped, unless that is so long ago that the samples must say it.
    const near = through !== null && through >= from - RESUME_S;
    const start = near ? through : from;
    const fold = new EnergyFold(
      device.kind,
      near ? storedReadings(store, device.id) : readingsBefore(store, device, start),
      from,
    );
    for (const [at, row] of freshQuarters(store, device, start, to, fold, keys)) {
      if (at < from) continue;
      const before = rows.get(at);
      rows.set(at, before ? mergeRows(device.kind, [before, row], keys) : row);
    }
  }
  return [...rows].map(([at, row]) => ({ ...row, at })).sort((a, b) => a.at - b.at);
}

const RESUME_S = 2 * DAY_S;

/** Columns of a roll-up row for some lines: theirs, and all that is summed. */
function columnsFor(kind: HistoryKind, keys: readonly string[]): string[] {
  const wanted = new Set(keys.flatMap((key) => [`${key}_avg`, `${key}_min`, `${key}_max`]));
  const sums = ["samples", "covered_s", ...sumColumns(kind)];
  return historyColumns(kind).filter((column) => wanted.has(column) || sums.includes(column));
}

/** Every day that ends by then and has samples has a row of its own, in this zone. */
function daysCompleteUntil(state: HistoryState | null, time_zone: string): number {
  if (state === null || state.time_zone !== time_zone) return Number.NEGATIVE_INFINITY;
  return Math.min(state.through, state.days_from ?? Number.POSITIVE_INFINITY);
}

function storedDays(
  store: Store,
  device: HistoryDevice,
  from: number,
  to: number,
  keys: readonly string[],
): Map<string, HistoryRow> {
  if (to <= from) return new Map();
  const columns = columnsFor(device.kind, keys).map((column) => `"${column}"`);
  const sql =
    `SELECT day, ${columns.join(", ")} FROM ${device.kind.days} ` +
    "WHERE device = ? AND from_at >= ? AND until_at <= ? ORDER BY day";
  const rows = store.read(() => store.db.prepare(sql).all(device.id, from, to));
  return new Map((rows as (HistoryRow & { day: string })[]).map((row) => [row.day, row]));
}

function groupByDay(
  rows: readonly (HistoryRow & { readonly at: number })[],
  days: readonly { readonly day: string; readonly from: number; readonly to: number }[],
): Map<string, HistoryRow[]> {
  const groups = new Map<string, HistoryRow[]>(days.map(({ day }) => [day, []]));
  let index = 0;
  for (const row of rows) {
    while (index < days.length && row.at >= (days[index] as { to: number }).to) index += 1;
    const day = days[index];
    if (day && row.at >= day.from) groups.get(day.day)?.push(row);
  }
  return groups;
}

function merged(kind: HistoryKind, rows: readonly HistoryRow[], keys: readonly string[]): HistoryRow | null {
  return rows.length === 0 ? null : mergeRows(kind, rows, keys);
}

function dayOf(
  kind: HistoryKind,
  { day, from, to }: { readonly day: string; readonly from: number; readonly to: number },
  row: HistoryRow,
): HistoryDay {
  const fields = Object.entries(kind.fields).map(([key, { div }]) => {
    const [avg, min, max] = [`${key}_avg`, `${key}_min`, `${key}_max`].map((name) => scaled(row[name] ?? null, div));
    const known = typeof avg === "number" && typeof min === "number" && typeof max === "number";
    return [key, known ? { avg, min, max } : null] as const;
  });
  return {
    day,
    from,
    to,
    samples: row.samples ?? 0,
    covered_s: row.covered_s ?? 0,
    fields: Object.fromEntries(fields),
    energy: energyOf(kind, row),
    on_grid_s: row.on_grid_s ?? null,
    off_grid_s: row.off_grid_s ?? null,
  };
}

function emptyDay(
  device: HistoryDevice | null,
  day: { readonly day: string; readonly from: number; readonly to: number },
): HistoryDay {
  if (device) return dayOf(device.kind, day, {});
  return { ...day, samples: 0, covered_s: 0, fields: {}, energy: {}, on_grid_s: null, off_grid_s: null };
}

function energyOf(kind: HistoryKind, row: HistoryRow): Readonly<Record<string, Value>> {
  const entries = Object.entries(kind.energy).map(
    ([key, { div }]) => [key, tidy(scaled(row[key] ?? null, div))] as const,
  );
  return Object.fromEntries(entries);
}

function scaled(raw: Value, div: number): Value {
  return raw === null ? null : raw / div;
}

/** Sums of tenths carry no noise of binary fractions. */
function tidy(value: Value): Value {
  return value === null ? null : Number(value.toFixed(4));
}
