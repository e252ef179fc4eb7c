import { knownTime } from "../../base/clock.ts";
import { StateUnusable, type StationError } from "../../base/errors.ts";
import type { Context } from "../../cli/spec.ts";
import { ALERTS, resolveAlert } from "../../rules/alerts/definitions.ts";
import { readOutside, removeOutside, writeOutside } from "../../station/outside-memory.ts";
import { alertSettings } from "../../station/rule-settings.ts";
import { speechOfStation } from "../../station/voice.ts";
import { tellFailure } from "../../words/tell-failure.ts";
import { sendDirectly } from "./notify.ts";

/**
 * `batmon` when the state file fails it: says so past the outbox, which lies in that file too. What was told is remembered by a file of
 * this station beside the state file, or in a private folder; where even that cannot be written it is told all the same.
 */
export async function batmonWithoutState(context: Context, trouble: StationError): Promise<void> {
  if (!context.config.batmon.enabled || !(trouble instanceof StateUnusable) || !mayTell(context)) return;
  const { name } = context.config.station;
  const speech = speechOfStation(context);
  const { severity } = ALERTS.state_not_writable;
  const told = speech.alerts.state_not_writable.raised({});
  await sendDirectly(
    context,
    `${name}: ${speech.messages.alarm}${told} ${tellFailure(trouble.failure, speech)}`,
    severity,
  );
}

/** The state file works again: the next trouble is a new one. */
export function batmonStateUsable(context: Context): void {
  removeOutside(context, MEMORY);
}

const MEMORY = "station.db.trouble-told";

/** True at most once a cool-down. */
function mayTell(context: Context): boolean {
  const { cooldown_s } = resolveAlert("state_not_writable", alertSettings(context.config).alerts);
  const now = context.clock.now();
  const told = readOutside(context, MEMORY) as { at?: unknown } | null;
  const at = typeof told?.at === "number" ? knownTime(told.at, now) : null;
  if (at !== null && now - at < cooldown_s) return false;
  writeOutside(context, MEMORY, { at: now });
  return true;
}
