/** What the sentences of each alert are told: engineering units, null = not known. The rules supply them by these names. */
import type { Unit } from "../codec/table.ts";

type Num = number | null;
type Text = string | null;
type Texts = readonly string[];

/** `device`: the pack's name; null where the station has only one. */
interface Pack {
  readonly device: Text;
}
/** Of the lowest (or highest) cell of one pack. */
export interface CellValues extends Pack {
  readonly cell: Num;
  /** V */
  readonly voltage: Num;
  /** V, highest less lowest */
  readonly spread: Num;
  /** A, + = charging */
  readonly current: Num;
  /** % */
  readonly soc: Num;
}
export interface Hot {
  /** °C */
  readonly temperature: Num;
  readonly limit: Num;
}
interface Bit {
  /** Text of the bit in the device's table; null = the maker's sheet reserves it. */
  readonly label: Text;
  readonly bit: Num;
}
/** What was seen, or is asked: a figure, a text, nothing. */
export type Seen = number | string | null;
/** Why the house stays on the grid, or would have to. */
export type GuardCode =
  | ("mode" | "observe" | "manual_off" | "no_reason" | "parameters" | "reserve" | "fresh_bms" | "fresh_inverter")
  | ("samples" | "cells" | "current" | "charge" | "sensors" | "faults" | "bms_switches" | "position" | "grid")
  | ("physical" | "temperature" | "load" | "lock" | "manual" | "dwell" | "budget" | "clock")
  | ("order_refused" | "order_failed" | "order_unconfirmed" | "order_gave_up" | "order_under_way");
export type GuardCatalogue = Readonly<Record<GuardCode, (seen: Seen, limit: Seen) => string>>;
/** Why the grid was left or taken: the rule that won, or whoever did it. */
export type CauseCode =
  | ("S1" | "S2" | "S3" | "S4" | "S5" | "G1" | "G2" | "G3" | "P1" | "P2" | "F" | "N")
  | ("mode" | "foreign" | "order");
export type CauseCatalogue = Readonly<Record<CauseCode, string>>;

/** What keeps the house on the grid: a GuardCode with what it saw and what it asks. */
export interface Guarded {
  readonly guard: Text;
  readonly guard_value: Seen;
  readonly guard_limit: Seen;
}

/** Why the grid switch stands as it does; the rules supply it by these names. */
export interface DecisionValues {
  readonly on_grid: boolean | null;
  readonly wish: boolean | null;
  /** False: the rules only observe. */
  readonly acts: boolean;
  /** Every rule has words as a cause or as a guard. */
  readonly winner: CauseCode | GuardCode | "stay" | "waiting" | "unknown";
  readonly guard: { readonly code: CauseCode | GuardCode; readonly value: Seen; readonly limit: Seen } | null;
  readonly soc: Num;
  readonly reserve: Num;
  readonly lowest_cell: Num;
  readonly pv: Num;
  readonly pv_needed: Num;
}
export interface Device extends Pack {
  readonly kind: Text;
}
/** Keys of values that are not believed; `cell_7` for a cell. */
interface Excluded {
  readonly excluded: Texts;
}

/** What was read and what was expected ("–" = nothing), by key; lists of one length. */
export interface EvidenceValues {
  readonly keys: Texts;
  readonly found: Texts;
  readonly expected: Texts;
}

