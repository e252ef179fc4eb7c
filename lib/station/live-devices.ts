import type { Context } from "../cli/spec.ts";
import { snapshotFromRaw } from "../codec/values.ts";
import { inverterUnits } from "../config/units.ts";
import { INVERTER_SAMPLE_FIELDS } from "../devices/inverter/sample.ts";
import type { Store } from "../store/database.ts";
import { deviceFacts } from "../store/device-rows.ts";
import { doubtSpells } from "../store/doubts.ts";
import { lastSampleAt, latestBmsSample, latestInverterSample } from "../store/samples.ts";
import { latestSettings } from "../store/setting-rows.ts";
import { derivedAt } from "../store/view.ts";
import { dialectOf, kindOfDialect } from "../view/dialect.ts";
import type { DoubtView, LiveBms, LiveInverter } from "../view/live.ts";

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
