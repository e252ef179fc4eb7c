/** What goes into a plan and what comes out; all of it plain JSON. */
import type { Profile, Site } from "./profile.ts";

/** Numbers that shape the plan; not for owners. */
export interface Tuning {
  /** kWh a switch-over costs inside the programme, and by how much the other position must be better to be ordered. */
  readonly switch_cost: number;
  readonly act: number;
  /**
   * Both for a pack that not even a clear day fills, and for any pack that the grid does not charge at night: there an hour sooner or later is
   * worth little. Missing in plans of earlier editions.
   */
  readonly big_switch_cost?: number;
  readonly source_switch_cost?: number;
  /** Share a day by which later kWh count less. */
  readonly discount: number;
  /**
   * The same while the station is new and not even a clear day fills the pack, where a usual day of the season fills less than `slow_share`
   * of it, or a day like today `dim_share`. Null = then no plan is followed.
   */
  readonly new_discount: number | null;
  readonly slow_share: number;
  readonly dim_share: number;
  /** The same for any pack that not even a clear day fills; missing in plans of earlier editions. */
  readonly big_discount?: number;
  /** Days of history until a station is not new, and the same where all days were of one kind; missing in plans of earlier editions. */
  readonly new_days: number;
  readonly steady_days?: number;
  /** Days looked at beyond tomorrow, and what a stored kWh is worth after them. */
  readonly tail_days: number;
  readonly end_price: number;
  /** What a kWh that the house does not get in a power cut counts, in bought kWh. */
  readonly dark_price: number;
}

/** Settings of the station that the plan goes by. */
export interface PlanSettings {
  /** Ah as the BMS or the owner says. */
  readonly capacity_ah: number;
  readonly cell_count: number;
  readonly absorb_voltage: number;
  readonly float_voltage: number;
  /** % at which the load goes back to the grid, by hour of the local day. */
  readonly reserve: readonly number[];
  /** % above the reserve needed to leave. */
  readonly leave_margin: number;
  /** The second actuator keeps the grid from charging. */
  readonly charger_source_rule: boolean;
}

export interface PlanInput {
  /** UTC s. */
  readonly now: number;
  /** %, as the rules believe it. */
  readonly soc: number;
  readonly on_grid: boolean;
  readonly float: boolean;
  readonly profile: Profile;
  readonly site: Site;
  readonly settings: PlanSettings;
  readonly tuning: Tuning;
  /** Power cuts that were announced: from and to, UTC s. */
  readonly cuts?: readonly (readonly [number, number])[];
  /** What somebody who knows the weather says of the sun: start of an hour in UTC s, and the panels' W in it. */
  readonly sun?: readonly (readonly [number, number])[];
}

/** One step of the course: end of the step, what is expected there, and the band. */
export interface CourseStep {
  readonly at: number;
  readonly on_grid: boolean;
  /** %. */
  readonly soc: number;
  readonly soc_low: number;
  readonly soc_high: number;
  /** W, means over the step. */
  readonly pv: number;
  readonly load: number;
  /** kWh bought in the step. */
  readonly bought: number;
}

/** A plan; times UTC s, null = not within the plan. */
export interface Plan {
  readonly version: 1;
  readonly at: number;
  readonly step_s: number;
  /** Probability of each kind of day today. */
  readonly belief: readonly number[];
  /** % at which the house goes back to the grid; missing in plans of earlier editions. */
  readonly reserve?: number;
  readonly course: readonly CourseStep[];
  readonly next_switch: { readonly at: number; readonly on_grid: boolean } | null;
  readonly full_at: number | null;
  readonly reserve_at: number | null;
  readonly empty_at: number | null;
  /** Of those what is promised: where a brighter and a darker day that are both likely, and a house that takes more or less, come to about the same moment. */
  readonly promised: { readonly full_at: number | null; readonly reserve_at: number | null };
  /** kWh over the course. */
  readonly bought: number;
  /**
   * What the grid costs more than leaving it, kWh, by charge (0 … 100 %), for the first steps: `bulk` while charging, `float` in
   * float. The rules read these until the next plan.
   */
  readonly gains: readonly { readonly bulk: readonly number[]; readonly float: readonly number[] }[];
  /** kWh by which the other position must be better to be ordered; missing in plans of earlier editions. */
  readonly act?: number;
}
