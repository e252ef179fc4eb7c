import type { Context } from "../../cli/spec.ts";
import { ALERTS, type AlertId } from "../../rules/alerts/definitions.ts";
import { openAlerts } from "../../rules/alerts/evaluate.ts";
import { readAlertState } from "../../rules/alerts/state.ts";
import type { Severity } from "../../rules/alerts/types.ts";
import type { Decision, GridMode } from "../../rules/grid-switch/types.ts";
import type { Store } from "../../store/database.ts";
import { latestDecision } from "../../store/decisions.ts";
import { latestAlertEvent, latestMode, ruleState, setMode } from "../../store/rules.ts";
import type { MonitorView } from "../mqtt-push/station-reader.ts";
import { type DecisionRecord, MEMORY } from "./memory.ts";
import { MODES } from "./settings.ts";

export { MODES } from "./settings.ts";

/** The mode and who set it; `at` null = never set, it is the configuration's. */
export interface MonitorMode {
  readonly mode: GridMode;
  readonly source: string;
  readonly at: number | null;
}

/** The mode that counts now. A stored one that this program does not know counts as observe: no orders on a guess. */
export function monitorMode(context: Context, store: Store): MonitorMode {
  const row = latestMode(store);
  if (row === null) return { mode: context.config.batmon.mode, source: "config", at: null };
  return { mode: MODES.find((mode) => mode === row.mode) ?? "observe", source: row.source, at: row.at };
}

/** Sets the mode at once; the next run goes by it. Returns whether it changed. */
export function chooseMode(context: Context, store: Store, mode: GridMode, source: string): boolean {
  if (monitorMode(context, store).mode === mode) return false;
  return store.write(() => setMode(store, { at: context.clock.now(), mode, source }));
}

/** The newest decision, or null. */
export function lastDecision(store: Store): Decision | null {
  return latestDecision<DecisionRecord>(store)?.record.decision ?? null;
}

/** Why the switch stands as it does, with the distance to the other choice, in one sentence. */
export function whySentence(decision: Decision): string {
  const { reason, distance } = decision;
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}; ${distance}.`;
}

/** An alert that is raised now. `text` as it was told last; the title when it was not told. */
export interface OpenAlertView {
  readonly id: AlertId;
  readonly key: string;
  readonly severity: Severity;
  readonly title: string;
  readonly text: string;
  readonly since: number;
}

/** Open alerts, worst first; null = the rules have never run. */
export function openAlertViews(store: Store): OpenAlertView[] | null {
  const state = readAlertState(ruleState(store, MEMORY.alerts));
  if (state === null) return null;
  return openAlerts(state).map((alert) => {
    const { title } = ALERTS[alert.id];
    return { ...alert, title, text: latestAlertEvent(store, alert.key)?.text ?? title };
  });
}

/** What mqtt-push tells about the battery monitor; null when it is switched off. */
export function readMonitor(context: Context, store: Store): MonitorView | null {
  if (!context.config.batmon.enabled) return null;
  const decision = lastDecision(store);
  return {
    mode: monitorMode(context, store).mode,
    mode_options: MODES,
    why: decision === null ? null : whySentence(decision),
    alerts: openAlertViews(store),
  };
}
