import type { OrderState } from "../base/order-state.ts";
import type { BmsSample } from "../devices/bms/sample.ts";
import type { Derived } from "../devices/inverter/derived.ts";
import type { InverterValues } from "../devices/inverter/sample.ts";
import type { Headline } from "../rules/headline.ts";
import type { JudgementAge } from "../view/age.ts";
import type { Feeder } from "../view/feeder.ts";
import type { DoubtView } from "../view/live.ts";
import type { MixedSwitch } from "../view/whole.ts";
import type { Speech } from "../words/index.ts";

/**
 * Everything the page shows, as plain data: the page itself asks nobody. Times are UTC seconds. A sample that is too old is null
 * here; its time stays in `last_at`, so that the page can say for how long the device has been silent.
 */
export interface PageModel {
  readonly now: number;
  readonly speech: Speech;
  readonly time_zone: string;
  readonly station: string;
  readonly version: string;
  /** Who feeds the house, how long, and the worst trouble. */
  readonly headline: Headline;
  readonly refresh_s: number;
  /** Age from which a sample is no longer live, s. */
  readonly max_age_s: number;
  /** The page is written no oftener than this, s, but for news; its values are shown as live for so much longer. 0 = whenever it has something new to say. */
  readonly every_s: number;
  /** How the cells stand in the pack. */
  readonly cell_order: CellOrder;
  /** Deviation from the median that gets the full colour, mV. */
  readonly cell_full_colour_mv: number;
  /** The inverter, or all of them as one; null = the station has none. */
  readonly inverter: InverterView | null;
  /** Each machine of several; empty where there is one, or none. */
  readonly machines: readonly InverterView[];
  /** Several machines whose grid switches differ; null = they stand alike. */
  readonly mixed: MixedSwitch | null;
  readonly bms: readonly BmsView[];
  readonly day: DaySeries;
  readonly energy: EnergyView;
  /** The last four weeks, oldest first. */
  readonly fed: readonly FedDay[];
  readonly past: readonly PastLink[];
  /** Null = no decision was ever stored. */
  readonly grid_switch: GridSwitchView | null;
  /** When the rules last ran: of an older judgement nothing is said in the present tense. */
  readonly judgement: JudgementAge;
  /** Open alerts, worst first; null = the rules have not run yet. */
  readonly alerts: readonly AlertView[] | null;
  /** Newest first; null = not known. */
  readonly orders: readonly OrderView[] | null;
}

/**
 * `down`: first half down the left column, second half down the right. `around`: down the left, up the right, as the wiring of a
 * pack of two rows goes. `around-turned`: the same from its other end, 9-16 down the left and 8-1 down the right. `across`: 1 2, 3 4, …
 */
export type CellOrder = "down" | "around" | "around-turned" | "across";

interface DeviceView {
  readonly name: string;
  /** Newest sample of any age; null = none was ever stored. */
  readonly last_at: number | null;
  /** What of the live sample is not believed; none of a silent device. */
  readonly doubts: readonly DoubtView[];
}

export interface InverterView extends DeviceView {
  readonly values: InverterValues | null;
  /** What no register holds; null with the values. */
  readonly derived: Derived | null;
  /** Model, versions, serial number, ready for people. */
  readonly identity: readonly string[];
}

export interface BmsView extends DeviceView {
  readonly sample: BmsSample | null;
  /** What the owner set in the BMS; null = not known. */
  readonly wanted: {
    readonly charge: boolean | null;
    readonly discharge: boolean | null;
    readonly balancer: boolean | null;
  };
  /** Oldest first. */
  readonly weeks: readonly CellWeek[];
  readonly identity: readonly string[];
}

/** Every device that is polled, by its own name. */
export function devicesOf({ inverter, machines, bms }: Pick<PageModel, "inverter" | "machines" | "bms">) {
  return [...(machines.length > 0 ? machines : inverter ? [inverter] : []), ...bms];
}

/** Lines of the last 24 h: means over equal steps, null where there is no sample. Signs: grid + = import, battery + = charging. */
export interface DaySeries {
  readonly from: number;
  readonly step_s: number;
  /** W. */
  readonly pv_power: readonly (number | null)[];
  readonly load_power: readonly (number | null)[];
  readonly grid_power: readonly (number | null)[];
  readonly battery_power: readonly (number | null)[];
  /** %, of each pack in the order of the configuration. */
  readonly soc: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
  /** 1 = the house was off the grid in this step, 0 = on it; null = not known. */
  readonly off_grid: readonly (number | null)[];
  /** The course of the charge after now by the plan that the rules go by, while it is fresh; empty without one. */
  readonly ahead: readonly { readonly at: number; readonly soc: number; readonly low: number; readonly high: number }[];
  /** %, at which the rules go back to the grid; null = there are no rules. */
  readonly reserve: number | null;
  /** V; lowest and highest cell of the step. */
  readonly cell_min: readonly (number | null)[];
  readonly cell_max: readonly (number | null)[];
}

/** kWh of the inverters; null = no data, never 0. */
export interface InverterTotals {
  readonly pv_energy: number | null;
  readonly load_energy: number | null;
  readonly grid_import_energy: number | null;
  readonly grid_export_energy: number | null;
  readonly grid_charge_energy: number | null;
}

/** The same with what went into all packs and came out, and what was saved against "always on the grid" (an estimate). */
export interface EnergyTotals extends InverterTotals {
  readonly charge_energy: number | null;
  readonly discharge_energy: number | null;
  readonly saved: number | null;
}
export type EnergyKey = keyof EnergyTotals;

export interface EnergyDay extends InverterTotals {
  /** Local day, YYYY-MM-DD. */
  readonly day: string;
}

export interface EnergyView {
  readonly today: EnergyTotals | null;
  readonly yesterday: EnergyTotals | null;
  readonly month: EnergyTotals | null;
  /** The last 30 days, oldest first, today last; a day without data has nulls. */
  readonly days: readonly EnergyDay[];
}

/** Who fed the house in each hour of a local day; null = not known. */
export interface FedDay {
  /** Local day, YYYY-MM-DD. */
  readonly day: string;
  readonly hours: readonly (Feeder | null)[];
}

/** How far each cell of a pack lay from its median in a week, mV; no cells = no data. */
export interface CellWeek {
  /** Local day, YYYY-MM-DD. */
  readonly first_day: string;
  readonly deviations: readonly (number | null)[];
}

/** A page of the past. */
export interface PastLink {
  readonly href: string;
  readonly name: string;
}

export interface GridSwitchView {
  readonly at: number;
  readonly mode: string;
  /** In words, as the rule wrote it. */
  readonly why: string;
}

export interface AlertView {
  readonly severity: "info" | "warning" | "critical";
  readonly title: string;
  readonly text: string;
  readonly since: number;
}

export interface OrderView {
  readonly at: number;
  readonly device: string;
  readonly text: string;
  readonly source: string;
  readonly state: OrderState;
  readonly reason: string | null;
}
