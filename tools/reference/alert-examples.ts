/** Values of every alert as its condition gives them: for pages and tests that say them. */
import type { AlertId } from "../../lib/rules/alerts/definitions.ts";
import type { Values } from "../../lib/rules/alerts/types.ts";
import type { AlertName, AlertValues } from "../../lib/words/alert-values.ts";

const CELL = { device: "north", cell: 7, voltage: 3.0512, spread: 0.0347, current: -12.34, soc: 41 };
const HOT = { temperature: 85.4, limit: 80 };
const GUARD = { guard: "fresh_bms", guard_value: 4, guard_limit: 2 };

/** Values of every alert as its condition gives them: a value that is missing here does not compile. */
const EXAMPLES: AlertValues = {
  cell_low: { ...CELL, rest_voltage: 3.0811 },
  cell_emergency: { ...CELL, voltage: 2.7912, soc: 9 },
  cell_high: { ...CELL, voltage: 3.6212, current: 12.34, soc: 99 },
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
  battery_temperature_high: { device: "north", temperature: 47.4, limit: 45 },
  battery_temperature_low: { device: "north", temperature: -3, limit: 2 },
  mosfet_temperature: { device: "north", ...HOT },
  bms_fault: { device: "north", label: "cell under-voltage", bit: 11 },
  charge_mosfet_off: { device: "north", voltage: 3.6512, temperature: 22 },
  discharge_mosfet_off: { ...CELL, voltage: 2.6912, soc: 4 },
  soc_low: { ...CELL, voltage: 3.1512, soc: 14 },
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
export const NAMES = ["pv1800-dump --accept", "north", "eco", "reserve", "mqtt-push", "/var"];

/** An alert that only watches a value has the words of all such. */
const WATCHED: Values = { device: "north", value: 256.04, limit: 253 };

/** The values of one alert. */
export function alertExample(id: AlertId): Values {
  return (EXAMPLES[id as AlertName] as Values | undefined) ?? WATCHED;
}
