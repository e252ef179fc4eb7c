import { type FaultFlag, faultFlag } from "../../codec/bits.ts";
import { REGISTERS } from "../pv1800/registers.ts";
import type { InverterValues } from "./sample.ts";

/** What the derivation may know beside the sample. */
export interface DeriveContext {
  /** Battery class when the sample does not say it (protocol 1.4.3): 12, 24 or 48. */
  readonly grade?: number;
  /** kWh by which the sold and the bought counter rose in the last minutes; null = not known. */
  readonly exported_since?: number | null;
  readonly imported_since?: number | null;
}

/** What the direction of an estimate rests on; "unknown" when nothing tells it. */
export type DirectionReason = "balance" | "sold_counter" | "bought_counter" | "arrow" | "unknown";

/** A grid power that the register hides behind a 0: its size from S and Q, its direction from elsewhere. */
export interface GridEstimate {
  /** W, without sign. */
  readonly size: number;
  readonly direction: "import" | "export" | null;
  readonly reason: DirectionReason;
}

/** Values that no register holds. Powers in W, never negative unless said. */
export interface Derived {
  /** Real by apparent power of the load, 0..1; null without load. */
  readonly power_factor: number | null;
  readonly grid_import_power: number | null;
  readonly grid_export_power: number | null;
  /**
   * Import minus export: + = import on every battery class, unlike the register of 12 and 24 V machines. Where the register hides the
   * power behind a 0 this is the estimate, and null when nothing tells its direction: that 0 is no measurement.
   */
  readonly grid_net_power: number | null;
  /** True when the display's arrow contradicts the sign; null when the arrows say nothing. */
  readonly grid_direction_mismatch: boolean | null;
  /** W, + = import, of a grid power that the register hides behind a 0; null when there is nothing to estimate or no direction. */
  readonly grid_power_estimated: number | null;
  /** The same with what it rests on; null when there is nothing to estimate. */
  readonly grid_estimate: GridEstimate | null;
  /** The charger reports nothing because the sun does not shine: no fault. */
  readonly no_sun: boolean | null;
  /** °C, hottest radiator or transformer. */
  readonly inverter_temperature: number | null;
}

/** A set bit of an error or warning word. */
export interface Fault extends FaultFlag {
  readonly word: string;
}

/** Estimates below this many watts are noise of S and Q. */
export const ESTIMATE_FLOOR = 100;
/** Grid powers below this many watts have no direction worth comparing. */
const DIRECTION_FLOOR = 20;

/** Values computed from one sample; pure. */
export function derive(values: DeriveValues, context: DeriveContext = {}): Derived {
  const { measured, estimate, net } = gridPower(values, context);
  return {
    power_factor: powerFactor(values.load_power, values.load_apparent_power),
    grid_import_power: net === null ? null : Math.max(0, net),
    grid_export_power: net === null ? null : Math.max(0, -net),
    grid_net_power: net,
    grid_direction_mismatch: directionMismatch(values, measured),
    grid_power_estimated: signed(estimate),
    grid_estimate: estimate,
    no_sun: noSun(values),
    inverter_temperature: hottest(values),
  };
}

/** Errors and warnings of all words that are set; the charger's "PV voltage low" is left out when there is no sun. */
export function faultsOf(values: DeriveValues): {
  errors: readonly Fault[] | null;
  warnings: readonly Fault[] | null;
} {
  const dark = noSun(values) === true;
  const errors = collect(values, ["inverter_errors_1", "inverter_errors_2", "inverter_errors_3", "charger_errors"]);
  return {
    errors:
      errors?.filter((fault) => !(dark && fault.word === "charger_errors" && fault.bit === PV_VOLTAGE_LOW)) ?? null,
    warnings: collect(values, ["inverter_warnings_1", "inverter_warnings_2", "charger_warnings"]),
  };
}

const PV_VOLTAGE_LOW = 5;

function powerFactor(real: number | null, apparent: number | null): number | null {
  if (real === null || apparent === null || apparent <= 0) return null;
  return Math.min(1, Math.abs(real) / apparent);
}

/** What the grid power depends on. */
export const GRID_INPUTS = [
  "battery_voltage_grade",
  "grid_power",
  "grid_relay_closed",
  "work_state",
  "grid_apparent_power",
  "grid_reactive_power",
  "pv_power",
  "load_power",
  "battery_power",
  "energy_flow",
] as const satisfies readonly (keyof InverterValues)[];
export type GridValues = Pick<InverterValues, (typeof GRID_INPUTS)[number]>;

/** What every derived value and the faults depend on. */
export const DERIVED_FROM = [
  ...GRID_INPUTS,
  ...["load_apparent_power", "pv_voltage"],
  ...["ac_radiator_temperature", "transformer_temperature", "dc_radiator_temperature"],
  ...["inverter_errors_1", "inverter_errors_2", "inverter_errors_3", "charger_errors"],
  ...["inverter_warnings_1", "inverter_warnings_2", "charger_warnings"],
] as const satisfies readonly (keyof InverterValues)[];
type DeriveValues = Pick<InverterValues, (typeof DERIVED_FROM)[number]>;

