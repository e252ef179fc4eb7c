/** Reading the alert state back from JSON: a damaged or foreign one is no state, never a crash. */
import { ALERT_IDS } from "./definitions.ts";
import type { AlertState, Track } from "./types.ts";

type Unknown = Record<string, unknown>;

const isRecord = (value: unknown): value is Unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isTime = (value: unknown): boolean => value === null || isNumber(value);
const isNumbers = (value: unknown): boolean => isRecord(value) && Object.values(value).every(isNumber);

const STATE_TIMES = [
  "first_run_at",
  "last_run_at",
  "held_since",
  "last_summary_at",
  "last_switch_told_at",
  "last_full_at",
  "last_solar_at",
  "last_pv_over_need_at",
] as const satisfies readonly (keyof AlertState)[];
const TRACK_TIMES = [
  "last_at",
  "pending_since",
  "started_at",
  "active_since",
  "good_since",
  "cleared_at",
  "last_raised_at",
  "last_sent_at",
] as const satisfies readonly (keyof Track)[];
const TRACK_COUNTS = ["pending_samples", "stage", "returns", "untold"] as const satisfies readonly (keyof Track)[];

/** A copy of the state in `value`, or null when it is not one (first run, damaged, other version). */
export function readAlertState(value: unknown): AlertState | null {
  if (!isRecord(value) || value.version !== 1) return null;
  const { tracks, sent_at } = value;
  const sound =
    STATE_TIMES.every((key) => isTime(value[key])) &&
    isNumbers(value.seen) &&
    isNumbers(value.held) &&
    Array.isArray(sent_at) &&
    sent_at.every(isNumber) &&
    isRecord(tracks) &&
    Object.values(tracks).every(isTrack);
  return sound ? (structuredClone(value) as unknown as AlertState) : null;
}

function isTrack(value: unknown): boolean {
  return (
    isRecord(value) &&
    ALERT_IDS.some((id) => id === value.id) &&
    typeof value.device === "string" &&
    typeof value.subject === "string" &&
    typeof value.announced === "boolean" &&
    ["info", "warning", "critical"].includes(String(value.severity)) &&
    TRACK_TIMES.every((key) => isTime(value[key])) &&
    TRACK_COUNTS.every((key) => isNumber(value[key])) &&
    isRecord(value.values)
  );
}
