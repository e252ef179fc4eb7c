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
  | "undecodable";

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