/** Grid power, W, + = import: as the register has it, the estimate where that hides it, and the one of both that holds. */
export function gridPower(
  values: GridValues,
  context: DeriveContext = {},
): { readonly measured: number | null; readonly estimate: GridEstimate | null; readonly net: number | null } {
  const measured = measuredGrid(values, context);
  const estimate = estimateGrid(values, context);
  return { measured, estimate, net: estimate === null ? measured : signed(estimate) };
}

function feedsIn(values: GridValues, context: DeriveContext): boolean {
  return (values.battery_voltage_grade || context.grade || 48) === 48;
}

function measuredGrid(values: GridValues, context: DeriveContext): number | null {
  const power = values.grid_power;
  if (power === null || feedsIn(values, context)) return power;
  // 12 and 24 V machines cannot feed in, and firmwares disagree about the sign.
  if (values.grid_relay_closed === null) return null;
  return values.grid_relay_closed ? Math.abs(power) : 0;
}

function directionMismatch(values: GridValues, net: number | null): boolean | null {
  const arrow = gridArrow(values);
  if (arrow === null || net === null || Math.abs(net) < DIRECTION_FLOOR) return null;
  return arrow !== (net > 0 ? "import" : "export");
}

function gridArrow(values: GridValues): "import" | "export" | null {
  const bits = values.energy_flow?.map((flag) => flag.label) ?? [];
  const exports = bits.includes("machine_to_grid");
  const imports = bits.includes("grid_to_machine");
  if (exports === imports) return null;
  return exports ? "export" : "import";
}

function estimateGrid(values: GridValues, context: DeriveContext): GridEstimate | null {
  const { grid_apparent_power: apparent, grid_reactive_power: reactive } = values;
  if (values.work_state !== "grid_tie" || values.grid_relay_closed !== true || values.grid_power !== 0) return null;
  if (apparent === null || reactive === null || !feedsIn(values, context)) return null;
  const size = Math.round(Math.sqrt(Math.max(0, apparent ** 2 - reactive ** 2)));
  return size > ESTIMATE_FLOOR ? { size, ...directionOf(size, values, context) } : null;
}

function signed(estimate: GridEstimate | null): number | null {
  if (estimate === null || estimate.direction === null) return null;
  return estimate.direction === "export" ? -estimate.size : estimate.size;
}

/** What the machine takes for itself, W, and of what it converts. */
const OWN_USE_W = 60;
const CONVERSION_LOSS = 0.06;
/** Shares of the estimate within which the balance confirms its size, and beyond which it has a direction at all. */
const SAME_SIZE = 0.3;
const SOME_SIZE = 0.3;

/** The balance tells direction and size of this moment, the counters the direction of the last minutes, the arrow what the display thinks. */
function directionOf(
  size: number,
  values: GridValues,
  context: DeriveContext,
): Pick<GridEstimate, "direction" | "reason"> {
  const left = surplus(values);
  if (left !== null && Math.abs(left - size) <= SAME_SIZE * size) return { direction: "export", reason: "balance" };
  if (left !== null && Math.abs(left + size) <= SAME_SIZE * size) return { direction: "import", reason: "balance" };
  const sold = context.exported_since ?? 0;
  const bought = context.imported_since ?? 0;
  if (sold > 0 && sold > bought) return { direction: "export", reason: "sold_counter" };
  if (bought > 0 && bought > sold) return { direction: "import", reason: "bought_counter" };
  if (left !== null && Math.abs(left) > SOME_SIZE * size) {
    return { direction: left > 0 ? "export" : "import", reason: "balance" };
  }
  const arrow = gridArrow(values);
  return { direction: arrow, reason: arrow === null ? "unknown" : "arrow" };
}

/** What sun and battery give more than the house takes, W, losses taken off; negative = the grid must help. Null when a part is unknown. */
function surplus({ pv_power, load_power, battery_power }: GridValues): number | null {
  if (pv_power === null || load_power === null || battery_power === null) return null;
  const loss = OWN_USE_W + CONVERSION_LOSS * Math.max(pv_power, load_power);
  return pv_power - load_power - battery_power - loss;
}

function noSun(values: DeriveValues): boolean | null {
  if (values.pv_power === null || values.pv_voltage === null || values.charger_errors === null) return null;
  const tooLow = values.charger_errors.some((flag) => flag.bit === PV_VOLTAGE_LOW);
  return values.pv_power === 0 && (tooLow || values.pv_voltage === 0);
}

function hottest(values: DeriveValues): number | null {
  const { ac_radiator_temperature, transformer_temperature, dc_radiator_temperature } = values;
  const known = [ac_radiator_temperature, transformer_temperature, dc_radiator_temperature].filter((t) => t !== null);
  return known.length === 0 ? null : Math.max(...known);
}

type FaultWord =
  | "inverter_errors_1"
  | "inverter_errors_2"
  | "inverter_errors_3"
  | "charger_errors"
  | "inverter_warnings_1"
  | "inverter_warnings_2"
  | "charger_warnings";

/** Null only when no word is known at all: one missing board must not hide the faults of the other. */
function collect(values: DeriveValues, words: readonly FaultWord[]): Fault[] | null {
  if (words.every((word) => values[word] === null)) return null;
  return words.flatMap((word) =>
    (values[word] ?? []).map((flag) => ({ word, ...faultFlag(REGISTERS[word], flag.bit) })),
  );
}
