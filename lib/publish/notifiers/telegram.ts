/** Telegram's Bot API. The token is part of the URL, so no URL and no client error is ever quoted. */
import { ConfigError } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import { withTexts } from "../../base/failure/texts.ts";
import type { SendResult } from "../outbox.ts";
import { MAX_TEXT } from "../outbox-text.ts";
import { exchange, judgeStatus, scrub, waitSeconds } from "./http.ts";
import { type Notifier, permanent, type Refusal, transient } from "./notifier.ts";
import { readSecretFile } from "./secret-file.ts";

export interface TelegramSettings {
  readonly token_file: string;
  /** Users, groups (negative) or "@channel"; each is a channel of the outbox of its own, "telegram:ID". */
  readonly chat_ids: readonly string[];
  /** "https://api.telegram.org", or a server of one's own. */
  readonly api_base: string;
}

/** Answers 400 that concern the chat as a whole, not this text. */
const CHAT_REFUSALS = /chat not found|deactivated|not enough rights|need administrator|kicked|PEER_ID_INVALID/i;

/** What a call came to; a result is Telegram's own and may have any shape. */
export type BotAnswer = { readonly ok: true; readonly result: unknown } | Refusal;

/** A bot, as its token makes it. */
export interface Bot {
  /** Its number: no secret. */
  readonly id: string;
  /** Seals what only holders of the token may recognise. */
  readonly secret: string;
  call(method: string, body: Readonly<Record<string, unknown>> | FormData, timeout_ms: number): Promise<BotAnswer>;
}

/** Ten updates of the longest messages with what they answer to stay well below, bytes. */
const MOST_ANSWERED = 4_000_000;

/** @throws ConfigError for a token file that others can read, or that holds no bot token. */
export function openBot({ token_file, api_base }: Pick<TelegramSettings, "token_file" | "api_base">): Bot {
  const token = readSecretFile(token_file);
  if (!/^\d+:[\w-]+$/.test(token)) {
    throw new ConfigError(failure("bot_token_form", { path: token_file }));
  }
  const base = `${api_base.replace(/\/+$/, "")}/bot${token}`;
  return {
    id: token.split(":", 1)[0] as string,
    secret: token,
    async call(method, body, timeout_ms) {
      const url = `${base}/${method}`;
      const most = method === "getUpdates" ? { most_bytes: MOST_ANSWERED } : {};
      const answer = await exchange({ method: "POST", url, body, ...most }, timeout_ms);
      if ("failure" in answer)
        return transient(failure("telegram_at", { what: withTexts(answer.failure, (text) => scrub(text, [token])) }));
      return judgeTelegram(answer.status, answer.body, answer.retry_after, token);
    },
  };
}

/** One notifier a chat. @throws ConfigError as openBot */
export function createTelegram(settings: TelegramSettings): Notifier[] {
  const bot = openBot(settings);
  return settings.chat_ids.map((chat_id) => ({
    name: telegramChannel(chat_id),
    async send({ text, severity, picture }, timeout_ms, address) {
      const deadline = performance.now() + timeout_ms;
      const post = async (chat: string): Promise<SendResult> => {
        const body = messageBody(chat, text, severity === "info");
        const answer = await bot.call("sendMessage", body, deadline - performance.now());
        if (!answer.ok) return answer;
        // The words are there: a picture that does not get through is no reason to say them again.
        if (picture) await bot.call("sendPhoto", photoBody(chat, picture, ""), deadline - performance.now());
        return { ok: true };
      };
      const first = await post(address ?? chat_id);
      // A group that became a supergroup has another id; the old one never works again.
      if (first.moved_to === undefined) return first;
      return { ...(await post(first.moved_to)), moved_to: first.moved_to };
    },
  }));
}

/** What sendMessage is told: plain text, so that nothing in it is obeyed. */
export function messageBody(chat: string, text: string, quiet: boolean): Readonly<Record<string, unknown>> {
  return {
    chat_id: chat,
    text: text.slice(0, MAX_TEXT + 100),
    disable_notification: quiet,
    link_preview_options: { is_disabled: true },
  };
}

/** What sendPhoto is told; it makes no sound of its own beside the words. */
export function photoBody(chat: string, png: Uint8Array, caption: string): FormData {
  const form = new FormData();
  form.set("chat_id", chat);
  form.set("disable_notification", "true");
  if (caption !== "") form.set("caption", caption.slice(0, 1000));
  form.set("photo", new Blob([Uint8Array.from(png)], { type: "image/png" }), "day.png");
  return form;
}

/** Outbox channel of a chat. */
export function telegramChannel(chat_id: string): string {
  return `telegram:${chat_id}`;
}

/** The longest wait that Telegram itself is granted, s. */
const LONGEST_WAIT_S = 3600;

/** Only Telegram's own words may block a chat; every other answer comes from something in between and is tried again soon. */
function judgeTelegram(status: number, body: string, retry_after: string | null, token: string): BotAnswer {
  const answer = parseAnswer(body);
  if (status === 200 && answer?.ok === true) return { ok: true, result: answer.result };
  if (answer === null || answer.ok || answer.error_code === null) {
    const judged = judgeStatus(status, retry_after, failure("telegram_says_nothing"));
    return judged.ok ? transient(failure("telegram_confirms_not", { status })) : judged;
  }
  const { error_code, moved_to } = answer;
  const what =
    answer.description === null
      ? failure("telegram_says_nothing")
      : failure("telegram_says", { words: scrub(answer.description, [token]) });
  if (moved_to !== null) return { ...transient(failure("telegram_moved", { what, chat: moved_to })), moved_to };
  const reason = failure("http_status_says", { status: error_code, words: what });
  if (error_code === 429) {
    return transient(
      failure("telegram_too_many", { what }),
      Math.min(LONGEST_WAIT_S, answer.retry_after ?? waitSeconds(retry_after) ?? 60),
    );
  }
  // Only one program may ask for a bot's messages.
  if (error_code === 409) return transient(failure("telegram_read_by_other"));
  if (error_code === 400) return permanent(CHAT_REFUSALS.test(answer.description ?? "") ? "channel" : "message", what);
  if ([401, 403, 404].includes(error_code)) return permanent("channel", reason);
  return transient(reason);
}

interface TelegramAnswer {
  readonly ok: boolean;
  readonly result: unknown;
  readonly error_code: number | null;
  readonly description: string | null;
  readonly retry_after: number | null;
  readonly moved_to: string | null;
}

/** Null: no answer of Telegram's at all, but a proxy's error page. */
function parseAnswer(body: string): TelegramAnswer | null {
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(body);
  } catch {
    return null;
  }
  const field = (holder: unknown, key: string): unknown =>
    typeof holder === "object" && holder !== null && Object.hasOwn(holder, key)
      ? (holder as Record<string, unknown>)[key]
      : null;
  const [ok, code, description] = [field(parsed, "ok"), field(parsed, "error_code"), field(parsed, "description")];
  if (typeof ok !== "boolean") return null;
  const parameters = field(parsed, "parameters");
  const moved = String(field(parameters, "migrate_to_chat_id"));
  return {
    ok,
    result: field(parsed, "result"),
    error_code: Number.isInteger(code) ? (code as number) : null,
    description: typeof description === "string" ? description : null,
    retry_after: waitSeconds(field(parameters, "retry_after")),
    moved_to: /^-?\d{1,20}$/.test(moved) ? moved : null,
  };
}
