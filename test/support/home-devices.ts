import { SETTING_FIELDS } from "../../lib/devices/jkbms/settings.ts";
import { settingsOf } from "../../lib/devices/pv1800/models.ts";
import type { Components, DeviceContext } from "../../lib/publish/homeassistant/component.ts";
import { componentsOf } from "../../lib/publish/homeassistant/device.ts";
import { bmsRows, inverterRows, type Row } from "../../lib/publish/homeassistant/rows.ts";
import { type StationView, stationComponents } from "../../lib/publish/homeassistant/station.ts";
import { recordedBms, recordedBmsSettings, recordedInverter, recordedInverterSettings } from "./recorded-samples.ts";

export const TOPICS = { station: "solar_station", base: "solar_station", prefix: "homeassistant" };

export const homeContext = (device: string): DeviceContext => ({
  topics: TOPICS,
  device,
  expire_after_s: 180,
  command_expiry_s: 120,
});

export const STATION_VIEW: StationView = {
  mode: "auto",
  mode_options: ["auto", "manual"],
  why: "battery low",
  headline: "House on battery. Empty about 23:20.",
  alerts: [{ id: "cell_low", title: "Cell low", severity: "critical" }],
  failing_jobs: ["jkbms-dump"],
  last_command: "inverter ongrid_switch=off: done",
  refused_messages: 3,
};

const settings = (dialect: "4e57" | "modbus", raw: ReturnType<typeof recordedBmsSettings> | null) => ({
  table: SETTING_FIELDS[dialect],
  raw,
});

/** Every entity that a device of ours can ever have: both dialects of the BMS, 24 cells, feed-in allowed. */
export function everyEntity(): Readonly<Record<string, Components>> {
  const rows: Readonly<Record<string, readonly Row[]>> = {
    inverter: inverterRows(null, null, {}, settingsOf({ model: null, feed_in: true })),
    bms: bmsRows(null, 24, settings("4e57", null), null),
    pb: bmsRows(null, 24, settings("modbus", null), null),
  };
  const devices = Object.entries(rows).map(([device, all]) => {
    const known = new Set(all.map(({ key }) => key));
    return [device, componentsOf(homeContext(device), all, { known, grade: 48, controls: true })];
  });
  return { ...Object.fromEntries(devices), station: stationComponents(homeContext("station"), STATION_VIEW, true) };
}

/** The entities of a station with the recorded inverter and the recorded pack of 16 cells. */
export function usualEntities(): Readonly<Record<string, Components>> {
  const rows: Readonly<Record<string, readonly Row[]>> = {
    inverter: inverterRows(recordedInverter(), recordedInverterSettings()),
    bms: bmsRows(recordedBms(), 16, settings("4e57", recordedBmsSettings()), { charge_wh: 1500, discharge_wh: 20 }),
  };
  const devices = Object.entries(rows).map(([device, all]) => {
    return [device, componentsOf(homeContext(device), all, { known: new Set(), grade: 48, controls: true })];
  });
  return { ...Object.fromEntries(devices), station: stationComponents(homeContext("station"), STATION_VIEW, true) };
}
