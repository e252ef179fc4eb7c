import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Log } from "../../lib/cli/log.ts";
import type { Context } from "../../lib/cli/spec.ts";
import { configSchema } from "../../lib/config/schema.ts";
import { INVERTER_SETTING_FIELDS, STATUS_FIELDS, sampleOf } from "../../lib/devices/inverter/sample.ts";
import { decodeRecords } from "../../lib/devices/jkbms/decode.ts";
import { sampleFromRecords } from "../../lib/devices/jkbms/sample.ts";
import { settingsFromRaw } from "../../lib/devices/jkbms/settings.ts";
import { dataOfRecords } from "../../lib/devices/jkbms/sim-records.ts";
import { plantDevices } from "../../lib/devices/plant-devices.ts";
import { addWords, decodeWords } from "../../lib/devices/pv1800/decode.ts";
import { REGISTERS } from "../../lib/devices/pv1800/registers.ts";
import { makeBms4e57 } from "../../lib/devices/simulators.ts";
import { devicesNow, type KnownComponents, stationDevice } from "../../lib/home/published-devices.ts";
import { discoveryOutgoing, type Outgoing, stateOutgoing, stationOutgoing } from "../../lib/home/publisher.ts";
import { stationView } from "../../lib/home/station-view.ts";
import { drivePlant } from "../../lib/sim/day-drive.ts";
import { openStore, type Store } from "../../lib/store/database.ts";
import { discoveryRows } from "../../lib/store/publish.ts";
import { saveBmsSample, saveInverterSample } from "../../lib/store/samples.ts";
import { saveSettings } from "../../lib/store/setting-rows.ts";
import { validateDiscovery, validateState } from "../support/ha-validator.ts";
import { scratchDirectory } from "../support/scratch.ts";

/** Minutes between two visits. */
const STEP = 5;

function contextOf(folder: string, now: () => number): Context {
  const config = configSchema.parse({
    station: { state_dir: folder, max_age_s: 600 },
    mqtt: { enabled: true, expire_after_s: 900 },
    batmon: { enabled: false },
  });
  return {
    config,
    configPath: null,
    log: new Log("test", 0),
    clock: { now, monotonic: () => performance.now() },
    lockPort: async () => ({ release: () => {} }),
    options: {},
    args: [],
    dryRun: false,
    timeLeft: () => 60_000,
    openStore: () => {
      throw new Error("the test hands the store over itself");
    },
    terminal: false,
    print: () => {},
  };
}

/** One visit without a broker: what would be sent, taken as acknowledged. */
function visit(context: Context, store: Store): Outgoing[] {
  const rows = discoveryRows(store);
  const known: KnownComponents = new Map(rows.map((row) => [row.device, new Set(Object.keys(row.components))]));
  const devices = devicesNow(context, store, known);
  const view = stationView(context, store);
  const home = [stationDevice(context, view), ...devices.map((device) => device.home)];
  const force = { discovery: false, state: false };
  const messages = [
    ...discoveryOutgoing(context, store, home, rows, force),
    ...stateOutgoing(context, store, devices, force),
    ...stationOutgoing(context, view),
  ];
  for (const { acknowledged } of messages) if (acknowledged) store.later(acknowledged);
  store.flush();
  return messages;
}

