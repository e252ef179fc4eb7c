/** An order is in one of two states of work, then in exactly one final state. */
export type OrderState = "queued" | "sending" | FinalState;
export type FinalState = "done" | "unchanged" | "refused" | "failed" | "expired" | "cancelled" | "superseded";
