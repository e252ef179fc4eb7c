/** Delivery policy of messages: what goes next, merged how, and what a result means. Pure; the store and the senders are others. */

import { knownTime } from "../base/clock.ts";
import { type Failure, failure, failureText } from "../base/failure/failure.ts";
import { localTime } from "../base/local-time.ts";
import type { Severity } from "../rules/alerts/alert-definition.ts";
import { type AlertEvent, SEVERITY_RANK } from "../rules/alerts/types.ts";
import { alertText, type Voice } from "./alert-text.ts";
import type { NewMessage, OutboxMessage } from "./outbox-message.ts";
import { type Manner, messageText, summaryText } from "./outbox-text.ts";

/** What is remembered of a channel between runs. */
export interface ChannelState {
  /** Failures in a row. */
  readonly failures: number;
  readonly not_before: number;
  readonly failing_since: number | null;
  /** Set while the other side refuses us altogether (bot blocked, token revoked); told once. */
  readonly blocked_reason: string | null;
  /** Messages dropped for want of room since the last delivery. */
  readonly dropped: number;
}

/** What delivery needs of a store; each call is one transaction. */
export interface OutboxStore {
  add(messages: readonly NewMessage[]): void;
  /** Messages of the channel that are pending or sending, oldest event first. */
  waiting(channel: string): OutboxMessage[];
  /** Marks all as sending, attempts + 1 - if each still has the attempts given here; otherwise changes nothing and says false. */
  claim(messages: readonly Pick<OutboxMessage, "id" | "attempts">[], at: number, reason: string | null): boolean;
  markSent(ids: readonly number[], at: number): void;
  /** Back to pending. */
  markRetry(ids: readonly number[], at: number, next_attempt_at: number, reason: string): void;
  /** Never to be sent: refused, or no room. */
  markFailed(ids: readonly number[], at: number, reason: string): void;
  channelState(channel: string): ChannelState | null;
  saveChannelState(channel: string, state: ChannelState): void;
  /** Where the channel has moved to; null = where it is configured. */
  channelAddress(channel: string): string | null;
  saveChannelAddress(channel: string, address: string): void;
}

/** What a sender says. `retry_after_s` is the wait that the service asked for. */
export type SendResult =
  | { readonly ok: true; readonly moved_to?: string }
  | {
      readonly ok: false;
      readonly permanent: boolean;
      /** Permanent for this message only, or for everything on the channel. */
      readonly scope: "message" | "channel";
      readonly retry_after_s?: number;
      readonly reason: Failure;
      /** The channel has another address from now on. */
      readonly moved_to?: string;
    };

export const FRESH_CHANNEL: ChannelState = {
  failures: 0,
  not_before: 0,
  failing_since: null,
  blocked_reason: null,
  dropped: 0,
};
export const INTERRUPTED = "interrupted while sending";

/** Waiting messages of a channel; beyond it the oldest information goes first, alarms last. */
export const MAX_WAITING = 50;
/** Longer than any run: a message still "sending" after this was left by a run that died, s. */
const SENDING_LIMIT_S = 120;
/** Messages this late are merged into a summary, s. */
const LATE_S = 600;
const BACKOFF_FIRST_S = 60;
const BACKOFF_LIMIT_S = 900;
/** A channel that refuses us is asked again this often, in case the owner has mended it, s. */
const BLOCKED_RETRY_S = 900;
/** No wait of a channel, or of a message (quiet hours), is longer; one that is was stored under a wrong clock, s. */
const CHANNEL_WAIT_LIMIT_S = 3600;
const MESSAGE_WAIT_LIMIT_S = 86_400;
/** A message that was tried so often lets the others go first: one that nobody takes must not hold them up. */
const OFTEN = 5;

export interface Delivery {
  readonly messages: readonly OutboxMessage[];
  readonly text: string;
  readonly severity: Severity;
  readonly at: number;
  /** Its text says how many messages were dropped. */
  readonly tells_dropped: boolean;
}

export interface Plan {
  /** To be marked failed before anything else. */
  readonly failed: readonly { readonly ids: readonly number[]; readonly reason: string }[];
  readonly dropped: number;
  /** Null = nothing may be sent now. */
  readonly delivery: Delivery | null;
}

