import type { Context } from "../cli/spec.ts";
import type { StationView } from "../publish/homeassistant/station.ts";
import { type GridMode, MODES } from "../rules/grid-switch/types.ts";
import type { Store } from "../store/database.ts";
import { latestDecision } from "../store/decisions.ts";
import { lastRecovery } from "../store/recovery.ts";
import { latestMode, setMode } from "../store/rules.ts";
import { readOutside, writeOutside } from "./outside-memory.ts";
import type { DecisionRecord } from "./rule-memory.ts";
import { alertViews, decisionView, type StoredRules } from "./stored-judgement.ts";

/** The mode and who set it; `at` null = never set, it is the configuration's. */
export interface MonitorMode {
  readonly mode: GridMode;
  readonly source: string;
  readonly at: number | null;
}

/** The mode that counts now. A stored one that this program does not know counts as observe: no orders on a guess. */
export function monitorMode(context: Context, store: Store): MonitorMode {
  const row = latestMode(store);
  if (row === null)
    return { mode: context.config.batmon.mode ?? firstMode(context, store), source: "config", at: null };
  return { mode: MODES.find((mode) => mode === row.mode) ?? "observe", source: row.source, at: row.at };
}

/**
 * The mode of a station whose owner never chose one: observe. One that decided for itself before modes had to be chosen goes on so, and
 * so does one whose state file was lost: what counted then is remembered beside it.
 */
function firstMode(context: Context, store: Store): GridMode {
  const kept = readOutside(context, MODE_FILE) as { mode?: unknown } | null;
  const known = MODES.find((mode) => mode === kept?.mode);
  if (known !== undefined) return known;
  const last = latestDecision<DecisionRecord>(store);
  if (last !== null) return last.record.decision.mode === "observe" ? "observe" : "auto";
  return lastRecovery(store) !== null ? "auto" : "observe";
}

const MODE_FILE = "station.db.mode";

/** Keeps the mode where a state file that fails does not take it along. */
export function keepModeOutside(context: Context, mode: GridMode): void {
  const kept = readOutside(context, MODE_FILE) as { mode?: unknown } | null;
  if (kept?.mode !== mode) writeOutside(context, MODE_FILE, { mode });
}

/** Sets the mode at once; the next run goes by it. Returns whether it changed. */
export function chooseMode(context: Context, store: Store, mode: GridMode, source: string): boolean {
  if (monitorMode(context, store).mode === mode) return false;
  return store.write(() => setMode(store, { at: context.clock.now(), mode, source }));
}

/** What mqtt-push tells about the battery monitor; null where it is switched off. */
export function monitorView(
  context: Context,
  store: Store,
  rules: StoredRules,
): Pick<StationView, "mode" | "mode_options" | "why" | "alerts"> {
  if (!context.config.batmon.enabled) return { mode: null, mode_options: [], why: null, alerts: null };
  const isFresh = rules.judgement.state === "fresh";
  const decision = isFresh ? decisionView(context, rules) : null;
  return {
    mode: monitorMode(context, store).mode,
    mode_options: MODES,
    // An old judgement is no news: unknown, not "no alert".
    why: decision && { code: decision.code, text: decision.why },
    alerts: isFresh ? alertViews(context, rules) : null,
  };
}
