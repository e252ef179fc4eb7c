import type { Field, Unit } from "../../codec/table.ts";

interface UnitClass {
  /** Unit as Home Assistant spells it; the mu is U+03BC. */
  readonly unit: string;
  readonly device_class?: string;
}

/** Device class of each unit of the tables; a unit without class is free text to Home Assistant. */
const UNIT_CLASSES: Readonly<Record<Unit, UnitClass>> = {
  V: { unit: "V", device_class: "voltage" },
  mV: { unit: "mV", device_class: "voltage" },
  A: { unit: "A", device_class: "current" },
  mA: { unit: "mA", device_class: "current" },
  W: { unit: "W", device_class: "power" },
  VA: { unit: "VA", device_class: "apparent_power" },
  var: { unit: "var", device_class: "reactive_power" },
  kWh: { unit: "kWh", device_class: "energy" },
  Hz: { unit: "Hz", device_class: "frequency" },
  "°C": { unit: "°C", device_class: "temperature" },
  "%": { unit: "%" },
  Ah: { unit: "Ah" },
  mAh: { unit: "mAh" },
  s: { unit: "s", device_class: "duration" },
  min: { unit: "min", device_class: "duration" },
  h: { unit: "h", device_class: "duration" },
  d: { unit: "d", device_class: "duration" },
  us: { unit: "\u03bcs", device_class: "duration" },
  mOhm: { unit: "m\u03a9" },
  uOhm: { unit: "\u03bc\u03a9" },
};

/** Rows whose meaning is narrower than their unit. */
const BY_KEY: Readonly<Record<string, string>> = {
  soc: "battery",
  power_factor: "power_factor",
  remaining_energy_estimated: "energy_storage",
};

/** Classes of on/off rows, by the end of their key; they give Home Assistant's own words and icons. */
const BINARY_CLASSES: readonly (readonly [end: RegExp, device_class: string])[] = [
  [/^balancing$/, "running"],
  [/_relay_closed$/, "connectivity"],
  [/_mosfet_on$/, "power"],
  [/_mismatch$/, "problem"],
];

/** Icons where the class has none that says enough; the first that fits. */
const ICONS: readonly (readonly [key: RegExp, icon: string])[] = [
  [/^pv_(power|energy|energy_today)$/, "mdi:solar-power"],
  [/^load_(power|energy|energy_today)$/, "mdi:home-lightning-bolt"],
  [/^grid_(net_power|power)$/, "mdi:transmission-tower"],
  [/^grid_import_/, "mdi:transmission-tower-export"],
  [/^grid_export_/, "mdi:transmission-tower-import"],
  [/^charge_(power|energy_estimated)$|^battery_power$/, "mdi:battery-charging"],
  [/^discharge_(power|energy_estimated)$/, "mdi:battery-arrow-down"],
  [/^remaining_/, "mdi:battery-heart-variant"],
  [/^cell_(\d\d|min_|max_|average_)/, "mdi:battery-outline"],
  [/^cell_voltage_difference$/, "mdi:scale-unbalanced"],
  [/^balanc/, "mdi:scale-balance"],
  [/^cycle_/, "mdi:battery-sync"],
  [/^(work_state|energy_flow)$/, "mdi:swap-horizontal-bold"],
  [/^charge_stage$/, "mdi:battery-charging-medium"],
  [/^(mppt_state|charger_work_state|no_sun)$/, "mdi:solar-panel"],
  [/^(ongrid_switch|discharge_to_grid)$/, "mdi:transmission-tower"],
  [/^(energy_use_mode|charger_source_priority|solar_use_aim|solar_power_balance)$/, "mdi:source-branch"],
  [/_mosfet_(enabled|on)$/, "mdi:electric-switch"],
  [/^faults$/, "mdi:alert-outline"],
  [/^headline$/, "mdi:home-battery"],
  [/^mode$/, "mdi:robot"],
  [/^why$/, "mdi:comment-question-outline"],
  [/^next_switch$/, "mdi:clock-outline"],
  [/^time_to_reserve$/, "mdi:battery-clock-outline"],
  [/^time_to_full$/, "mdi:battery-clock"],
  [/^(last_command|command_failure)$/, "mdi:console-line"],
  [/^refused_messages$/, "mdi:email-remove-outline"],
  [/^report$/, "mdi:file-chart-outline"],
  [/^poll_settings$/, "mdi:refresh"],
];

