/** Telegram: sendMessage of the Bot API. The token is part of the URL, so no URL and no client error is ever quoted. */
import { ConfigError } from "../../errors.ts";
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

export const TELEGRAM_API_BASE = "https://api.telegram.org";
/** Answers 400 that concern the chat as a whole, not this text. */
const CHAT_REFUSALS =
  /chat not found|upgraded|deactivated|not enough rights|need administrator|kicked|PEER_ID_INVALID/i;

/** One notifier a chat. @throws ConfigError for a token file that others can read, or that holds no bot token. */
export function createTelegram(settings: TelegramSettings): Notifier[] {
  const token = readSecretFile(settings.token_file);
  if (!/^\d+:[\w-]+$/.test(token)) {
    throw new ConfigError(`${settings.token_file}: holds no bot token (number, colon, letters)`);
  }
  const url = `${settings.api_base.replace(/\/+$/, "")}/bot${token}/sendMessage`;
  return settings.chat_ids.map((chat_id) => ({
    name: telegramChannel(chat_id),
    async send({ text, severity }, timeout_ms) {
      const body = {
        chat_id,
        text: text.slice(0, MAX_TEXT + 100),
        disable_notification: severity === "info",
        link_preview_options: { is_disabled: true },
      };
      const answer = await exchange({ method: "POST", url, body }, timeout_ms);
      if ("failure" in answer) return transient(`Telegram at ${scrub(answer.failure, [token])}`);
      return judgeTelegram(answer.status, answer.body, answer.retry_after, token);
    },
  }));
}

/** Outbox channel of a chat. */
export function telegramChannel(chat_id: string): string {
  return `telegram:${chat_id}`;
}

function judgeTelegram(status: number, body: string, retry_after: string | null, token: string) {
  const answer = parseAnswer(body);
  const description = `Telegram ${scrub(answer.description, [token])}`;
  if (status === 200) {
    // A captive portal also answers 200.
    return answer.ok ? ({ ok: true } as const) : transient("Telegram answered 200 without its confirmation");
  }
  if (status === 429) return transient(`${description} (429)`, answer.retry_after ?? waitSeconds(retry_after) ?? 60);
  if (status === 400 && CHAT_REFUSALS.test(answer.description)) return permanent("channel", description);
  return judgeStatus(status, retry_after, description);
}

function parseAnswer(body: string): { ok: boolean; description: string; retry_after: number | null } {
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(body);
  } catch {
    // A proxy's error page: the status says enough.
  }
  const field = (holder: unknown, key: string): unknown =>
    typeof holder === "object" && holder !== null && Object.hasOwn(holder, key)
      ? (holder as Record<string, unknown>)[key]
      : null;
  const description = field(parsed, "description");
  return {
    ok: field(parsed, "ok") === true,
    description: typeof description === "string" ? description : "gave no reason",
    retry_after: waitSeconds(field(field(parsed, "parameters"), "retry_after")),
  };
}
