import type { Config } from "../config/schema.ts";
import type { AlertSettings } from "../rules/alerts/alert-settings.ts";
import { DEFAULTS, type Parameters, type Policy, PRESETS } from "../rules/grid-switch/parameters.ts";

/** Days of history from which the planner rules where the owner chose nothing. */
export const PLANNER_DAYS = 7;

/**
 * Rule set and parameters as configured: a preset's own values stand where the file leaves the default. `days` = whole days the planner
 * has learned from.
 */
export function ruleSet(config: Config, days = 0): { policy: Policy; parameters: Parameters } {
  const { preset, rules } = config.batmon;
  const own = Object.entries(PRESETS[preset].parameters).filter(
    ([key]) => rules[key as keyof Parameters] === DEFAULTS[key as keyof Parameters],
  );
  const policy = preset === "auto" && days < PLANNER_DAYS ? "greedy" : PRESETS[preset].policy;
  return { policy, parameters: { ...rules, ...Object.fromEntries(own) } };
}

/** Names of the packs that the grid-switch rules go by: all of them as one battery, or the one that was chosen. */
export function judgePacks(config: Config): readonly string[] {
  return config.batmon.bms === null ? config.bms.map(({ name }) => name) : [config.batmon.bms];
}

/** Settings of the alerts as configured. */
export function alertSettings(config: Config): AlertSettings {
  const { max_messages_per_hour, max_age_s, daylight_from_hour, daylight_to_hour, empty_soc, ...alerts } =
    config.alerts;
  const { time_zone } = config.station;
  return { max_messages_per_hour, max_age_s, daylight_from_hour, daylight_to_hour, empty_soc, time_zone, alerts };
}
