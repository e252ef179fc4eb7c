/** What goes into a decision and what comes out; all of it plain JSON. */

import type { OrderState } from "../../base/order-state.ts";
import type { Doubt } from "../../view/doubt.ts";
import type { BmsInput, InverterInput } from "../../view/record.ts";
import type { PlanAdvice } from "../plan/act.ts";
import type { Parameters, Policy } from "./parameters.ts";
import type { Cause, RuleId, RuleKind, Winner } from "./rule-ids.ts";
import type { LevelSource, SocSource } from "./sources.ts";

/** auto = the rules decide; observe = they decide but give no orders; the others are the owner's wish. */
export const MODES = ["auto", "on-grid", "off-grid", "observe"] as const;
export type GridMode = (typeof MODES)[number];

export interface Order {
  readonly kind: "order";
  readonly register: "ongrid_switch";
  /** true = connect to the grid. */
  readonly value: boolean;
  /** Seconds after which the order must not be carried out any more. */
  readonly life_s: number;
}

/** Order of the optional second actuator. */
export interface ChargerOrder {
  readonly register: "charger_source_priority";
  readonly value: "solar_first" | "only_solar";
  readonly life_s: number;
}

export type Action = { readonly kind: "none" } | Order;

/** A fault as a device reports it; label and bit as in its tables. */
export interface SeenFault {
  readonly device: "bms" | "inverter";
  readonly label: string | null;
  readonly bit: number;
}

/** What a rule saw beside its value and threshold: each has its own of these, and only those that say something. */
export interface RuleFacts {
  /** The value that it needs was sent and is not believed. */
  readonly doubt?: Doubt;
  /** Key of the value that it needs and nobody knows. */
  readonly unknown?: string;
  /** Packs without data. */
  readonly silent?: readonly string[];
  /** Where samples are counted, min. */
  readonly window?: number;
  readonly soc_source?: SocSource;
  /** V, the battery as each of the two sees it. */
  readonly volts?: { readonly bms: number; readonly inverter: number };
  readonly faults?: readonly SeenFault[];
  /** Whose faults are not known. */
  readonly untold?: SeenFault["device"];
  /** Of the BMS; null = not known. */
  readonly charging_on?: boolean | null;
  readonly discharging_on?: boolean | null;
  /** °C, out of its limits. */
  readonly hot?: { readonly part: HotPart; readonly temperature: number };
  readonly lock_cause?: string | null;
  /** How long the condition has held, and how long it must, min. */
  readonly held?: number;
  readonly hold?: number;
  /** %; null = not known. */
  readonly soc?: number | null;
  readonly start_soc?: number | null;
  /** Until the sun of now would have filled the pack, h; where that is too long. */
  readonly fill_hours?: number;
  readonly full?: boolean | null;
  readonly dark?: boolean;
  /** It was day since the last time. */
  readonly armed?: boolean;
  /** Age of the inverter's data, min; null = there is none. */
  readonly inverter_age?: number | null;
  /** The BMS repeats one answer. */
  readonly repeats?: true;
  /** V a cell, as the inverter sees the pack. */
  readonly by_inverter?: number;
  /** %, when it was last known. */
  readonly last_soc?: number;
  /** Waits after a start or a jump of the clock. */
  readonly grace?: true;
  /** What stands for the lowest cell: it, the mean, the inverter's voltage, or a doubted one beside an empty battery. */
  readonly level?: "cell" | "mean" | "terminal" | "nonsense";
  readonly cell?: { readonly device: string | null; readonly cell: number };
  /** V that is enough once. */
  readonly panic?: number;
  /** How the charge is known, where that is no ordinary reading. */
  readonly soc_by?: "terminal" | "lower";
  /** Off the grid so far, and at least, min. */
  readonly spell?: number;
  readonly least_spell?: number;
  /** W, and the counter of runs: the original's. */
  readonly pv?: number;
  readonly battery?: number;
  readonly counter?: number;
}

export type HotPart = "battery" | "mosfet" | "inverter";

/** One rule as it stood: met, not met, or null = cannot be told. */
export interface RuleResult {
  readonly id: RuleId;
  readonly kind: RuleKind;
  readonly met: boolean | null;
  readonly value: number | string | null;
  readonly threshold: number | string | null;
  readonly facts: RuleFacts;
}

