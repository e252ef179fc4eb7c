import type { Context } from "../cli/spec.ts";
import { snapshotFromRaw } from "../codec/values.ts";
import type { BmsConfig } from "../config/sections/device-section.ts";
import { inverterUnits } from "../config/units.ts";
import { INVERTER_SAMPLE_FIELDS } from "../devices/inverter/sample.ts";
import type { Store } from "../store/database.ts";
import { deviceFacts } from "../store/device-rows.ts";
import { doubtSpells } from "../store/doubts.ts";
import { type Age, lastSampleAt, latestBmsSample, latestInverterSample } from "../store/samples.ts";
import { latestSettings } from "../store/setting-rows.ts";
import { derivedAt } from "../store/view.ts";
import { dialectOf, kindOfDialect } from "../view/dialect.ts";
import { type DoubtView, type LiveBms, type LiveInverter, type LiveStation, wholeLive } from "../view/live.ts";

/** Every device with its newest sample, where that is not older than `max_age_s`: the one answer to what is live. */
export function liveStation(
  context: Context,
  store: Store,
  max_age_s: number = context.config.station.max_age_s,
): LiveStation {
  const age = { now: context.clock.now(), max_age_s };
  const machines = inverterUnits(context.config).map(({ name }) => liveInverter(store, name, age));
  return {
    machines,
    inverter: wholeLive(machines),
    bms: context.config.bms.map((unit) => liveBms(store, unit, age)),
  };
}

function liveInverter(store: Store, name: string, age: Age): LiveInverter {
  const found = latestInverterSample(store, name, age);
  return {
    ...seen(store, name, found),
    sample: found?.sample ?? null,
    values: found ? snapshotFromRaw(INVERTER_SAMPLE_FIELDS, found.sample.raw) : null,
    derived: found ? derivedAt(store, name, found.at) : null,
  };
}

function liveBms(store: Store, { name, protocol }: BmsConfig, age: Age): LiveBms {
  const found = latestBmsSample(store, name, age);
  const common = seen(store, name, found);
  const dialect = dialectOf(protocol, common.facts.dialect);
  const kind = kindOfDialect(dialect);
  const stored = latestSettings(store, name);
  return {
    ...{ ...common, kind, stored },
    sample: found?.sample ?? null,
    settings: stored && dialect !== null ? snapshotFromRaw(kind.settings, stored.raw) : null,
  };
}

/** What is known of any device: when it was heard, what is remembered of it, and what of its fresh sample is not believed. */
function seen(store: Store, name: string, found: { readonly at: number } | null) {
  const at = found?.at ?? null;
  return {
    name,
    at,
    last_at: lastSampleAt(store, name),
    facts: deviceFacts(store, name),
    doubts: doubtsAt(store, name, at),
  };
}

function doubtsAt(store: Store, device: string, at: number | null): DoubtView[] {
  if (at === null) return [];
  return doubtSpells(store, device, at, at + 1).map(
    ({ first_at, last_at: _last, count: _count, open: _open, ...doubt }) => ({ ...doubt, since: first_at }),
  );
}
