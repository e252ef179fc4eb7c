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
  balancing: "running",
};

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
  return BY_KEY[key];
}
