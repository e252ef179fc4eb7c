/** What the original's files and MQTT topics are made of: the first inverter and the first BMS, for it knew one of each. */
import { localStamp } from "../../base/local-time.ts";
import type { AnyValue, Raw } from "../../codec/table.ts";
import { valueFromRaw } from "../../codec/values.ts";
import { BMS_FIELDS, type BmsSample, warningFlags } from "../../devices/bms/sample.ts";
import { INVERTER_SETTING_FIELDS } from "../../devices/inverter/sample.ts";
import { originalAnswer } from "../../devices/original-tables.ts";
import type { LiveFile, Newest, NewestBms, NewestInverter } from "../newest.ts";
import { bmsRow, inverterRow, rowValue } from "../rows.ts";
import type { BmsSource } from "./bms-file.ts";
import { type OriginalFile, type OriginalInput, originalFiles, STATS_OF } from "./files.ts";
import type { InverterSource } from "./inverter-files.ts";
import type { PythonValue } from "./python-json.ts";

/** Devices with what the owner chose; the rest of a station is nothing to the original. */
export type OriginalStation = Pick<Newest, "inverters" | "bms" | "station" | "options">;

/** The four files, and a line for each new sample in the two statistics. */
export function originalLive(newest: OriginalStation): LiveFile[] {
  const limit = newest.options.original_stats_mb * 1024 * 1024;
  return Object.entries(originalFiles(originalInput(newest))).map(([name, text]) => {
    const stats = STATS_OF[name as OriginalFile];
    return { name, text, ...(stats ? { line_in: { name: stats, limit } } : {}) };
  });
}

/** What the originals are made of now. */
export function originalInput(newest: OriginalStation): OriginalInput {
  const inverter = newest.inverters[0] ?? null;
  const bms = newest.bms[0] ?? null;
  return {
    bms: bms?.sample ? bmsSource(newest, bms, bms.sample) : null,
    inverter: inverter?.sample ? inverterSource(newest, inverter) : null,
    settings_known: inverter !== null && inverter.settings !== null,
    more: ownNames(newest, bms, inverter),
  };
}

function inverterSource(newest: OriginalStation, inverter: NewestInverter): InverterSource {
  const { facts, settings, sample, at } = inverter;
  const record = (value: unknown) => (value ?? {}) as Readonly<Record<string, Raw>>;
  return {
    raw: {
      ...record(facts.identity),
      ...record(facts.ratings),
      ...settings,
      // Beside the settings only what a sample reads anew.
      ...Object.fromEntries(Object.entries(sample?.raw ?? {}).filter(([, raw]) => raw !== null)),
    },
    ts: stampOf(newest, at ?? 0),
    mended: newest.options.original_mended,
  };
}

function bmsSource(newest: OriginalStation, bms: NewestBms, sample: BmsSample): BmsSource {
  const at = bms.at ?? 0;
  const { cells, good_answers: _good, bad_answers: _bad, ...raw } = sample;
  const live = Object.entries(raw).map(([key, value]): [string, AnyValue] => [
    key,
    valueFromRaw(BMS_FIELDS[key as keyof typeof raw], value),
  ]);
  const on = [sample.charge_mosfet_on, sample.discharge_mosfet_on, sample.balancing];
  const warnings = warningFlags(sample);
  return {
    ts: stampOf(newest, at),
    voltage: sample.pack_voltage === null ? null : sample.pack_voltage / 1000,
    current: sample.battery_current === null ? null : sample.battery_current / 1000,
    cells,
    answer: bms.answer && originalAnswer(bms.answer, bms.name),
    values: Object.fromEntries([...Object.entries(bms.settings ?? {}), ...live].filter(isPlain)),
    words: {
      warnings: warnings?.reduce((word, { bit }) => (bit < 16 ? word | (1 << bit) : word), 0) ?? null,
      status: on.includes(null) ? null : on.reduce<number>((word, bit, index) => word | ((bit ?? 0) << index), 0),
    },
    mended: newest.options.original_mended,
  };
}

function isPlain(entry: readonly [string, unknown]): entry is [string, string | number | boolean] {
  return ["string", "number", "boolean"].includes(typeof entry[1]);
}

/** `export.original_names`: values of ours under a name of the owner's, on the top level of the device's file. */
function ownNames({ options }: OriginalStation, bms: NewestBms | null, inverter: NewestInverter | null) {
  const more = { bms: {} as Record<string, PythonValue>, inverter: {} as Record<string, PythonValue> };
  const packRow = bms?.sample ? bmsRow(bms.at ?? 0, bms.name, bms.sample) : null;
  const inverterNow = inverter?.sample
    ? inverterRow(inverter.at ?? 0, inverter.name, inverter.sample, inverter.derived)
    : null;
  for (const [key, name] of Object.entries(options.original_names)) {
    const isBms = Object.hasOwn(BMS_FIELDS, key) || Object.hasOwn(bms?.settings ?? {}, key);
    const settings = isBms ? bms?.settings : inverterSettings(inverter);
    const row = isBms ? packRow : inverterNow;
    const value = (row ? rowValue(row, key) : null) ?? settings?.[key] ?? null;
    more[isBms ? "bms" : "inverter"][name] = isPlain([key, value]) ? (value as PythonValue) : null;
  }
  return more;
}

function inverterSettings(inverter: NewestInverter | null): Readonly<Record<string, unknown>> {
  const entries = Object.entries(INVERTER_SETTING_FIELDS);
  return Object.fromEntries(
    entries.map(([key, field]) => [key, valueFromRaw(field, inverter?.settings?.[key] ?? null)]),
  );
}

function stampOf({ station }: OriginalStation, at: number): string {
  return `${localStamp(at, station.time_zone)}:${String(at % 60).padStart(2, "0")}`;
}