/** What the channel sends next. Call again after each delivery. */
export function planDelivery(
  waiting: readonly OutboxMessage[],
  channel: ChannelState,
  now: number,
  manner: Manner,
): Plan {
  const twice = waiting.filter((message) => isOrphan(message, now) && message.reason === INTERRUPTED);
  const alive = waiting.filter((message) => !twice.includes(message));
  const surplus = surplusOf(alive);
  const kept = alive.filter((message) => !surplus.includes(message));
  const failed = [
    { ids: twice.map(({ id }) => id), reason: "interrupted twice while sending" },
    { ids: surplus.map(({ id }) => id), reason: `more than ${MAX_WAITING} messages waiting` },
  ].filter(({ ids }) => ids.length > 0);
  // Critical ones do not wait for a channel in doubt: they are tried in every run.
  const open_now = isOver(channel.not_before, now, CHANNEL_WAIT_LIMIT_S);
  const due = kept.filter((message) => isDue(message, now) && (open_now || message.severity === "critical"));
  const dropped = channel.dropped + surplus.length;
  const delivery = due.length > 0 ? nextDelivery(due, dropped, now, manner) : null;
  return { failed, dropped, delivery };
}

/** A time that has come, or that no honest clock would have set. */
function isOver(time: number, now: number, limit_s: number): boolean {
  return time <= now || time > now + limit_s;
}

function isOrphan(message: OutboxMessage, now: number): boolean {
  if (message.state !== "sending") return false;
  return Math.abs(now - message.state_at) > SENDING_LIMIT_S;
}

function isDue(message: OutboxMessage, now: number): boolean {
  return message.state === "sending"
    ? isOrphan(message, now)
    : isOver(message.next_attempt_at, now, MESSAGE_WAIT_LIMIT_S);
}

/** The messages to give up: first reminders that a newer message of their key outdates, then by severity, oldest first. */
function surplusOf(messages: readonly OutboxMessage[]): OutboxMessage[] {
  const excess = messages.length - MAX_WAITING;
  if (excess <= 0) return [];
  const newest = new Map<string, number>();
  for (const { key, id } of messages) newest.set(key, Math.max(id, newest.get(key) ?? 0));
  const worth = (message: OutboxMessage): number => {
    const outdated = message.kind === "reminded" && message.id !== newest.get(message.key);
    return outdated ? -1 : SEVERITY_RANK[message.severity];
  };
  const candidates = messages.filter(({ state }) => state === "pending");
  candidates.sort((a, b) => worth(a) - worth(b) || a.at - b.at || a.id - b.id);
  return candidates.slice(0, excess);
}

/**
 * In time: the most severe, oldest first, each alone. Late: each open alarm alone with its first time, reports alone (they are long
 * and dated), then one summary of the rest.
 */
function nextDelivery(due: readonly OutboxMessage[], dropped: number, now: number, manner: Manner): Delivery {
  const ordered = [...due].sort((a, b) => a.at - b.at || a.id - b.id);
  const late = dropped > 0 || ordered.some(({ at }) => now - at > LATE_S);
  const groups = late ? openAlarms(ordered) : ordered.map((message) => [message]);
  groups.sort(
    (a, b) =>
      Number(isTriedOften(a)) - Number(isTriedOften(b)) ||
      SEVERITY_RANK[severityOf(b)] - SEVERITY_RANK[severityOf(a)] ||
      timeOf(a) - timeOf(b),
  );
  const alarm = groups[0];
  const report = ordered.find(({ kind }) => kind === "report");
  const alone =
    alarm ?? (ordered.length === 1 && dropped === 0 ? ordered : report === undefined ? undefined : [report]);
  const newest = alone?.at(-1);
  if (alone !== undefined && newest !== undefined) {
    return toDelivery(alone, messageText({ ...newest, at: timeOf(alone) }, now, manner, repeats(alone, now)));
  }
  return toDelivery(ordered, summaryText(ordered, dropped, now, manner, repeats(ordered, now)), true);
}

function isTriedOften(messages: readonly OutboxMessage[]): boolean {
  return messages.some(({ attempts }) => attempts >= OFTEN);
}

function toDelivery(messages: readonly OutboxMessage[], text: string, tells_dropped = false): Delivery {
  return { messages, text, severity: severityOf(messages), at: timeOf(messages), tells_dropped };
}

/** The messages of each key since its last recovery, where the key is still raised. */
function openAlarms(ordered: readonly OutboxMessage[]): OutboxMessage[][] {
  const open = new Map<string, OutboxMessage[]>();
  for (const message of ordered) {
    if (message.kind === "cleared") open.delete(message.key);
    else if (message.kind === "raised" || message.kind === "reminded") {
      open.set(message.key, [...(open.get(message.key) ?? []), message]);
    }
  }
  return [...open.values()];
}

function severityOf(messages: readonly OutboxMessage[]): Severity {
  const worst = [...messages].sort((a, b) => SEVERITY_RANK[b.severity] - SEVERITY_RANK[a.severity])[0];
  return worst?.severity ?? "info";
}

