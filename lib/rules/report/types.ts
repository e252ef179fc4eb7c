/** The daily report: what goes in, and its structured form. Energies kWh, times UTC seconds; null = no data, never 0. */

import type { BmsInput, InverterInput } from "../../view/record.ts";
import type { Severity } from "../alerts/alert-definition.ts";
import type { OpenAlert } from "../alerts/evaluate.ts";
import type { AlertEvent, Values } from "../alerts/types.ts";
import type { SwitchRecord } from "../grid-switch/types.ts";
import type { Machine } from "../plan/machine.ts";

export interface ReportInput {
  readonly now: number;
  /** Local calendar day, "YYYY-MM-DD". */
  readonly day: string;
  readonly time_zone: string;
  /** The day's samples, in any order; earlier ones only serve as the counters' starting point. */
  readonly bms: readonly BmsInput[];
  readonly inverter: readonly InverterInput[];
  /** The day's energies from the history, as the page and `station report` show them. */
  readonly counted: CountedEnergy;
  /** A counter that rises faster than this for long is a wrong one, W. */
  readonly rated_power: number | null;
  /** SoC at which a run-time estimate ends, %. */
  readonly empty_soc: number;
  /** Executed grid switches of the day. */
  readonly switches: readonly Pick<SwitchRecord, "at" | "to" | "cause">[];
  /** Alert events of the day, and what is raised now. */
  readonly alerts: readonly AlertEvent[];
  readonly open_alerts: readonly OpenAlert[];
  /** Energies of earlier days, for the sums of month and week. */
  readonly earlier: readonly {
    readonly day: string;
    readonly energy: DayEnergy;
    /** Missing in reports of earlier editions. */
    readonly always_on_grid?: DailyReport["always_on_grid"];
  }[];
  /** The machine as learned; null = no battery is known. */
  readonly machine: Machine | null;
}

/** kWh of one day. */
export interface DayEnergy {
  readonly pv: number | null;
  readonly load: number | null;
  readonly bought: number | null;
  readonly sold: number | null;
  /** From the grid into the battery. */
  readonly grid_charged: number | null;
  /** Into and out of the battery, integrated from the BMS. */
  readonly charged: number | null;
  readonly discharged: number | null;
  /** Estimate against "always on the grid", with what is in the battery accounted for (saved.ts). */
  readonly saved: number | null;
}

/** What the history knows of a day. */
export interface CountedEnergy extends Omit<DayEnergy, "saved"> {
  /** Seconds with the grid relay closed and open. */
  readonly on_grid_s: number | null;
  readonly off_grid_s: number | null;
}

export interface Extreme {
  readonly value: number;
  readonly at: number;
}
export interface CellExtreme extends Extreme {
  readonly device: string;
  readonly cell: number;
}

/** Sum over several days; `days` of them had this value. */
export interface EnergySum {
  readonly days: number;
  readonly energy: DayEnergy;
}

export interface DailyReport {
  readonly day: string;
  readonly time_zone: string;
  /** Window that the report covers: local midnight to now, or to the end of the day. */
  readonly from: number;
  readonly until: number;
  readonly energy: DayEnergy;
  /** The house that is always on the grid: the charge of its battery at the end, %. */
  readonly always_on_grid: { readonly soc: number | null };
  /** Shares, %: of the load that was not bought; of the PV energy that was not sold. */
  readonly self_sufficiency: number | null;
  readonly self_consumption: number | null;
  readonly soc: {
    readonly now: number | null;
    readonly at_dawn: number | null;
    readonly min: Extreme | null;
    readonly max: Extreme | null;
  };
  readonly cells: {
    readonly lowest: CellExtreme | null;
    readonly highest: CellExtreme | null;
    /** Largest spread of any sample, and of those with less than a tenth of the capacity flowing, V. */
    readonly spread: Extreme | null;
    readonly rest_spread: Extreme | null;
  };
  /** A, + = charging. */
  readonly battery_current: { readonly min: Extreme | null; readonly max: Extreme | null };
  /** °C */
  readonly temperatures: {
    readonly battery_min: Extreme | null;
    readonly battery_max: Extreme | null;
    readonly mosfet_max: Extreme | null;
    readonly inverter_max: Extreme | null;
  };
  readonly off_grid_s: number | null;
  readonly on_grid_s: number | null;
  readonly switches: ReportInput["switches"];
  /** On the grid with the charger in float: sun left unused. */
  readonly pv_unused_s: number | null;
  readonly equivalent_cycles: number | null;
  /** Until the pack is empty at the load of the last hour. */
  readonly run_time_s: number | null;
  readonly minutes_without_bms: number;
  readonly minutes_without_inverter: number;
  readonly implausible_samples: number;
  /** Counters that fell or leapt: that step was left out. */
  readonly counter_faults: readonly string[];
  readonly alerts: readonly {
    readonly key: string;
    readonly severity: Severity;
    readonly count: number;
    /** Of the last time. */
    readonly id: AlertEvent["id"];
    readonly values: Values;
  }[];
  readonly open_alerts: ReportInput["open_alerts"];
  readonly month: EnergySum;
  /** On Sundays. */
  readonly week: EnergySum | null;
}
