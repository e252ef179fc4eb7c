/**
 * Limits of every numeric value that a device tells, as data. Outside them a value is an artefact of line, sensor or firmware, never a
 * state of a plant. They grow with the machine (rating, battery class, cell count); nothing here is the figure of one model.
 */
import type { Table, Unit } from "../codec/table.ts";
import type { BmsKey } from "../devices/bms/sample.ts";
import { INVERTER_SAMPLE_FIELDS, type InverterSampleRaw } from "../devices/inverter/sample.ts";
import type { BatteryClass } from "./battery-class.ts";

/** Inclusive limits in engineering units. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** What is known about a machine; null = not known, then the widest limits count. */
export interface Machine {
  /** 12, 24 or 48 V. */
  readonly battery_class: BatteryClass | null;
  /** W. */
  readonly rated_power: number | null;
  /** A, of the charger. */
  readonly charger_current: number | null;
  /** Cells in series. */
  readonly cell_count: number | null;
}

/** One row of a table of limits. Where several apply, the machine's own replaces `low`..`high`. */
export interface Limit extends Bounds {
  /** Times the battery class, V. */
  readonly by_class?: Bounds;
  /** Times the rating, both ways unless `low` is 0; never below `least`. */
  readonly by_rating?: { readonly factor: number; readonly least?: number };
  /** Times the number of cells. */
  readonly by_cells?: Bounds;
  /** 0 means that the machine does not tell it. */
  readonly zero_absent?: true;
  /** 0 is true as well, though it is outside: nothing connected. */
  readonly zero_true?: true;
  /** A word slightly below zero (65533 for -3) is 0: the sensor's zero point. */
  readonly below_zero?: true;
}

/** Largest rating of any machine of this family, with room to spare, W. */
export const LARGEST_W = 20_000;
const AC_POWER: Limit = { low: -LARGEST_W, high: LARGEST_W, by_rating: { factor: 2, least: 2000 } };
const APPARENT: Limit = { low: 0, high: LARGEST_W, by_rating: { factor: 2, least: 2000 }, below_zero: true };
const AC_CURRENT: Limit = { low: -200, high: 200 };
const AC_VOLTAGE: Limit = { low: 0, high: 300 };

/** Of every inverter value of this unit that has no row of its own below. */
const BY_UNIT = {
  W: AC_POWER,
  var: AC_POWER,
  VA: APPARENT,
  Hz: { low: 40, high: 70, zero_true: true },
  "°C": { low: -60, high: 150 },
  // 5 kW for 20 years are 0.9 GWh.
  kWh: { low: 0, high: 1_000_000 },
  // The largest MPPT input of the family is 500 V open circuit.
  V: { low: 0, high: 600 },
  A: { low: -500, high: 500 },
  "%": { low: 0, high: 200 },
  "": { low: 0, high: 255 },
} as const satisfies Partial<Record<Unit | "", Limit>>;

/** Inverter values whose limits are narrower than their unit's, or grow otherwise. */
const OF_ITS_OWN = {
  battery_voltage: { low: 5, high: 70, by_class: { low: 0.5, high: 1.4 } },
  inverter_voltage: AC_VOLTAGE,
  grid_voltage: AC_VOLTAGE,
  control_current: AC_CURRENT,
  inverter_current: AC_CURRENT,
  grid_current: AC_CURRENT,
  load_current: AC_CURRENT,
  load_percent: { ...BY_UNIT["%"], below_zero: true },
  battery_power: { low: -LARGEST_W, high: LARGEST_W, by_rating: { factor: 2.5, least: 3000 } },
  battery_voltage_grade: { low: 12, high: 48, zero_absent: true },
  rated_power: { low: 300, high: LARGEST_W, zero_absent: true },
  pv_voltage: { ...BY_UNIT.V, below_zero: true },
  charger_battery_voltage: { low: 0, high: 70, by_class: { low: 0, high: 1.4 }, below_zero: true },
  pv_charge_current: { low: 0, high: 300, below_zero: true },
  pv_power: { low: 0, high: LARGEST_W, by_rating: { factor: 2, least: 3000 }, below_zero: true },
  charger_run_days: { low: 0, high: 36_500 },
  charger_run_hours: { low: 0, high: 24 },
  charger_run_minutes: { low: 0, high: 60 },
} as const satisfies Partial<Record<keyof InverterSampleRaw, Limit>>;

/** Every numeric row of an inverter's sample: a row added to the table of fields is limited by its unit at once. */
export const INVERTER_LIMITS: Readonly<Record<string, Limit>> = Object.fromEntries(
  Object.entries(INVERTER_SAMPLE_FIELDS as Table).flatMap(([key, field]) => {
    if (field.kind === "enum" || field.kind === "flags" || field.kind === "bool") return [];
    const unit = ("unit" in field && field.unit) || "";
    return [[key, OF_ITS_OWN[key as keyof typeof OF_ITS_OWN] ?? BY_UNIT[unit as keyof typeof BY_UNIT]]];
  }),
);

