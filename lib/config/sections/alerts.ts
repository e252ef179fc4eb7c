import { z } from "zod";
import { failure } from "../../base/failure/failure.ts";
import type { AlertDefinition, Threshold } from "../../rules/alerts/alert-definition.ts";
import { ALERT_SETTING_RANGES } from "../../rules/alerts/alert-settings.ts";
import { ALERTS, type AlertOverrides, TIMING_RANGES } from "../../rules/alerts/definitions.ts";
import { flag, refuse } from "../keys.ts";

function threshold(row: Threshold): z.ZodType {
  return z
    .number()
    .min(row.min)
    .max(row.max)
    .default(row.default)
    .describe(row.unit === "" ? row.doc : `${row.unit}; ${row.doc}`);
}

function seconds(key: keyof typeof TIMING_RANGES) {
  return z.int().min(TIMING_RANGES[key].min).max(TIMING_RANGES[key].max);
}

/** Keys of one alert: on or off, its times, its thresholds. */
function alertSchema(alert: AlertDefinition): z.ZodType {
  const thresholds = Object.entries(alert.thresholds).map(([name, row]) => [name, threshold(row)] as const);
  return z
    .strictObject({
      enabled: flag(true, `Told when: ${alert.condition}`),
      ...Object.fromEntries(thresholds),
      hold_s: seconds("hold_s").default(alert.hold_s).describe("s that it must hold before it is told"),
      clear_hold_s: seconds("clear_hold_s").default(alert.clear_hold_s).describe(`s: ${alert.clear_rule}`),
      cooldown_s: seconds("cooldown_s")
        .default(alert.cooldown_s)
        .describe("s without another message about it, critical ones excepted"),
      remind_s: seconds("remind_s").nullable().default(alert.remind_s).describe("s between reminders; null = never"),
    })
    .superRefine(checkCrossed)
    .describe(alert.condition);
}

/** Pairs of thresholds of one alert, the lower one first: crossed, it would clear before it is raised. */
const ASCENDING: readonly (readonly [string, string])[] = [
  ["critical_below", "raise_below"],
  ["at_once_below", "raise_below"],
  ["raise_below", "clear_above"],
  ["clear_below", "raise_above"],
  ["raise_above", "critical_above"],
  ["rest_above", "any_above"],
  ["plateau_low", "plateau_high"],
  ["frequency_below", "frequency_above"],
];

function checkCrossed(values: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void {
  for (const [low, high] of ASCENDING) {
    const [lower, upper] = [values[low], values[high]];
    if (typeof lower !== "number" || typeof upper !== "number" || lower < upper) continue;
    refuse(context, [low], failure("limits_crossed", { lower, high, upper }));
  }
}

/** What an alert's section holds when the file says nothing. */
function defaultsOf(alert: AlertDefinition): Readonly<Record<string, unknown>> {
  const thresholds = Object.entries(alert.thresholds).map(([name, row]) => [name, row.default] as const);
  const { hold_s, clear_hold_s, cooldown_s, remind_s } = alert;
  return { enabled: true, ...Object.fromEntries(thresholds), hold_s, clear_hold_s, cooldown_s, remind_s };
}

/** General settings, then one entry an alert. */
function wholeSchema() {
  const settings = Object.entries(ALERT_SETTING_RANGES).map(([name, row]) => [name, threshold(row)] as const);
  const each = Object.entries(ALERTS).map(
    ([id, alert]) => [id, alertSchema(alert).default(defaultsOf(alert))] as const,
  );
  const whole = z.strictObject(Object.fromEntries([...settings, ...each])).superRefine((values, context) => {
    const { daylight_from_hour: from, daylight_to_hour: to } = values as unknown as AlertsConfig;
    if (from < to) return;
    const crossed = { lower: from, high: "daylight_to_hour", upper: to };
    refuse(context, ["daylight_from_hour"], failure("limits_crossed", crossed));
  });
  return whole as unknown as z.ZodType<AlertsConfig>;
}

export type AlertsConfig = { readonly [Key in keyof typeof ALERT_SETTING_RANGES]: number } & AlertOverrides;

const DEFAULTS = Object.fromEntries([
  ...Object.entries(ALERT_SETTING_RANGES).map(([name, row]) => [name, row.default]),
  ...Object.entries(ALERTS).map(([id, alert]) => [id, defaultsOf(alert)]),
]) as unknown as AlertsConfig;

/** `alerts:`. Thirty alerts with ten keys each would cost every start of every command: made only when the file has the section. */
export const alertsSection = z.lazy(wholeSchema).default(DEFAULTS);
