import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { addDays, dayBounds, isoTime, localTime } from "../base/local-time.ts";
import type { Context } from "../cli/spec.ts";
import type { Field, Flag, Raw, Table } from "../codec/table.ts";
import { valueFromRaw } from "../codec/values.ts";
import { backupDirectory } from "../config/paths.ts";
import { cellVolts } from "../devices/bms/derived.ts";
import { BMS_FIELDS, type BmsSample } from "../devices/bms/sample.ts";
import { ORIGINAL_NAMES } from "../devices/index.ts";
import { INVERTER_SAMPLE_FIELDS, type InverterSample } from "../devices/inverter/sample.ts";
import { removePartials, writeWhole } from "../store/backup-files.ts";
import type { Store } from "../store/database.ts";
import { historyDevices } from "../store/history-rollup.ts";
import { type HistoryDevice, sampleFrom } from "../store/history-rows.ts";
import { bmsSamples, inverterSamples } from "../store/samples.ts";

type Named = HistoryDevice & { readonly name: string };

/** Folders as the original named them. */
export const DAY_FOLDERS = {
  inverter_samples: ORIGINAL_NAMES.inverter.days,
  bms_samples: ORIGINAL_NAMES.bms.days,
} as const;

const DAY_FILE = /^stats_(\d{4}-\d\d-\d\d)\.json\.gz$/;
/** Days that are caught up with when runs were missed. */
const CATCH_UP_DAYS = 35;
/** Samples are read an hour at a time: a small board need not hold a day of them. */
const READ_AT_ONCE_S = 3600;
const COMPLETE_AFTER_S = 120;

/** A day that has samples and no file yet. */
export interface DueDay {
  readonly path: string;
  readonly day: string;
  readonly devices: readonly Named[];
}

/** The day files that are to be written now, oldest first. */
export function dueDayFiles(context: Context, store: Store): DueDay[] {
  const { time_zone } = context.config.station;
  const now = context.clock.now();
  const root = backupDirectory(context.config);
  const due: DueDay[] = [];
  const today = localTime(now - COMPLETE_AFTER_S, time_zone).day;
  for (const [table, folder] of Object.entries(DAY_FOLDERS)) {
    const devices = historyDevices(store).filter(({ kind }) => kind.samples === table);
    for (let day = addDays(today, -CATCH_UP_DAYS); day < today; day = addDays(day, 1)) {
      const path = join(root, folder, `stats_${day}.json.gz`);
      const { start, end } = dayBounds(day, time_zone);
      if (existsSync(path) || devices.every((device) => sampleFrom(store, device, start, end) === null)) continue;
      due.push({ path, day, devices });
    }
  }
  return due;
}

/** Writes a day's samples as a gzipped JSON array, one sample a line, in engineering units. @throws StateError */
export async function writeDayFile(store: Store, { path, day, devices }: DueDay, time_zone: string): Promise<void> {
  const { start, end } = dayBounds(day, time_zone);
  await writeWhole(path, Readable.from(dayText(store, devices, start, end)), createGzip());
}

/**
 * Removes day files older than their days, counted from the newest one that can be true. The oldest one only, of each folder: a file
 * that a clock a year ahead has written must not cost a year.
 */
export function pruneDayFiles(root: string, kept_days: number, today: string): string[] {
  const removed: string[] = [];
  for (const folder of Object.values(DAY_FOLDERS)) {
    const directory = join(root, folder);
    const files = dayFiles(directory);
    const newest = files.filter(({ day }) => day <= today).at(-1);
    if (newest === undefined) continue;
    const first = addDays(newest.day, 1 - kept_days);
    removePartials(directory);
    for (const { path, day } of files) {
      if (day >= first) continue;
      rmSync(path, { force: true });
      removed.push(path);
      break;
    }
  }
  return removed;
}

/** The day files of a folder, oldest first. */
export function dayFiles(directory: string): { readonly path: string; readonly name: string; readonly day: string }[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .flatMap((name) => {
      const day = DAY_FILE.exec(name)?.[1];
      return day === undefined ? [] : [{ path: join(directory, name), name, day }];
    })
    .sort((a, b) => (a.day < b.day ? -1 : 1));
}

function* dayText(store: Store, devices: readonly Named[], start: number, end: number): Generator<string> {
  let separator = "[\n";
  for (let from = start; from < end; from += READ_AT_ONCE_S) {
    const to = Math.min(end, from + READ_AT_ONCE_S);
    const lines = devices.flatMap((device) => sampleLines(store, device, from, to));
    if (lines.length === 0) continue;
    yield separator + lines.join(",\n");
    separator = ",\n";
  }
  yield separator === "[\n" ? "[]\n" : "\n]\n";
}

function sampleLines(store: Store, device: Named, from: number, to: number): string[] {
  if (device.kind.samples === "inverter_samples") {
    return inverterSamples(store, device.name, from, to).map(({ at, sample }) =>
      JSON.stringify({ ...head(at, device.name), ...inverterJson(sample) }),
    );
  }
  return bmsSamples(store, device.name, from, to).map(({ at, sample }) =>
    JSON.stringify({ ...head(at, device.name), ...bmsJson(sample) }),
  );
}

function head(at: number, device: string) {
  return { at, time: isoTime(at), device };
}

function inverterJson(sample: InverterSample): Record<string, unknown> {
  return values(INVERTER_SAMPLE_FIELDS, sample.raw);
}

function bmsJson(sample: BmsSample): Record<string, unknown> {
  const cells = cellVolts(sample.cells);
  const { good_answers, bad_answers } = sample;
  return { ...values(BMS_FIELDS, { ...sample, cells: null }), cells, good_answers, bad_answers };
}

function values(table: Table, raw: Readonly<Record<string, Raw>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(table).map(([key, field]) => [key, jsonValue(field, raw[key] ?? null)]));
}

function jsonValue(field: Field, raw: Raw): unknown {
  const value = valueFromRaw(field, raw);
  return Array.isArray(value) ? (value as readonly Flag[]).map(({ bit, label }) => label ?? `bit_${bit}`) : value;
}
