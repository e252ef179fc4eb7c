/** What a command refuses or cannot finish, in Russian. */
import type { COMMAND_FAILURES } from "../base/failure/command-failures.ts";

export const COMMAND_FAILURES_RU: Readonly<Record<keyof typeof COMMAND_FAILURES, string>> = {
  said: "{text}",
  several: "{failures}",
  not_in_time: "не успели за {limit} с; продолжит следующий запуск",
};
