/** What the view needs from the state file: the memory that a new sample is judged with, and stored samples as records. */
import type { BmsSample } from "../devices/bms/sample.ts";
import { INVERTER_KIND } from "../devices/index.ts";
import type { Derived } from "../devices/inverter/derived.ts";
import type { InverterSample, InverterSampleRaw } from "../devices/inverter/sample.ts";
import type { Told } from "../devices/kind.ts";
import { asBatteryClass, batteryClass, classOfVoltage } from "../view/battery-class.ts";
import type { CounterMemory, LastKnown } from "../view/counters.ts";
import type { Doubt } from "../view/doubt.ts";
import { BMS_COUNTERS, type BmsContext } from "../view/judge-bms.ts";
import { COUNTERS, type InverterContext } from "../view/judge-inverter.ts";
import type { Machine } from "../view/limits.ts";
import type { BmsInput, InverterInput } from "../view/record.ts";
import { bmsRecord, counterGains, GAIN_WINDOW_S, inverterRecord, type SoldAndBought } from "../view/records.ts";
import { roundsOf, wholeBattery, wholeRecord } from "../view/whole.ts";
import type { Store } from "./database.ts";
import { deviceFacts } from "./device-rows.ts";
import { type DoubtSpell, doubtSpells, doubtsAt, openTrials } from "./doubts.ts";
import { OF_NAMED_IN_SPAN } from "./sample-key.ts";
import { type Age, bmsSamples, inverterSamples, latestInverterSample, type Stored } from "./samples.ts";
import type { SampleTable } from "./schema.ts";
import { latestSettings } from "./setting-rows.ts";

/** What is remembered of an inverter, for the judge of its next status. */
export function inverterContext(store: Store, device: string, at: number): InverterContext {
  const { battery_class, rated_power } = rememberedMachine(store, device, at);
  const { identity } = deviceFacts(store, device);
  return {
    battery_class,
    rated_power,
    identity: isRecord(identity) ? identity : null,
    counters: counterMemory(store, "inverter_samples", device, COUNTERS, at),
  };
}

/** What is remembered of a BMS, for the judge of its next answer. */
export function bmsContext(store: Store, device: string, at: number): BmsContext {
  const { probes_seen, cell_count } = deviceFacts(store, device);
  return {
    probes_seen: Array.isArray(probes_seen) ? probes_seen.map(String) : [],
    cell_count: typeof cell_count === "number" ? cell_count : null,
    counters: counterMemory(store, "bms_samples", device, BMS_COUNTERS, at),
  };
}

/** A class is believed for so long after the last sample. */
const CLASS_AGE_S = 30 * 86_400;

/** Class and rating of a machine as remembered: its facts, its settings, its last battery voltage. */
export function rememberedMachine(
  store: Store,
  device: string,
  now: number,
): Pick<Machine, "battery_class" | "rated_power"> {
  const facts = deviceFacts(store, device);
  const rated_power = typeof facts.rated_power === "number" ? facts.rated_power : null;
  const told = asBatteryClass(facts.battery_class);
  if (told !== null) return { battery_class: told, rated_power };
  const last = latestInverterSample(store, device, { now, max_age_s: CLASS_AGE_S })?.sample.raw;
  const found = batteryClass({
    battery_voltage_grade: last?.battery_voltage_grade,
    settings: latestSettings(store, device)?.raw ?? null,
  });
  const voltage = typeof last?.battery_voltage === "number" ? last.battery_voltage / 10 : null;
  return { battery_class: found ?? classOfVoltage(voltage), rated_power };
}

/** The model that a machine has told it is; null = it has not told yet. */
export function rememberedModel(store: Store, device: string): string | null {
  const { identity } = deviceFacts(store, device);
  return isRecord(identity) ? INVERTER_KIND.models.modelOf(identity as Told) : null;
}

/** The last believed reading of each counter, and the doubts that go on. */
function counterMemory(
  store: Store,
  table: SampleTable,
  device: string,
  keys: readonly string[],
  at: number,
): CounterMemory {
  const trials = openTrials(store, device);
  const columns = keys.map((key) => `"${key}"`).join(", ");
  const of = OF_NAMED_IN_SPAN;
  // The counters of a machine that was exchanged say nothing about those of its successor.
  const { machine_since } = deviceFacts(store, device);
  const from = typeof machine_since === "number" && machine_since <= at ? machine_since : 0;
  const newest = store.read(() =>
    store.db.prepare(`SELECT at, ${columns} FROM ${table} WHERE ${of} ORDER BY id DESC LIMIT 1`).get(device, from, at),
  ) as Readonly<Record<string, number | null>> | undefined;
  const known: Record<string, LastKnown> = {};
  for (const key of keys) {
    const raw = newest?.[key] ?? null;
    if (newest && raw !== null) known[key] = { raw, age_s: at - Number(newest.at) };
    // A machine without this counter never told it: only one that is doubted now was known before.
    else if (trials.some((trial) => trial.key === key)) {
      const row = store.read(() =>
        store.db
          .prepare(
            `SELECT at, "${key}" AS raw FROM ${table} WHERE ${of} AND "${key}" IS NOT NULL ORDER BY id DESC LIMIT 1`,
          )
          .get(device, from, at),
      ) as { at: number; raw: number } | undefined;
      if (row) known[key] = { raw: row.raw, age_s: at - row.at };
    }
  }
  return { known, trials, at };
}

/** Inverter samples with from <= at < to as records, oldest first. */
export function inverterRecords(store: Store, device: string, from: number, to: number): InverterInput[] {
  return storedAndRecord(store, device, from, to).map(({ record }) => record);
}

