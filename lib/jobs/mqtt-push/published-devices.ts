import type { Context } from "../../cli/spec.ts";
import { version } from "../../cli/version.ts";
import type { BmsConfig, InverterConfig } from "../../config/sections/device-section.ts";
import { inverterUnits } from "../../config/units.ts";
import { INVERTER_KIND } from "../../devices/index.ts";
import { inverterTable } from "../../orders/device-tables.ts";
import { type DeviceContext, type HomeDevice, STATION_DEVICE } from "../../publish/homeassistant/component.ts";
import { type ComponentOptions, componentsOf } from "../../publish/homeassistant/device.ts";
import { type DeviceFacts, deviceBlock, stationBlock } from "../../publish/homeassistant/discovery.ts";
import { bmsRows, inverterRows, type Row } from "../../publish/homeassistant/rows.ts";
import { type StationView, stationComponents } from "../../publish/homeassistant/station.ts";
import type { HomeKind } from "../../publish/homeassistant/vocabulary.ts";
import { doubtsOfSample } from "../../station/live-devices.ts";
import { speechOfStation } from "../../station/voice.ts";
import type { Store } from "../../store/database.ts";
import { deviceFacts } from "../../store/device-rows.ts";
import { latestBmsSample, latestInverterSample } from "../../store/samples.ts";
import { latestSettings } from "../../store/setting-rows.ts";
import { derivedAt, rememberedModel } from "../../store/view.ts";
import { dialectOf, kindOfDialect } from "../../view/dialect.ts";
import type { Doubt } from "../../view/doubt.ts";
import { topicsOf } from "./broker.ts";
import { energyUpTo, guardedTotals } from "./counters.ts";
import { bmsFacts, inverterFacts } from "./facts.ts";

/** One device with what there is to tell about it now. */
export interface DeviceNow {
  readonly home: HomeDevice;
  readonly rows: readonly Row[];
  /** Of the fresh sample: values that are unknown because they are not believed. */
  readonly doubts: readonly Doubt[];
  /** UTC second of the fresh sample; null = the device is silent. */
  readonly at: number | null;
}

/** Component keys published before, by device. */
export type KnownComponents = ReadonlyMap<string, ReadonlySet<string>>;

/** A setting is believed for three readings, then it is unknown. */
const SETTING_READINGS = 3;

/** Inverter and BMS units as configured, each with its fresh sample or none. Counters and energies are remembered on the way. */
export function devicesNow(context: Context, store: Store, known: KnownComponents): DeviceNow[] {
  const { config } = context;
  const before = (name: string) => known.get(name) ?? new Set<string>();
  return [
    ...inverterUnits(config).map((unit) => inverterNow(context, store, unit, before(unit.name))),
    ...config.bms.map((unit) => bmsNow(context, store, unit, before(unit.name))),
  ];
}

/** The station's own device. */
export function stationDevice(context: Context, view: StationView): HomeDevice {
  const { config } = context;
  const topics = topicsOf(config);
  return {
    key: STATION_DEVICE,
    block: stationBlock(topics, config.station.name, version()),
    components: stationComponents(deviceContext(context, STATION_DEVICE, "station"), view, config.mqtt.commands),
    ownAvailability: false,
  };
}

function inverterNow(
  context: Context,
  store: Store,
  { name, settings_every_s }: InverterConfig,
  known: ReadonlySet<string>,
): DeviceNow {
  const stored = latestInverterSample(store, name, age(context));
  const settings = recentSettings(context, store, name, settings_every_s);
  const totals = stored ? guardedTotals(context, store, name, stored.at, stored.sample.raw) : {};
  const fields = INVERTER_KIND.models.settingsOf({
    model: rememberedModel(store, name),
    feed_in: context.config.orders.feed_in_consent,
  });
  const derived = stored && derivedAt(store, name, stored.at);
  const rows = inverterRows(stored?.sample ?? null, settings, totals, fields, derived);
  const { grade } = inverterTable(context, store, name);
  const options = { known, grade, controls: context.config.mqtt.commands };
  const facts = inverterFacts(deviceFacts(store, name));
  return {
    home: homeDevice(context, name, "inverter", facts, rows, options),
    rows,
    doubts: doubtsOfSample(store, name, stored?.at ?? null),
    at: stored?.at ?? null,
  };
}

function bmsNow(context: Context, store: Store, unit: BmsConfig, known: ReadonlySet<string>): DeviceNow {
  const stored = latestBmsSample(store, unit.name, age(context));
  const facts = deviceFacts(store, unit.name);
  const dialect = dialectOf(unit.protocol, facts.dialect);
  const kind = kindOfDialect(dialect);
  const raw = recentSettings(context, store, unit.name, unit.settings_every_s);
  const energy = stored ? energyUpTo(context, store, unit.name, stored.at) : null;
  const cells = Math.max(stored?.sample.cells.length ?? 0, ...[...known].map(cellNumber));
  const rows = bmsRows(stored?.sample ?? null, cells, { table: kind.settings, raw }, energy);
  const options = { known, grade: 48 as const, controls: context.config.mqtt.commands };
  const told = latestSettings(store, unit.name)?.raw;
  const about = bmsFacts(kind.maker, told ? kind.identityOf(told) : {});
  return {
    home: homeDevice(context, unit.name, "bms", about, rows, options),
    rows,
    doubts: doubtsOfSample(store, unit.name, stored?.at ?? null),
    at: stored?.at ?? null,
  };
}

function homeDevice(
  context: Context,
  name: string,
  kind: HomeKind,
  facts: DeviceFacts,
  rows: readonly Row[],
  options: ComponentOptions,
): HomeDevice {
  const topics = topicsOf(context.config);
  return {
    key: name,
    block: deviceBlock(topics, `${context.config.station.name} ${speechOfStation(context).device(name)}`, name, facts),
    components: componentsOf(deviceContext(context, name, kind), rows, options),
    ownAvailability: true,
  };
}

function deviceContext(context: Context, device: string, kind: HomeKind): DeviceContext {
  const { mqtt } = context.config;
  return {
    topics: topicsOf(context.config),
    device,
    kind,
    speech: speechOfStation(context),
    expire_after_s: mqtt.expire_after_s,
    command_expiry_s: mqtt.command_max_age_s,
  };
}

/** Older samples are not shown as live: not older than people allow, nor than Home Assistant would keep them. */
function age(context: Context) {
  const { station, mqtt } = context.config;
  return { now: context.clock.now(), max_age_s: Math.min(station.max_age_s, mqtt.expire_after_s) };
}

function recentSettings(context: Context, store: Store, name: string, every_s: number) {
  const settings = latestSettings(store, name);
  const oldest = context.clock.now() - SETTING_READINGS * every_s - context.config.station.max_age_s;
  return settings && settings.read_at >= oldest ? settings.raw : null;
}

function cellNumber(key: string): number {
  return Number(/^cell_(\d\d)$/.exec(key)?.[1] ?? 0);
}
