/** What the one sentence about the station is told. Times UTC s; null = not known. */

/** Who feeds the house, or why that is not known. */
export type HouseState =
  | ("waiting" | "silent" | "unknown" | "stopped" | "outage" | "battery" | "sun" | "sun_battery" | "sun_charges")
  | ("grid" | "grid_charges" | "sun_and_grid" | "sells");

/** What comes: the reserve or the end of the battery, a full one, a change of the grid switch. */
export type ComingCode = "reserve" | "empty" | "full" | "grid_from" | "battery_from";

export interface Coming {
  readonly code: ComingCode;
  readonly at: number;
  /** % of the reserve; null for the others. */
  readonly percent: number | null;
}

export interface HeadlineValues {
  readonly now: number;
  readonly state: HouseState;
  /** Since when the grid is lost or the inverter silent. */
  readonly since: number | null;
  /** s until the battery is empty; told in an outage. */
  readonly left_s: number | null;
  /** Sun feeds the house too: in an outage the battery is not all there is. */
  readonly sun_feeds: boolean;
  /** In the order in which it comes. */
  readonly coming: readonly Coming[];
  /** The worst alert that the state itself does not say, and how many there are beside it. */
  readonly trouble: { readonly id: string; readonly more: number } | null;
  /** For how long the rules have not run, s; null = they run. `undated`: they run by another clock. */
  readonly rules: { readonly silent_s: number | null; readonly undated: boolean } | null;
}