/** The same, each with the sample that it was made of. */
function storedAndRecord(store: Store, device: string, from: number, to: number) {
  const stored = inverterSamples(store, device, from, to);
  const spells = doubtSpells(store, device, from, to);
  const machine = rememberedMachine(store, device, to);
  const earlier = countersBetween(store, device, from - GAIN_WINDOW_S, from);
  const counters = [...earlier, ...stored.map(({ at, sample }) => soldAndBought(at, sample.raw))];
  return stored.map((one, index) => {
    const last = earlier.length + index;
    const record = inverterRecord(one, {
      doubts: doubtsOf(spells, one.at, one.sample.raw as unknown as Readonly<Record<string, unknown>>),
      machine,
      gains: counterGains(counters[last] as SoldAndBought, windowBefore(counters, last)),
    });
    return { one, record };
  });
}

/** The newest inverter sample not older than `max_age_s` and not from the future as a record, or null. */
export function latestInverterRecord(store: Store, device: string, age: Age): InverterInput | null {
  const found = latestInverterSample(store, device, age);
  if (found === null) return null;
  return inverterRecords(store, device, found.at, found.at + 1)[0] ?? null;
}

/** What no register holds, of the sample taken at `at`: the one derivation for every reader. Null when there is no such sample. */
export function derivedAt(store: Store, device: string, at: number): Derived | null {
  return inverterRecords(store, device, at, at + 1)[0]?.derived ?? null;
}

/** The same of a sample that was just read and may not be stored (dry run): by the class and the counters that are. */
export function derivedOf(store: Store, device: string, at: number, raw: InverterSampleRaw): Derived {
  const gains = counterGains(soldAndBought(at, raw), countersBetween(store, device, at - GAIN_WINDOW_S, at));
  return inverterRecord({ at, sample: { raw } }, { machine: rememberedMachine(store, device, at), gains }).derived;
}

/** Inverter samples with from <= at < to as they are stored, each with what no register holds, oldest first. */
export function derivedSamples(
  store: Store,
  device: string,
  from: number,
  to: number,
): (Stored<InverterSample> & { readonly derived: Derived })[] {
  return storedAndRecord(store, device, from, to).map(({ one, record }) => ({ ...one, derived: record.derived }));
}

/** The entries before `index` that lie in the window. */
function windowBefore(counters: readonly SoldAndBought[], index: number): SoldAndBought[] {
  const now = counters[index] as SoldAndBought;
  let start = index;
  while (start > 0 && (counters[start - 1] as SoldAndBought).at >= now.at - GAIN_WINDOW_S) start--;
  return counters.slice(start, index);
}

type Counters = Pick<InverterSampleRaw, "grid_export_energy" | "grid_import_energy">;

function soldAndBought(at: number, raw: Counters): SoldAndBought {
  const kwh = (value: unknown) => (typeof value === "number" ? value / 10 : null);
  return { at, grid_export_energy: kwh(raw.grid_export_energy), grid_import_energy: kwh(raw.grid_import_energy) };
}

/** The counters that tell the direction of an estimate, of the samples with from <= at < to, oldest first. */
function countersBetween(store: Store, device: string, from: number, to: number): SoldAndBought[] {
  const sql = `SELECT at, grid_export_energy, grid_import_energy FROM inverter_samples WHERE ${OF_NAMED_IN_SPAN} ORDER BY id`;
  const rows = store.read(() => store.db.prepare(sql).all(device, from, to)) as (Counters & { readonly at: number })[];
  return rows.map((row) => soldAndBought(row.at, row));
}

/** BMS samples with from <= at < to as records, oldest first. */
export function bmsRecords(store: Store, device: string, from: number, to: number): BmsInput[] {
  const spells = doubtSpells(store, device, from, to);
  return bmsSamples(store, device, from, to).map((one) => bmsRecord(one, bmsDoubts(spells, one)));
}

function bmsDoubts(spells: readonly DoubtSpell[], { at, sample }: Stored<BmsSample>): Doubt[] {
  if (spells.length === 0) return [];
  const cells = Object.fromEntries(sample.cells.map((mv, index) => [`cell_${index + 1}`, mv]));
  return doubtsOf(spells, at, { ...sample, ...cells });
}

function doubtsOf(spells: readonly DoubtSpell[], at: number, values: Readonly<Record<string, unknown>>): Doubt[] {
  return doubtsAt(spells, at, (key) => (values[key] ?? null) === null);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** How long a device that is missing in a round stands with what it told last, s. */
export interface Together {
  readonly from: number;
  /** The end, not included. */
  readonly to: number;
  readonly max_age_s: number;
}

/** The inverters of these names as one, round by round, oldest first; the records of the only one as they are. */
export function wholeInverterRecords(
  store: Store,
  names: readonly string[],
  { from, to, max_age_s }: Together,
  wanted: boolean | null,
): InverterInput[] {
  const [only, ...others] = names;
  if (only === undefined) return [];
  if (others.length === 0) return inverterRecords(store, only, from, to);
  const machines = names.map((name) =>
    storedAndRecord(store, name, from, to).map(({ one, record }) => ({ at: record.at, record, raw: one.sample.raw })),
  );
  return roundsOf(machines, max_age_s).map(({ at, parts }) => wholeRecord(at, parts, wanted));
}

/** Records of packs as one battery, round by round, oldest first; those of the only one as they are. */
export function wholeBmsRecords(
  names: readonly string[],
  packs: readonly (readonly BmsInput[])[],
  max_age_s: number,
): readonly BmsInput[] {
  const [only, ...others] = packs;
  if (only === undefined || others.length === 0) return only ?? [];
  return roundsOf(packs, max_age_s).map(({ at, parts }) => wholeBattery(at, parts, names));
}
