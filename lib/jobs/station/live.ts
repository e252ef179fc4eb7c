import type { Context } from "../../cli/spec.ts";
import { snapshotFromRaw } from "../../codec/values.ts";
import type { BmsSample } from "../../devices/bms/sample.ts";
import type { Derived } from "../../devices/inverter/derived.ts";
import { INVERTER_SAMPLE_FIELDS, type InverterSample, type InverterValues } from "../../devices/inverter/sample.ts";
import { settingsFromRaw } from "../../devices/jkbms/settings.ts";
import type { DoubtView } from "../../page/model.ts";
import type { Store } from "../../store/database.ts";
import { deviceFacts } from "../../store/device-rows.ts";
import { doubtSpells } from "../../store/doubts.ts";
import { lastSampleAt, latestBmsSample, latestInverterSample } from "../../store/samples.ts";
import { latestSettings } from "../../store/setting-rows.ts";
import { derivedAt } from "../../store/view.ts";
import { dialectOf } from "../../view/dialect.ts";

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

/** Newest sample of the inverter within station.max_age_s; null when the station has none. */
export function liveInverter(context: Context, store: Store): LiveInverter | null {
  const { inverter, station } = context.config;
  if (!inverter.enabled) return null;
  const found = latestInverterSample(store, inverter.name, { now: context.clock.now(), max_age_s: station.max_age_s });
  return {
    name: inverter.name,
    last_at: lastSampleAt(store, inverter.name),
    at: found?.at ?? null,
    sample: found?.sample ?? null,
    values: found ? snapshotFromRaw(INVERTER_SAMPLE_FIELDS, found.sample.raw) : null,
    derived: found ? derivedAt(store, inverter.name, found.at) : null,
    facts: deviceFacts(store, inverter.name),
    doubts: doubtsOfSample(store, inverter.name, found?.at ?? null),
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
      settings: stored && dialect !== null ? settingsFromRaw(dialect, stored.raw).values : null,
      facts,
      doubts: doubtsOfSample(store, name, found?.at ?? null),
    };
  });
}
