/** The dead man's switch: a watch service that hears nothing for a while raises the alarm that we no longer can. */
import { failure } from "../../base/failure/failure.ts";
import { exchange, judgeStatus } from "./http.ts";
import { type Notifier, transient } from "./notifier.ts";

/** GET of `url`; call `send` only at the end of a good run. The URL is a secret of its own: reasons name the host alone. */
export function createDeadMan(url: string): Notifier {
  return {
    name: "dead_man",
    async send(_message, timeout_ms) {
      const answer = await exchange({ method: "GET", url }, timeout_ms);
      if ("failure" in answer) return transient(failure("dead_man_at", { what: answer.failure }));
      return judgeStatus(answer.status, answer.retry_after, failure("dead_man"));
    },
  };
}
