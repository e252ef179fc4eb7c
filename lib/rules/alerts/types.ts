/** Types of the alerts: the definition row, what the world outside the samples reports, events, and the state between runs. */

import type { DeviceEventCode, Evidence } from "../../view/doubt.ts";
import type { BmsInput, InverterInput } from "../../view/record.ts";
import type { SwitchRecord } from "../grid-switch/types.ts";
import type { Severity } from "./alert-definition.ts";
import type { AlertSettings } from "./alert-settings.ts";
import type { AlertId } from "./definitions.ts";

export const SEVERITY_RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, critical: 2 };

/** Facts of a finding, by the names that the catalogue knows; null = not known. */
export type Values = Readonly<Record<string, string | number | null | readonly (string | number)[]>>;

/** What a condition says about one subject (a cell, a bit, a device; "" = the only one) at one moment. */
export interface Finding {
  readonly subject: string;
  /** `between`: neither bad enough to raise nor good enough to clear. */
  readonly level: "bad" | "between" | "good";
  readonly severity?: Severity;
  /** A growing stage reminds at once (the SoC falling below 50, 30, 20 % in an outage). */
  readonly stage?: number;
  readonly values: Values;
}

/** Who should be there, and what its dump job says about it. */
export interface DeviceFact {
  readonly kind: "bms" | "inverter";
  /** The BMS's device name as in BmsInput; "inverter" for the only inverter. */
  readonly device: string;
  /** Time stamp of the newest stored sample; null = none stored. */
  readonly last_sample_at: number | null;
  /** Since when it repeats one answer: its data is as old as that; null or absent = it does not. */
  readonly repeats_since?: number | null;
  /** Since when the dump job gets no valid answer; null = it answers. */
  readonly silent_since: number | null;
  /** No answer at all, or wrong ones; null while it answers. */
  readonly failure: "silent" | "wrong" | null;
}

/** Something that happened to a device, as stored. */
export interface DeviceEventFact {
  readonly id: number;
  readonly at: number;
  readonly kind: "bms" | "inverter";
  readonly device: string;
  readonly code: DeviceEventCode;
  readonly evidence: readonly Evidence[];
}

/** What the job layer and the grid-switch rule report; null = not known or not in use, which raises nothing. */
export interface AlertFacts {
  readonly devices: readonly DeviceFact[];
  /** Jobs that fail now, other than a silent device. */
  readonly failing_jobs: readonly { readonly name: string; readonly since: number; readonly exit: number }[];
  readonly disk: { readonly path: string; readonly free_percent: number; readonly free_mib: number } | null;
  readonly state_writable: boolean | null;
  /** `jump_s`: how far the wall clock left the monotonic one since the last run, + = forward. */
  readonly clock: { readonly trusted: boolean; readonly jump_s: number | null };
  /** Settings found changed without an order of ours. */
  readonly foreign_writes: readonly {
    readonly at: number;
    readonly name: string;
    readonly old_value: string;
    readonly new_value: string;
  }[];
  /** When another program was last heard on the inverter's line, with the unasked frames or bytes of that poll. */
  readonly second_master: { readonly at: number; readonly signs: number } | null;
  /** What happened to devices lately, oldest first; each is told once. */
  readonly device_events: readonly DeviceEventFact[];
  /** Another machine answers under the name of one of ours, and its values are not taken. */
  readonly other_machines: readonly {
    readonly kind: "bms" | "inverter";
    readonly device: string;
    readonly evidence: readonly Evidence[];
  }[];
  /** Orders that a guard or a limit has stopped in the last hours, oldest first; each is told once. */
  readonly stopped_orders: readonly StoppedOrder[];
  /** A stored mode that nobody knows (null = it is known), and the names of parameters out of their range. */
  readonly invalid_settings: { readonly mode: string | null; readonly parameters: readonly string[] };
  /** Highest PV power of this quarter hour of the day over the last 7 days, W. */
  readonly pv_quarter_hour_max: number | null;
  readonly grid_switch: GridSwitchFact | null;
}

/** An order that a guard or a limit has stopped. `what`: the setting, in words. */
export interface StoppedOrder {
  readonly at: number;
  readonly code: "lease_unsafe" | "write_cap";
  readonly what: string;
}

