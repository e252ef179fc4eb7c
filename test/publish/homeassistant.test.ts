import assert from "node:assert/strict";
import { test } from "node:test";
import type { Field } from "../../lib/codec/table.ts";
import { BMS_FIELDS } from "../../lib/devices/bms/sample.ts";
import { INVERTER_SAMPLE_FIELDS, INVERTER_SETTING_FIELDS } from "../../lib/devices/inverter/sample.ts";
import { SETTING_FIELDS } from "../../lib/devices/jkbms/settings.ts";
import { settingsOf } from "../../lib/devices/pv1800/models.ts";
import { REGISTERS } from "../../lib/devices/pv1800/registers.ts";
import { configTopic, type HomeDevice } from "../../lib/publish/homeassistant/component.ts";
import type { Grade } from "../../lib/publish/homeassistant/controls.ts";
import { attributesOf, componentsOf, stateOf } from "../../lib/publish/homeassistant/device.ts";
import {
  deviceBlock,
  discoveryMessage,
  jsonPayload,
  messageHash,
  publishedOf,
  stationBlock,
} from "../../lib/publish/homeassistant/discovery.ts";
import { bmsRows, inverterRows, type Row } from "../../lib/publish/homeassistant/rows.ts";
import { stationAttributes, stationComponents, stationState } from "../../lib/publish/homeassistant/station.ts";
import { meaningOf } from "../../lib/publish/homeassistant/vocabulary.ts";
import { speech } from "../../lib/words/index.ts";
import { validateDiscovery, validateState } from "../support/ha-validator.ts";
import { homeContext, STATION_VIEW, TOPICS } from "../support/home-devices.ts";
import {
  recordedBms,
  recordedBmsSettings,
  recordedInverter,
  recordedInverterSettings,
} from "../support/recorded-samples.ts";

const context = homeContext;
const EN = speech("en");
const NONE: ReadonlySet<string> = new Set();

function homeDevice(device: string, rows: readonly Row[], known = NONE, grade: Grade = 48): HomeDevice {
  const components = componentsOf(context(device), rows, { known, grade, controls: true });
  const block = deviceBlock(TOPICS, `Solar station ${EN.device(device)}`, device, { manufacturer: "somebody" });
  return { key: device, block, components, ownAvailability: true };
}

function message(device: HomeDevice, before = {}): string {
  return discoveryMessage(TOPICS, device, "1.2.3", before);
}

const bmsSettings = (raw = recordedBmsSettings() as Readonly<Record<string, number | string | null>> | null) => ({
  table: SETTING_FIELDS["4e57"],
  raw,
});
const dayRows = () => inverterRows(recordedInverter(), recordedInverterSettings());
const packRows = () => bmsRows(recordedBms(), 16, bmsSettings(), { charge_wh: 1500, discharge_wh: 20 });

function component(device: HomeDevice, key: string): Readonly<Record<string, unknown>> {
  const found = device.components[key];
  assert.ok(found, `no component ${key}`);
  return found;
}

test("the inverter's and the BMS's discovery messages hold to every rule of Home Assistant", () => {
  for (const device of [homeDevice("inverter", dayRows()), homeDevice("bms", packRows())]) {
    assert.deepEqual(validateDiscovery(configTopic(TOPICS, device.key), message(device)), []);
    assert.ok(Object.keys(device.components).length > 60);
  }
});

test("every value an entity names exists in the state and has its type", () => {
  for (const [device, rows] of [
    ["inverter", dayRows()],
    ["bms", packRows()],
  ] as const) {
    const state = jsonPayload(stateOf(rows, 1_700_000_000, EN));
    const attributes = jsonPayload(attributesOf(rows, EN));
    assert.deepEqual(validateState(message(homeDevice(device, rows)), state, attributes), []);
  }
});

test("a state of a silent device holds every key as null", () => {
  const known = new Set(Object.keys(homeDevice("inverter", dayRows()).components));
  const rows = inverterRows(null, null);
  const device = homeDevice("inverter", rows, known);
  assert.deepEqual(new Set(Object.keys(device.components)), known);
  const state = stateOf(rows, 1_700_000_000, EN) as { settings: Record<string, unknown>; pv_power: unknown };
  assert.equal(state.pv_power, null);
  assert.equal(state.settings.ongrid_switch, null);
  assert.deepEqual(
    validateState(message(device), jsonPayload(state as never), jsonPayload(attributesOf(rows, EN))),
    [],
  );
});

