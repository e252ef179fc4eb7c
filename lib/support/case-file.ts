/** A case: what somebody needs to see the same as the owner of a station saw, in one file without secrets. */

import { readFileSync } from "node:fs";
import { failureOf, UsageError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import type { BmsSample } from "../devices/bms/sample.ts";
import type { InverterSample } from "../devices/inverter/sample.ts";
import type { DecidedRow } from "../judge/decided-again.ts";
import type { DoubtSpell } from "../store/doubts.ts";
import type { Stored } from "../store/samples.ts";

export const CASE_FORMAT = 1;

/** A poll in which nothing is stored and no order is taken. */
export const DRY_POLL: readonly string[] = ["--dry-run", "--settings", "--json"];

/** Who decided, by what, and what came of it. */
type CaseDecision = DecidedRow;

export interface CaseTrace {
  readonly kind: "inverter" | "bms";
  readonly command: string;
  /** Of a BMS; null for an inverter. */
  readonly dialect: string | null;
  /** Slave, or address on the line of a BMS. */
  readonly slave: number;
  /** Every frame, `> hex` and `< hex`. */
  readonly lines: readonly string[];
  /** The command's own answer (--json), without times and serial numbers; null = it had none. */
  readonly answer: unknown;
  readonly exit_code: number;
  /** What it said. */
  readonly said: string;
}

export interface CaseFile {
  readonly case: typeof CASE_FORMAT;
  /** UTC s: when it was made, and the moment that it is about. */
  readonly made_at: number;
  readonly about: number;
  readonly versions: Readonly<Record<string, string | number | null>>;
  /** What differs from the defaults. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Keys of the configuration that were left out. */
  readonly left_out: readonly string[];
  readonly facts: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly inverter_samples: readonly Stored<InverterSample>[];
  readonly bms_samples: readonly Stored<BmsSample>[];
  readonly doubts: Readonly<Record<string, readonly DoubtSpell[]>>;
  readonly decisions: readonly CaseDecision[];
  /** For the reader's eyes: they are not replayed. */
  readonly orders: readonly unknown[];
  readonly alerts: readonly unknown[];
  readonly traces: readonly CaseTrace[];
}

/** @throws UsageError when the file is none, or of a later program */
export function readCase(path: string): CaseFile {
  let given: Partial<CaseFile> | null;
  try {
    given = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const what = isMissing
      ? failure("case_missing", { path })
      : failure("case_unreadable", { path, reason: failureOf(error) });
    throw new UsageError(what, { cause: error });
  }
  const lists = ["inverter_samples", "bms_samples", "decisions", "traces"] as const;
  if (typeof given?.case !== "number" || lists.some((name) => !Array.isArray(given[name]))) {
    throw new UsageError(failure("no_case", { path }));
  }
  if (given.case > CASE_FORMAT) {
    throw new UsageError(failure("case_newer", { path, format: given.case, known: CASE_FORMAT }));
  }
  return given as CaseFile;
}
