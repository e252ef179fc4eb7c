/** Lines of all devices over a stretch of time, and what the weeks before show: for the page and those of the past. */
import { addDays, dayBounds, localTime } from "../base/local-time.ts";
import type { Context } from "../cli/spec.ts";
import { inverterNames } from "../config/units.ts";
import { medianOf } from "../page/cell-colour.ts";
import type { CellWeek, DaySeries, FedDay } from "../page/model.ts";
import type { Store } from "../store/database.ts";
import { historySeries } from "../store/history.ts";
import { firstCells, hourMeans } from "../store/long-looks.ts";
import { type Feeder, feederOf } from "../view/feeder.ts";

type Line = readonly (number | null)[];
interface Steps {
  readonly from: number;
  readonly to: number;
  readonly step_s: number;
}

const INVERTER_LINES = ["pv_power", "load_power", "grid_power", "battery_power"] as const;
const PACK_LINES = ["battery_power", "soc", "cell_min", "cell_max"] as const;

/** Powers, charge and cells in equal steps. */
export function stationSeries(
  context: Context,
  store: Store,
  span: Steps,
): Omit<DaySeries, "off_grid" | "ahead" | "reserve"> {
  const { bms } = context.config;
  const count = Math.ceil((span.to - span.from) / span.step_s);
  const machines = inverterNames(context.config).map((device) =>
    historySeries(store, { ...span, device, fields: INVERTER_LINES }),
  );
  const packs = bms.map(({ name }) => historySeries(store, { ...span, device: name, fields: PACK_LINES }));
  const column = (key: (typeof INVERTER_LINES)[number]) => {
    const lines = machines.map((machine) => machine.fields[key].avg);
    const [only, ...others] = lines;
    return only && others.length === 0
      ? rounded(only, 0)
      : Array.from({ length: count }, (_, index) => sumAt(lines, index));
  };
  const measured = packs.map((pack) => pack.fields.battery_power.avg);
  const extreme = (key: "cell_min" | "cell_max", side: "min" | "max") =>
    extremeAt(
      packs.map((pack) => pack.fields[key][side]),
      Math[side],
      count,
    );
  return {
    from: span.from,
    step_s: span.step_s,
    pv_power: column("pv_power"),
    load_power: column("load_power"),
    grid_power: column("grid_power"),
    // The BMS measures finer; where not every pack was heard, the inverter says it.
    battery_power: column("battery_power").map((coarse, index) => sumAt(measured, index) ?? coarse),
    soc: packs.map((pack) => ({ name: pack.device, values: rounded(pack.fields.soc.avg, 1) })),
    cell_min: extreme("cell_min", "min"),
    cell_max: extreme("cell_max", "max"),
  };
}

function rounded(values: Line, digits: number): (number | null)[] {
  return values.map((value) => (value === null ? null : Number(value.toFixed(digits))));
}

/** Sum of all lines at a step, W; null unless every one knows it. */
function sumAt(lines: readonly Line[], index: number): number | null {
  const known = lines.flatMap((line) => line[index] ?? []);
  if (known.length === 0 || known.length < lines.length) return null;
  return Math.round(known.reduce((sum, value) => sum + value, 0));
}

function extremeAt(lines: readonly Line[], pick: (...values: number[]) => number, count: number): (number | null)[] {
  return Array.from({ length: count }, (_, index) => {
    const known = lines.flatMap((line) => line[index] ?? []);
    return known.length === 0 ? null : pick(...known);
  });
}

const HOUR_S = 3600;
const HOURS = 24;
const FED_LINES = ["pv_power", "load_power", "grid_power"] as const;

