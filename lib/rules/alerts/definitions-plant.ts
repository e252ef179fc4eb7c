/** Alerts of inverter and grid, as data. */
import { type AlertDefinition, DAY, HOUR, held, limit, MINUTE, told } from "./alert-definition.ts";

export const PLANT_ALERTS = {
  grid_lost: {
    severity: "critical",
    source: "inverter",
    thresholds: {
      voltage_below: limit(170, 80, 220, "V", "Grid counts as gone below"),
      frequency_below: limit(45, 40, 59, "Hz", "Grid counts as gone below"),
      frequency_above: limit(65, 51, 70, "Hz", "Grid counts as gone above"),
    },
    ...held(MINUTE - 10, 2, 5 * MINUTE),
    ...told(HOUR, HOUR),
    condition:
      "while connected, voltage or frequency outside the limits in two samples; also told at 50, 30 and 20 % SoC",
    clear_rule: "grid back for 5 minutes; shorter returns are counted as interruptions",
  },
  inverter_temperature: {
    severity: "warning",
    source: "inverter",
    watch: { value: "inverter_temperature", beyond: "above", critical_excess: 10, told_as: "temperature" },
    thresholds: {
      raise_above: limit(80, 40, 110, "°C", "Hottest sensor; 10 more is critical"),
      clear_back: limit(5, 1, 30, "°C", "Cleared this far inside"),
    },
    ...held(5 * MINUTE, 2, 5 * MINUTE),
    ...told(HOUR, HOUR),
    condition: "hottest radiator or transformer sensor above raise_above; more than 10 °C above it is critical",
    clear_rule: "clear_back below the limit",
  },
  inverter_error: {
    severity: "critical",
    source: "inverter",
    thresholds: {},
    ...held(MINUTE - 10, 2, 5 * MINUTE),
    ...told(HOUR, HOUR),
    condition:
      'an error bit of inverter or charger is set; the charger\'s "PV voltage too low" counts in daylight only',
    clear_rule: "the bit is clear for 5 minutes",
  },
  inverter_warning: {
    severity: "warning",
    source: "inverter",
    thresholds: {},
    ...held(MINUTE - 10, 2, 5 * MINUTE),
    ...told(HOUR, 12 * HOUR),
    condition: "a warning bit of inverter or charger is set",
    clear_rule: "the bit is clear for 5 minutes",
  },
  inverter_implausible: {
    severity: "warning",
    source: "inverter",
    thresholds: {},
    ...held(0, 3, 5 * MINUTE),
    ...told(6 * HOUR, DAY),
    condition: "three samples in a row hold a value that is not believed; only that value is left out of the rules",
    clear_rule: "all values believed for 5 minutes",
  },
  sensors_disagree: {
    severity: "warning",
    source: "inverter",
    thresholds: {
      voltage_above: limit(2, 0.5, 5, "V", "BMS pack against inverter"),
      current_above: limit(10, 2, 100, "A", "BMS (all packs) against inverter"),
    },
    ...held(10 * MINUTE, 3, 10 * MINUTE),
    ...told(6 * HOUR, DAY),
    condition: "battery voltage or current of BMS and inverter differ by more than the limit",
    clear_rule: "both agree for 10 minutes",
  },
  pv_wasted: {
    severity: "warning",
    source: "inverter",
    thresholds: {
      share_below: limit(0.2, 0.05, 0.8, "", "Of the best PV power of this quarter hour in 7 days"),
    },
    ...held(30 * MINUTE, 3, 10 * MINUTE),
    ...told(12 * HOUR, null),
    condition: "on the grid in daylight with the charger in float, or PV power under share_below of the usual",
    clear_rule: "PV is used again, or the inverter is off-grid",
  },
  no_solar: {
    severity: "warning",
    source: "inverter",
    thresholds: { hours: limit(72, 12, 720, "h", "Hours without an off-grid spell") },
    ...held(0, 1, 0),
    ...told(DAY, DAY),
    condition:
      "automatic switching is on, but no off-grid time for that long although PV exceeded the need of the house",
    clear_rule: "off-grid again",
  },
  feed_in: {
    severity: "warning",
    source: "inverter",
    thresholds: {
      export_above: limit(50, 10, 1000, "W", "Estimated export"),
    },
    ...held(2 * MINUTE, 2, 15 * MINUTE),
    ...told(12 * HOUR, 12 * HOUR),
    condition: "on the grid with the BMS charge MOSFET off, while the estimate says export or the sold counter rises",
    clear_rule: "no export for 15 minutes, the charge MOSFET on, or off-grid",
  },
} as const satisfies Record<string, AlertDefinition>;
