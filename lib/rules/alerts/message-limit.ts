/** At most N messages an hour: critical ones always pass, the rest is counted and told in one summary. */
import { type AlertEvent, type AlertState, NO_COURSE } from "./types.ts";

const HOUR_S = 3600;
/** A summary waits this long, so that one line tells the whole burst, s. */
const SUMMARY_DELAY_S = 900;
const SUMMARY_NAMES = 6;

/** Lets through what the limit allows, in order; changes `state`. One place an hour is kept for the summary. */
export function limitMessages(
  events: readonly AlertEvent[],
  state: AlertState,
  now: number,
  per_hour: number,
): AlertEvent[] {
  state.sent_at = state.sent_at.filter((at) => now - at < HOUR_S);
  const passed: AlertEvent[] = [];
  for (const event of events) {
    if (event.severity === "critical" || state.sent_at.length < per_hour - 1) {
      passed.push(event);
      state.sent_at.push(now);
      continue;
    }
    state.held[event.key] = (state.held[event.key] ?? 0) + 1;
    state.held_since ??= now;
  }
  const summary = summarise(state, now);
  if (summary !== null) {
    passed.push(summary);
    state.sent_at.push(now);
  }
  return passed;
}

function summarise(state: AlertState, now: number): AlertEvent | null {
  if (state.held_since === null || now - state.held_since < SUMMARY_DELAY_S) return null;
  if (state.last_summary_at !== null && now - state.last_summary_at < HOUR_S) return null;
  const since = state.held_since;
  const entries = Object.entries(state.held).sort(([, a], [, b]) => b - a);
  const total = entries.reduce((sum, [, count]) => sum + count, 0);
  const shown = entries.slice(0, SUMMARY_NAMES);
  state.held = {};
  state.held_since = null;
  state.last_summary_at = now;
  return {
    at: now,
    id: "summary",
    key: "summary",
    kind: "summary",
    severity: "info",
    since,
    dated: true,
    values: {
      total,
      seconds: now - since,
      keys: shown.map(([key]) => key),
      counts: shown.map(([, count]) => count),
      active: shown.map(([key]) => ((state.tracks[key]?.active_since ?? null) === null ? 0 : 1)),
      more: entries.length - shown.length,
    },
    course: NO_COURSE,
  };
}
