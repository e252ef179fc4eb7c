/** Every number of the grid-switch rules: one table, from which the config schema and the manual are made. */
import { type Failure, failure, failureText } from "../../base/failure/failure.ts";

export interface NumberParameter {
  readonly kind: "number";
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  readonly doc: string;
}
export interface BooleanParameter {
  readonly kind: "boolean";
  readonly default: boolean;
  readonly doc: string;
}
/** Taken from what the devices say when null. */
export interface OptionalParameter {
  readonly kind: "optional";
  readonly default: null;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  readonly doc: string;
}
export type Parameter = NumberParameter | BooleanParameter | OptionalParameter;

function number(value: number, min: number, max: number, unit: string, doc: string): NumberParameter {
  return { kind: "number", default: value, min, max, unit, doc };
}
function optional(min: number, max: number, unit: string, doc: string): OptionalParameter {
  return { kind: "optional", default: null, min, max, unit, doc };
}
function boolean(value: boolean, doc: string): BooleanParameter {
  return { kind: "boolean", default: value, doc };
}

// biome-ignore format: a row a line
/** The table. Voltages are per cell unless the text says pack; times are minutes. */
export const PARAMETERS = {
  capacity: optional(20, 900, "Ah", "Pack capacity; left out = as the BMS reports it"),
  cell_count: number(16, 4, 24, "", "Cells in series; the default means: as many as the BMS reports"),
  reserve: number(30, 12, 70, "%", "State of charge at which the load goes back to the grid"),
  margin: number(15, 5, 40, "%", "State of charge above the reserve needed to leave the grid"),
  nearly_full: number(90, 60, 95, "%", "At this state of charge the grid is left whatever the sun does"),
  sun_rule: boolean(true, "Leave the grid when the sun covers the load (G2)"),
  cover: number(1.1, 0.7, 2.5, "", "Share of the load's DC need that PV must cover at reserve + margin; falls to 0 at nearly_full"),
  fill_hours: number(3, 1, 24, "h", "G2 waits while the sun of now would take longer than this to fill the pack; 24 = never"),
  sun_window: number(15, 5, 30, "min", "Averaging window of PV and load"),
  sun_hold: number(10, 3, 30, "min", "How long the sun condition must hold"),
  full_hold: number(3, 1, 15, "min", "How long the full condition must hold"),
  dusk_rule: boolean(true, "Leave the grid once after sunset when there is charge to spend (G3)"),
  dusk: number(20, 10, 40, "%", "State of charge above the reserve that the dusk rule needs"),
  dark_power: number(30, 5, 100, "W", "PV below this counts as dark"),
  dark_hold: number(20, 5, 60, "min", "How long it must be dark for the dusk rule"),
  arm_power: number(100, 50, 400, "W", "PV from which a minute counts as daylight"),
  arm_minutes: number(30, 10, 120, "min", "Daylight that arms the dusk rule again"),
  reserve_hold: number(5, 3, 30, "min", "How long the reserve must be undercut before the load goes back to the grid"),
  voltage_window: number(10, 5, 20, "min", "Window of the median of the compensated cell voltage; grows with the interval of the samples"),
  minimum_samples: number(3, 3, 10, "", "BMS samples needed in that window to leave the grid; returning acts on fewer"),
  cell_resistance: number(0.11, 0.05, 0.25, "Ω·Ah", "Cell resistance times capacity, for sag compensation"),
  hysteresis: number(0.007, 0, 0.015, "V", "Half of the gap between charge and discharge rest voltage"),
  knee_low: number(3.275, 3.22, 3.285, "V", "At and below this rest voltage the voltage tells the charge"),
  knee_high: number(3.345, 3.335, 3.4, "V", "At and above this rest voltage the pack is nearly full"),
  cell_warning: number(3.1, 2.9, 3.2, "V", "Lowest compensated cell voltage that is worth an alert"),
  cell_emergency: number(3, 2.8, 3.15, "V", "Lowest raw cell, twice in a row: back to the grid"),
  cell_panic: number(2.9, 2.7, 3.1, "V", "Lowest raw cell, once: back to the grid"),
  cell_full: number(3.5, 3.4, 3.6, "V", "Highest cell that counts as full"),
  cell_high: number(3.6, 3.5, 3.65, "V", "Highest cell that is worth an alert"),
  fresh: number(3, 1, 10, "min", "Oldest sample that may lead off the grid; grows with the interval of the samples"),
  stale: number(10, 4, 20, "min", "Age from which data counts as missing; grows with the interval, never beyond stale_limit"),
  stale_limit: number(30, 10, 60, "min", "Longest time off the grid without BMS data"),
  blind_voltage: number(3.25, 3.15, 3.3, "V", "Pack voltage per cell, by the inverter, that allows to wait until stale_limit"),
  dwell_on: number(20, 5, 60, "min", "Shortest time on the grid"),
  dwell_off: number(15, 5, 60, "min", "Shortest time off the grid; emergencies ignore it"),
  switch_budget: number(10, 6, 20, "per 24 h", "Switch-overs; one is always kept for the way back"),
  backoff: number(5, 0, 10, "%", "Added to the margin after a short spell off the grid"),
  backoff_limit: number(20, 0, 30, "%", "Most that is added"),
  short_spell: number(60, 15, 180, "min", "A shorter spell off the grid adds backoff, one three times as long ends it"),
  lock: number(60, 15, 240, "min", "Time on the grid after a fault, an emergency, a blind return or a failed order"),
  manual_hold: number(120, 0, 1440, "min", "Hands off after somebody else moved the switch"),
  order_life: number(3, 2, 10, "min", "How long an order may wait before it is repeated; grows with the interval of the inverter's samples"),
  leave_attempts: number(3, 1, 5, "", "Unconfirmed orders to leave the grid before giving up for a while"),
  inverter_efficiency: number(0.94, 0.8, 1, "", "Share of the DC power that reaches the load"),
  inverter_own_power: number(60, 0, 150, "W", "DC own consumption of the inverter"),
  pack_tolerance: number(2, 0.5, 4, "V", "Largest difference between the sum of 16 cells and the inverter's pack voltage; less for fewer cells"),
  grid_voltage_low: number(170, 100, 210, "V", "Below this the grid counts as gone"),
  physical_hold: number(5, 2, 30, "min", "How long relay and register may disagree"),
  battery_temperature_high: number(50, 35, 60, "°C", "Battery limit"),
  battery_temperature_low: number(2, -10, 10, "°C", "Below this the BMS blocks charging: the grid is not left"),
  mosfet_temperature_high: number(85, 60, 100, "°C", "BMS MOSFET limit"),
  inverter_temperature_high: number(80, 60, 100, "°C", "Radiator or transformer limit"),
  load_limit: optional(...([500, 20000, "W"] as const), "Highest load of the last 15 min with which the grid is left; left out = four fifths of the inverter's rating"),
  charger_source_rule: boolean(false, "Second actuator: no grid charging unless the pack is below the reserve"),
  charger_source_depth: number(5, 2, 15, "%", "Below the reserve by this much, grid charging is allowed again"),
  charger_source_hold: number(30, 10, 120, "min", "How long that must hold"),
} as const satisfies Record<string, Parameter>;

