import { Implausible } from "../base/errors.ts";
import type { Evidence, Refusal, RefusalCode } from "./doubt.ts";

const WORDS: Readonly<Record<RefusalCode, string>> = {
  all_zero: "all registers read 0: the device is wedged, or a gateway answers for it",
  foreign: "not the answer of such a device",
  other_machine: "this is another machine than the one known by this name",
  cell_count: "the answer contradicts itself",
  no_cells: "no cells",
};

/** A refused answer as an error for the person at the terminal; the facts stay in `refusal`. */
export class Refused extends Implausible {
  constructor(
    readonly refusal: Refusal,
    where: string,
    /** What the owner may do, as one more part of the message. */
    advice: string | null = null,
  ) {
    super([...refusalWords(refusal), ...(advice === null ? [] : [advice])], where);
  }
}

/** A refusal in words, each thing that does not fit on its own. */
export function refusalWords({ code, evidence }: Refusal): string[] {
  return [WORDS[code], ...evidence.map(evidenceWords)];
}

function evidenceWords({ key, raw, expected }: Evidence): string {
  return expected === null ? `${key} reads ${raw}` : `${key} reads ${raw}, not ${expected}`;
}
