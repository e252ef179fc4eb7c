import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync } from "node:fs";
import { join } from "node:path";
import { BadFrame } from "../../base/errors.ts";
import { localTime } from "../../base/local-time.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import type { AnyValue, Raw } from "../../codec/table.ts";
import { valueFromRaw } from "../../codec/values.ts";
import { BMS_FIELDS, type BmsSample, warningFlags } from "../../devices/bms/sample.ts";
import { INVERTER_SETTING_FIELDS } from "../../devices/inverter/sample.ts";
import { decodeRecords, recordBytes } from "../../devices/jkbms/decode.ts";
import { HEADER_BYTES, parseReply } from "../../devices/jkbms/frame.ts";
import type { BmsAnswer, BmsSource } from "../../export/original/bms-file.ts";
import { type OriginalFile, originalFiles, STATS_OF } from "../../export/original/files.ts";
import type { InverterSource } from "../../export/original/inverter-files.ts";
import type { PythonValue } from "../../export/original/python-json.ts";
import { bmsRow, inverterRow, rowValue } from "../../export/rows.ts";
import { guarded, type Store } from "../../store/database.ts";
import { lastFrame } from "../../store/frames.ts";
import { latestSettings } from "../../store/setting-rows.ts";
import { writeAtomically } from "../atomic-file.ts";
import { type LiveBms, type LiveInverter, liveBms, liveInverters } from "./live.ts";

/** `station export --format original`: the four files, and a line for each new sample in the two statistics. @throws StateError */
export function exportOriginal(context: Context): Answer {
  const { config, options, dryRun } = context;
  const store = context.openStore({ readonly: true });
  const files = originalFiles(originalInput(context, store));
  const folder = String(options.output ?? config.export.original_dir ?? join(config.station.state_dir, "export"));
  const written = Object.entries(files).map(([name, text]) => {
    const path = join(folder, name);
    if (!dryRun) writeAtomically(path, text);
    const stats = STATS_OF[name as OriginalFile];
    if (stats && !dryRun) addLine(join(folder, stats), text, config.export.original_stats_mb * 1024 * 1024);
    return path;
  });
  return { json: { files: written }, text: () => written.join("\n") };
}

/** What the original's files and MQTT topics are made of now. */
export function originalInput(context: Context, store: Store) {
  // The originals know one of each: the first of the configuration.
  const inverter = liveInverters(context, store)[0] ?? null;
  const [bms] = liveBms(context, store);
  return {
    bms: bms?.sample ? bmsSource(context, store, bms, bms.sample) : null,
    inverter: inverter?.sample ? inverterSource(context, store, inverter) : null,
    settings_known: inverter !== null && latestSettings(store, inverter.name) !== null,
    more: ownNames(context, bms ?? null, inverter),
  };
}

function inverterSource(context: Context, store: Store, inverter: LiveInverter): InverterSource {
  const { facts, name, sample, at } = inverter;
  const record = (value: unknown) => (value ?? {}) as Readonly<Record<string, Raw>>;
  return {
    raw: {
      ...record(facts.identity),
      ...record(facts.ratings),
      ...latestSettings(store, name)?.raw,
      // Beside the settings only what a sample reads anew.
      ...Object.fromEntries(Object.entries(sample?.raw ?? {}).filter(([, raw]) => raw !== null)),
    },
    ts: localStamp(context, at ?? 0),
    mended: context.config.export.original_mended,
  };
}

function bmsSource(context: Context, store: Store, bms: LiveBms, sample: BmsSample): BmsSource {
  const at = bms.at ?? 0;
  const { cells, good_answers: _good, bad_answers: _bad, ...raw } = sample;
  const live = Object.entries(raw).map(([key, value]): [string, AnyValue] => [
    key,
    valueFromRaw(BMS_FIELDS[key as keyof typeof raw], value),
  ]);
  const on = [sample.charge_mosfet_on, sample.discharge_mosfet_on, sample.balancing];
  const warnings = warningFlags(sample);
  return {
    ts: localStamp(context, at),
    voltage: sample.pack_voltage === null ? null : sample.pack_voltage / 1000,
    current: sample.battery_current === null ? null : sample.battery_current / 1000,
    cells,
    answer: lastAnswer(store, bms.name, at),
    values: Object.fromEntries([...Object.entries(bms.settings ?? {}), ...live].filter(isPlain)),
    words: {
      warnings: warnings?.reduce((word, { bit }) => (bit < 16 ? word | (1 << bit) : word), 0) ?? null,
      status: on.includes(null) ? null : on.reduce<number>((word, bit, index) => word | ((bit ?? 0) << index), 0),
    },
    mended: context.config.export.original_mended,
  };
}

