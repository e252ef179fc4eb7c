import type { Severity } from "../rules/alerts/alert-definition.ts";
import type { AlertEvent } from "../rules/alerts/types.ts";

export type MessageKind = AlertEvent["kind"] | "report" | "notice";

/** A message for one channel before it is stored. `at` is the event's own time, `next_attempt_at` the earliest delivery. */
export interface NewMessage {
  readonly channel: string;
  readonly kind: MessageKind;
  readonly severity: Severity;
  /** Alert and subject; messages of one key belong together. "" = none. */
  readonly key: string;
  readonly at: number;
  readonly dated: boolean;
  readonly text: string;
  readonly next_attempt_at: number;
}

/** A stored message. `attempts` grows with every claim; `state_at` is when `state` was recorded. */
export interface OutboxMessage extends NewMessage {
  readonly id: number;
  readonly state: "pending" | "sending";
  readonly state_at: number;
  readonly attempts: number;
  /** Why it still waits; INTERRUPTED after a run died while sending it. */
  readonly reason: string | null;
}
