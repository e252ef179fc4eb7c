/** What a row of the table of alerts says. */
import type { BmsKey } from "../../devices/bms/sample.ts";
import type { INVERTER_DERIVED } from "../../devices/inverter/derived-fields.ts";
import type { InverterSampleRaw } from "../../devices/inverter/sample.ts";

export type Severity = "info" | "warning" | "critical";

/** A number the owner may change: the config schema and the docs derive from it. `min` and `max` are inclusive. */
export interface Threshold {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  readonly doc: string;
}

/** An alert on one value alone: its limit is the threshold `raise_above` or `raise_below`, its way back `clear_back`. */
export interface Watch {
  /** Of the fields of a sample, or of what is derived from them. */
  readonly value: BmsKey | keyof InverterSampleRaw | keyof typeof INVERTER_DERIVED;
  readonly beyond: "above" | "below";
  /** Critical when further beyond the limit than this; absent = never. */
  readonly critical_excess?: number;
  /** The name under which the alert's own words get the value; absent = "value". */
  readonly told_as?: "temperature";
}

/** One alert. Times in seconds; what is said of it, and in which language, is the catalogue's (lib/words). */
export interface AlertDefinition {
  /** The severity it starts with; a finding may raise it. */
  readonly severity: Severity;
  /** What advances it: a new BMS sample, a new inverter sample, or the run itself. */
  readonly source: "bms" | "inverter" | "run";
  readonly thresholds: Readonly<Record<string, Threshold>>;
  /** The condition must hold this long, and over this many samples, before the alert is raised. */
  readonly hold_s: number;
  readonly hold_samples: number;
  /** The clear rule must hold this long before the recovery is told. */
  readonly clear_hold_s: number;
  /** After a message no new raise of the same alert is told for this long; critical alerts ignore it. */
  readonly cooldown_s: number;
  /** While it stays raised, remind this often; null = never. */
  readonly remind_s: number | null;
  /** Absent: it has a condition of its own in conditions-*.ts. */
  readonly watch?: Watch;
  readonly condition: string;
  readonly clear_rule: string;
}

export const MINUTE = 60;
export const HOUR = 3600;
export const DAY = 24 * HOUR;

/** A threshold, as short as its row. */
export function limit(value: number, min: number, max: number, unit: string, doc: string): Threshold {
  return { default: value, min, max, unit, doc };
}

/** Raised when it has held so long and over so many samples, cleared when its clear rule has. */
export function held(hold_s: number, hold_samples: number, clear_hold_s: number) {
  return { hold_s, hold_samples, clear_hold_s } as const;
}

/** Told anew after this time at the soonest, and while it stays raised this often; null = never. */
export function told(cooldown_s: number, remind_s: number | null) {
  return { cooldown_s, remind_s } as const;
}
