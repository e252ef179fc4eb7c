import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { snapshotFromRaw } from "../../../lib/codec/values.ts";
import { type DeriveContext, type Derived, derive, faultsOf } from "../../../lib/devices/inverter/derived.ts";
import {
  INVERTER_SAMPLE_FIELDS,
  type InverterSampleRaw,
  STATUS_FIELDS,
  sampleOf,
} from "../../../lib/devices/inverter/sample.ts";
import { decodeValues, decodeWords } from "../../../lib/devices/pv1800/decode.ts";
import { dump } from "./captures.ts";

const values = (raw: Partial<InverterSampleRaw>) => snapshotFromRaw(INVERTER_SAMPLE_FIELDS, raw);
const EXPORT_ARROW = 1 << 8;
const IMPORT_ARROW = 1 << 9;
/** 48 V, connected, feeding in 1500 W that the register hides. */
const HIDDEN = {
  work_state: 3,
  grid_relay_closed: 1,
  grid_power: 0,
  grid_apparent_power: 1700,
  grid_reactive_power: 800,
  battery_voltage_grade: 48,
};

const cases: { name: string; raw: Partial<InverterSampleRaw>; context?: DeriveContext; want: Partial<Derived> }[] = [
  {
    name: "48 V imports with a positive sign",
    raw: { battery_voltage_grade: 48, grid_power: 165 },
    want: { grid_import_power: 165, grid_export_power: 0, grid_net_power: 165 },
  },
  {
    name: "48 V exports with a negative sign",
    raw: { battery_voltage_grade: 48, grid_power: -900 },
    want: { grid_import_power: 0, grid_export_power: 900, grid_net_power: -900 },
  },
  {
    name: "24 V cannot export: any sign is import while the relay is closed",
    raw: { battery_voltage_grade: 24, grid_power: -380, grid_relay_closed: 1 },
    want: { grid_import_power: 380, grid_export_power: 0, grid_net_power: 380 },
  },
  {
    name: "12 V with an open relay takes nothing",
    raw: { battery_voltage_grade: 12, grid_power: 40, grid_relay_closed: 0 },
    want: { grid_import_power: 0, grid_export_power: 0, grid_net_power: 0 },
  },
  {
    name: "24 V without a known relay says nothing",
    raw: { battery_voltage_grade: 24, grid_power: 40 },
    want: { grid_import_power: null, grid_export_power: null, grid_net_power: null },
  },
  {
    name: "the class may come from elsewhere when protocol 1.4.3 has none",
    raw: { battery_voltage_grade: 0, grid_power: -380, grid_relay_closed: 1 },
    context: { grade: 24 },
    want: { grid_import_power: 380 },
  },
  { name: "no grid power, no guess", raw: { battery_voltage_grade: 48 }, want: { grid_import_power: null } },
  {
    name: "arrow agrees",
    raw: { grid_power: 165, energy_flow: IMPORT_ARROW },
    want: { grid_direction_mismatch: false },
  },
  {
    name: "arrow contradicts",
    raw: { grid_power: 165, energy_flow: EXPORT_ARROW },
    want: { grid_direction_mismatch: true },
  },
  {
    name: "arrow of both ways, or a tiny power, proves nothing",
    raw: { grid_power: 10, energy_flow: EXPORT_ARROW },
    want: { grid_direction_mismatch: null },
  },
  {
    name: "hidden feed-in is estimated",
    raw: HIDDEN,
    want: { grid_power_estimated: null, grid_estimate: { size: 1500, direction: null, reason: "unknown" } },
  },
  {
    name: "the sold counter corroborates",
    raw: HIDDEN,
    context: { exported_since: 0.1 },
    want: { grid_power_estimated: -1500, grid_estimate: { size: 1500, direction: "export", reason: "sold_counter" } },
  },
  {
    name: "the arrow corroborates",
    raw: { ...HIDDEN, energy_flow: EXPORT_ARROW },
    context: { exported_since: 0 },
    want: { grid_power_estimated: -1500, grid_estimate: { size: 1500, direction: "export", reason: "arrow" } },
  },
  {
    name: "the arrow contradicts feed-in",
    raw: { ...HIDDEN, energy_flow: IMPORT_ARROW },
    want: { grid_power_estimated: 1500, grid_estimate: { size: 1500, direction: "import", reason: "arrow" } },
  },
  {
    name: "a measured power needs no estimate",
    raw: { ...HIDDEN, grid_power: 5 },
    want: { grid_estimate: null },
  },
  { name: "not with an open relay", raw: { ...HIDDEN, grid_relay_closed: 0 }, want: { grid_estimate: null } },
  { name: "not in bypass", raw: { ...HIDDEN, work_state: 4 }, want: { grid_estimate: null } },
  {
    name: "S below Q is clamped, not a crash",
    raw: { ...HIDDEN, grid_apparent_power: 700 },
    want: { grid_estimate: null },
  },
  {
    name: "small ones are noise",
    raw: { ...HIDDEN, grid_apparent_power: 242, grid_reactive_power: 240 },
    want: { grid_estimate: null },
  },
  { name: "power factor", raw: { load_power: 288, load_apparent_power: 360 }, want: { power_factor: 0.8 } },
  { name: "power factor never above 1", raw: { load_power: 30, load_apparent_power: 20 }, want: { power_factor: 1 } },
  { name: "no load, no factor", raw: { load_power: 0, load_apparent_power: 0 }, want: { power_factor: null } },
  {
    name: "night: all zero",
    raw: { pv_power: 0, pv_voltage: 0, charger_errors: 0 },
    want: { no_sun: true },
  },
  {
    name: "dusk: stopped with PV voltage low",
    raw: { pv_power: 0, pv_voltage: 210, charger_errors: 32 },
    want: { no_sun: true },
  },
  { name: "day", raw: { pv_power: 500, pv_voltage: 1000, charger_errors: 0 }, want: { no_sun: false } },
  { name: "full battery by day", raw: { pv_power: 0, pv_voltage: 1000, charger_errors: 0 }, want: { no_sun: false } },
  { name: "charger not read", raw: {}, want: { no_sun: null, inverter_temperature: null } },
  {
    name: "hottest part",
    raw: { ac_radiator_temperature: 27, transformer_temperature: 47, dc_radiator_temperature: -3 },
    want: { inverter_temperature: 47 },
  },
];

