import { type FaultFlag, faultFlag } from "../codec/bits.ts";
import { type InverterValues, REGISTERS } from "./registers.ts";

/** What the derivation may know beside the sample. */
export interface DeriveContext {
  /** Battery class when the sample does not say it (protocol 1.4.3): 12, 24 or 48. */
  readonly grade?: number;
  /** kWh by which the sold counter rose since the previous sample; corroborates hidden feed-in. */
  readonly exported_since?: number | null;
}

/** Values that no register holds. Powers in W, never negative unless said. */
export interface Derived {
  /** Real by apparent power of the load, 0..1; null without load. */
  readonly power_factor: number | null;
  readonly grid_import_power: number | null;
  readonly grid_export_power: number | null;
  /** Import minus export: + = import on every battery class, unlike the register of 12 and 24 V machines. */
  readonly grid_net_power: number | null;
  /** True when the display's arrow contradicts the sign; null when the arrows say nothing. */
  readonly grid_direction_mismatch: boolean | null;
  /** Size, without direction, of a grid power that the register hides behind a 0; null when there is nothing to estimate. */
  readonly grid_power_estimated: number | null;
  /** True when arrows or the sold counter say that the estimate is feed-in; null when nothing is known or estimated. */
  readonly feed_in_corroborated: boolean | null;
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
export function derive(values: InverterValues, context: DeriveContext = {}): Derived {
  const grid = gridPowers(values, context);
  const estimate = estimateGridPower(values);
  return {
    power_factor: powerFactor(values.load_power, values.load_apparent_power),
    ...grid,
    grid_direction_mismatch: directionMismatch(values, grid.grid_net_power),
    grid_power_estimated: estimate,
    feed_in_corroborated: estimate === null ? null : corroborated(values, context),
    no_sun: noSun(values),
    inverter_temperature: hottest(values),
  };
}

/** Errors and warnings of all words that are set; the charger's "PV voltage low" is left out when there is no sun. */
export function faultsOf(values: InverterValues): {
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

function gridPowers(values: InverterValues, context: DeriveContext) {
  const power = values.grid_power;
  const none = { grid_import_power: null, grid_export_power: null, grid_net_power: null };
  if (power === null) return none;
  const grade = values.battery_voltage_grade || context.grade || 48;
  if (grade === 48) return withNet(Math.max(0, power), Math.max(0, -power));
  // 12 and 24 V machines cannot feed in, and firmwares disagree about the sign.
  if (values.grid_relay_closed === null) return none;
  return withNet(values.grid_relay_closed ? Math.abs(power) : 0, 0);
}

function withNet(imported: number, exported: number) {
  return { grid_import_power: imported, grid_export_power: exported, grid_net_power: imported - exported };
}

function directionMismatch(values: InverterValues, net: number | null): boolean | null {
  const arrow = gridArrow(values);
  if (arrow === null || net === null || Math.abs(net) < DIRECTION_FLOOR) return null;
  return arrow !== (net > 0 ? "import" : "export");
}

function gridArrow(values: InverterValues): "import" | "export" | null {
  const bits = values.energy_flow?.map((flag) => flag.label) ?? [];
  const exports = bits.includes("machine_to_grid");
  const imports = bits.includes("grid_to_machine");
  if (exports === imports) return null;
  return exports ? "export" : "import";
}

function estimateGridPower(values: InverterValues): number | null {
  const { grid_apparent_power: apparent, grid_reactive_power: reactive } = values;
  if (values.work_state !== "grid_tie" || values.grid_relay_closed !== true || values.grid_power !== 0) return null;
  if (apparent === null || reactive === null) return null;
  const estimate = Math.round(Math.sqrt(Math.max(0, apparent ** 2 - reactive ** 2)));
  return estimate > ESTIMATE_FLOOR ? estimate : null;
}

function corroborated(values: InverterValues, context: DeriveContext): boolean | null {
  if ((context.exported_since ?? 0) > 0) return true;
  const arrow = gridArrow(values);
  return arrow === null ? null : arrow === "export";
}

function noSun(values: InverterValues): boolean | null {
  if (values.pv_power === null || values.pv_voltage === null || values.charger_errors === null) return null;
  const tooLow = values.charger_errors.some((flag) => flag.bit === PV_VOLTAGE_LOW);
  return values.pv_power === 0 && (tooLow || values.pv_voltage === 0);
}

function hottest(values: InverterValues): number | null {
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
function collect(values: InverterValues, words: readonly FaultWord[]): Fault[] | null {
  if (words.every((word) => values[word] === null)) return null;
  return words.flatMap((word) =>
    (values[word] ?? []).map((flag) => ({ word, ...faultFlag(REGISTERS[word], flag.bit) })),
  );
}
