/** One alert of one subject in time: pending → raised → reminded → cleared. Pure; times are the samples' own. */
import type { ResolvedAlert } from "./definitions.ts";
import { emptyTrack } from "./state.ts";
import { type AlertState, type Finding, SEVERITY_RANK, type Track } from "./types.ts";

/** Without a judgement for this long, a running hold starts anew: two samples an hour apart prove nothing, s. */
const HOLD_GAP_S = 900;
/** What comes back this soon after its recovery is the same trouble, s; an alert with a longer cool-down, up to an hour, has that. */
const FLAP_S = 600;
const LONGEST_FLAP_S = 3600;
/** A clock that goes back by less than this is only being corrected, s. */
const CLOCK_STEP_S = 60;

/** What happened to a track. */
export interface TrackEvent {
  readonly kind: "raised" | "reminded" | "cleared";
  readonly at: number;
  readonly since: number;
  /** Length of the trouble, for `cleared`, s. */
  readonly lasted_s: number;
  /** The length is a sum of stretches. */
  readonly in_all: boolean;
  readonly returns: number;
  readonly untold: number;
}

/** A track that has seen nothing. */
export function newTrack(alert: ResolvedAlert, device: string, subject: string): Track {
  return { ...emptyTrack(alert.id), device, subject, severity: alert.severity };
}

/** What returns within this time is one trouble. */
function flapWindow(alert: ResolvedAlert): number {
  return Math.max(FLAP_S, Math.min(LONGEST_FLAP_S, alert.cooldown_s));
}

/** True when nothing of the track needs to be remembered at `at`. */
export function isForgettable(track: Track, alert: ResolvedAlert, at: number): boolean {
  if (track.active_since !== null || track.pending_since !== null) return false;
  const quiet_since = Math.max(
    track.cleared_at ?? Number.NEGATIVE_INFINITY,
    track.last_raised_at ?? Number.NEGATIVE_INFINITY,
  );
  return at - quiet_since > Math.max(alert.cooldown_s, flapWindow(alert));
}

/** Judges one finding at `at`; changes `track`. A moment that was judged before changes nothing. */
export function advance(track: Track, alert: ResolvedAlert, at: number, finding: Finding): TrackEvent | null {
  if (track.last_at !== null && at <= track.last_at) return null;
  const gap = track.last_at !== null && at - track.last_at > HOLD_GAP_S;
  track.last_at = at;
  if (track.active_since === null) return advanceIdle(track, alert, at, finding, gap);
  return advanceActive(track, track.active_since, alert, at, finding, gap);
}

function advanceIdle(
  track: Track,
  alert: ResolvedAlert,
  at: number,
  finding: Finding,
  gap: boolean,
): TrackEvent | null {
  if (finding.level !== "bad") {
    track.pending_since = null;
    track.pending_samples = 0;
    return null;
  }
  track.values = finding.values;
  if (track.pending_since === null || gap) {
    track.pending_since = at;
    track.pending_samples = 0;
  }
  track.pending_samples += 1;
  if (at - track.pending_since < alert.hold_s || track.pending_samples < alert.hold_samples) return null;

  const flapping = track.cleared_at !== null && at - track.cleared_at < flapWindow(alert);
  track.returns = flapping ? track.returns + 1 : 0;
  track.bad_s = flapping ? track.bad_s : 0;
  track.bad_since = track.pending_since;
  track.started_at = flapping ? (track.started_at ?? track.pending_since) : track.pending_since;
  track.active_since = track.started_at;
  track.pending_since = null;
  track.pending_samples = 0;
  track.good_since = null;
  track.severity = finding.severity ?? alert.severity;
  track.stage = finding.stage ?? 0;
  const told_recently = track.last_raised_at !== null && at - track.last_raised_at < alert.cooldown_s;
  track.announced = track.severity === "critical" || !told_recently;
  if (!track.announced) {
    track.untold += 1;
    return null;
  }
  return tell(track, "raised", at);
}

function advanceActive(
  track: Track,
  active_since: number,
  alert: ResolvedAlert,
  at: number,
  finding: Finding,
  gap: boolean,
): TrackEvent | null {
  track.values = finding.values;
  if (finding.level === "good") {
    if (track.good_since === null || gap) track.good_since = at;
    endStretch(track, at);
    const rest_s = restOf(track, active_since, alert);
    return at - track.good_since >= rest_s ? clear(track, active_since, at) : null;
  }
  if (finding.level === "bad" && track.good_since !== null) track.returns += 1;
  track.good_since = null;
  track.bad_since ??= at;
  const severity = finding.severity ?? alert.severity;
  const stage = finding.stage ?? 0;
  const worse = SEVERITY_RANK[severity] > SEVERITY_RANK[track.severity];
  const next_stage = stage > track.stage;
  if (worse) track.severity = severity;
  if (next_stage) track.stage = stage;
  if (worse) return tell(track, "raised", at);
  if (!track.announced) {
    const cooled = track.last_raised_at === null || at - track.last_raised_at >= alert.cooldown_s;
    return cooled ? tell(track, "raised", at) : null;
  }
  if (next_stage) return tell(track, "reminded", at);
  const due = alert.remind_s !== null && at - (track.last_sent_at ?? at) >= alert.remind_s;
  return due ? tell(track, "reminded", at) : null;
}

