/** One line to the kernel log, as the original did: it survives in the ring buffer when disk and network are gone. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { failure } from "../../base/failure/failure.ts";
import type { Severity } from "../../rules/alerts/alert-definition.ts";
import { type Notifier, permanent, transient } from "./notifier.ts";

/** syslog priorities: critical, warning, information. */
const PRIORITY: Readonly<Record<Severity, number>> = { critical: 2, warning: 4, info: 6 };
/** A record of /dev/kmsg holds 1024 bytes with its header. */
const MAX_BYTES = 900;

/** Writes to `path` ("/dev/kmsg"), which must exist. */
export function createKmsg(path: string): Notifier {
  return {
    name: "kmsg",
    async send({ text, severity }) {
      const one_line = text.replace(/\p{Cc}+/gu, " ");
      const cut = new TextDecoder()
        .decode(new TextEncoder().encode(one_line).subarray(0, MAX_BYTES))
        .replace(/\uFFFD+$/, "");
      try {
        const file = await open(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK);
        try {
          await file.write(`<${PRIORITY[severity]}>solar-station: ${cut}\n`);
        } finally {
          await file.close();
        }
      } catch (error) {
        const code = error instanceof Error && "code" in error ? String(error.code) : "failed";
        const reason = failure("at", { place: path, what: code });
        return ["EACCES", "EPERM", "ENOENT", "EISDIR", "ENXIO"].includes(code)
          ? permanent("channel", reason)
          : transient(reason);
      }
      return { ok: true };
    },
  };
}
