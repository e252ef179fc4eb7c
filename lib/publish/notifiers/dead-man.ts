/** The dead man's switch: a watch service that hears nothing for a while raises the alarm that we no longer can. */
import { exchange, judgeStatus } from "./http.ts";
import { type Notifier, transient } from "./notifier.ts";

/** GET of `url`; call `send` only at the end of a good run. The URL is a secret of its own: reasons name the host alone. */
export function createDeadMan(url: string): Notifier {
  return {
    name: "dead_man",
    async send(_message, timeout_ms) {
      const answer = await exchange({ method: "GET", url }, timeout_ms);
      if ("failure" in answer) return transient(`dead man's switch at ${answer.failure}`);
      return judgeStatus(answer.status, answer.retry_after, "dead man's switch");
    },
  };
}