type Table = typeof PARAMETERS;
/** One value per row of the table. */
export type Parameters = {
  readonly [Key in keyof Table]: Table[Key] extends BooleanParameter
    ? boolean
    : Table[Key] extends OptionalParameter
      ? number | null
      : number;
};

/** The table's defaults. */
export const DEFAULTS: Parameters = Object.freeze(
  Object.fromEntries(Object.entries(PARAMETERS).map(([name, row]) => [name, row.default])),
) as Parameters;

/** Every problem as a sentence: outside its range, or values that contradict each other; empty = fine. */
export function checkParameters(values: Parameters): string[] {
  return parameterProblems(values).map(({ what }) => failureText(what));
}

/** A parameter that is out of its range or contradicts another, told to whoever wrote it. */
interface ParameterProblem {
  readonly name: keyof Parameters;
  /** What it contradicts; null = its own range. */
  readonly other: keyof Parameters | null;
  readonly what: Failure;
}

/** What is wrong with the parameters; empty = nothing. */
export function parameterProblems(values: Parameters): ParameterProblem[] {
  const problems: ParameterProblem[] = [];
  for (const [name, row] of Object.entries(PARAMETERS) as [keyof Parameters, Parameter][]) {
    const value = values[name];
    if (row.kind === "boolean") {
      if (typeof value !== "boolean") {
        problems.push({ name, other: null, what: failure("parameter_no_switch", { name, value: String(value) }) });
      }
      continue;
    }
    if (row.kind === "optional" && value === null) continue;
    if (typeof value !== "number" || !(value >= row.min && value <= row.max)) {
      const { min, max, unit } = row;
      const values = { name, value: String(value), min, max };
      const what =
        unit === "" ? failure("parameter_outside", values) : failure("parameter_outside_of_unit", { ...values, unit });
      problems.push({ name, other: null, what });
    }
  }
  if (problems.length > 0) return problems;
  const order = (low: keyof Parameters, high: keyof Parameters): void => {
    if ((values[low] as number) >= (values[high] as number)) {
      problems.push({ name: low, other: high, what: failure("parameters_crossed", { low, high }) });
    }
  };
  order("cell_panic", "cell_emergency");
  order("cell_emergency", "blind_voltage");
  order("knee_low", "knee_high");
  order("cell_full", "cell_high");
  order("fresh", "stale");
  order("stale", "stale_limit");
  order("dark_power", "arm_power");
  order("battery_temperature_low", "battery_temperature_high");
  if (values.reserve + values.margin > 95) {
    problems.push({ name: "reserve", other: "margin", what: failure("reserve_with_margin") });
  }
  return problems;
}

/** The rule sets one can choose. The original ones keep their thresholds but run inside the rails of this program. */
export type Policy = "greedy" | "planner" | "original-2024" | "original-2026";

/** What an owner may choose: a rule set, or to let the station choose once it knows the place. */
export type PresetName = Policy | "auto";

/** Presets by name: rule set and the parameters that differ from the defaults. */
export const PRESETS: Readonly<
  Record<PresetName, { readonly policy: Policy; readonly doc: string; readonly parameters: Partial<Parameters> }>
> = {
  auto: {
    policy: "planner",
    doc: "greedy while the station is new, planner once it has learned from a week of its own history",
    parameters: {},
  },
  greedy: { policy: "greedy", doc: "Reserve, sun, full and dusk rules", parameters: {} },
  planner: {
    policy: "planner",
    doc: "Plans the next day from the station's own history; the rules of greedy while there is no plan",
    parameters: {},
  },
  "original-2024": { policy: "original-2024", doc: "First rules of the original: 3.15 V and 3.35 V", parameters: {} },
  "original-2026": {
    policy: "original-2026",
    doc: "Newest rules of the original: counted, 3.21 V and 3.32 V",
    parameters: {},
  },
};