function isPlain(entry: readonly [string, unknown]): entry is [string, string | number | boolean] {
  return ["string", "number", "boolean"].includes(typeof entry[1]);
}

/** The 4E57 answer that belongs to this sample; null for another protocol, an older or a damaged one. */
function lastAnswer(store: Store, device: string, at: number): BmsAnswer | null {
  const kept = lastFrame(store, device, "answer");
  if (kept === null || kept.at !== at || kept.bytes[0] !== 0x4e) return null;
  try {
    const { data } = parseReply(kept.bytes, device);
    const { records, unknown } = decodeRecords(data, device);
    const header = Buffer.from(kept.bytes.subarray(0, HEADER_BYTES));
    return {
      terminal: header.readUInt32BE(4),
      records,
      bytes: recordBytes(data, device),
      complete: unknown === null,
    };
  } catch (error) {
    if (error instanceof BadFrame) return null;
    throw error;
  }
}

/** `export.original_names`: values of ours under a name of the owner's, on the top level of the device's file. */
function ownNames(context: Context, bms: LiveBms | null, inverter: LiveInverter | null) {
  const more = { bms: {} as Record<string, PythonValue>, inverter: {} as Record<string, PythonValue> };
  const packRow = bms?.sample ? bmsRow(bms.at ?? 0, bms.name, bms.sample) : null;
  const inverterNow = inverter?.sample
    ? inverterRow(inverter.at ?? 0, inverter.name, inverter.sample, inverter.derived)
    : null;
  for (const [key, name] of Object.entries(context.config.export.original_names)) {
    const isBms = Object.hasOwn(BMS_FIELDS, key) || Object.hasOwn(bms?.settings ?? {}, key);
    const settings = isBms ? bms?.settings : inverterSettings(context, inverter);
    const row = isBms ? packRow : inverterNow;
    const value = (row ? rowValue(row, key) : null) ?? settings?.[key] ?? null;
    more[isBms ? "bms" : "inverter"][name] = isPlain([key, value]) ? (value as PythonValue) : null;
  }
  return more;
}

function inverterSettings(context: Context, inverter: LiveInverter | null): Readonly<Record<string, unknown>> {
  const stored = inverter ? latestSettings(context.openStore({ readonly: true }), inverter.name) : null;
  const entries = Object.entries(INVERTER_SETTING_FIELDS);
  return Object.fromEntries(entries.map(([key, field]) => [key, valueFromRaw(field, stored?.raw[key] ?? null)]));
}

function localStamp(context: Context, at: number): string {
  const { day, time } = localTime(at, context.config.station.time_zone);
  return `${day} ${time}:${String(at % 60).padStart(2, "0")}`;
}

/**
 * One more line, unless the file ends with this very one: the same sample is told once. A file above the limit is set aside as
 * `.old`, and the one set aside before is gone: the originals filled their RAM disk.
 */
function addLine(path: string, text: string, limit: number): void {
  guarded(path, () => {
    mkdirSync(join(path, ".."), { recursive: true, mode: 0o755 });
    const fd = openSync(path, "a+", 0o644);
    let size: number;
    try {
      size = fstatSync(fd).size;
      const tail = Buffer.alloc(Math.min(size, Buffer.byteLength(text) + 1));
      readSync(fd, tail, 0, tail.length, size - tail.length);
      if (tail.toString() === `${text}\n`) return;
    } finally {
      closeSync(fd);
    }
    if (size + text.length > limit) renameSync(path, `${path}.old`);
    appendFileSync(path, `${text}\n`, { mode: 0o644 });
  });
}
