import { hostname } from "node:os";
import { knownTime } from "../../base/clock.ts";
import { ServiceDown, StationError } from "../../base/errors.ts";
import { type Failure, failure, failureText } from "../../base/failure/failure.ts";
import type { Context } from "../../cli/spec.ts";
import { createDeadMan } from "../../publish/notifiers/dead-man.ts";
import { deliverOutbox } from "../../publish/notifiers/deliver.ts";
import { createKmsg } from "../../publish/notifiers/kmsg.ts";
import type { Notifier } from "../../publish/notifiers/notifier.ts";
import { createRegEvent } from "../../publish/notifiers/reg-event.ts";
import { readSecretFile } from "../../publish/notifiers/secret-file.ts";
import { createTelegram, telegramChannel } from "../../publish/notifiers/telegram.ts";
import { type ChannelSettings, messagesFor } from "../../publish/outbox.ts";
import type { MessageKind, NewMessage } from "../../publish/outbox-message.ts";
import type { Severity } from "../../rules/alerts/alert-definition.ts";
import type { AlertEvent, AlertState } from "../../rules/alerts/types.ts";
import { MEMORY } from "../../station/rule-memory.ts";
import { headlineText, stationHeadline } from "../../station/station-headline.ts";
import { speechOfStation, voiceOf } from "../../station/voice.ts";
import type { Store } from "../../store/database.ts";
import { addMessages, outboxIn } from "../../store/outbox.ts";
import { ruleState, saveRuleState } from "../../store/rules.ts";

/** A channel as configured. */
export interface Channel extends ChannelSettings {
  readonly reports: boolean;
}

/** A service that refuses or fails for so long is a failure of the run; shorter trouble mends itself, s. */
const PATIENCE_S = 900;
/** What is left of the run's time for its own end, ms. */
const CLOSING_MS = 5000;

/** The channels that messages go to. */
export function channels({ config }: Context): Channel[] {
  const { telegram, reg_event, kmsg } = config.notify;
  return [
    ...telegram.chat_ids.map((id) => ({ ...telegram, name: telegramChannel(id) })),
    ...(reg_event.url === null ? [] : [{ ...reg_event, name: "reg_event" }]),
    ...(kmsg.enabled ? [{ ...kmsg, name: "kmsg", quiet_hours: null, reports: false }] : []),
  ].map(({ name, min_severity, quiet_hours, reports }) => ({ name, min_severity, quiet_hours, reports }));
}

/** The senders of all channels; one whose secret cannot be read is told as a failure and leaves the others alone. */
function notifiers({ config }: Context): { list: Notifier[]; failure: StationError | null } {
  const { telegram, reg_event, kmsg } = config.notify;
  const list: Notifier[] = [];
  let failure: StationError | null = null;
  const { token_file } = telegram;
  if (token_file !== null) {
    try {
      list.push(...createTelegram({ ...telegram, token_file }));
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      failure = error;
    }
  }
  if (reg_event.url !== null) {
    list.push(createRegEvent({ ...reg_event, url: reg_event.url, host: reg_event.host ?? hostname() }));
  }
  if (kmsg.enabled) list.push(createKmsg(kmsg.path));
  return { list, failure };
}

/** Puts alert events into the outbox of every channel that wants them. Call inside store.write or later. */
export function queueEvents(context: Context, store: Store, events: readonly AlertEvent[], judged: AlertState): void {
  if (events.length === 0) return;
  const { time_zone } = context.config.station;
  const headline = headlineText(context, stationHeadline(context, store, { judged }));
  addMessages(
    store,
    messagesFor(events, channels(context), context.clock.now(), time_zone, voiceOf(context), headline),
  );
}

/** A message of another kind for all channels, for those that take reports, or for the one named. Call inside store.write or later. */
export function queueMessage(
  context: Context,
  store: Store,
  message: { readonly kind: MessageKind; readonly severity: Severity; readonly text: string },
  only?: string,
): number {
  const now = context.clock.now();
  const wanted = channels(context).filter(({ name, reports }) =>
    only === undefined ? message.kind !== "report" || reports : name === only,
  );
  const messages = wanted.map(
    ({ name }): NewMessage => ({ ...message, channel: name, key: "", at: now, dated: true, next_attempt_at: now }),
  );
  addMessages(store, messages);
  return messages.length;
}

