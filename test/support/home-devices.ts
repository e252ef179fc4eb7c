import { SETTING_FIELDS } from "../../lib/devices/jkbms/settings.ts";
import { settingsOf } from "../../lib/devices/pv1800/models.ts";
import type { Components, DeviceContext } from "../../lib/publish/homeassistant/component.ts";
import { componentsOf } from "../../lib/publish/homeassistant/device.ts";
import { bmsRows, inverterRows, type Row } from "../../lib/publish/homeassistant/rows.ts";
import { type StationView, stationComponents } from "../../lib/publish/homeassistant/station.ts";
import { type Language, speech } from "../../lib/words/index.ts";
import { recordedBms, recordedBmsSettings, recordedInverter, recordedInverterSettings } from "./recorded-samples.ts";

export const TOPICS = { station: "solar_station", base: "solar_station", prefix: "homeassistant" };

export const homeContext = (device: string, language: Language = "en"): DeviceContext => ({
  topics: TOPICS,
  device,
  kind: device === "station" || device === "inverter" ? device : "bms",
  speech: speech(language),
  expire_after_s: 180,
  command_expiry_s: 120,
});

export const STATION_VIEW: StationView = {
  mode: "auto",
  mode_options: ["auto", "manual"],
  why: { code: "reserve", text: "The house stays on the grid: battery at 20 %." },
  headline: { code: "battery", text: "House on battery. Empty about 23:20." },
  alerts: [{ id: "cell_low", title: "Cell low", text: "Cell 7 is low.", severity: "critical" }],
  next_switch: { at: 1_700_010_000, on_grid: true },
  reserve_at: 1_700_009_000,
  full_at: null,
  plan: [{ at: 1_700_003_600, on_grid: false, soc: 60, low: 50, high: 70, pv: 900, load: 400 }],
  today: { pv_energy: 7.2, load_energy: 5.1, grid_import_energy: 0, grid_export_energy: null, grid_charge_energy: 0 },
  failing_jobs: ["jkbms-dump"],
  last_command: "inverter ongrid_switch=off: done",
  refused_messages: 3,
};

const settings = (dialect: "4e57" | "modbus", raw: ReturnType<typeof recordedBmsSettings> | null) => ({
  table: SETTING_FIELDS[dialect],
  raw,
});

/** Every entity that a device of ours can ever have: both dialects of the BMS, 24 cells, feed-in allowed. */
export function everyEntity(language?: Language): Readonly<Record<string, Components>> {
  const rows: Readonly<Record<string, readonly Row[]>> = {
    inverter: inverterRows(null, null, {}, settingsOf({ model: null, feed_in: true })),
    bms: bmsRows(null, 24, settings("4e57", null), null),
    pb: bmsRows(null, 24, settings("modbus", null), null),
  };
  const devices = Object.entries(rows).map(([device, all]) => {
    const known = new Set(all.map(({ key }) => key));
    return [device, componentsOf(homeContext(device, language), all, { known, grade: 48, controls: true })];
  });
  const station = stationComponents(homeContext("station", language), STATION_VIEW, true);
  return { ...Object.fromEntries(devices), station };
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
