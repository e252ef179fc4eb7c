/** Pages of days, weeks and months that are over: written once beside the status page, for any web server without a program behind it. */
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { knownTime } from "../base/clock.ts";
import { dayBounds, localTime } from "../base/local-time.ts";
import type { Context } from "../cli/spec.ts";
import { version } from "../cli/version.ts";
import type { PastLink } from "../page/model.ts";
import { type PastModel, periodTitle, renderPast } from "../page/past.ts";
import { firstDayKept, PERIOD_KINDS, type Period, pastPeriods, periodOf } from "../page/periods.ts";
import { energyBook } from "../station/station-energy.ts";
import { fedDays, stationSeries } from "../station/station-series.ts";
import { speechOfStation } from "../station/voice.ts";
import { writeAtomically } from "../store/atomic-file.ts";
import type { Store } from "../store/database.ts";
import { daysKept } from "../store/long-looks.ts";
import { cursor, setCursor } from "../store/publish.ts";

/** Steps of a day's lines and of a week's, s. */
const STEP_S = { day: 300, week: 1800 } as const;
const SUFFIX = ".html";

/** What there is to show of the past, and what stands in the folders. */
export interface Archive {
  readonly folder: string;
  readonly wanted: readonly Period[];
  readonly standing: ReadonlySet<string>;
}

/** Looks what there is. `page`: the status page, beside which the folders lie. */
export function openArchive(context: Context, store: Store, page: string): Archive {
  const folder = dirname(page);
  const { day: today } = localTime(context.clock.now(), context.config.station.time_zone);
  const standing = PERIOD_KINDS.flatMap((kind) => filesOf(join(folder, kind)).map((file) => `${kind}/${file}`));
  return { folder, wanted: pastPeriods(daysKept(store, firstDayKept(today)), today), standing: new Set(standing) };
}

/** Files of a folder that are named as pages of ours are; others are nobody's business here. */
function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d{4}-(\d{2}(-\d{2})?|W\d{2})\.html$/.test(name));
  } catch {
    return [];
  }
}

function fileOf({ kind, name }: Period): string {
  return `${kind}/${name}${SUFFIX}`;
}

/** The newest page of each kind that stands, for the status page to link. */
export function newestPages(context: Context, { wanted, standing }: Archive): PastLink[] {
  const speech = speechOfStation(context);
  return PERIOD_KINDS.flatMap((kind) => {
    const newest = wanted.findLast((period) => period.kind === kind && standing.has(fileOf(period)));
    return newest ? [{ href: fileOf(newest), name: periodTitle(newest, speech) }] : [];
  });
}

/** Between two pages that are made, s: one costs as much as the whole run beside it, and after a start of the board all are missing. */
const EVERY_S = 300;
const MADE_AT = "past_page";

/**
 * One run's share: removes what is too old, or of a clock that was ahead, and now and then makes one page that is missing, of the newest time
 * first; those beside it are made anew, for they can link it now. Returns what was written.
 */
export function growArchive(context: Context, store: Store, archive: Archive): string[] {
  const { folder, wanted, standing } = archive;
  const names = new Set(wanted.map(fileOf));
  const stray = [...standing].filter((file) => !names.has(file));
  for (const file of stray) rmSync(join(folder, file), { force: true });
  const there = new Set([...standing].filter((file) => names.has(file)));
  const now = context.clock.now();
  const made_at = knownTime(cursor(store, MADE_AT), now);
  const isDue = made_at === null || now - made_at >= EVERY_S;
  const missing = (isDue ? wanted : [])
    .filter((period) => !there.has(fileOf(period)))
    .reduce<Period | null>((newest, one) => (newest === null || one.last_day > newest.last_day ? one : newest), null);
  if (missing) {
    there.add(fileOf(missing));
    store.later(() => setCursor(store, MADE_AT, now));
  }
  const same = wanted.filter(({ kind }) => kind === missing?.kind);
  const index = missing ? same.indexOf(missing) : -1;
  const beside = missing ? [same[index - 1], missing, same[index + 1]] : [];
  // Where the oldest ones went, those that are the oldest now lose their way back.
  const oldest = stray.length > 0 ? PERIOD_KINDS.map((kind) => wanted.find((one) => one.kind === kind)) : [];
  const due = [...new Set([...beside, ...oldest])].filter((one) => one !== undefined);
  return due.flatMap((period) => {
    if (!there.has(fileOf(period))) return [];
    const path = join(folder, fileOf(period));
    writeAtomically(path, renderPast(pastModel(context, store, period, wanted, there)));
    return [path];
  });
}

function pastModel(
  context: Context,
  store: Store,
  period: Period,
  wanted: readonly Period[],
  there: ReadonlySet<string>,
): PastModel {
  const { config } = context;
  const { time_zone } = config.station;
  const { kind, first_day, last_day } = period;
  const from = dayBounds(first_day, time_zone).start;
  const to = dayBounds(last_day, time_zone).end;
  const same = wanted.filter((one) => one.kind === kind);
  const at = same.findIndex(({ name }) => name === period.name);
  const standing = (one: Period | undefined) => (one && there.has(fileOf(one)) ? one : null);
  const around = PERIOD_KINDS.slice(PERIOD_KINDS.indexOf(kind) + 1)
    .map((longer) => periodOf(longer, first_day))
    .filter((one) => there.has(fileOf(one)));
  const book = energyBook(context, store, { first_day, last_day });
  const lines = kind === "month" ? null : stationSeries(context, store, { from, to, step_s: STEP_S[kind] });
  return {
    speech: speechOfStation(context),
    time_zone,
    station: config.station.name,
    version: version(),
    period,
    before: standing(same[at - 1]),
    after: standing(same[at + 1]),
    around,
    totals: book.totals(first_day, last_day),
    series: lines && { ...lines, off_grid: [], ahead: [], reserve: null },
    days: book.days,
    linked: new Set(book.days.map(({ day }) => day).filter((day) => there.has(fileOf(periodOf("day", day))))),
    fed: kind === "day" ? [] : fedDays(context, store, { first: first_day, last: last_day }, null),
  };
}