const PROBE: Limit = { low: -40, high: 100 };

/** BMS: every numeric field of a sample but `cell_count`, which is identity. Cells have limits of their own below. */
export const BMS_LIMITS: Readonly<Partial<Record<BmsKey, Limit>>> = {
  pack_voltage: { low: 2, high: 147, by_cells: { low: 1, high: 4.6 } },
  battery_current: { low: -500, high: 500 },
  soc: { low: 0, high: 100 },
  soh: { low: 0, high: 100 },
  remaining_capacity: { low: 0, high: 5000 },
  capacity: { low: 1, high: 5000, zero_absent: true },
  cycle_count: { low: 0, high: 50_000 },
  cycle_capacity: { low: 0, high: 50_000_000 },
  mosfet_temperature: { low: -40, high: 125 },
  battery_temperature_1: PROBE,
  battery_temperature_2: PROBE,
  battery_temperature_3: PROBE,
  battery_temperature_4: PROBE,
  balance_current: { low: -20, high: 20 },
};

/** Those of these values that no BMS can truly tell. */
export function impossibleOfBms(
  values: readonly (readonly [key: string, value: number])[],
): (readonly [key: string, value: number])[] {
  const limits: Readonly<Record<string, Limit | undefined>> = BMS_LIMITS;
  return values.filter(([key, value]) => {
    const limit = Object.hasOwn(limits, key) ? limits[key] : undefined;
    return limit !== undefined && (value < limit.low || value > limit.high);
  });
}

/**
 * A cell, V, of any chemistry (LTO 1.5 V to NMC 4.35 V). Beyond `sure` it is believed only beside the device's own protection (a fault bit,
 * or the MOSFET that it has opened); beyond `possible` never: a broken sense wire reads 0 mV, and the converter ends at 5 V.
 */
export const CELL_LIMITS = {
  sure: { low: 1, high: 4.6 },
  possible: { low: 0.05, high: 5 },
} as const;

/** A word this close below 65536 is a small negative number. */
export const BELOW_ZERO_WORDS = 100;

/** The limits of one row for this machine, engineering units. */
function boundsOf(limit: Limit, machine: Machine): Bounds {
  const { battery_class, rated_power, cell_count } = machine;
  if (limit.by_class && battery_class !== null) return times(limit.by_class, battery_class);
  if (limit.by_cells && cell_count !== null && cell_count > 0) return times(limit.by_cells, cell_count);
  if (limit.by_rating && rated_power !== null) {
    const { factor, least = 0 } = limit.by_rating;
    const most = Math.max(factor * rated_power, least);
    return { low: limit.low === 0 ? 0 : -most, high: most };
  }
  return limit;
}

function times({ low, high }: Bounds, by: number): Bounds {
  // Factors like 1.4 times 48 are not clean in binary.
  return { low: Math.round(low * by * 100) / 100, high: Math.round(high * by * 100) / 100 };
}

/** A scaled integer that does not stand as it is: null and doubted (`bounds`), null because it is absent, or a word below zero taken as 0. */
export interface Sieved<K extends string> {
  readonly key: K;
  readonly raw: number | null;
  readonly bounds: Bounds | null;
}

/**
 * Holds scaled integers against a table of limits; answers only those that do not stand. `skip`: those that a state explains. An hour of
 * samples passes here in each run: what a machine makes of the table is made once.
 */
export function sieveOf<K extends string>(
  limits: Readonly<Partial<Record<K, Limit>>>,
  divOf: (key: K) => number,
): (
  found: Readonly<Record<K, number | null>>,
  machine: Machine,
  skip?: (key: K, raw: number) => boolean,
) => Sieved<K>[] {
  const rows = (Object.entries(limits) as [K, Limit][]).map(([key, limit]) => ({ key, limit, div: divOf(key) }));
  let known = "";
  let own: readonly ((typeof rows)[number] & { readonly bounds: Bounds })[] = [];
  return (found, machine, skip) => {
    const asked = `${machine.battery_class} ${machine.rated_power} ${machine.cell_count}`;
    if (asked !== known) own = rows.map((row) => ({ ...row, bounds: boundsOf(row.limit, machine) }));
    known = asked;
    const out: Sieved<K>[] = [];
    for (const { key, limit, div, bounds } of own) {
      const raw = found[key];
      if (raw === null || raw === undefined) continue;
      const told = sieved(limit, bounds, div, raw);
      if (told !== null && !skip?.(key, raw)) out.push({ key, ...told });
    }
    return out;
  };
}

/** Null = it stands. */
function sieved(limit: Limit, bounds: Bounds, div: number, raw: number): Omit<Sieved<string>, "key"> | null {
  if (raw === 0 && limit.zero_absent) return { raw: null, bounds: null };
  if (raw === 0 && limit.zero_true) return null;
  if (limit.below_zero && raw >= 65_536 - BELOW_ZERO_WORDS && raw < 65_536) return { raw: 0, bounds: null };
  const value = raw / div;
  return value >= bounds.low && value <= bounds.high ? null : { raw: null, bounds };
}