function tell(track: Track, kind: "raised" | "reminded", at: number): TrackEvent {
  const untold = track.announced ? track.untold : Math.max(0, track.untold - 1);
  track.announced = true;
  track.last_sent_at = at;
  if (kind === "raised") {
    track.last_raised_at = at;
    track.untold = 0;
  }
  const since = track.active_since ?? at;
  const lasted_s = at - since;
  return { kind, at, since, lasted_s, in_all: false, returns: track.returns, untold: kind === "raised" ? untold : 0 };
}

/** How long it must be good: longer when it was interrupted, longest when it came back after it had been told to be over. */
function restOf(track: Track, active_since: number, alert: ResolvedAlert): number {
  if (track.returns === 0) return alert.clear_hold_s;
  return Math.max(alert.clear_hold_s, FLAP_S, cameBack(track, active_since) ? flapWindow(alert) / 2 : 0);
}

/** The trouble began before its last recovery: it is the same one again. */
function cameBack({ cleared_at }: Track, active_since: number): boolean {
  return cleared_at !== null && active_since < cleared_at;
}

function endStretch(track: Track, at: number): void {
  if (track.bad_since !== null) track.bad_s += Math.max(0, at - track.bad_since);
  track.bad_since = null;
}

/** A recovery is told when the trouble was. The length of one that came back is that of its bad stretches, without the pauses. */
function clear(track: Track, active_since: number, at: number): TrackEvent | null {
  const told = track.announced;
  const in_all = cameBack(track, active_since);
  const event: TrackEvent = {
    kind: "cleared",
    at,
    since: active_since,
    lasted_s: in_all ? track.bad_s : (track.good_since ?? at) - active_since,
    in_all,
    returns: track.returns,
    untold: 0,
  };
  track.active_since = null;
  track.good_since = null;
  track.cleared_at = at;
  track.announced = false;
  track.stage = 0;
  if (told) track.last_sent_at = at;
  return told ? event : null;
}

/**
 * Brings the times of the state to a clock that jumped. A known jump moves them all, so that lengths stay true; without one,
 * times in the future become the present. Running holds start anew either way.
 */
export function settleClock(state: AlertState, now: number, jump_s: number | null): void {
  const backwards = state.last_run_at !== null && state.last_run_at - now > CLOCK_STEP_S;
  const shift = jump_s ?? 0;
  if (shift === 0 && !backwards) return;
  state.clock_set_at = now;
  const settle = (time: number): number => Math.min(time + shift, now);
  const settleNullable = (time: number | null): number | null => (time === null ? null : settle(time));
  for (const track of Object.values(state.tracks)) {
    track.last_at = track.last_at === null ? null : Math.min(settle(track.last_at), now - 1);
    track.pending_since = null;
    track.pending_samples = 0;
    track.good_since = null;
    track.started_at = settleNullable(track.started_at);
    track.bad_since = settleNullable(track.bad_since);
    track.active_since = settleNullable(track.active_since);
    track.cleared_at = settleNullable(track.cleared_at);
    track.last_raised_at = settleNullable(track.last_raised_at);
    track.last_sent_at = settleNullable(track.last_sent_at);
  }
  for (const [source, seen_at] of Object.entries(state.seen)) state.seen[source] = Math.min(settle(seen_at), now - 1);
  for (const [what, told_at] of Object.entries(state.stopped_told)) state.stopped_told[what] = settle(told_at);
  state.sent_at = state.sent_at.map(settle);
  state.first_run_at = settleNullable(state.first_run_at);
  state.last_run_at = settleNullable(state.last_run_at);
  state.held_since = settleNullable(state.held_since);
  state.last_summary_at = settleNullable(state.last_summary_at);
  state.last_switch_told_at = settleNullable(state.last_switch_told_at);
  state.last_stopped_order_at = settleNullable(state.last_stopped_order_at);
  state.last_full_at = settleNullable(state.last_full_at);
  state.last_solar_at = settleNullable(state.last_solar_at);
  state.last_pv_over_need_at = settleNullable(state.last_pv_over_need_at);
}
