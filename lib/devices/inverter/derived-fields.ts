import type { AnyValue, Field, Raw, Table } from "../../codec/table.ts";
import { valueFromRaw } from "../../codec/values.ts";
import type { Derived } from "./derived.ts";

/** Values that no register holds, as rows of their own. */
export const INVERTER_DERIVED = {
  grid_net_power: { kind: "s32", unit: "W", doc: "Grid power, + = import, on every battery class", source: "derived" },
  grid_import_power: { kind: "u32", unit: "W", doc: "Bought now", source: "derived" },
  grid_export_power: { kind: "u32", unit: "W", doc: "Sold now", source: "derived" },
  grid_power_estimated: {
    kind: "s32",
    unit: "W",
    doc: "+ = import, of a grid power that the register hides behind a 0; unknown without a direction",
    source: "derived",
  },
  grid_estimate_reason: {
    kind: "enum",
    role: "state",
    labels: { 0: "unknown", 1: "balance", 2: "sold_counter", 3: "bought_counter", 4: "arrow" },
    doc: "What the direction of the estimated grid power rests on",
    source: "derived",
  },
  power_factor: { kind: "u16", div: 100, doc: "Of the load, 0 to 1", source: "derived" },
  inverter_temperature: { kind: "s16", unit: "°C", doc: "Hottest radiator or transformer", source: "derived" },
  no_sun: { kind: "bool", role: "state", label: "No sun", doc: "The PV charger sleeps: no fault", source: "derived" },
  grid_direction_mismatch: {
    kind: "bool",
    role: "diagnostic",
    doc: "The arrow of the display contradicts the sign of the power",
    source: "derived",
  },
} as const satisfies Table;

type DerivedKey = keyof typeof INVERTER_DERIVED;

/** Scaled integers of INVERTER_DERIVED, beside those of a sample. */
export function derivedRaw(derived: Derived): Readonly<Record<DerivedKey, Raw>> {
  const values = { ...derived, grid_estimate_reason: derived.grid_estimate?.reason ?? null };
  return byKey((key) => rawOf(INVERTER_DERIVED[key], values[key]));
}

/** Engineering values of INVERTER_DERIVED, as fine as its rows say: the same for every reader. */
export function derivedValues(derived: Derived): Readonly<Record<DerivedKey, AnyValue>> {
  const raw = derivedRaw(derived);
  return byKey((key) => valueFromRaw(INVERTER_DERIVED[key], raw[key]));
}

function byKey<T>(value: (key: DerivedKey) => T): Readonly<Record<DerivedKey, T>> {
  const keys = Object.keys(INVERTER_DERIVED) as DerivedKey[];
  return Object.fromEntries(keys.map((key) => [key, value(key)])) as Readonly<Record<DerivedKey, T>>;
}

function rawOf(field: Field, value: AnyValue): Raw {
  if (value === null) return null;
  if (field.kind === "enum") {
    const found = Object.entries(field.labels).find(([, label]) => label === value);
    return found === undefined ? null : Number(found[0]);
  }
  return Math.round(Number(value) * (("div" in field && field.div) || 1));
}