/** What the grid-switch rule decided; null in AlertFacts when it is not in use. */
export interface GridSwitchFact {
  /** False while it is switched off or in manual pause. */
  readonly automatic: boolean;
  /** What keeps it on the grid now: the mode, an order that fails, a guard (its id), or that no rule asks to leave. */
  readonly blocking: {
    readonly code: string;
    readonly value: number | string | null;
    readonly limit: number | string | null;
  } | null;
  readonly budget: { readonly used: number; readonly limit: number } | null;
  /** An order that is not true yet, or was given up. */
  readonly unconfirmed: {
    readonly wanted: "on" | "off";
    readonly since: number;
    readonly attempts: number;
    readonly gave_up: boolean;
    /** What became of the last try: the journal's state, "unconfirmed", or "relay" (it did not follow); null = not known. */
    readonly fate: string | null;
  } | null;
  /** As last read; null = not known. */
  readonly position: "on" | "off" | null;
  /** Off the grid, and too little is known to stay there for long. */
  readonly blind: {
    readonly bms_age_s: number | null;
    readonly inverter_age_s: number | null;
    readonly next: "ordered" | "later" | "by_hand";
  } | null;
  /** Executed changes, newest of the last day; each is told once. */
  readonly switches: readonly SwitchRecord[];
}

/** `key` names alert and subject; `at` is when it happened, not when it was found. `dated` false: the clock was not trusted. */
export interface AlertEvent {
  readonly at: number;
  readonly id: AlertId | "summary";
  readonly key: string;
  readonly kind: "raised" | "reminded" | "cleared" | "summary" | "info";
  readonly severity: Severity;
  readonly since: number;
  readonly dated: boolean;
  readonly values: Values;
  /** How long it has lasted and how it went. */
  readonly course: Course;
}

export interface Course {
  /** s; null = it has no length (told once, or just raised). */
  readonly lasted_s: number | null;
  /** The length is a sum of stretches. */
  readonly in_all: boolean;
  readonly returns: number;
  readonly untold: number;
}
/** Of what is told once. */
export const NO_COURSE: Course = { lasted_s: null, in_all: false, returns: 0, untold: 0 };

/** One alert of one subject between runs. */
export interface Track {
  id: AlertId;
  /** BMS device, or "" */
  device: string;
  subject: string;
  last_at: number | null;
  pending_since: number | null;
  pending_samples: number;
  /** Start of the trouble, early returns included. */
  started_at: number | null;
  active_since: number | null;
  good_since: number | null;
  cleared_at: number | null;
  /** Was the present raise told? */
  announced: boolean;
  severity: Severity;
  stage: number;
  /** How often it came back before it was cleared for good. */
  returns: number;
  /** Start of the present bad stretch; null while it is good. */
  bad_since: number | null;
  /** Length of the bad stretches of this trouble that are over, s. */
  bad_s: number;
  /** Raises inside the cool-down that were not told. */
  untold: number;
  last_raised_at: number | null;
  last_sent_at: number | null;
  values: Values;
}

/** Plain JSON, to be stored as one text between runs. */
export interface AlertState {
  version: 1;
  first_run_at: number | null;
  last_run_at: number | null;
  /** Time stamp of the last judged sample, by source ("bms:NAME", "inverter"). */
  seen: Record<string, number>;
  tracks: Record<string, Track>;
  /** When messages of the last hour were let through. */
  sent_at: number[];
  /** Messages held back by the limit, by alert key. */
  held: Record<string, number>;
  held_since: number | null;
  last_summary_at: number | null;
  last_switch_told_at: number | null;
  /** Number of the last event of a device that was told. */
  last_device_event: number | null;
  last_stopped_order_at: number | null;
  /** When a limit of writes was last told, by setting. */
  stopped_told: Record<string, number>;
  last_full_at: number | null;
  last_solar_at: number | null;
  last_pv_over_need_at: number | null;
  /** When the clock was last found to have been set: what was stored before says little of the moments after. */
  clock_set_at: number | null;
}

export interface AlertInput {
  readonly now: number;
  readonly bms: readonly BmsInput[];
  /** Of all inverters together. */
  readonly inverter: readonly InverterInput[];
  /** Of each one, where there are several. */
  readonly machines?: readonly (InverterInput & { readonly device: string })[];
  readonly facts: AlertFacts;
  /** As returned by a run before, of this or an earlier version; null or unreadable = a fresh start. */
  readonly state: unknown;
  readonly settings: AlertSettings;
}