/** Icon of an entity, or nothing where its class has a good one. */
export function iconOf(key: string): string | undefined {
  return ICONS.find(([pattern]) => pattern.test(key))?.[1];
}

/** What has entities: a kind of device, or the station itself. */
export type HomeKind = "inverter" | "bms" | "station";

/**
 * Entities that are there at once, because people look at them or automate with them. All others (rare ones, and what another of these
 * says too) come switched off, to be enabled in Home Assistant by whoever wants them.
 */
const EVERYDAY: Readonly<Record<HomeKind, ReadonlySet<string>>> = {
  inverter: new Set([
    ...["work_state", "charge_stage", "pv_power", "pv_voltage", "load_power", "load_percent", "grid_net_power"],
    ...["grid_voltage", "inverter_voltage", "inverter_temperature", "grid_relay_closed", "faults", "doubted_values"],
    ...["pv_energy", "load_energy", "grid_import_energy", "grid_export_energy"],
    ...["ongrid_switch", "energy_use_mode", "charger_source_priority", "max_discharge_current", "discharge_to_grid"],
  ]),
  bms: new Set([
    ...["soc", "pack_voltage", "battery_current", "battery_power", "charge_power", "discharge_power", "cycle_count"],
    ...["charge_energy_estimated", "discharge_energy_estimated", "remaining_capacity"],
    ...["remaining_capacity_estimated", "remaining_energy_estimated"],
    ...["cell_min_voltage", "cell_max_voltage", "cell_voltage_difference", "battery_temperature_1"],
    ...["mosfet_temperature", "charge_mosfet_on", "discharge_mosfet_on", "faults", "doubted_values"],
    ...["charge_mosfet_enabled", "discharge_mosfet_enabled", "balancer_enabled"],
  ]),
  station: new Set([
    ...["headline", "mode", "why", "alerts", "next_switch", "time_to_reserve", "time_to_full", "failing_jobs"],
    ...["last_command", "command_failure", "report"],
    ...["pv_energy_today", "load_energy_today", "grid_import_energy_today", "grid_export_energy_today"],
  ]),
};

/** True for what is enabled as soon as it appears. */
export function isEveryday(kind: HomeKind, key: string): boolean {
  return EVERYDAY[kind].has(key);
}

/** Class and unit of a row; `device_class` absent where none fits. */
export interface Meaning {
  readonly device_class?: string;
  readonly unit_of_measurement?: string;
  readonly state_class?: "measurement" | "total_increasing";
}

/** What a number row means to Home Assistant: legal device class, unit and state class, from unit, role and key. */
export function meaningOf(key: string, field: Field): Meaning {
  const unit = "unit" in field && field.unit ? UNIT_CLASSES[field.unit] : undefined;
  const device_class = classOf(key, field, unit);
  const state_class = stateClassOf(field, unit !== undefined || device_class !== undefined);
  return {
    ...(device_class ? { device_class } : {}),
    ...(unit ? { unit_of_measurement: unit.unit } : {}),
    ...(state_class ? { state_class } : {}),
  };
}

function classOf(key: string, field: Field, unit: UnitClass | undefined): string | undefined {
  if (BY_KEY[key]) return BY_KEY[key];
  if (unit?.device_class === "temperature" && key.includes("difference")) return "temperature_delta";
  // Hours and minutes of a run time are parts of a clock, not durations of their own.
  if (unit?.device_class === "duration" && field.role === "diagnostic") return undefined;
  return unit?.device_class;
}

function stateClassOf(field: Field, isQuantity: boolean): Meaning["state_class"] | undefined {
  switch (field.role ?? "measurement") {
    case "total":
      return "total_increasing";
    case "measurement":
    case "diagnostic":
      return isQuantity ? "measurement" : undefined;
    default:
      return undefined;
  }
}

/** Class of an on/off row. */
export function binaryClassOf(key: string): string | undefined {
  return BINARY_CLASSES.find(([end]) => end.test(key))?.[1];
}
