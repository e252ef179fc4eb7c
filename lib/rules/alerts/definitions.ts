/** All alerts in one table, and what the owner's overrides make of it. Schema, docs and evaluation derive from here. */
import { BATTERY_ALERTS } from "./definitions-battery.ts";
import { PLANT_ALERTS } from "./definitions-plant.ts";
import { TOOLSET_ALERTS } from "./definitions-toolset.ts";
import type { AlertDefinition, AlertSettings, AlertState, Threshold } from "./types.ts";

export const ALERTS = { ...BATTERY_ALERTS, ...PLANT_ALERTS, ...TOOLSET_ALERTS };

export type AlertId = keyof typeof ALERTS;
export const ALERT_IDS = Object.keys(ALERTS) as AlertId[];

/** The thresholds of one alert, as numbers. */
export type Limits<I extends AlertId> = Readonly<Record<keyof (typeof ALERTS)[I]["thresholds"], number>>;

/** Ranges of the times that every alert has; null is allowed for remind_s only and means never. */
export const TIMING_RANGES = {
  hold_s: { min: 0, max: 86_400 },
  clear_hold_s: { min: 0, max: 86_400 },
  cooldown_s: { min: 0, max: 2_592_000 },
  remind_s: { min: 60, max: 2_592_000 },
} as const;

/** What the owner may set for one alert; what is absent keeps its default. */
export type AlertOverride<I extends AlertId> = {
  readonly enabled?: boolean | undefined;
  readonly hold_s?: number | undefined;
  readonly clear_hold_s?: number | undefined;
  readonly cooldown_s?: number | undefined;
  readonly remind_s?: number | null | undefined;
} & { readonly [T in keyof (typeof ALERTS)[I]["thresholds"]]?: number | undefined };

export type AlertOverrides = { readonly [I in AlertId]?: AlertOverride<I> | undefined };

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

/** A definition after the owner's overrides. */
export interface ResolvedAlert extends Omit<AlertDefinition, "thresholds"> {
  readonly id: AlertId;
  readonly enabled: boolean;
  readonly limits: Readonly<Record<string, number>>;
}

/** Applies the overrides to one definition. */
export function resolveAlert(id: AlertId, overrides: AlertOverrides): ResolvedAlert {
  const definition: AlertDefinition = ALERTS[id];
  const override: Readonly<Record<string, number | boolean | null | undefined>> = overrides[id] ?? {};
  const seconds = (key: "hold_s" | "clear_hold_s" | "cooldown_s"): number => {
    const value = override[key];
    return typeof value === "number" ? value : definition[key];
  };
  const limits = Object.entries(definition.thresholds).map(([name, threshold]) => {
    const value = override[name];
    return [name, typeof value === "number" ? value : threshold.default] as const;
  });
  const remind = override.remind_s;
  return {
    ...definition,
    id,
    enabled: override.enabled !== false,
    hold_s: seconds("hold_s"),
    clear_hold_s: seconds("clear_hold_s"),
    cooldown_s: seconds("cooldown_s"),
    remind_s: typeof remind === "number" || remind === null ? remind : definition.remind_s,
    limits: Object.fromEntries(limits),
  };
}

/** A state that knows nothing: first run, or memory lost. */
export function freshAlertState(): AlertState {
  return {
    version: 1,
    first_run_at: null,
    last_run_at: null,
    seen: {},
    tracks: {},
    sent_at: [],
    held: {},
    held_since: null,
    last_summary_at: null,
    last_switch_told_at: null,
    last_device_event: null,
    last_stopped_order_at: null,
    stopped_told: {},
    last_full_at: null,
    last_solar_at: null,
    last_pv_over_need_at: null,
    clock_set_at: null,
  };
}