function timeOf(messages: readonly OutboxMessage[]): number {
  return Math.min(...messages.map(({ at }) => at));
}

function repeats(messages: readonly OutboxMessage[], now: number): boolean {
  return messages.some((message) => isOrphan(message, now));
}

/** What becomes of a delivery and of its channel. `notice`: what is told elsewhere, once. */
export interface Verdict {
  readonly outcome: "sent" | "retry" | "failed";
  readonly next_attempt_at: number;
  readonly channel: ChannelState;
  readonly notice: Failure | null;
}

/** Judges a sender's result. Exponential back-off, a told wait, a refused message, or a channel that refuses us. */
export function judgeResult(
  name: string,
  result: SendResult,
  channel: ChannelState,
  now: number,
  severity: Severity = "info",
): Verdict {
  if (result.ok) {
    return {
      outcome: "sent",
      next_attempt_at: now,
      channel: { ...FRESH_CHANNEL, dropped: channel.dropped },
      notice: null,
    };
  }
  const failing_since = knownTime(channel.failing_since, now) ?? now;
  const again = (not_before: number) => (severity === "critical" ? now : not_before);
  if (result.permanent && result.scope === "message") {
    return {
      outcome: "failed",
      next_attempt_at: now,
      channel,
      notice: failure("message_refused", { name, reason: result.reason }),
    };
  }
  if (result.permanent) {
    const not_before = now + BLOCKED_RETRY_S;
    const told = channel.blocked_reason !== null;
    const { reason } = result;
    return {
      outcome: "retry",
      next_attempt_at: again(not_before),
      channel: {
        ...channel,
        failures: channel.failures + 1,
        not_before,
        failing_since,
        blocked_reason: failureText(reason),
      },
      notice: told ? null : failure("channel_refuses", { name, reason }),
    };
  }
  const told_wait_s = result.retry_after_s;
  const failures = told_wait_s === undefined ? channel.failures + 1 : channel.failures;
  const backoff_s = Math.min(BACKOFF_LIMIT_S, BACKOFF_FIRST_S * 2 ** Math.min(failures - 1, 20));
  const not_before = now + Math.min(told_wait_s ?? backoff_s, CHANNEL_WAIT_LIMIT_S);
  return {
    outcome: "retry",
    next_attempt_at: told_wait_s === undefined ? again(not_before) : not_before,
    // Whoever fails otherwise now does not refuse us any more.
    channel: { ...channel, failures, not_before, failing_since, blocked_reason: null },
    notice: null,
  };
}

/** A channel as configured: what it gets, and its quiet hours (local, may pass midnight) that only critical messages ignore. */
export interface ChannelSettings {
  readonly name: string;
  readonly min_severity: Severity;
  readonly quiet_hours: { readonly from: number; readonly to: number } | null;
}

/** Alert events as messages, one a channel that wants them. A summary stands for warnings too and goes everywhere. */
export function messagesFor(
  events: readonly AlertEvent[],
  channels: readonly ChannelSettings[],
  now: number,
  time_zone: string,
  voice: Voice,
  headline: string | null = null,
): NewMessage[] {
  return channels.flatMap((channel) =>
    events
      .filter(
        ({ severity, kind }) => kind === "summary" || SEVERITY_RANK[severity] >= SEVERITY_RANK[channel.min_severity],
      )
      .map((event) => {
        const { kind, severity, key, at, dated } = event;
        const tells = headline !== null && severity === "critical" && kind !== "cleared" && event.id !== "grid_lost";
        const text = `${alertText(event, voice)}${tells ? `\n${headline}` : ""}`;
        const next_attempt_at = severity === "critical" ? now : quietUntil(now, channel.quiet_hours, time_zone);
        return { channel: channel.name, kind, severity, key, at, dated, text, next_attempt_at };
      }),
  );
}

/** End of the quiet hours that `now` lies in, else `now`. */
export function quietUntil(now: number, quiet: ChannelSettings["quiet_hours"], time_zone: string): number {
  if (quiet === null || quiet.from === quiet.to) return now;
  const isQuiet = (at: number): boolean => {
    const { hour } = localTime(at, time_zone);
    return quiet.from < quiet.to ? hour >= quiet.from && hour < quiet.to : hour >= quiet.from || hour < quiet.to;
  };
  if (!isQuiet(now)) return now;
  const quarter_s = 900;
  let at = Math.ceil((now + 1) / quarter_s) * quarter_s;
  while (isQuiet(at)) at += quarter_s;
  return at;
}
