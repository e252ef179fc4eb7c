import { because, type Reason } from "./reasons.ts";

/** Why the grid must not be left now, as the rules say it; null: it may. Injected, so that orders know nothing of rules. */
export interface LeaveBlock {
  readonly code: string;
  readonly value: string | number | boolean | null;
  readonly threshold: string | number | boolean | null;
}

export type LeaveGuard = () => LeaveBlock | null;

/** For callers that cannot ask the rules: nobody knows, so the grid is not left. */
export const NOBODY_KNOWS: LeaveGuard = () => ({ code: "unknown", value: null, threshold: null });

/** The block as values of a reason. */
export function leaveReason(guard: LeaveGuard): Reason | null {
  const block = guard();
  if (block === null) return null;
  const { code, value, threshold } = block;
  return because("lease_waits", { guard: code, value, threshold });
}
