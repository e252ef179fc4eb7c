import type { Context } from "../cli/spec.ts";
import { version } from "../cli/version.ts";
import { inverterUnits } from "../config/units.ts";
import { INVERTER_KIND } from "../devices/index.ts";
import { inverterTable } from "../orders/device-tables.ts";
import { type DeviceContext, type HomeDevice, STATION_DEVICE } from "../publish/homeassistant/component.ts";
import { type ComponentOptions, componentsOf } from "../publish/homeassistant/device.ts";
import { bmsFacts, inverterFacts } from "../publish/homeassistant/device-facts.ts";
import { type DeviceFacts, deviceBlock, stationBlock } from "../publish/homeassistant/discovery.ts";
import { bmsRows, inverterRows, type Row } from "../publish/homeassistant/rows.ts";
import { type StationView, stationComponents } from "../publish/homeassistant/station.ts";
import type { HomeKind } from "../publish/homeassistant/vocabulary.ts";
import { liveStation } from "../station/live-devices.ts";
import { speechOfStation } from "../station/voice.ts";
import type { Store } from "../store/database.ts";
import { latestSettings } from "../store/setting-rows.ts";
import { rememberedModel } from "../store/view.ts";
import type { Doubt } from "../view/doubt.ts";
import type { LiveBms, LiveInverter, LiveStation } from "../view/live.ts";
import { topicsOf } from "./broker.ts";
import { energyUpTo, guardedTotals } from "./home-counters.ts";

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

/** The station's devices as Home Assistant is to see them: not older than people allow, nor than it would keep them. */
export function liveForHome(context: Context, store: Store): LiveStation {
  const { station, mqtt } = context.config;
  return liveStation(context, store, Math.min(station.max_age_s, mqtt.expire_after_s));
}

/** Each device with its fresh sample or none. Counters and energies are remembered on the way. */
export function devicesNow(
  context: Context,
  store: Store,
  known: KnownComponents,
  { machines, bms }: LiveStation = liveForHome(context, store),
): DeviceNow[] {
  const before = (name: string) => known.get(name) ?? new Set<string>();
  return [
    ...machines.map((one) => inverterNow(context, store, one, before(one.name))),
    ...bms.map((one) => bmsNow(context, store, one, before(one.name))),
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

function inverterNow(context: Context, store: Store, live: LiveInverter, known: ReadonlySet<string>): DeviceNow {
  const { name, at, sample, doubts } = live;
  const every_s = inverterUnits(context.config).find((unit) => unit.name === name)?.settings_every_s ?? 0;
  const settings = recent(context, latestSettings(store, name), every_s);
  const totals = sample && at !== null ? guardedTotals(context, store, name, at, sample.raw) : {};
  const fields = INVERTER_KIND.models.settingsOf({
    model: rememberedModel(store, name),
    feed_in: context.config.orders.feed_in_consent,
  });
  const rows = inverterRows(sample, settings, totals, fields, live.derived);
  const { grade } = inverterTable(context, store, name);
  const options = { known, grade, controls: context.config.mqtt.commands };
  return { home: homeDevice(context, name, "inverter", inverterFacts(live.facts), rows, options), rows, doubts, at };
}

function bmsNow(context: Context, store: Store, live: LiveBms, known: ReadonlySet<string>): DeviceNow {
  const { name, at, sample, kind, stored, doubts } = live;
  const every_s = context.config.bms.find((unit) => unit.name === name)?.settings_every_s ?? 0;
  const energy = at === null ? null : energyUpTo(context, store, name, at);
  const cells = Math.max(sample?.cells.length ?? 0, ...[...known].map(cellNumber));
  const rows = bmsRows(sample, cells, { table: kind.settings, raw: recent(context, stored, every_s) }, energy);
  const options = { known, grade: 48 as const, controls: context.config.mqtt.commands };
  const about = bmsFacts(kind.maker, stored ? kind.identityOf(stored.raw) : {});
  return { home: homeDevice(context, name, "bms", about, rows, options), rows, doubts, at };
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

/** Settings that are believed still; null = none are. */
function recent(context: Context, settings: LiveBms["stored"], every_s: number) {
  const oldest = context.clock.now() - SETTING_READINGS * every_s - context.config.station.max_age_s;
  return settings && settings.read_at >= oldest ? settings.raw : null;
}

function cellNumber(key: string): number {
  return Number(/^cell_(\d\d)$/.exec(key)?.[1] ?? 0);
}
