import assert from "node:assert/strict";
import { test } from "node:test";
import { alertSentence, alertText, alertTitle } from "../../lib/publish/alert-text.ts";
import { ALERT_IDS, ALERTS, type AlertId } from "../../lib/rules/alerts/definitions.ts";
import { NO_COURSE, type Values } from "../../lib/rules/alerts/types.ts";
import type { AlertName, AlertValues } from "../../lib/words/alert-values.ts";
import { LANGUAGE_CODES, speech } from "../../lib/words/index.ts";
import { assertForPeople, pseudoSpeech, unmarked } from "./support.ts";

const CELL = { device: "north", cell: 7, voltage: 3.0512, spread: 0.0347, current: -12.34, soc: 41 };
const HOT = { temperature: 85.4, limit: 80 };
const GUARD = { guard: "fresh_bms", guard_value: 4, guard_limit: 2 };

/** Values of every alert as its condition gives them: a value that is missing here does not compile. */
const FULL: AlertValues = {
  cell_low: { ...CELL, rest_voltage: 3.0811 },
  cell_emergency: CELL,
  cell_high: CELL,
  cell_spread: {
    ...{
      device: "north",
      spread: 0.3123,
      low_cell: 3,
      low_voltage: 3.1,
      high_cell: 9,
      high_voltage: 3.4123,
      current: 5,
    },
  },
  over_current: { device: "north", current: -75.4, limit: 60 },
  battery_temperature_high: { device: "north", ...HOT },
  battery_temperature_low: { device: "north", temperature: -3, limit: 2 },
  mosfet_temperature: { device: "north", ...HOT },
  bms_fault: { device: "north", label: "cell under-voltage", bit: 11 },
  charge_mosfet_off: { device: "north", voltage: 3.6512, temperature: 22 },
  discharge_mosfet_off: CELL,
  soc_low: CELL,
  soc_mistrust: { device: "north", soc: 15, rest_voltage: 3.3123 },
  bms_implausible: { device: "north", excluded: ["cell_7", "soc", "battery_current", "pack_voltage", "cell_1", "soh"] },
  never_full: { days: 31 },
  grid_lost: { grid_voltage: 0, grid_frequency: 0, soc: 61.2, run_time_s: 13_700, load_power: 612 },
  inverter_temperature: HOT,
  inverter_error: { label: "overload_timeout", bit: 6 },
  inverter_warning: { label: "fan_1_locked", bit: 0 },
  inverter_implausible: { excluded: ["grid_voltage"] },
  sensors_disagree: { bms_voltage: 52.81, bms_current: 3.14, inverter_voltage: 49.8, inverter_current: -2 },
  pv_wasted: { ...GUARD, stage: "float", pv_power: 20.4 },
  no_solar: { ...GUARD, hours: 72 },
  feed_in: { export_power: 400, sold: 5.4 },
  device_silent: { kind: "bms", device: "north", failure: "silent" },
  data_stale: { kind: "inverter", device: null, age_s: 712, dated: "old", position: "off" },
  job_failed: { job: "mqtt-push", exit: 69 },
  foreign_write: { name: "battery_current", old_value: "1", new_value: "2" },
  second_master: { signs: 3 },
  order_stopped: { code: "lease_unsafe", name: "ongrid_switch" },
  other_machine: {
    ...{ kind: "inverter", device: null, keys: ["serial_number"], found: ["3"], expected: ["2"] },
    command: "pv1800-dump --accept",
  },
  device_event: {
    kind: "bms",
    device: "north",
    code: "counter_reset",
    keys: ["cycle_count"],
    found: ["0"],
    expected: ["99"],
  },
  switch_not_executed: { wanted: "on", attempts: 3, fate: "refused", position: "off" },
  blind: { bms_age_s: 720, inverter_age_s: 60, next: "ordered" },
  budget_exhausted: { used: 11, limit: 11 },
  disk_low: { path: "/var", free_mib: 90.4, free_percent: 4.26 },
  state_not_writable: {},
  clock_untrusted: {},
  settings_invalid: { mode: "eco", parameters: ["reserve"] },
  switched: { to: "off", cause: "G2", soc: 71, cell_voltage_min: 3.3112, pv_power: 900, load_power: 512 },
  clock_jump: { jump_s: -7200 },
};
/** Names that the values above bring in. */
const NAMES = ["pv1800-dump --accept", "north", "eco", "reserve", "mqtt-push", "/var"];

