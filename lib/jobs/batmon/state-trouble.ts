import { closeSync, constants, fstatSync, futimesSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "../../cli/spec.ts";
import { systemClock } from "../../clock.ts";
import { StateError, StationError } from "../../errors.ts";
import { ALERTS, resolveAlert } from "../../rules/alerts/definitions.ts";
import { sendDirectly } from "./notify.ts";
import { alertSettings } from "./settings.ts";

/**
 * Runs `work`; when the state file fails it, says so past the outbox, which lies in that file too, and lets the error go on. What
 * was told is remembered by a file in the system's temporary directory; where even that cannot be written nothing is sent.
 */
export async function tellingStateTrouble<T>(context: Context, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StateError && !context.dryRun && mayTell(context)) await say(context, error);
    throw error;
  }
}

async function say(context: Context, error: StateError): Promise<void> {
  const { name } = context.config.station;
  const text = `${name}: ALARM: ${ALERTS.state_not_writable.raised} ${error.message}`;
  try {
    await sendDirectly(context, text, ALERTS.state_not_writable.severity);
  } catch (trouble) {
    // The state file's own error is the one to be told.
    if (!(trouble instanceof StationError)) throw trouble;
    context.log.warn(trouble.message);
  }
}

/** True at most once a cool-down; the marker's own time is the memory. */
function mayTell({ config }: Context): boolean {
  const { cooldown_s } = resolveAlert("state_not_writable", alertSettings(config).alerts);
  const marker = join(tmpdir(), `solar-station-${process.getuid?.() ?? 0}-${config.station.id}-state-trouble`);
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fresh = opened(marker, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
  const fd = fresh ?? opened(marker, O_WRONLY | O_NOFOLLOW);
  if (fd === null) return false;
  try {
    const now = systemClock.now();
    const age = now - Math.floor(fstatSync(fd).mtimeMs / 1000);
    if (fresh === null && age >= 0 && age < cooldown_s) return false;
    futimesSync(fd, now, now);
    return true;
  } finally {
    closeSync(fd);
  }
}

function opened(path: string, flags: number): number | null {
  try {
    return openSync(path, flags, 0o600);
  } catch {
    return null;
  }
}
