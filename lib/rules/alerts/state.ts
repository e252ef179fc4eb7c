/**
 * Reading the alert state back from JSON, field by field: what is missing gets its default, what is unknown is dropped, what makes
 * no sense is replaced, and the rest stays. Only a text that holds none of it is no state.
 */
import { ALERT_IDS, ALERTS, type AlertId } from "./definitions.ts";
import { freshAlertState } from "./fresh-state.ts";
import type { AlertState, Track, Values } from "./types.ts";

type Unknown = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

const STATE_TIMES = [
  "first_run_at",
  "last_run_at",
  "held_since",
  "last_summary_at",
  "last_switch_told_at",
  "last_device_event",
  "last_stopped_order_at",
  "last_full_at",
  "last_solar_at",
  "last_pv_over_need_at",
  "clock_set_at",
] as const satisfies readonly (keyof AlertState)[];
const TRACK_TIMES = [
  "last_at",
  "pending_since",
  "started_at",
  "active_since",
  "good_since",
  "bad_since",
  "cleared_at",
  "last_raised_at",
  "last_sent_at",
] as const satisfies readonly (keyof Track)[];
const TRACK_COUNTS = [
  "pending_samples",
  "stage",
  "returns",
  "untold",
  "bad_s",
] as const satisfies readonly (keyof Track)[];
const KNOWN: readonly string[] = [...STATE_TIMES, "seen", "tracks", "sent_at", "held", "stopped_told"];

/** A copy of the state in `value`, or null when nothing of it is there (first run, or damaged beyond reading). */
export function readAlertState(value: unknown): AlertState | null {
  if (!isRecord(value) || !KNOWN.some((key) => Object.hasOwn(value, key))) return null;
  const state = freshAlertState();
  for (const key of STATE_TIMES) state[key] = time(value[key]);
  state.seen = numbers(value.seen);
  state.held = numbers(value.held);
  state.stopped_told = numbers(value.stopped_told);
  state.sent_at = Array.isArray(value.sent_at) ? value.sent_at.filter(isNumber) : [];
  for (const [key, stored] of Object.entries(isRecord(value.tracks) ? value.tracks : {})) {
    const track = readTrack(stored);
    if (track !== null) state.tracks[key] = track;
  }
  return state;
}

/** A track of an alert that this version knows; null otherwise. */
function readTrack(value: unknown): Track | null {
  if (!isRecord(value)) return null;
  const id = ALERT_IDS.find((one) => one === value.id);
  if (id === undefined) return null;
  const active = time(value.active_since);
  const track: Track = {
    ...emptyTrack(id),
    device: typeof value.device === "string" ? value.device : "",
    subject: typeof value.subject === "string" ? value.subject : "",
    // An alert that stands and does not say whether it was told: once too often is better than never.
    announced:
      typeof value.announced === "boolean" ? value.announced : active !== null && time(value.last_sent_at) !== null,
    values: isRecord(value.values) ? readValues(value.values) : {},
  };
  for (const key of TRACK_TIMES) track[key] = time(value[key]);
  for (const key of TRACK_COUNTS) track[key] = isNumber(value[key]) ? (value[key] as number) : 0;
  // Written before stretches were counted: the present one began with the trouble.
  if (active !== null && track.good_since === null && !Object.hasOwn(value, "bad_since")) track.bad_since = active;
  const { severity } = value;
  if (severity === "info" || severity === "warning" || severity === "critical") track.severity = severity;
  return track;
}

/** A track that has seen nothing. */
export function emptyTrack(id: AlertId): Track {
  return {
    id,
    device: "",
    subject: "",
    last_at: null,
    pending_since: null,
    pending_samples: 0,
    started_at: null,
    active_since: null,
    good_since: null,
    cleared_at: null,
    announced: false,
    severity: ALERTS[id].severity,
    stage: 0,
    returns: 0,
    bad_since: null,
    bad_s: 0,
    untold: 0,
    last_raised_at: null,
    last_sent_at: null,
    values: {},
  };
}

function time(value: unknown): number | null {
  return isNumber(value) ? value : null;
}

function numbers(value: unknown): Record<string, number> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, number] => isNumber(entry[1])));
}

function readValues(value: Unknown): Values {
  const single = (one: unknown) => one === null || typeof one === "string" || isNumber(one);
  const plain = (one: unknown) =>
    single(one) || (Array.isArray(one) && one.every((part) => part !== null && single(part)));
  return Object.fromEntries(Object.entries(value).filter(([, one]) => plain(one))) as Values;
}