describe("derive", () => {
  for (const { name, raw, context, want } of cases) {
    it(name, () => {
      const got = derive(values(raw), context);
      for (const [key, value] of Object.entries(want)) assert.deepEqual(got[key as keyof Derived], value, key);
    });
  }
  it("does not estimate from aquarat's noise, and agrees with the 12 V machine's arrows", () => {
    const day = derive(decodeValues(INVERTER_SAMPLE_FIELDS, dump("ph1800").words));
    assert.equal(day.grid_power_estimated, null);
    assert.equal(day.no_sun, false);
    const night = derive(decodeValues(INVERTER_SAMPLE_FIELDS, dump("pv1800-12v").words));
    assert.equal(night.no_sun, true);
    assert.equal(night.grid_import_power, 0);
    assert.equal(night.inverter_temperature, 76);
  });
});

describe("faultsOf", () => {
  it("leaves out PV voltage low at night and keeps it by day", () => {
    assert.deepEqual(faultsOf(values({ pv_power: 0, pv_voltage: 0, charger_errors: 32 })).errors, []);
    const day = faultsOf(values({ pv_power: 300, pv_voltage: 900, charger_errors: 32 })).errors;
    assert.deepEqual(day, [
      { word: "charger_errors", bit: 5, label: "pv_voltage_low", severity: "warning", ends_off_grid: false },
    ]);
  });
  it("names the word of each bit, in the second word and in reserved places too", () => {
    const { errors, warnings } = faultsOf(
      values({ inverter_errors_2: 1 << 12, inverter_errors_3: 4, inverter_warnings_1: 8 }),
    );
    assert.deepEqual(errors, [
      { word: "inverter_errors_2", bit: 12, label: "battery_open", severity: "critical", ends_off_grid: true },
      { word: "inverter_errors_3", bit: 2, label: null, severity: "critical", ends_off_grid: true },
    ]);
    assert.deepEqual(warnings, [
      { word: "inverter_warnings_1", bit: 3, label: "battery_low", severity: "warning", ends_off_grid: false },
    ]);
  });
  it("knows nothing when nothing was read", () => {
    assert.deepEqual(faultsOf(values({})), { errors: null, warnings: null });
  });
});

describe("sampleOf", () => {
  it("keeps exactly the stored fields", () => {
    const sample = sampleOf(decodeWords(STATUS_FIELDS, dump("pv1800-12v").words));
    assert.deepEqual(Object.keys(sample), Object.keys(INVERTER_SAMPLE_FIELDS));
    assert.equal(sample.battery_voltage, 126);
  });
});
