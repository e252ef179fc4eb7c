/** What fails on wires and in devices, in Russian. */
import type { WIRE_FAILURES } from "../base/failure/wire-failures.ts";

export const WIRE_FAILURES_RU: Readonly<Record<keyof typeof WIRE_FAILURES, string>> = {
  no_reply: "{place} не отвечает {ms} мс ({tries|попытка|попытки|попыток})",
};
