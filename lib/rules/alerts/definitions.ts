/** All alerts in one table, and what the owner's overrides make of it. Schema, docs and evaluation derive from here. */

import type { AlertDefinition, Watch } from "./alert-definition.ts";
import { BATTERY_ALERTS } from "./definitions-battery.ts";
import { PLANT_ALERTS } from "./definitions-plant.ts";
import { TOOLSET_ALERTS } from "./definitions-toolset.ts";

export const ALERTS = { ...BATTERY_ALERTS, ...PLANT_ALERTS, ...TOOLSET_ALERTS };

export type AlertId = keyof typeof ALERTS;
export const ALERT_IDS = Object.keys(ALERTS) as AlertId[];

/** Alerts on one value alone, which need neither condition nor words. */
export type WatchedId = {
  [I in AlertId]: (typeof ALERTS)[I] extends { readonly watch: Watch } ? I : never;
}[AlertId];

/** What such an alert watches; null = it has a condition. */
export function watchOf(id: AlertId): Watch | null {
  const definition: AlertDefinition = ALERTS[id];
  return definition.watch ?? null;
}

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
