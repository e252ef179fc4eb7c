/**
 * Why a value is not believed: a code with values, never prose (words are made where a person reads). Doubt is local: the value
 * is null for its readers, what the device sent is kept here, and every other value of the sample stays.
 */
export type DoubtCode =
  /** Outside `low`..`high`, the limits of this machine (rating, battery class, cell count). */
  | "out_of_range"
  /** Its `twin`, another reading of the same thing, says otherwise. */
  | "contradicts"
  /** No machine changes that fast; `low`..`high` is what could be. */
  | "jump"
  /** A counter that fell; `low` is what it stood at. */
  | "fell"
  /** The device has just started and does not know it yet. */
  | "not_ready"
  /** A sensor that has never shown a value beside a flag that says it is there. */
  | "phantom"
  /** What is needed to decode it (a protocol version) was not sent. */
  | "undecodable"
  /** The whole block that it came with was zeros, constants included: that board did not tell anything. */
  | "blank_block";

/** One doubted value of one sample. */
export interface Doubt {
  /** Key of the field; `cell_7` for a cell, counted from 1. */
  readonly key: string;
  readonly code: DoubtCode;
  /** As the device sent it, scaled integer or text. */
  readonly raw: number | string | null;
  /** Limits in engineering units, where the code has them. */
  readonly low?: number | null;
  readonly high?: number | null;
  /** Key and engineering value of the reading that contradicts. */
  readonly twin?: string;
  readonly twin_value?: number | null;
}

/** Why a whole answer is refused: its identity is in doubt, so none of its values may be taken for ours. */
export type RefusalCode =
  /** Every register read 0: the device is wedged, or a gateway answers for it. */
  | "all_zero"
  /** Constants and values do not fit this kind of device: another register map, or an answer meant for another master. */
  | "foreign"
  /** Another machine than the one known by this name: its samples are not mixed with the history of the first. */
  | "other_machine"
  /** The cells listed are not as many as the device counts. */
  | "cell_count"
  /** No cell at all. */
  | "no_cells";

/** A refusal with what it rests on. */
export interface Refusal {
  readonly code: RefusalCode;
  /** Keys with what was read and what was expected. */
  readonly evidence: readonly Evidence[];
}

/** One reading that does not fit. */
export interface Evidence {
  readonly key: string;
  readonly raw: number | string | null;
  readonly expected: number | string | null;
}

/** How a doubted counter, or one that a device does not know yet, has behaved since the doubt began; from the store. */
export interface Trial {
  readonly key: string;
  readonly code: DoubtCode;
  /** UTC seconds at which the doubt began without a pause. */
  readonly since: number;
  /** What was read then, and how often it was doubted since. */
  readonly base_raw: number | string | null;
  readonly streak: number;
  /** What was read last. */
  readonly raw: number | string | null;
}

/** What happened to a device, as a fact for the journal and for alerts. */
export type DeviceEventCode =
  /** Firmware or protocol edition changed, and a second reading confirmed it. */
  | "firmware_changed"
  /** Another serial number or model answers; its samples are not taken. */
  | "other_machine"
  /** Another number of cells, confirmed. */
  | "cell_count_changed"
  /** The device speaks another protocol than before. */
  | "dialect_changed"
  /** A lifetime counter began anew and has proven itself. */
  | "counter_reset"
  /** The owner said that the machine which answers now is the right one. */
  | "machine_accepted"
  /** A part (block of registers, frame) stays silent while the rest answers, and is taken for not there. */
  | "part_silent";
