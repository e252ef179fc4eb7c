/** Texts of delivered messages: the event's own time, a word for the severity, and summaries of what came late. */
import { isFromFuture } from "../clock.ts";
import { localTime } from "../rules/local-time.ts";
import type { OutboxMessage } from "./outbox.ts";

/** Telegram takes 4096 characters; a little room for whatever a channel adds. */
export const MAX_TEXT = 3800;
const MAX_LINE = 300;

/** One message. A report carries its own date. */
export function messageText(message: OutboxMessage, now: number, time_zone: string, repeat: boolean): string {
  const ending = repeat ? " (may be a repeat)" : "";
  const text = message.kind === "report" ? message.text : line(message, now, time_zone);
  return `${shorten(text, MAX_TEXT)}${ending}`;
}

/** One text for many: the span, a line each, the oldest left out when it grows too long. Reminders are counted only. */
export function summaryText(
  messages: readonly OutboxMessage[],
  dropped: number,
  now: number,
  time_zone: string,
  repeat: boolean,
): string {
  const times = messages.map(({ at }) => at);
  const span = `${timeWords(Math.min(...times), now, time_zone)} to ${timeWords(Math.max(...times), now, time_zone)}`;
  const lines = messages
    .filter(({ kind }) => kind !== "reminded")
    .map((message) => shorten(line(message, now, time_zone), MAX_LINE).replaceAll("\n", " / "));
  const head = `Delivered late${repeat ? " (may be a repeat)" : ""}: ${messages.length} ${messages.length === 1 ? "message" : "messages"} from ${span}.`;
  const lost = dropped > 0 ? [`${dropped} older ones found no room and were dropped.`] : [];
  const reminders = messages.length - lines.length;
  const counted = reminders > 0 ? [`${reminders} of them reminders.`] : [];
  const shown = [...lines];
  let left_out = 0;
  const whole = (): string =>
    [head, ...lost, ...counted, ...(left_out > 0 ? [`… ${left_out} earlier ones`] : []), ...shown].join("\n");
  while (shown.length > 1 && whole().length > MAX_TEXT) {
    shown.shift();
    left_out += 1;
  }
  return whole();
}

function line(message: OutboxMessage, now: number, time_zone: string): string {
  const when =
    message.dated && !isFromFuture(message.at, now) ? timeWords(message.at, now, time_zone) : "(time not known)";
  return `${when} ${prefix(message)}${message.text}`;
}

function prefix({ kind, severity }: OutboxMessage): string {
  if (kind === "cleared") return "OK: ";
  if (kind === "info" || severity === "info") return "";
  return severity === "critical" ? "ALARM: " : "Warning: ";
}

/** "14:05" today, "06-14 14:05" on another day. */
function timeWords(at: number, now: number, time_zone: string): string {
  const event = localTime(at, time_zone);
  return event.day === localTime(now, time_zone).day ? event.time : `${event.day.slice(5)} ${event.time}`;
}

function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}
