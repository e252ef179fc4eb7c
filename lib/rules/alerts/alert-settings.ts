/** General settings of the alerts, and their defaults. */
import type { Threshold } from "./alert-definition.ts";
import type { AlertOverrides } from "./definitions.ts";

export interface AlertSettings {
  readonly max_messages_per_hour: number;
  /** IANA name, for daylight hours. */
  readonly time_zone: string;
  /** Samples older than this are not judged, s. */
  readonly max_age_s: number;
  /** Local hours that are daylight in every season: from inclusive, to exclusive. */
  readonly daylight_from_hour: number;
  readonly daylight_to_hour: number;
  /** Battery share that the run-time estimate leaves in the pack, %. */
  readonly empty_soc: number;
  readonly alerts: AlertOverrides;
}

/** Settings with all defaults, for a station in `time_zone`. */
export function defaultAlertSettings(time_zone: string): AlertSettings {
  return {
    max_messages_per_hour: ALERT_SETTING_RANGES.max_messages_per_hour.default,
    max_age_s: ALERT_SETTING_RANGES.max_age_s.default,
    daylight_from_hour: ALERT_SETTING_RANGES.daylight_from_hour.default,
    daylight_to_hour: ALERT_SETTING_RANGES.daylight_to_hour.default,
    empty_soc: ALERT_SETTING_RANGES.empty_soc.default,
    time_zone,
    alerts: {},
  };
}

/** General settings with unit and range, for the schema and the docs; texts aside, AlertSettings has exactly these keys. */
export const ALERT_SETTING_RANGES = {
  max_messages_per_hour: {
    default: 12,
    min: 2,
    max: 120,
    unit: "",
    doc: "Messages an hour; critical ones always pass",
  },
  max_age_s: { default: 600, min: 120, max: 3600, unit: "s", doc: "Samples older than this are not judged" },
  daylight_from_hour: { default: 10, min: 0, max: 23, unit: "h", doc: "Surely daylight in every season, from" },
  daylight_to_hour: { default: 15, min: 1, max: 24, unit: "h", doc: "Surely daylight in every season, until" },
  empty_soc: { default: 8, min: 0, max: 50, unit: "%", doc: "What a run-time estimate leaves in the pack" },
} as const satisfies Record<string, Threshold>;
