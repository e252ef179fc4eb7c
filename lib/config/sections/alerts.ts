import { z } from "zod";
import { ALERT_SETTING_RANGES, ALERTS, type AlertOverrides, TIMING_RANGES } from "../../rules/alerts/definitions.ts";
import type { AlertDefinition, Threshold } from "../../rules/alerts/types.ts";

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
      enabled: z.boolean().default(true).describe(`"${alert.title}": ${alert.condition}`),
      ...Object.fromEntries(thresholds),
      hold_s: seconds("hold_s").default(alert.hold_s).describe("s that it must hold before it is told"),
      clear_hold_s: seconds("clear_hold_s").default(alert.clear_hold_s).describe(`s: ${alert.clear_rule}`),
      cooldown_s: seconds("cooldown_s")
        .default(alert.cooldown_s)
        .describe("s without another message about it, critical ones excepted"),
      remind_s: seconds("remind_s").nullable().default(alert.remind_s).describe("s between reminders; null = never"),
    })
    .superRefine(checkCrossed)
    .describe(alert.title);
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
    context.addIssue({ code: "custom", path: [low], message: `${lower} must be below ${high} (${upper})` });
  }
}

const settings = Object.fromEntries(
  Object.entries(ALERT_SETTING_RANGES).map(([name, row]) => [name, threshold(row)]),
) as unknown as { readonly [Key in keyof typeof ALERT_SETTING_RANGES]: z.ZodDefault<z.ZodType<number>> };

/**
 * Thirty alerts with ten keys each would cost every start of every command: the schema of one is made when the file has it. What
 * the file leaves out stays undefined, and the rules take their own defaults.
 */
const each = Object.fromEntries(
  Object.entries(ALERTS).map(([id, alert]) => [id, z.lazy(() => alertSchema(alert)).optional()]),
) as unknown as { readonly [Id in keyof typeof ALERTS]: z.ZodOptional<z.ZodType<NonNullable<AlertOverrides[Id]>>> };

/** `alerts:` general settings, then one entry an alert. */
export const alertsSection = z.strictObject({ ...settings, ...each }).superRefine((alerts, context) => {
  if (alerts.daylight_from_hour >= alerts.daylight_to_hour) {
    const message = `${alerts.daylight_from_hour} must be below daylight_to_hour (${alerts.daylight_to_hour})`;
    context.addIssue({ code: "custom", path: ["daylight_from_hour"], message });
  }
});

export type AlertsConfig = z.infer<typeof alertsSection>;