export interface AlertValues {
  readonly cell_low: CellValues & { readonly rest_voltage: Num };
  readonly cell_emergency: CellValues;
  readonly cell_high: CellValues;
  readonly cell_spread: Pack & {
    readonly spread: Num;
    readonly low_cell: Num;
    readonly low_voltage: Num;
    readonly high_cell: Num;
    readonly high_voltage: Num;
    readonly current: Num;
  };
  readonly over_current: Pack & { readonly current: Num; readonly limit: Num };
  readonly battery_temperature_high: Pack & Hot;
  readonly battery_temperature_low: Pack & Hot;
  readonly mosfet_temperature: Pack & Hot;
  readonly bms_fault: Pack & Bit;
  readonly charge_mosfet_off: Pack & { readonly voltage: Num; readonly temperature: Num };
  readonly discharge_mosfet_off: CellValues;
  readonly soc_low: CellValues;
  readonly soc_mistrust: Pack & { readonly soc: Num; readonly rest_voltage: Num };
  readonly bms_implausible: Pack & Excluded;
  readonly never_full: { readonly days: Num };
  readonly grid_lost: {
    readonly grid_voltage: Num;
    readonly grid_frequency: Num;
    readonly soc: Num;
    /** s until the battery is empty at the present load */
    readonly run_time_s: Num;
    readonly load_power: Num;
  };
  readonly inverter_temperature: Hot;
  readonly inverter_error: Bit;
  readonly inverter_warning: Bit;
  readonly inverter_implausible: Excluded;
  readonly sensors_disagree: {
    readonly bms_voltage: Num;
    readonly bms_current: Num;
    readonly inverter_voltage: Num;
    readonly inverter_current: Num;
  };
  readonly pv_wasted: Guarded & { readonly stage: Text; readonly pv_power: Num };
  readonly no_solar: Guarded & { readonly hours: Num };
  readonly feed_in: { readonly export_power: Num; readonly sold: Num };
  /** `failure`: "silent" or "wrong" answers. */
  readonly device_silent: Device & { readonly failure: Text };
  /** `dated`: "none" stored, "old" or in the "future". `position`: of the grid switch when last seen. */
  readonly data_stale: Device & { readonly age_s: Num; readonly dated: Text; readonly position: Text };
  readonly job_failed: { readonly job: Text; readonly exit: Num };
  readonly foreign_write: { readonly name: Text; readonly old_value: Text; readonly new_value: Text };
  readonly second_master: { readonly signs: Num };
  /** Another machine answers under this name; `command` accepts it. */
  readonly other_machine: Device & EvidenceValues & { readonly command: Text };
  /** `code`: a DeviceEventCode. */
  readonly device_event: Device & EvidenceValues & { readonly code: Text };
  /** `code`: "lease_unsafe" or "write_cap". `name`: key of the setting, or the order's own text. */
  readonly order_stopped: { readonly code: Text; readonly name: Text };
  /** `fate`: what became of the last try. `position`: what the switch is read back as. */
  readonly switch_not_executed: {
    readonly wanted: Text;
    readonly attempts: Num;
    readonly fate: Text;
    readonly position: Text;
  };
  /** Ages of the newest data; null = there is none. */
  readonly blind: {
    readonly bms_age_s: Num;
    readonly inverter_age_s: Num;
    /** `ordered`: on its way to the grid; `later`: if it lasts; `by_hand`: the rules only observe. */
    readonly next: "ordered" | "later" | "by_hand" | null;
  };
  readonly budget_exhausted: { readonly used: Num; readonly limit: Num };
  readonly disk_low: { readonly path: Text; readonly free_mib: Num; readonly free_percent: Num };
  readonly state_not_writable: object;
  readonly clock_untrusted: object;
  /** `mode`: a stored mode that nobody knows. `parameters`: names of those that are out of their range. */
  readonly settings_invalid: { readonly mode: Text; readonly parameters: Texts };
  readonly switched: {
    readonly to: Text;
    readonly cause: Text;
    readonly soc: Num;
    readonly cell_voltage_min: Num;
    readonly pv_power: Num;
    readonly load_power: Num;
  };
  /** s, + = forward */
  readonly clock_jump: { readonly jump_s: Num };
}

/** Of an alert on one value that has no words of its own. */
export interface WatchedValues extends Pack {
  readonly value: Num;
  readonly limit: Num;
}
/** The value that is watched: its key and how it is written. */
export interface WatchedField {
  readonly key: string;
  readonly beyond: "above" | "below";
  readonly unit: Unit | null;
  readonly digits: number;
}

export type AlertName = keyof AlertValues;

/** One alert in one language. `cleared` is empty where an alert is told once and has no end. */
export interface AlertWords<V> {
  readonly title: string;
  raised(values: V): string;
  cleared(values: V): string;
}
export type AlertCatalogue = { readonly [I in AlertName]: AlertWords<AlertValues[I]> };