function simulatedStation(t: TestContext) {
  const driven = drivePlant({ scenario: "clear_summer", seed: 1, capacity_ah: 100, days: 2 });
  const { inverter, bms } = plantDevices(driven.plant);
  const device = makeBms4e57({ source: bms });
  const folder = scratchDirectory(t);
  const store = openStore(join(folder, "station.db"), { clock: { now: driven.now, monotonic: () => 0 } });
  store.db.pragma("synchronous = OFF");
  t.after(() => store.close());
  const words = () => {
    const image = new Map<number, number>();
    for (const { addr } of Object.values(REGISTERS)) {
      for (const address of [addr, addr + 1]) {
        const word = inverter.read(address);
        if (word !== undefined) addWords(image, address, [word]);
      }
    }
    return image;
  };
  const pollInverter = () => {
    const image = words();
    saveInverterSample(store, "inverter", driven.now(), { raw: sampleOf(decodeWords(STATUS_FIELDS, image)) });
    const settings = decodeWords(INVERTER_SETTING_FIELDS, image);
    saveSettings(store, "inverter", "inverter", driven.now(), settings, () => "foreign");
  };
  const pollBms = () => {
    const decoded = decodeRecords(dataOfRecords(device.records()), "bms");
    saveBmsSample(store, "bms", driven.now(), sampleFromRecords(decoded, "bms"));
    saveSettings(store, "bms", "bms", driven.now(), settingsFromRaw("4e57", decoded.records).raw, () => "foreign");
  };
  return { driven, store, context: contextOf(folder, driven.now), pollInverter, pollBms };
}

test("a day and a half with its nights, a silent BMS and an empty start: every message holds to the rules", (t) => {
  const { driven, store, context, pollInverter, pollBms } = simulatedStation(t);
  const standing = new Map<string, string>();
  const totals = new Map<string, number>();
  let discoveries = 0;
  const offline = new Set<string>();
  for (let minute = 0; minute <= 36 * 60; minute += STEP) {
    driven.advanceTo(minute);
    const hour = minute / 60;
    store.write(() => {
      if (hour >= 1) pollInverter();
      if (hour >= 2 && !(hour > 20 && hour < 23)) pollBms();
    });
    for (const { topic, payload } of visit(context, store)) {
      standing.set(topic, payload);
      if (!topic.startsWith("homeassistant/")) continue;
      discoveries++;
      assert.deepEqual(validateDiscovery(topic, payload), [], `hour ${hour}`);
    }
    for (const device of ["inverter", "bms", "station"]) {
      if (standing.get(`solar_station/${device}/availability`) === "offline")
        offline.add(`${device} ${Math.floor(hour)}`);
      const discovery = standing.get(`homeassistant/device/solar_station_${device}/config`);
      const state = standing.get(`solar_station/${device}/state`);
      if (discovery === undefined || state === undefined) continue;
      const attributes = standing.get(`solar_station/${device}/attributes`) ?? null;
      assert.deepEqual(validateState(discovery, state, attributes), [], `${device}, hour ${hour}`);
      neverFalls(totals, device, discovery, state, hour);
    }
  }
  assert.ok(offline.has("inverter 0") && offline.has("bms 1") && offline.has("bms 22"), [...offline].join());
  assert.ok(!offline.has("inverter 5") && !offline.has("bms 24"), [...offline].join());
  // The station twice (it is due after a day), the devices when they appear and after a day, and hardly ever else.
  assert.ok(discoveries >= 5 && discoveries <= 14, `${discoveries} discovery messages`);
  assert.ok((totals.get("inverter pv_energy") ?? 0) > 3, "PV energy rose");
  assert.ok((totals.get("bms charge_energy_estimated") ?? 0) > 1, "battery energy rose");
  assert.ok((totals.get("bms discharge_energy_estimated") ?? 0) >= 0);
});

/** Counters of the energy dashboard: once known they never fall, but for those of a day at its end, so that nothing is counted twice. */
function neverFalls(totals: Map<string, number>, device: string, discovery: string, state: string, hour: number): void {
  const { components } = JSON.parse(discovery) as { components: Record<string, { state_class?: string }> };
  const values = JSON.parse(state) as Record<string, number | null>;
  for (const [key, { state_class }] of Object.entries(components)) {
    const value = values[key];
    if (state_class !== "total_increasing" || value === null || value === undefined) continue;
    const name = key.endsWith("_today") ? `${device} ${key} ${Math.floor(hour / 24)}` : `${device} ${key}`;
    assert.ok(value >= (totals.get(name) ?? 0), `${name} fell to ${value} at hour ${hour}`);
    totals.set(name, value);
  }
}