test("with an empty database no entity is promised", () => {
  assert.deepEqual(homeDevice("inverter", inverterRows(null, null)).components, {});
  assert.deepEqual(homeDevice("bms", bmsRows(null, 0, bmsSettings(null), null)).components, {});
});

test("a row that the BMS never sends makes no entity", () => {
  const { components } = homeDevice("bms", packRows());
  assert.equal(components.soh, undefined);
  assert.equal(components.alarms, undefined);
  assert.ok(components.warnings);
});

test("night: counters that sleep, the charger's low PV voltage and missing cells break no rule", () => {
  const night = recordedInverter({
    pv_power: 0,
    pv_voltage: 0,
    charger_battery_voltage: 0,
    charger_errors: 1 << 5,
    charger_work_state: 3,
    external_temperature: null,
  });
  const rows = inverterRows(night, recordedInverterSettings(), { pv_energy: null });
  const state = stateOf(rows, 1_700_000_000, EN);
  assert.equal(state.charger_errors, "OFF");
  assert.equal(state.no_sun, "ON");
  assert.equal(state.pv_energy, null);
  const device = homeDevice("inverter", dayRows());
  assert.deepEqual(validateState(message(device), jsonPayload(state), jsonPayload(attributesOf(rows, EN))), []);
  const pack = bmsRows(recordedBms({ cells: [3250, null] }), 16, bmsSettings(), null);
  assert.equal(stateOf(pack, 1, EN).cell_16, null);
  assert.deepEqual(
    validateState(
      message(homeDevice("bms", packRows())),
      jsonPayload(stateOf(pack, 1, EN)),
      jsonPayload(attributesOf(pack, EN)),
    ),
    [],
  );
});

test("a fault by day turns its problem sensor on and stands in the attributes with its text", () => {
  const rows = inverterRows(recordedInverter({ inverter_errors_1: 1 << 6, charger_errors: 1 << 5 }), null);
  assert.equal(stateOf(rows, 1, EN).inverter_errors_1, "ON");
  assert.deepEqual(attributesOf(rows, EN).inverter_errors_1, { active: ["overload_timeout"] });
  assert.equal(stateOf(rows, 1, EN).charger_errors, "ON");
  const sensor = component(homeDevice("inverter", rows), "inverter_errors_1");
  assert.equal(sensor.platform, "binary_sensor");
  assert.equal(sensor.device_class, "problem");
});

test("reserved bits are named by their number, the password reminder of a BMS is no fault", () => {
  const rows = bmsRows(recordedBms({ warnings: 1 << 15, alarms: 1 << 19 }), 16, bmsSettings(), null);
  assert.deepEqual(attributesOf(rows, EN).warnings, { active: ["bit_15"] });
  assert.equal(stateOf(rows, 1, EN).alarms, "OFF");
});

test("an enum word outside the table is unknown, not an option Home Assistant would refuse", () => {
  const rows = inverterRows(recordedInverter({ work_state: 77 }), null);
  assert.equal(stateOf(rows, 1, EN).work_state, null);
});

test("the energy dashboard finds its counters and powers", () => {
  const inverter = homeDevice("inverter", dayRows());
  const consented = inverterRows(
    recordedInverter(),
    recordedInverterSettings(),
    {},
    settingsOf({ model: null, feed_in: true }),
  );
  assert.equal(component(homeDevice("inverter", consented), "discharge_to_grid").platform, "switch");
  const bms = homeDevice("bms", packRows());
  const counters = ["pv_energy", "grid_import_energy", "grid_export_energy", "load_energy"];
  for (const key of counters) {
    const { device_class, unit_of_measurement, state_class } = component(inverter, key);
    assert.deepEqual([device_class, unit_of_measurement, state_class], ["energy", "kWh", "total_increasing"], key);
  }
  for (const key of ["charge_energy_estimated", "discharge_energy_estimated"]) {
    assert.equal(component(bms, key).state_class, "total_increasing");
  }
  for (const [device, key] of [
    [inverter, "pv_power"],
    [inverter, "grid_net_power"],
    [bms, "battery_power"],
  ] as const) {
    assert.deepEqual(
      [component(device, key).device_class, component(device, key).state_class],
      ["power", "measurement"],
    );
  }
  const state = stateOf(packRows(), 1, EN);
  assert.equal(state.charge_energy_estimated, 1.5);
});