/** What a decision comes to. */
export type BecauseCode =
  /** The owner wants the grid. */
  | "owner"
  /** Somebody else moved the switch: only emergencies act. */
  | "hands_off"
  /** No rule calls for the other side. */
  | "stay"
  /** A rule wants the grid, or to leave it. */
  | "back"
  | "leave"
  /** A rule would leave the grid, a guard is in the way. */
  | "blocked"
  /** Nobody knows where the switch stands. */
  | "position"
  | "parameters"
  /** The order to leave the grid was never carried out. */
  | "gave_up";

export interface Because {
  readonly code: BecauseCode;
  /** The rule that wants it, or would. */
  readonly rule?: RuleId;
  /** What is in the way. */
  readonly guard?: RuleId;
  /** Of "parameters": what is wrong. */
  readonly problem?: string;
  /** Of "gave_up": for how long, min. */
  readonly minutes?: number;
}

export type Flag =
  | "blind"
  | "outage"
  | "locked"
  | "manual"
  | "soc_mistrust"
  | "sensors_disagree"
  | "value_doubted"
  | "physical_mismatch"
  | "order_unconfirmed"
  | "budget_used_up"
  | "clock_jump"
  | "parameters_invalid"
  | "memory_lost"
  | "memory_repaired"
  | "no_plan"
  | "cell_low"
  | "pv_wasted";

/** What was looked at; null = not known. */
export interface DecisionInputs {
  readonly bms_at: number | null;
  readonly bms_age_s: number | null;
  readonly inverter_at: number | null;
  readonly inverter_age_s: number | null;
  /** Keys of the newest records' values that are not believed, each with its device: "bms.cell_7". */
  readonly doubted?: readonly string[];
  readonly samples: number;
  readonly lowest_cell: number | null;
  readonly lowest_cell_number: number | null;
  /** The pack that it is in, where there are several. */
  readonly lowest_cell_pack?: string;
  readonly highest_cell: number | null;
  /** Median of the lowest cell without the sag of the current, V. */
  readonly compensated_voltage: number | null;
  /** The state of charge the rules went by, and where it is from. */
  readonly soc: number | null;
  readonly soc_source: SocSource | null;
  /** What the voltage of a cell was taken from. */
  readonly level_source: LevelSource | null;
  /** Cells in series that the rules reckon with. */
  readonly cell_count: number;
  /** How often samples come, s. */
  readonly bms_interval_s: number;
  readonly inverter_interval_s: number;
  readonly pv_mean: number | null;
  readonly load_mean: number | null;
  /** DC power the load needs, W. */
  readonly need: number | null;
  /** PV that would be enough at this charge, W. */
  readonly sun_needed: number | null;
  /** State of charge needed to leave the grid, %. */
  readonly start_soc: number | null;
  readonly grid_voltage: number | null;
  readonly charge_stage: string | null;
}

/** A decision with its reasons; stored as JSON and explained by why.ts. What is optional is missing in those of earlier versions. */
export interface Decision {
  readonly version: 1;
  readonly at: number;
  readonly mode: GridMode;
  readonly policy: Policy;
  /** As read back; null = not known. */
  readonly on_grid: boolean | null;
  readonly flags: readonly Flag[];
  readonly action: Action;
  readonly charger_action: ChargerOrder | null;
  /** What the rules want, orders or not; null = leave it. */
  readonly wish: boolean | null;
  readonly winner: Winner;
  readonly because: Because;
  readonly rules: readonly RuleResult[];
  readonly inputs: DecisionInputs;
  /** How far the other choice was; null = nothing can be said of it. */
  readonly distance: Distance | null;
  /** The order for the grid switch that is open or was given up, as the journal has it; null = none. */
  readonly order?: OrderView | null;
  /** Fields of the memory that made no sense and were replaced. */
  readonly repaired?: readonly string[];
}

/** What a rule was missing; `limit` where more than the value would do. */
export interface Missing {
  readonly rule: "reserve" | "sun" | "full";
  readonly code: "charge" | "minutes" | "power" | "fill_hours";
  /** %, min, W, h; null = not known. */
  readonly value: number | null;
  readonly limit?: number;
}

/** How far the other choice was. */
export interface Distance {
  readonly to: "grid" | "solar";
  readonly soc_known: boolean;
  readonly missing: readonly Missing[];
  /** V of the lowest cell above the emergency limit; null = not known, or of no account. */
  readonly cell_above: number | null;
  /** Guards in the way. */
  readonly guards: readonly RuleId[];
}

