import { Implausible } from "../base/errors.ts";
import { type Failure, failure } from "../base/failure/failure.ts";
import type { Evidence, Refusal, RefusalCode } from "./doubt.ts";

const TOLD: Readonly<Record<RefusalCode, Failure>> = {
  all_zero: failure("refusal_all_zero"),
  foreign: failure("refusal_foreign"),
  other_machine: failure("refusal_other_machine"),
  cell_count: failure("refusal_cell_count"),
  no_cells: failure("refusal_no_cells"),
};

/** A refused answer as an error for the person at the terminal; the facts stay in `refusal`. */
export class Refused extends Implausible {
  constructor(
    readonly refusal: Refusal,
    where: string,
    /** What the owner may do, as one more part of the message. */
    advice: Failure | null = null,
  ) {
    super([...refusalTold(refusal), ...(advice === null ? [] : [advice])], where);
  }
}

/** A refusal, each thing that does not fit on its own. */
export function refusalTold({ code, evidence }: Refusal): Failure[] {
  return [TOLD[code], ...evidence.map(evidenceTold)];
}

function evidenceTold({ key, raw, expected }: Evidence): Failure {
  const reading = { key, raw: String(raw) };
  return expected === null ? failure("evidence", reading) : failure("evidence_other", { ...reading, expected });
}
