import { faultPoint as killHere } from "../base/fault-point.ts";

/** Every step of an order at which a crash is rehearsed, in the order in which an order passes them. */
export const FAULT_POINTS = [
  "before_claim",
  "claimed",
  "before_import",
  "imported",
  "before_read",
  "present_read",
  "marked_sending",
  "attempt_counted",
  "written",
  "read_back",
  "finished",
  "log_appended",
  "logged",
  "claim_settled",
] as const;

export type FaultPoint = (typeof FAULT_POINTS)[number];

/** Dies here when a test says so. */
export function faultPoint(name: FaultPoint): void {
  killHere(name);
}
