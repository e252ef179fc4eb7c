/** What every sender has in common. */
import type { Failure } from "../../base/failure/failure.ts";
import type { Severity } from "../../rules/alerts/alert-definition.ts";
import type { SendResult } from "../outbox.ts";

/** What a sender gets: finished text, the worst severity in it, the time of its first event. */
export interface Outgoing {
  readonly text: string;
  readonly severity: Severity;
  readonly at: number;
  /** A PNG that goes with it where pictures can be sent. */
  readonly picture?: Uint8Array | null;
}

/**
 * One way out. `name` is the outbox channel. `send` settles within about `timeout_ms` and never rejects for anything that the
 * network or the other side does; reasons hold no secret.
 */
export interface Notifier {
  readonly name: string;
  /** `address`: where an earlier result's `moved_to` said that the channel is now. */
  send(message: Outgoing, timeout_ms: number, address?: string): Promise<SendResult>;
}

/** What went wrong with a sending. */
export type Refusal = Extract<SendResult, { readonly ok: false }>;

/** A failure that may pass. */
export function transient(reason: Failure, retry_after_s?: number): Refusal {
  const base = { ok: false, permanent: false, scope: "channel", reason } as const;
  return retry_after_s === undefined ? base : { ...base, retry_after_s };
}

/** A failure that stays. */
export function permanent(scope: "message" | "channel", reason: Failure): Refusal {
  return { ok: false, permanent: true, scope, reason };
}
