/** Telegram: sendMessage of the Bot API. The token is part of the URL, so no URL and no client error is ever quoted. */
import { ConfigError } from "../../base/errors.ts";
import type { SendResult } from "../outbox.ts";
import { MAX_TEXT } from "../outbox-text.ts";
import { exchange, judgeStatus, scrub, waitSeconds } from "./http.ts";
import { type Notifier, permanent, transient } from "./notifier.ts";
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

/** One notifier a chat. @throws ConfigError for a token file that others can read, or that holds no bot token. */
export function createTelegram(settings: TelegramSettings): Notifier[] {
  const token = readSecretFile(settings.token_file);
  if (!/^\d+:[\w-]+$/.test(token)) {
    throw new ConfigError(`${settings.token_file}: holds no bot token (number, colon, letters)`);
  }
  const url = `${settings.api_base.replace(/\/+$/, "")}/bot${token}/sendMessage`;
  return settings.chat_ids.map((chat_id) => ({
    name: telegramChannel(chat_id),
    async send({ text, severity }, timeout_ms, address) {
      const deadline = performance.now() + timeout_ms;
      const post = async (chat: string): Promise<SendResult> => {
        const body = {
          chat_id: chat,
          text: text.slice(0, MAX_TEXT + 100),
          disable_notification: severity === "info",
          link_preview_options: { is_disabled: true },
        };
        const answer = await exchange({ method: "POST", url, body }, deadline - performance.now());
        if ("failure" in answer) return transient(`Telegram at ${scrub(answer.failure, [token])}`);
        return judgeTelegram(answer.status, answer.body, answer.retry_after, token);
      };
      const first = await post(address ?? chat_id);
      // A group that became a supergroup has another id; the old one never works again.
      if (first.moved_to === undefined) return first;
      return { ...(await post(first.moved_to)), moved_to: first.moved_to };
    },
  }));
}

/** Outbox channel of a chat. */
export function telegramChannel(chat_id: string): string {
  return `telegram:${chat_id}`;
}

/** The longest wait that Telegram itself is granted, s. */
const LONGEST_WAIT_S = 3600;

/** Only Telegram's own words may block a chat; every other answer comes from something in between and is tried again soon. */
function judgeTelegram(status: number, body: string, retry_after: string | null, token: string): SendResult {
  const answer = parseAnswer(body);
  if (status === 200 && answer?.ok === true) return { ok: true };
  if (answer === null || answer.ok || answer.error_code === null) {
    const words = status === 200 ? "answered without its confirmation" : "gave no reason";
    return status === 200
      ? transient(`Telegram ${words} (200)`)
      : judgeStatus(status, retry_after, `Telegram ${words}`);
  }
  const { error_code, moved_to } = answer;
  const description = `Telegram ${scrub(answer.description, [token])}`;
  if (moved_to !== null) return { ...transient(`${description}; the chat is now ${moved_to}`), moved_to };
  const reason = `HTTP ${error_code}: ${description}`;
  if (error_code === 429) {
    return transient(
      `${description} (429)`,
      Math.min(LONGEST_WAIT_S, answer.retry_after ?? waitSeconds(retry_after) ?? 60),
    );
  }
  if (error_code === 400) return permanent(CHAT_REFUSALS.test(answer.description) ? "channel" : "message", description);
  if ([401, 403, 404].includes(error_code)) return permanent("channel", reason);
  return transient(reason);
}

interface TelegramAnswer {
  readonly ok: boolean;
  readonly error_code: number | null;
  readonly description: string;
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
    error_code: Number.isInteger(code) ? (code as number) : null,
    description: typeof description === "string" ? description : "gave no reason",
    retry_after: waitSeconds(field(parameters, "retry_after")),
    moved_to: /^-?\d{1,20}$/.test(moved) ? moved : null,
  };
}