test("cells have minimum, maximum, difference and their numbers", () => {
  const state = stateOf(bmsRows(recordedBms({ cells: [3250, 3301, 3199] }), 3, bmsSettings(), null), 1, EN);
  assert.equal(state.cell_min_voltage, 3.199);
  assert.equal(state.cell_min_number, 3);
  assert.equal(state.cell_max_voltage, 3.301);
  assert.equal(state.cell_max_number, 2);
  assert.equal(state.cell_voltage_difference, 0.102);
  assert.equal(state.cell_03, 3.199);
});

test("controls are exactly the rows of class normal, with ranges, steps and options of the table", () => {
  const inverter = homeDevice("inverter", dayRows());
  const controls = Object.entries(inverter.components).filter(([, c]) => c.command_topic !== undefined);
  const normal = Object.entries(INVERTER_SETTING_FIELDS as Readonly<Record<string, Field>>)
    .filter(([, field]) => field.write?.class === "normal")
    .map(([key]) => key);
  assert.deepEqual(controls.map(([key]) => key).sort(), normal.sort());
  assert.equal(component(inverter, "ongrid_switch").platform, "switch");
  const number = component(inverter, "max_discharge_current");
  assert.deepEqual([number.min, number.max, number.step, number.unit_of_measurement], [1, 21.7, 0.1, "A"]);
  assert.deepEqual(component(inverter, "energy_use_mode").options, ["sbu", "sub", "uti", "sol"]);
  assert.equal(component(inverter, "discharge_to_grid").platform, "binary_sensor");
  const bms = homeDevice("bms", packRows());
  for (const key of ["charge_mosfet_enabled", "discharge_mosfet_enabled", "balancer_enabled"]) {
    assert.equal(component(bms, key).platform, "switch");
  }
});

test("a 24 V machine gets its own ranges and no control for what it does not have", () => {
  const device = homeDevice("inverter", dayRows(), NONE, 24);
  assert.equal(component(device, "battery_back_voltage").max, 29);
  assert.equal(component(device, "max_discharge_current").platform, "sensor");
  assert.deepEqual(validateDiscovery(configTopic(TOPICS, "inverter"), message(device)), []);
});

test("no secret and no command register is published", () => {
  const rows = [...dayRows(), ...packRows()];
  assert.ok(rows.every((row) => row.field.role !== "secret" && row.field.role !== "command"));
  const payload = message(homeDevice("bms", packRows())) + jsonPayload(stateOf(packRows(), 1, EN));
  assert.ok(!payload.includes("password"));
});

test("every row that could ever be published has a legal class, whatever table it comes from", () => {
  const tables: Readonly<Record<string, Field>>[] = [INVERTER_SAMPLE_FIELDS, REGISTERS, BMS_FIELDS];
  tables.push(SETTING_FIELDS["4e57"], SETTING_FIELDS.modbus);
  for (const [index, table] of tables.entries()) {
    const rows = Object.entries(table)
      .filter(([, field]) => field.role !== "secret" && field.role !== "command")
      .map(([key, field]): Row => ({ key, field, group: "live", value: field.kind === "ascii" ? "x" : 1 }));
    const device = homeDevice(`table_${index}`, rows);
    assert.deepEqual(validateDiscovery(configTopic(TOPICS, device.key), message(device)), []);
  }
});

test("a new row appears without code, and its units follow", () => {
  const field: Field = { kind: "u16", div: 10, unit: "us", doc: "x", source: "x" };
  const device = homeDevice("inverter", [{ key: "new_row", field, group: "live", value: 1.5 }]);
  assert.equal(component(device, "new_row").unit_of_measurement, "\u03bcs");
  assert.equal(component(device, "new_row").name, "New row");
  assert.deepEqual(meaningOf("soc", BMS_FIELDS.soc), {
    device_class: "battery",
    unit_of_measurement: "%",
    state_class: "measurement",
  });
});