/** Who fed the house, hour by hour of the local days `first` to `last`; what is not rolled up yet comes out of `fresh`. */
export function fedDays(
  context: Context,
  store: Store,
  { first, last }: { readonly first: string; readonly last: string },
  fresh: DaySeries | null,
): FedDay[] {
  const { time_zone } = context.config.station;
  const from = dayBounds(first, time_zone).start;
  const to = dayBounds(last, time_zone).end;
  const offset_s = 60 * Number(localTime(Math.floor(from / HOUR_S) * HOUR_S, time_zone).time.slice(3));
  const days = new Map<string, (Feeder | null)[]>();
  for (let day = first; day <= last; day = addDays(day, 1))
    days.set(
      day,
      Array.from({ length: HOURS }, () => null),
    );
  const note = (at: number, feeder: Feeder | null) => {
    const { day, hour } = localTime(at, time_zone);
    const hours = days.get(day);
    if (hours && feeder !== null) hours[hour] = feeder;
  };
  for (const [at, [sun, house, grid]] of freshHours(fresh, offset_s)) note(at, feederOf({ sun, house, grid }));
  for (const [at, [sun, house, grid]] of keptHours(context, store, { from, to, offset_s })) {
    note(at, feederOf({ sun, house, grid }));
  }
  return [...days].map(([day, hours]) => ({ day, hours }));
}

type Three = [number | null, number | null, number | null];

/** Powers of all inverters together, hour by hour, from the roll-up. */
function keptHours(
  context: Context,
  store: Store,
  span: { readonly from: number; readonly to: number; readonly offset_s: number },
): Map<number, Three> {
  const sums = new Map<number, Three>();
  const seen = new Map<number, number>();
  const names = inverterNames(context.config);
  for (const name of names) {
    for (const row of hourMeans(store, name, FED_LINES, span)) {
      const before = sums.get(row.at);
      const own = FED_LINES.map((key) => row[key] ?? null) as Three;
      sums.set(row.at, before ? (own.map((value, i) => added(before[i] ?? null, value)) as Three) : own);
      seen.set(row.at, (seen.get(row.at) ?? 0) + 1);
    }
  }
  // Of an hour in which a machine is missing nobody knows who fed the house.
  for (const [at, count] of seen) if (count < names.length) sums.delete(at);
  return sums;
}

function added(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

/** The same from the lines of the last day. */
function freshHours(fresh: DaySeries | null, offset_s: number): Map<number, Three> {
  const hours = new Map<number, Three>();
  if (fresh === null) return hours;
  const lines = [fresh.pv_power, fresh.load_power, fresh.grid_power];
  const per_hour = HOUR_S / fresh.step_s;
  const first = Math.ceil((fresh.from + offset_s) / HOUR_S) * HOUR_S - offset_s;
  const skipped = (first - fresh.from) / fresh.step_s;
  for (let index = skipped; index < fresh.load_power.length; index += per_hour) {
    const mean = (line: Line) => {
      const known = line.slice(index, index + per_hour).filter((value) => value !== null);
      return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
    };
    hours.set(fresh.from + index * fresh.step_s, lines.map(mean) as Three);
  }
  return hours;
}

const DAY_S = 86_400;
const WEEK_DAYS = 7;
/** Samples are kept that long. */
const WEEKS = 13;

/** Each cell's deviation from the pack's median, week by week up to this one: the median of a sample a day, always at the same hour. */
export function cellWeeks(context: Context, store: Store, pack: string): CellWeek[] {
  const { time_zone } = context.config.station;
  const now = context.clock.now();
  const { day, weekday } = localTime(now, time_zone);
  const monday = addDays(day, -((weekday + 6) % WEEK_DAYS));
  return Array.from({ length: WEEKS }, (_, index) => {
    const first_day = addDays(monday, WEEK_DAYS * (index - WEEKS + 1));
    const { start } = dayBounds(first_day, time_zone);
    const days = Array.from({ length: WEEK_DAYS }, (_, n) => ({
      from: start + n * DAY_S,
      to: start + (n + 1) * DAY_S,
    }));
    const samples = firstCells(
      store,
      pack,
      days.filter(({ from }) => from < now),
    ).map((cells) => {
      const median = medianOf(cells);
      return cells.map((mv) => (mv === null ? null : mv - median));
    });
    const count = Math.max(0, ...samples.map((cells) => cells.length));
    const deviations = Array.from({ length: count }, (_, cell) => {
      const values = samples.map((cells) => cells[cell] ?? null);
      return values.every((value) => value === null) ? null : medianOf(values);
    });
    return { first_day, deviations };
  });
}