/** What the journal says of the order that is open. */
export interface OrderOutcome {
  readonly value: boolean;
  readonly state: OrderState;
  /** The journal's code of the reason, and its words; null = none. */
  readonly code: string | null;
  readonly reason: string | null;
  /** UTC s; null = not finished. */
  readonly finished_at: number | null;
}

/** An order as the rules see it: what was wanted, since when, how often it was given, and how the last one ended. */
export interface OrderView {
  readonly value: boolean;
  readonly since: number;
  readonly attempts: number;
  /** under_way: may still be carried out; failed: the journal put the last one aside; unconfirmed: its life is over; gave_up. */
  readonly state: "under_way" | "failed" | "unconfirmed" | "gave_up";
  readonly journal: OrderState | null;
  readonly reason: string | null;
}

export interface PendingOrder {
  readonly value: boolean;
  readonly first_at: number;
  readonly last_at: number;
  readonly attempts: number;
  readonly life_s: number;
  readonly rule: string;
}

/** Memory between runs; plain JSON. Times are UTC s, counters minutes. */
export interface GridSwitchState {
  readonly version: 1;
  readonly started_at: number;
  readonly last_run_at: number;
  readonly uptime_s: number | null;
  /** Last read-back of the grid switch. */
  readonly on_grid: boolean | null;
  readonly since: number;
  readonly switch_times: readonly number[];
  readonly extra_day: number | null;
  readonly lock_until: number;
  /** A Cause; earlier versions kept a sentence. */
  readonly lock_cause: string | null;
  readonly manual_until: number;
  readonly backoff: number;
  readonly pending: PendingOrder | null;
  /** Last order given: tells our own changes from foreign ones. */
  readonly last_order: { readonly value: boolean; readonly at: number } | null;
  /** An order that was given up and is not true yet. */
  readonly gave_up: {
    readonly value: boolean;
    readonly at: number;
    readonly attempts: number;
    /** How the last try ended. */
    readonly code: string | null;
  } | null;
  /** Newest samples already counted. */
  readonly bms_counted_at: number;
  readonly inverter_counted_at: number;
  readonly pair_counted_at: number;
  readonly reserve_minutes: number;
  readonly full_minutes: number;
  readonly sun_minutes: number;
  readonly dark_minutes: number;
  readonly daylight_minutes: number;
  readonly outage: boolean;
  readonly physical_minutes: number;
  /** Samples before this carry another clock's time. */
  readonly ignore_before: number;
  readonly grace_until: number;
  /** As last seen: used when the samples of the hour do not say it. */
  readonly cell_count: number | null;
  readonly capacity: number | null;
  readonly bms_interval_s: number | null;
  readonly inverter_interval_s: number | null;
  /** State of charge, %, that the rules last went by with BMS data. */
  readonly last_soc: { readonly soc: number; readonly at: number } | null;
  readonly charger: {
    readonly low_minutes: number;
    readonly wanted: "solar_first" | "only_solar" | null;
    readonly order_at: number;
  };
  readonly original: { readonly counter: number; readonly run_at: number };
}

export interface DecideInput {
  /** UTC s. */
  readonly now: number;
  /** Seconds since boot, when known: tells a clock jump from missed runs. */
  readonly uptime_s?: number | null;
  /** The last half hour or more, oldest first, of one BMS and one inverter. */
  readonly samples: { readonly bms: readonly BmsInput[]; readonly inverter: readonly InverterInput[] };
  /** As stored by a run before, of this or an earlier version; null = first run, or lost. */
  readonly state: unknown;
  readonly parameters: Parameters;
  readonly mode: GridMode;
  readonly policy?: Policy;
  /** Executed switch-overs of the last 24 h by the journal, when known; the larger of this and the own count is used. */
  readonly switches_24h?: number;
  /** What the journal says of the order that the memory calls open; null or left out = nothing. */
  readonly order_outcome?: OrderOutcome | null;
  /** Charger source priority as read back, for the second actuator. */
  readonly charger_source?: string | null;
  /** What the plan wants now, for the policy "planner"; null or left out = there is no plan, the rules of "greedy" decide. */
  readonly plan?: PlanAdvice | null;
}

/** An executed change of the grid switch. */
export interface SwitchRecord {
  readonly at: number;
  readonly to: "on" | "off";
  readonly cause: Cause;
  readonly soc: number | null;
  readonly cell_voltage_min: number | null;
  readonly pv_power: number | null;
  readonly load_power: number | null;
}
