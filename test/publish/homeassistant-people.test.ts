import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { SETTING_FIELDS, settingsFromRaw } from "../../lib/devices/jkbms/settings.ts";
import { type Components, configTopic } from "../../lib/publish/homeassistant/component.ts";
import { attributesOf, stateOf } from "../../lib/publish/homeassistant/device.ts";
import { bmsFacts } from "../../lib/publish/homeassistant/device-facts.ts";
import { discoveryMessage } from "../../lib/publish/homeassistant/discovery.ts";
import { bmsRows, inverterRows } from "../../lib/publish/homeassistant/rows.ts";
import { stationAttributes, stationState } from "../../lib/publish/homeassistant/station.ts";
import { LANGUAGE_CODES, speech } from "../../lib/words/index.ts";
import { validateDiscovery } from "../support/ha-validator.ts";
import { everyEntity, STATION_VIEW, TOPICS, usualEntities } from "../support/home-devices.ts";
import { recordedBms, recordedBmsSettings, recordedInverter } from "../support/recorded-samples.ts";
import { assertForPeople } from "../words/support.ts";

/** Ids of the first edition. Home Assistant keeps history, dashboards and automations by them: none may ever change. */
const FIRST_IDS = readFileSync(resolve(import.meta.dirname, "../fixtures/home-assistant-ids.txt"), "utf8")
  .trim()
  .split("\n");

/** Latin words that belong into a Russian name. */
const NAMES = ["UART1", "UART2", "CAN", "10115"];

const idsOf = (devices: Readonly<Record<string, Components>>) =>
  Object.entries(devices).flatMap(([device, components]) =>
    Object.entries(components).map(([key, { platform, unique_id, default_entity_id }]) => {
      assert.equal(unique_id, `solar_station_${device}_${key}`);
      assert.equal(default_entity_id, `${platform}.${unique_id}`);
      return String(default_entity_id);
    }),
  );

for (const language of LANGUAGE_CODES) {
  test(`discovery in ${language}: every id of the first edition on its platform, names for people, no fault`, () => {
    const devices = everyEntity(language);
    const ids = new Set(idsOf(devices));
    assert.deepEqual(
      FIRST_IDS.filter((id) => !ids.has(id)),
      [],
    );
    for (const [device, components] of Object.entries(devices)) {
      const block = { identifiers: [device], name: `Solar station ${speech(language).device(device)}` };
      const message = discoveryMessage(TOPICS, { key: device, block, components, ownAvailability: true }, "1", {});
      assert.deepEqual(validateDiscovery(configTopic(TOPICS, device), message), []);
      for (const [key, { name, platform }] of Object.entries(components)) {
        assertForPeople(name, language, `${device} ${key}`, NAMES);
        assert.notEqual(String(platform), "update");
      }
    }
  });
}

test("at most 60 entities are enabled, and none twice; the rest waits for whoever wants it", () => {
  const all = Object.values(usualEntities()).flatMap((components) => Object.values(components));
  const enabled = all.filter(({ enabled_by_default }) => enabled_by_default !== false);
  assert.ok(all.length > 230, `${all.length}`);
  assert.ok(enabled.length <= 60, `${enabled.length} are enabled`);
  assert.ok(enabled.length >= 50, `${enabled.length} are enabled`);
});

test("what is enabled has a class with words and icon of its own, or an icon", () => {
  for (const components of Object.values(usualEntities())) {
    for (const [key, { enabled_by_default, device_class, icon }] of Object.entries(components)) {
      if (enabled_by_default === false) continue;
      assert.ok(icon !== undefined || device_class !== undefined || /^load_percent$|^cycle_count$/.test(key), key);
    }
  }
  const { inverter, bms } = usualEntities();
  assert.equal(inverter?.grid_relay_closed?.device_class, "connectivity");
  assert.equal(bms?.charge_mosfet_on?.device_class, "power");
  assert.equal(bms?.remaining_energy_estimated?.device_class, "energy_storage");
});

test("faults are one text: none, or the words of the station's language, with codes as attribute", () => {
  const calm = inverterRows(recordedInverter({ inverter_warnings_1: 0 }), null);
  assert.equal(stateOf(calm, 1, speech("en")).faults, "none");
  assert.equal(stateOf(calm, 1, speech("ru")).faults, "нет");
  const rows = inverterRows(recordedInverter({ inverter_errors_1: 1 << 6, inverter_warnings_1: 1 << 1 }), null);
  assert.match(String(stateOf(rows, 1, speech("en")).faults), /^Overload timeout, /);
  assert.match(String(stateOf(rows, 1, speech("ru")).faults), /^Долгая перегрузка, /);
  const { active } = attributesOf(rows, speech("en")).faults as { active: readonly Record<string, unknown>[] };
  assert.deepEqual(active[0], {
    word: "inverter_errors_1",
    code: "overload_timeout",
    bit: 6,
    text: "Overload timeout",
  });
  const unknown = bmsRows(null, 16, { table: SETTING_FIELDS["4e57"], raw: null }, null);
  assert.equal(stateOf(unknown, 1, speech("en")).faults, null);
});

test("the pack's powers have no sign, and what is left stands in Ah and kWh", () => {
  const pack = recordedBms({ battery_current: -10_000, pack_voltage: 52_000, soc: 50, capacity: 280_000 });
  const table = { table: SETTING_FIELDS["4e57"], raw: null };
  const state = stateOf(bmsRows(pack, 16, table, null), 1, speech("en"));
  assert.deepEqual([state.battery_power, state.charge_power, state.discharge_power], [-520, 0, 520]);
  assert.deepEqual([state.remaining_capacity_estimated, state.remaining_energy_estimated], [140, 7.1]);
  const told = bmsRows({ ...pack, remaining_capacity: 100_000 }, 16, table, null);
  assert.equal(stateOf(told, 1, speech("en")).remaining_capacity_estimated, null, "what is told is not estimated");
});

test("a BMS has its model and both versions", () => {
  assert.deepEqual(bmsFacts("JK", settingsFromRaw("4e57", recordedBmsSettings()).identity), {
    manufacturer: "JK",
    model: "JK_B2A20S20P",
    hw_version: "11.XW",
    sw_version: "11.26",
  });
});

test("the station's reason is a code with its sentence; what comes is rounded, the plan an attribute", () => {
  const now = 1_700_000_000;
  const state = stationState(STATION_VIEW, now);
  assert.equal(state.why, "reserve");
  assert.equal(state.next_switch, "2023-11-15T01:00:00Z");
  assert.equal(state.time_to_reserve, 150);
  assert.equal(state.time_to_full, null);
  assert.equal(state.pv_energy_today, 7.2);
  const { why, alerts, next_switch } = stationAttributes(STATION_VIEW) as Record<string, Record<string, unknown>>;
  assert.equal(why?.text, "The house stays on the grid: battery at 20 %.");
  assert.deepEqual(alerts?.active, STATION_VIEW.alerts);
  assert.deepEqual(next_switch, {
    on_grid: true,
    plan: [{ at: "2023-11-14T23:13:20Z", on_grid: false, soc: 60, low: 50, high: 70, pv: 900, load: 400 }],
  });
});
