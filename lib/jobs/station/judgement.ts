import type { AlertView, GridSwitchView } from "../../page/model.ts";
import { ALERTS } from "../../rules/alerts/definitions.ts";
import { openAlerts } from "../../rules/alerts/evaluate.ts";
import { readAlertState } from "../../rules/alerts/state.ts";
import type { Store } from "../../store/database.ts";
import { latestDecision } from "../../store/decisions.ts";
import { latestAlertEvent, ruleState } from "../../store/rules.ts";
import { type DecisionRecord, MEMORY } from "../batmon/memory.ts";

/** The newest decision about the grid switch and why; null when batmon never ran. */
export function storedDecision(store: Store): GridSwitchView | null {
  const row = latestDecision<DecisionRecord>(store);
  if (row === null) return null;
  const { mode, reason, distance } = row.record.decision;
  return { at: row.at, mode, why: distance === "" ? reason : `${reason} (${distance})` };
}

/** Alerts that are raised now, worst first, in the words of their last message; null when batmon never ran. */
export function storedAlerts(store: Store): AlertView[] | null {
  const state = readAlertState(ruleState(store, MEMORY.alerts));
  if (state === null) return null;
  return openAlerts(state).map(({ key, id, severity, since }) => ({
    severity,
    title: ALERTS[id].title,
    text: latestAlertEvent(store, key)?.text ?? "",
    since,
  }));
}
