import type { PlantChoice } from "./day-drive.ts";

export interface DayOptions {
  readonly plant: PlantChoice;
  /** Minutes of the day. */
  readonly from: number;
  readonly to: number;
  /** Minutes between two ticks of cron; a pending order is always carried out in the next minute. */
  readonly every: number;
}

/** What became of the day. */
export interface DayResult {
  readonly ticks: number;
  readonly failed_commands: number;
  /** UTC seconds and where the switch went. */
  readonly switches: readonly { readonly at: number; readonly ongrid_switch: boolean }[];
  /** kWh. */
  readonly bought: number;
  /** kWh, had the house stayed on the grid. */
  readonly bought_on_grid: number;
  /** kWh from PV that found a use, and what there was. */
  readonly pv: number;
  readonly pv_available: number;
}
