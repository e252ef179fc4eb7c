/** Runs through the outbox within a time budget: a service that is slow or gone delays nobody else and never the rules. */
import type { Clock } from "../../base/clock.ts";
import { type Failure, failure, failureText } from "../../base/failure/failure.ts";
import { tellFailure } from "../../words/tell-failure.ts";
import { FRESH_CHANNEL, INTERRUPTED, judgeResult, type OutboxStore, planDelivery, type SendResult } from "../outbox.ts";
import type { Manner } from "../outbox-text.ts";
import { HTTP_LIMIT_MS } from "./http.ts";
import { type Notifier, transient } from "./notifier.ts";

export const DELIVERY_BUDGET_MS = 10_000;
/** Less is not worth a try, ms. */
const SHORTEST_TRY_MS = 300;
/** A sender ends this much before its limit, so that it can say itself what went wrong, ms. */
const LAST_WORDS_MS = 100;

export interface DeliveryOptions {
  readonly store: OutboxStore;
  readonly notifiers: readonly Notifier[];
  readonly clock: Clock;
  /** In which language and by which clock messages are written. */
  readonly manner: Manner;
  /** The picture that goes with a report; null where none can be made. */
  readonly picture?: () => Promise<Uint8Array | null>;
  /** For everything together; default DELIVERY_BUDGET_MS. */
  readonly budget_ms?: number;
}

export interface DeliveryReport {
  /** Deliveries, messages in them, and messages given up. */
  readonly deliveries: number;
  readonly sent: number;
  readonly failed: number;
  /** Sentences for the log, told once a trouble (a blocked bot, a refused message). */
  readonly notices: readonly string[];
  /** Last reason per channel that could not deliver. */
  readonly failures: Readonly<Record<string, string>>;
}

/** Delivers what is due on every channel. Each has its share of the time that is left; its first failure ends its turn. */
export async function deliverOutbox(options: DeliveryOptions): Promise<DeliveryReport> {
  const { clock, notifiers } = options;
  const deadline = clock.monotonic() + (options.budget_ms ?? DELIVERY_BUDGET_MS);
  const report = { deliveries: 0, sent: 0, failed: 0, notices: [] as string[], failures: {} as Record<string, string> };
  for (const [index, notifier] of notifiers.entries()) {
    const share_ms = (deadline - clock.monotonic()) / (notifiers.length - index);
    await runChannel(notifier, options, clock.monotonic() + share_ms, report);
  }
  return report;
}

type Totals = { -readonly [K in keyof DeliveryReport]: DeliveryReport[K] } & {
  notices: string[];
  failures: Record<string, string>;
};

async function runChannel(
  notifier: Notifier,
  options: DeliveryOptions,
  deadline: number,
  report: Totals,
): Promise<void> {
  const { store, clock, manner } = options;
  const { name } = notifier;
  for (;;) {
    const now = clock.now();
    const state = store.channelState(name) ?? FRESH_CHANNEL;
    const { failed, dropped, delivery } = planDelivery(store.waiting(name), state, now, manner);
    for (const { ids, reason } of failed) {
      store.markFailed(ids, now, reason);
      report.failed += ids.length;
    }
    if (dropped !== state.dropped) store.saveChannelState(name, { ...state, dropped });
    const left_ms = deadline - clock.monotonic();
    if (delivery === null || left_ms < SHORTEST_TRY_MS) return;

    const orphaned = delivery.messages.some(({ state: stored }) => stored === "sending");
    // Recorded before the first byte leaves: a run that dies here is found, and its message repeated at most once.
    if (!store.claim(delivery.messages, now, orphaned ? INTERRUPTED : null)) return;
    const is_report = delivery.messages.length === 1 && delivery.messages[0]?.kind === "report";
    const picture = is_report ? await options.picture?.() : null;
    const result = await sendInTime(
      notifier,
      { ...delivery, picture: picture ?? null },
      Math.min(left_ms, HTTP_LIMIT_MS),
      store.channelAddress(name),
    );
    const done_at = clock.now();
    const untold = result.ok && delivery.tells_dropped ? 0 : dropped;
    const verdict = judgeResult(name, result, { ...state, dropped: untold }, done_at, delivery.severity);
    if (result.moved_to !== undefined) {
      store.saveChannelAddress(name, result.moved_to);
      const notice = failure("channel_moved", { name, to: result.moved_to });
      report.notices.push(failureText(notice));
      tellEverywhere(notice, options, done_at);
    }
    const ids = delivery.messages.map(({ id }) => id);
    if (verdict.outcome === "sent") {
      store.markSent(ids, done_at);
      report.deliveries += 1;
      report.sent += ids.length;
    } else if (!result.ok) {
      const reason = failureText(result.reason);
      if (verdict.outcome === "failed") store.markFailed(ids, done_at, reason);
      else store.markRetry(ids, done_at, verdict.next_attempt_at, reason);
      if (verdict.outcome === "failed") report.failed += ids.length;
      report.failures[name] = reason;
    }
    store.saveChannelState(name, verdict.channel);
    if (verdict.notice !== null) {
      report.notices.push(failureText(verdict.notice));
      // A notice about a notice could go to and fro for ever.
      const about_notice = delivery.messages.some(({ kind }) => kind === "notice");
      if (!about_notice) tellElsewhere(name, verdict.notice, options, done_at);
    }
    if (verdict.outcome === "retry") return;
  }
}

function tellElsewhere(name: string, notice: Failure, options: DeliveryOptions, now: number): void {
  const others = options.notifiers.filter((notifier) => notifier.name !== name);
  tellEverywhere(notice, { ...options, notifiers: others }, now);
}

/** These channels get the notice as a message. */
function tellEverywhere(notice: Failure, options: DeliveryOptions, now: number): void {
  options.store.add(
    options.notifiers.map((other) => ({
      channel: other.name,
      kind: "notice",
      severity: "warning",
      key: "",
      at: now,
      dated: true,
      text: `${tellFailure(notice, options.manner.speech)}.`,
      next_attempt_at: now,
    })),
  );
}

/** A sender that hangs past its limit, or throws, counts as a service that did not answer. */
async function sendInTime(
  notifier: Notifier,
  message: Parameters<Notifier["send"]>[0],
  timeout_ms: number,
  address: string | null,
): Promise<SendResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<SendResult>((resolve) => {
    timer = setTimeout(
      () => resolve(transient(failure("sender_silent", { name: notifier.name, ms: Math.round(timeout_ms) }))),
      timeout_ms,
    );
  });
  // Only the kind of error is told: its message may quote a URL with a secret in it.
  const sending = (async () => notifier.send(message, timeout_ms - LAST_WORDS_MS, address ?? undefined))().catch(
    (error: unknown) =>
      transient(failure("at", { place: notifier.name, what: error instanceof Error ? error.name : "failed" })),
  );
  const result = await Promise.race([sending, late]);
  clearTimeout(timer);
  return result;
}
