/** What fails in files, the store, orders and services, in Russian. */
import type { STATE_FAILURES } from "../base/failure/state-failures.ts";

export const STATE_FAILURES_RU: Readonly<Record<keyof typeof STATE_FAILURES, string>> = {
  state_busy: "{path}: другая команда пишет дольше 5 с",
};
