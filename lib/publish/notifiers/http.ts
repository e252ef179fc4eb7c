/** One HTTP exchange for the notifiers. axios loads on first use only; its errors hold URLs and headers and never leave here. */
import { type Failure, failure } from "../../base/failure/failure.ts";
import type { SendResult } from "../outbox.ts";
import { transient } from "./notifier.ts";

/** No service asks with a longer limit, ms. */
export const HTTP_LIMIT_MS = 10_000;
const MAX_ANSWER_BYTES = 65_536;
const MAX_REASON = 200;

export interface Exchange {
  readonly method: "GET" | "POST";
  readonly url: string;
  /** Form body of a POST (with files: FormData), JSON when it is a plain object, or a text as it is. */
  readonly body?: URLSearchParams | FormData | Readonly<Record<string, unknown>> | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A longer answer is a failure; default 64 kB. */
  readonly most_bytes?: number;
}

export type Answer =
  | { readonly status: number; readonly body: string; readonly retry_after: string | null }
  | { readonly failure: Failure };

/** Sends and waits at most `timeout_ms` for the whole answer. Never rejects; a failure names host and cause, nothing of the path. */
export async function exchange(
  { method, url, body, headers, most_bytes = MAX_ANSWER_BYTES }: Exchange,
  timeout_ms: number,
): Promise<Answer> {
  const limit_ms = Math.max(1, Math.floor(Math.min(timeout_ms, HTTP_LIMIT_MS)));
  const { default: axios } = await import("axios");
  try {
    const answer = await axios.request<string>({
      method,
      url,
      ...(body === undefined ? {} : { data: body }),
      ...(headers === undefined ? {} : { headers: { ...headers } }),
      timeout: limit_ms,
      // `timeout` starts with the request; the signal also ends a name lookup or connect that hangs.
      signal: AbortSignal.timeout(limit_ms),
      maxRedirects: 0,
      maxContentLength: most_bytes,
      responseType: "text",
      transformResponse: (text: string) => text,
      validateStatus: () => true,
    });
    const header: unknown = answer.headers["retry-after"];
    return {
      status: answer.status,
      body: String(answer.data),
      retry_after: typeof header === "string" ? header : null,
    };
  } catch (error) {
    return { failure: withoutUrl(hostOf(url), error, limit_ms) };
  }
}

/** Only the error's code: messages and stacks of HTTP clients quote the URL. */
function withoutUrl(host: string, error: unknown, limit_ms: number): Failure {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "failed";
  if (["ECONNABORTED", "ERR_CANCELED", "ETIMEDOUT"].includes(code)) {
    return failure("http_silent", { host, ms: limit_ms });
  }
  return failure("at", { place: host, what: /^[A-Z_]{3,40}$/.test(code) ? code : "failed" });
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "invalid URL";
}

/** Seconds of a Retry-After value; null when it is none. */
export function waitSeconds(value: unknown): number | null {
  const seconds = Number(value);
  return value !== null && value !== "" && Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds) : null;
}

/** The longest wait that is granted to whoever asks for one, s. */
const LONGEST_WAIT_S = 900;

/**
 * What a status means where the service says no more. Nothing here lasts: a captive portal, a proxy or a hook under repair answers with
 * any status, and a message that waits minutes is better than one that waits hours.
 */
export function judgeStatus(status: number, retry_after: string | null, words: Failure | null): SendResult {
  if (status >= 200 && status < 300) return { ok: true };
  const reason = words === null ? failure("http_status", { status }) : failure("http_status_says", { status, words });
  if (status === 429) return transient(reason, Math.min(LONGEST_WAIT_S, waitSeconds(retry_after) ?? 60));
  return transient(reason);
}

/** Text from outside, for a log line: one line, short, without the secrets. */
export function scrub(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret !== "") clean = clean.replaceAll(secret, "…").replaceAll(encodeURIComponent(secret), "…");
  }
  return clean
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .slice(0, MAX_REASON);
}
