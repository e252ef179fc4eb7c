import type { AlertView, GridSwitchView } from "../../page/model.ts";
import { ALERTS } from "../../rules/alerts/definitions.ts";
import { openAlerts } from "../../rules/alerts/evaluate.ts";
import { readAlertState } from "../../rules/alerts/state.ts";
import type { Store } from "../../store/database.ts";
import { latestDecision } from "../../store/decisions.ts";
import { latestAlertEvent, ruleState } from "../../store/rules.ts";

/** Name under which batmon keeps the state of the alerts. */
export const ALERT_STATE = "alerts";

/** The newest decision about the grid switch and why; null when batmon never ran. */
export function storedDecision(store: Store): GridSwitchView | null {
  const row = latestDecision<Partial<Record<"mode" | "reason" | "distance", unknown>>>(store);
  if (row === null || typeof row.record !== "object" || row.record === null) return null;
  const { mode, reason, distance } = row.record;
  if (typeof reason !== "string") return null;
  const why = typeof distance === "string" && distance !== "" ? `${reason} (${distance})` : reason;
  return { at: row.at, mode: typeof mode === "string" ? mode : "–", why };
}

/** Alerts that are raised now, worst first, in the words of their last message; null when batmon never ran. */
export function storedAlerts(store: Store): AlertView[] | null {
  const state = readAlertState(ruleState(store, ALERT_STATE));
  if (state === null) return null;
  return openAlerts(state).map(({ key, id, severity, since }) => ({
    severity,
    title: ALERTS[id].title,
    text: latestAlertEvent(store, key)?.text ?? "",
    since,
  }));
}
