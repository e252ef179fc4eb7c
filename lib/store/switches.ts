import type { Raw } from "../codec/table.ts";

/**
 * Switch states of a sample share one integer column, two bits each: 0, 1, 2 for any other word, and 3 for "not reported". They are read as columns of
 * their own names (generated, not stored). Append-only: the place in the list is the place of the bits.
 */
export const SWITCHES = {
  inverter_samples: [
    "inverter_relay_closed",
    "grid_relay_closed",
    "load_relay_closed",
    "neutral_relay_closed",
    "dc_relay_closed",
    "earth_relay_closed",
    "charger_battery_relay_closed",
    "pv_relay_closed",
  ],
  bms_samples: ["charge_mosfet_on", "discharge_mosfet_on", "balancing"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Name of the column they share. */
export const SWITCHES_COLUMN = "switches";

const OTHER = 2;
const MISSING = 3;

/** The shared column's value. */
export function packSwitches(keys: readonly string[], row: Readonly<Record<string, unknown>>): number {
  return keys.reduce((word, key, index) => word + bits(row[key] as Raw | undefined) * 4 ** index, 0);
}

/** SQL of the generated column of the switch at `index`. */
export function switchSql(index: number): string {
  return `nullif((${SWITCHES_COLUMN} >> ${2 * index}) & 3, ${MISSING})`;
}

function bits(raw: Raw | undefined): number {
  if (typeof raw !== "number") return MISSING;
  return raw === 0 || raw === 1 ? raw : OTHER;
}
