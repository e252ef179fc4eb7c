import type { Context } from "../../cli/spec.ts";
import { snapshotFromRaw } from "../../codec/values.ts";
import { inverterUnits } from "../../config/units.ts";
import type { BmsSample } from "../../devices/bms/sample.ts";
import type { Derived } from "../../devices/inverter/derived.ts";
import { INVERTER_SAMPLE_FIELDS, type InverterSample, type InverterValues } from "../../devices/inverter/sample.ts";
import type { DoubtView } from "../../page/model.ts";
import type { Store } from "../../store/database.ts";
import { deviceFacts } from "../../store/device-rows.ts";
import { doubtSpells } from "../../store/doubts.ts";
import { lastSampleAt, latestBmsSample, latestInverterSample } from "../../store/samples.ts";
import { latestSettings } from "../../store/setting-rows.ts";
import { derivedAt } from "../../store/view.ts";
import { dialectOf, kindOfDialect } from "../../view/dialect.ts";
import { WHOLE_INVERTER, wholeDerived, wholeInverter } from "../../view/whole.ts";

/** The inverter as its readers see it: values only when they are fresh. */
export interface LiveInverter {
  readonly name: string;
  readonly last_at: number | null;
  readonly at: number | null;
  readonly sample: InverterSample | null;
  readonly values: InverterValues | null;
  /** What no register holds, by class and counters too; null with the sample. */
  readonly derived: Derived | null;
  readonly facts: Readonly<Record<string, unknown>>;
  /** What of the fresh sample is not believed, and since when. */
  readonly doubts: readonly DoubtView[];
}

export interface LiveBms {
  readonly name: string;
  readonly last_at: number | null;
  readonly at: number | null;
  readonly sample: BmsSample | null;
  /** Settings in engineering values as last read; null = never. */
  readonly settings: Readonly<Record<string, unknown>> | null;
  readonly facts: Readonly<Record<string, unknown>>;
  /** What of the fresh sample is not believed, and since when. */
  readonly doubts: readonly DoubtView[];
}

/** The doubts of the sample taken at `at`; none of no sample. */
export function doubtsOfSample(store: Store, device: string, at: number | null): DoubtView[] {
  if (at === null) return [];
  return doubtSpells(store, device, at, at + 1).map(
    ({ first_at, last_at: _last, count: _count, open: _open, ...doubt }) => ({ ...doubt, since: first_at }),
  );
}

/** Newest sample of every inverter within station.max_age_s. */
export function liveInverters(context: Context, store: Store): LiveInverter[] {
  const { max_age_s } = context.config.station;
  return inverterUnits(context.config).map(({ name }) => {
    const found = latestInverterSample(store, name, { now: context.clock.now(), max_age_s });
    return {
      name,
      last_at: lastSampleAt(store, name),
      at: found?.at ?? null,
      sample: found?.sample ?? null,
      values: found ? snapshotFromRaw(INVERTER_SAMPLE_FIELDS, found.sample.raw) : null,
      derived: found ? derivedAt(store, name, found.at) : null,
      facts: deviceFacts(store, name),
      doubts: doubtsOfSample(store, name, found?.at ?? null),
    };
  });
}

/** All inverters as one: the only one as it is; null when the station has none. Without one of several nothing of the whole is live. */
export function wholeLive(machines: readonly LiveInverter[]): LiveInverter | null {
  const [first, ...others] = machines;
  if (first === undefined || others.length === 0) return first ?? null;
  const ats = machines.flatMap(({ at }) => at ?? []);
  const raws = machines.flatMap(({ sample }) => sample?.raw ?? []);
  const told = machines.flatMap(({ last_at }) => last_at ?? []);
  const complete = raws.length === machines.length;
  const sample = complete ? { raw: wholeInverter(raws) } : null;
  return {
    ...first,
    name: WHOLE_INVERTER,
    // The whole is as old as the machine that was heard longest ago.
    last_at: told.length === machines.length ? Math.min(...told) : null,
    at: complete ? Math.min(...ats) : null,
    sample,
    values: sample && snapshotFromRaw(INVERTER_SAMPLE_FIELDS, sample.raw),
    derived: complete ? wholeDerived(machines.flatMap(({ derived }) => derived ?? [])) : null,
    doubts: [],
  };
}

/** The same for every BMS of the configuration. */
export function liveBms(context: Context, store: Store): LiveBms[] {
  const { bms, station } = context.config;
  return bms.map(({ name, protocol }) => {
    const found = latestBmsSample(store, name, { now: context.clock.now(), max_age_s: station.max_age_s });
    const facts = deviceFacts(store, name);
    const dialect = dialectOf(protocol, facts.dialect);
    const stored = latestSettings(store, name);
    return {
      name,
      last_at: lastSampleAt(store, name),
      at: found?.at ?? null,
      sample: found?.sample ?? null,
      settings: stored && dialect !== null ? snapshotFromRaw(kindOfDialect(dialect).settings, stored.raw) : null,
      facts,
      doubts: doubtsOfSample(store, name, found?.at ?? null),
    };
  });
}