test("ids come from the configuration and stay when names and classes change", () => {
  const device = homeDevice("inverter", dayRows());
  const entity = component(device, "battery_voltage");
  assert.equal(entity.unique_id, "solar_station_inverter_battery_voltage");
  assert.equal(entity.default_entity_id, "sensor.solar_station_inverter_battery_voltage");
});

test("a component that vanished is sent once reduced to its platform, then left out", () => {
  const before = homeDevice("bms", packRows());
  const after = homeDevice("bms", bmsRows(recordedBms(), 15, bmsSettings(), null));
  const first = JSON.parse(message(after, publishedOf(before.components))) as { components: Record<string, unknown> };
  assert.deepEqual(first.components.cell_16, { platform: "sensor" });
  const second = JSON.parse(message(after, publishedOf(after.components))) as { components: Record<string, unknown> };
  assert.equal(second.components.cell_16, undefined);
  assert.notEqual(messageHash(JSON.stringify(first)), messageHash(JSON.stringify(second)));
});

const VIEW = STATION_VIEW;

test("the station's own message, state and attributes hold to the rules", () => {
  for (const view of [VIEW, { ...VIEW, mode: "gone", why: null, alerts: null, last_command: null }]) {
    const components = stationComponents(context("station"), view, true);
    const block = stationBlock(TOPICS, "Solar station", "1.2.3");
    const text = message({ key: "station", block, components, ownAvailability: false });
    assert.deepEqual(validateDiscovery(configTopic(TOPICS, "station"), text), []);
    const faults = validateState(
      text,
      jsonPayload(stationState(view, 1_700_000_000)),
      jsonPayload(stationAttributes(view)),
    );
    assert.deepEqual(faults, []);
  }
  const components = stationComponents(context("station"), VIEW, true);
  assert.equal(components.mode?.platform, "select");
  assert.deepEqual([components.report?.platform, components.poll_settings?.platform], ["button", "button"]);
  assert.equal(components.command_failure?.platform, "event");
});

test("without permission to command there is no control at all", () => {
  const device = componentsOf(context("inverter"), dayRows(), { known: NONE, grade: 48, controls: false });
  const station = stationComponents(context("station"), VIEW, false);
  const commands = [...Object.values(device), ...Object.values(station)].filter((c) => c.command_topic !== undefined);
  assert.deepEqual(commands, []);
  assert.equal(device.ongrid_switch?.platform, "binary_sensor");
});

test("the validator itself refuses what Home Assistant refuses", () => {
  const good = JSON.parse(message(homeDevice("inverter", dayRows()))) as Record<string, Record<string, unknown>>;
  const bad = (change: (copy: typeof good) => void) => {
    const copy = structuredClone(good);
    change(copy);
    return validateDiscovery(configTopic(TOPICS, "inverter"), JSON.stringify(copy)).length;
  };
  const sensor = (copy: typeof good, key: string) => copy.components?.[key] as Record<string, unknown>;
  assert.equal(
    bad(() => {}),
    0,
  );
  assert.ok(bad((copy) => (copy.surprise = {})) > 0);
  assert.ok(bad((copy) => ((copy.device as Record<string, unknown>).sw_version = null)) > 0);
  assert.ok(bad((copy) => (sensor(copy, "pv_energy").state_class = "measurement")) > 0);
  assert.ok(bad((copy) => (sensor(copy, "pv_power").unit_of_measurement = "VA")) > 0);
  assert.ok(bad((copy) => (sensor(copy, "work_state").options = undefined)) > 0);
  assert.ok(bad((copy) => (sensor(copy, "ongrid_switch").qos = 0)) > 0);
  assert.ok(bad((copy) => (sensor(copy, "ongrid_switch").expire_after = 180)) > 0);
  assert.ok(bad((copy) => (sensor(copy, "pv_power").entity_category = "config")) > 0);
  assert.ok(bad((copy) => (sensor(copy, "max_discharge_current").min = 50)) > 0);
  assert.ok(bad((copy) => (sensor(copy, "pv_power").unique_id = sensor(copy, "pv_voltage").unique_id)) > 0);
});
