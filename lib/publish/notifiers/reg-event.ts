/** The original's web hook: reg_event.php?tag=&host=&value=&flags= with the text in the field `event`. */

import { failure } from "../../base/failure/failure.ts";
import type { Severity } from "../../rules/alerts/alert-definition.ts";
import { SEVERITY_RANK } from "../../rules/alerts/types.ts";
import { exchange, judgeStatus } from "./http.ts";
import { type Notifier, transient } from "./notifier.ts";

export interface RegEventSettings {
  /** "http://HOST/reg_event.php" */
  readonly url: string;
  readonly method: "POST" | "GET";
  /** Null: ALERT, WARN or REPORT by severity, as the original's monitor had them. */
  readonly tag: string | null;
  /** Name of this station. */
  readonly host: string;
  readonly flags: number;
}

const TAGS: Readonly<Record<Severity, string>> = { critical: "ALERT", warning: "WARN", info: "REPORT" };

/** `value` is the severity: 0 information, 1 warning, 2 critical. */
export function createRegEvent(settings: RegEventSettings): Notifier {
  return {
    name: "reg_event",
    async send({ text, severity }, timeout_ms) {
      const url = new URL(settings.url);
      url.searchParams.set("tag", settings.tag ?? TAGS[severity]);
      url.searchParams.set("host", settings.host);
      url.searchParams.set("value", String(SEVERITY_RANK[severity]));
      url.searchParams.set("flags", String(settings.flags));
      if (settings.method === "GET") url.searchParams.set("event", text);
      const body = settings.method === "POST" ? { body: new URLSearchParams({ event: text }) } : {};
      const answer = await exchange({ method: settings.method, url: url.href, ...body }, timeout_ms);
      if ("failure" in answer) return transient(failure("hook_at", { what: answer.failure }));
      return judgeStatus(answer.status, answer.retry_after, failure("hook"));
    },
  };
}
