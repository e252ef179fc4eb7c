/** Texts of delivered messages: the event's own time, a word for the severity, and summaries of what came late. */
import { isFromFuture } from "../base/clock.ts";
import type { Speech } from "../words/index.ts";
import type { OutboxMessage } from "./outbox-message.ts";

/** Telegram takes 4096 characters; a little room for whatever a channel adds. */
export const MAX_TEXT = 3800;
const MAX_LINE = 300;

/** In which language and by which clock messages are written. */
export interface Manner {
  readonly speech: Speech;
  readonly time_zone: string;
}

/** One message. A report carries its own date. */
export function messageText(message: OutboxMessage, now: number, manner: Manner, repeat: boolean): string {
  const ending = repeat ? ` ${manner.speech.messages.repeat}` : "";
  const text = message.kind === "report" ? message.text : line(message, now, manner);
  return `${shorten(text, MAX_TEXT)}${ending}`;
}

/** One text for many: the span, a line each, the oldest left out when it grows too long. Reminders are counted only. */
export function summaryText(
  messages: readonly OutboxMessage[],
  dropped: number,
  now: number,
  manner: Manner,
  repeat: boolean,
): string {
  const { messages: words } = manner.speech;
  const times = messages.map(({ at }) => at);
  const [from, to] = [Math.min(...times), Math.max(...times)].map((at) => timeWords(at, now, manner)) as [
    string,
    string,
  ];
  const lines = messages
    .filter(({ kind }) => kind !== "reminded")
    .map((message) => shorten(line(message, now, manner), MAX_LINE).replaceAll("\n", " / "));
  const head = words.late(messages.length, from, to, repeat);
  const lost = dropped > 0 ? [words.dropped(dropped)] : [];
  const reminders = messages.length - lines.length;
  const counted = reminders > 0 ? [words.reminders(reminders)] : [];
  const shown = [...lines];
  let left_out = 0;
  const whole = (): string =>
    [head, ...lost, ...counted, ...(left_out > 0 ? [words.earlier(left_out)] : []), ...shown].join("\n");
  while (shown.length > 1 && whole().length > MAX_TEXT) {
    shown.shift();
    left_out += 1;
  }
  return whole();
}

function line(message: OutboxMessage, now: number, manner: Manner): string {
  const { messages: words } = manner.speech;
  const when = message.dated && !isFromFuture(message.at, now) ? timeWords(message.at, now, manner) : words.undated;
  return `${when} ${prefix(message, words)}${message.text}`;
}

function prefix({ kind, severity }: OutboxMessage, words: Speech["messages"]): string {
  if (kind === "cleared") return words.recovered;
  if (kind === "info" || severity === "info") return "";
  return severity === "critical" ? words.alarm : words.warning;
}

/** "14:05" today, with its day on another one. */
function timeWords(at: number, now: number, { speech, time_zone }: Manner): string {
  return speech.format.clock(at, now, time_zone);
}

function shorten(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}
