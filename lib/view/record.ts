/** What every reader of a sample sees: plain records with engineering units and UTC seconds. Null = not known; nobody guesses. */
import type { FaultFlag } from "../codec/bits.ts";
import type { BmsValues } from "../devices/bms/sample.ts";
import type { Derived, GridEstimate } from "../devices/inverter/derived.ts";
import type { InverterValues } from "../devices/inverter/sample.ts";
import type { Doubt } from "./doubt.ts";

/** A set bit of one of several error or warning words. */
export interface WordFault extends FaultFlag {
  readonly word: string;
}

/** One stored BMS sample. */
export interface BmsInput {
  readonly at: number;
  /** Which BMS of the station. */
  readonly device: string;
  /** Of a battery of several packs: whose cells stand in `cells`, one pack after the other; absent = one pack. */
  readonly packs?: readonly { readonly device: string; readonly cells: number }[];
  /** Packs of it that tell nothing now: what is known is of the others only; absent = none. */
  readonly missing?: readonly string[];
  /** V, index 0 = cell 1; null = that cell was not reported. */
  readonly cells: readonly (number | null)[];
  readonly pack_voltage: number | null;
  /** A, + = charging. */
  readonly battery_current: number | null;
  /** %, the BMS's own counter. */
  readonly soc: number | null;
  /** Ah, as set in the BMS. */
  readonly capacity: number | null;
  /** °C. */
  readonly mosfet_temperature: number | null;
  readonly battery_temperature_1: number | null;
  readonly battery_temperature_2: number | null;
  /** Set bits of the common list of warnings, to which each protocol's own are mapped, with what the tables say of each. */
  readonly warnings: readonly FaultFlag[] | null;
  readonly charge_mosfet_on: boolean | null;
  readonly discharge_mosfet_on: boolean | null;
  readonly good_answers: number;
  readonly bad_answers: number;
  /** Every field of the sample; absent in records that were not made of a stored one. */
  readonly values?: BmsValues;
  /** Values that are null here because they are not believed; absent = none. */
  readonly doubts?: readonly Doubt[];
}

/** One stored inverter sample together with the settings that were read with it. */
export interface InverterInput {
  readonly at: number;
  /** Register 20105 as read back: true = connected to the grid. */
  readonly ongrid_switch: boolean | null;
  /** Register 25201: "off_grid", "grid_tie", "bypass", "grid_charging", … */
  readonly work_state: string | null;
  /** Register 15203: "stop", "absorb", "float", "equalise". */
  readonly charge_stage: string | null;
  /** Register 25238: grid relay closed. */
  readonly grid_relay_closed: boolean | null;
  /** W from the PV charger (15208). */
  readonly pv_power: number | null;
  /** W (25215). */
  readonly load_power: number | null;
  /** W, + = import (25214 normalised); the estimate where the register hides the power, null where that has no direction. */
  readonly grid_power: number | null;
  /** W, + = import, estimated while feed-in hides from the register; null when there is nothing to estimate, or no direction. */
  readonly grid_power_estimated: number | null;
  /** The same with its size and what the direction rests on ("unknown" is said); absent or null when nothing is estimated. */
  readonly grid_estimate?: GridEstimate | null;
  /** Everything else that no register holds; absent in records that were not made of a stored sample. */
  readonly derived?: Derived;
  /** Every field of the sample; likewise. */
  readonly values?: InverterValues;
  /** V at the inverter terminals (25205). */
  readonly battery_voltage: number | null;
  /** A, + = charging (25274 normalised). */
  readonly battery_current: number | null;
  /** V (25207) and Hz (25226). */
  readonly grid_voltage: number | null;
  readonly grid_frequency: number | null;
  /** °C: highest radiator or transformer reading. */
  readonly inverter_temperature: number | null;
  /** Set error and warning bits of 25261-25266 and 15213-15214, each with the word's key. */
  readonly errors: readonly WordFault[] | null;
  readonly warnings: readonly WordFault[] | null;
  /** kWh counters; null when unknown, never 0. */
  readonly pv_energy: number | null;
  readonly grid_import_energy: number | null;
  readonly grid_export_energy: number | null;
  readonly load_energy: number | null;
  /** Grid to battery. */
  readonly grid_charge_energy: number | null;
  /** DC to AC. */
  readonly discharge_energy: number | null;
  /** 12, 24 or 48 V, and W; absent or null when neither the sample nor what is remembered tells it. */
  readonly battery_class?: 12 | 24 | 48 | null;
  readonly rated_power?: number | null;
  /** Values that are null here because they are not believed; absent = none. */
  readonly doubts?: readonly Doubt[];
}