/** An alert that only watches a value has the words of all such. */
const WATCHED: Values = { device: "north", value: 256.04, limit: 253 };
const valuesOf = (id: AlertId): Values => (Object.hasOwn(FULL, id) ? FULL[id as AlertName] : WATCHED) as Values;
/** The same with each value missing, and with all of them. */
function variants(id: AlertId): Values[] {
  const values = valuesOf(id);
  const missing = (gone: readonly string[]): Values =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, gone.includes(key) ? null : value]));
  return [values, {}, missing(Object.keys(values)), ...Object.keys(values).map((key) => missing([key]))];
}

for (const language of LANGUAGE_CODES) {
  test(`every alert is fit for a person in "${language}", with full and with missing values`, () => {
    for (const packs of [1, 2]) {
      const voice = { speech: speech(language), packs };
      for (const id of ALERT_IDS) {
        assertForPeople(alertTitle(id, voice.speech), language, `title of ${id}`);
        for (const values of variants(id)) {
          for (const kind of ["raised", "reminded", "cleared"] as const) {
            const isOnce = (ALERTS[id].severity === "info" && id !== "never_full") || id === "order_stopped";
            if (isOnce && kind !== "raised") continue;
            const course = { lasted_s: 4000, in_all: true, returns: 3, untold: 1 };
            const text = alertText({ id, kind, values, course: kind === "raised" ? NO_COURSE : course }, voice);
            assertForPeople(text, language, `${kind} ${id}`, NAMES);
            if (packs === 1) assert.doesNotMatch(text, /north/, `${id} names the only pack: ${text}`);
          }
        }
      }
    }
  });

  test(`every reason to stay on the grid and every cause of a switch-over is a clause in "${language}"`, () => {
    const { guards, causes } = speech(language);
    for (const [code, make] of Object.entries(guards)) {
      for (const [seen, limit] of [
        [4, 2],
        [null, null],
        [4, null],
        [null, 2],
        ["off/on", "on/on"],
      ] as const) {
        assertForPeople(make(seen, limit), language, code);
      }
    }
    for (const [code, text] of Object.entries(causes)) assertForPeople(text, language, code);
  });
}

test("a pack is named where there are several", () => {
  const voice = { speech: speech("en"), packs: 2 };
  assert.match(alertSentence("soc_low", valuesOf("soc_low"), voice), /^Battery north is low: 41\s%/);
  assert.match(alertSentence("soc_low", valuesOf("soc_low"), { ...voice, packs: 1 }), /^Battery is low: 41\s%/);
});

test("in a third language every alert comes from its catalogue, frame and title included", () => {
  const voice = { speech: pseudoSpeech(), packs: 2 };
  for (const id of ALERT_IDS) {
    assert.equal(unmarked(alertTitle(id, voice.speech)), "", id);
    for (const values of variants(id)) {
      const course = { lasted_s: 4000, in_all: false, returns: 3, untold: 1 };
      for (const kind of ["raised", "cleared"] as const) {
        assert.equal(unmarked(alertText({ id, kind, values, course }, voice)).trim(), "", `${kind} ${id}`);
      }
    }
  }
});

test("values that an earlier version stored under other names leave whole sentences", () => {
  const voice = { speech: speech("ru"), packs: 1 };
  const old: Values = {
    excluded: "cell 7 (sent as 0)",
    guard: "in the way: samples",
    run_time: "about 3 h",
    age: "9 min",
  };
  for (const id of ALERT_IDS) assertForPeople(alertSentence(id, old, voice), "ru", id);
});