/** Delivers what is due within its budget. Returns the trouble that is worth an exit code, or null. */
export async function deliver(context: Context, store: Store): Promise<StationError | null> {
  const { list, failure: unusable } = notifiers(context);
  const manner = { speech: speechOfStation(context), time_zone: context.config.station.time_zone };
  const outbox = outboxIn<MessageKind, Severity>(store);
  const budget_ms = Math.min(context.config.batmon.delivery_s * 1000, Math.max(0, context.timeLeft() - CLOSING_MS));
  const { clock } = context;
  const picture = () => pictureOfDay(context, store);
  const report = await deliverOutbox({ store: outbox, notifiers: list, clock, manner, picture, budget_ms });
  for (const notice of report.notices) context.log.warn(notice);
  for (const [channel, reason] of Object.entries(report.failures))
    context.log.warn("not delivered", { channel, reason });
  if (report.sent > 0) context.log.info("delivered", { messages: report.sent, deliveries: report.deliveries });
  if (unusable) return unusable;
  const now = context.clock.now();
  const down = channels(context).flatMap(({ name }) => {
    const state = outbox.channelState(name);
    if (state === null || state.failing_since === null) return [];
    if (state.blocked_reason !== null)
      return [failure("channel_blocked", { channel: name, reason: state.blocked_reason })];
    const lasted = now - (knownTime(state.failing_since, now) ?? now);
    if (lasted < PATIENCE_S) return [];
    return [failure("channel_silent", { channel: name, minutes: Math.round(lasted / 60) })];
  });
  return down.length === 0 ? null : new ServiceDown(failure("several", { failures: down }));
}

/** The last 24 h for a report; its words count without it. */
async function pictureOfDay(context: Context, store: Store): Promise<Uint8Array | null> {
  if (context.config.notify.telegram.token_file === null) return null;
  try {
    return (await import("../../chat/picture.ts")).stationPicture(context, store);
  } catch (error) {
    context.log.warn("no picture of the day", { error: String(error) });
    return null;
  }
}

/** Tells the watch service that this run was good, when that is due. Never a failure of its own: its silence is the message. */
export async function pingDeadMan(context: Context, store: Store): Promise<void> {
  const { url, url_file, every_s } = context.config.notify.dead_man;
  if (context.dryRun || (url === null && url_file === null)) return;
  const now = context.clock.now();
  const last = ruleState(store, MEMORY.dead_man) as { at?: unknown } | null;
  const at = typeof last?.at === "number" ? knownTime(last.at, now) : null;
  if (at !== null && now - at < every_s) return;
  const notifier = createDeadMan(url ?? readSecretFile(url_file as string));
  const limit_ms = Math.min(context.config.batmon.delivery_s * 1000, Math.max(1, context.timeLeft() - CLOSING_MS));
  const result = await notifier.send({ text: "", severity: "info", at: now }, limit_ms);
  if (result.ok) store.later(() => saveRuleState(store, MEMORY.dead_man, now, { at: now }));
  else context.log.warn("dead man's switch not reached", { reason: failureText(result.reason) });
}

/** Sends one message through every channel at once, past the outbox and its memory. @throws ConfigError for a bad token file */
export async function sendDirectly(
  context: Context,
  text: string,
  severity: Severity,
): Promise<{ channel: string; ok: boolean; reason: Failure | null }[]> {
  const { list, failure } = notifiers(context);
  if (failure) throw failure;
  const outgoing = { text, severity, at: context.clock.now() };
  const results: { channel: string; ok: boolean; reason: Failure | null }[] = [];
  for (const notifier of list) {
    const result = context.dryRun ? { ok: true as const } : await notifier.send(outgoing, HAND_LIMIT_MS);
    results.push({ channel: notifier.name, ok: result.ok, reason: result.ok ? null : result.reason });
  }
  return results;
}

const HAND_LIMIT_MS = 10_000;
