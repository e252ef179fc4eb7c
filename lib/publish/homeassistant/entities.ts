import type { AnyValue, Field, Flag } from "../../codec/table.ts";
import { decimals, fieldName } from "../../codec/values.ts";
import {
  attributesTopic,
  type Component,
  type DeviceContext,
  deviceId,
  type Json,
  type Platform,
} from "./component.ts";
import { binaryClassOf, meaningOf } from "./vocabulary.ts";

/** Longest text Home Assistant takes as a state. */
const LONGEST_STATE = 255;

/** Where a row's value stands in the device's state JSON. */
export type Group = "live" | "settings";

/** A row of a field table as an entity that only shows: sensor or binary sensor. Null for rows that are never published. */
export function readingOf(context: DeviceContext, key: string, field: Field, group: Group): Component | null {
  if (field.role === "secret" || field.role === "command") return null;
  if (field.kind === "bool") {
    const device_class = binaryClassOf(key);
    return entity(context, "binary_sensor", key, field, group, device_class ? { device_class } : {});
  }
  if (isProblem(field)) {
    return entity(context, "binary_sensor", key, field, group, {
      device_class: "problem",
      json_attributes_topic: attributesTopic(context.topics, context.device),
      json_attributes_template: `{{ value_json.${key} | tojson }}`,
    });
  }
  if (field.kind === "enum") {
    const options = Object.values(field.labels);
    return entity(context, "sensor", key, field, group, { device_class: "enum", options });
  }
  if (field.kind === "flags" || field.kind === "ascii" || field.kind === "version") {
    return entity(context, "sensor", key, field, group, {});
  }
  const precision = "div" in field && field.div ? { suggested_display_precision: decimals(field) } : {};
  return entity(context, "sensor", key, field, group, { ...meaningOf(key, field), ...precision });
}

/** True for words whose set bits are faults. */
export function isProblem(field: Field): boolean {
  return field.kind === "flags" && field.role === "state";
}

function entity(
  context: DeviceContext,
  platform: Platform,
  key: string,
  field: Field,
  group: Group,
  own: Readonly<Record<string, Json>>,
): Component {
  const diagnostic = isDiagnostic(key, field);
  return {
    ...identity(context, platform, key, nameOf(key, field)),
    value_template: templateOf(key, group),
    expire_after: context.expire_after_s,
    ...own,
    ...(diagnostic ? { entity_category: "diagnostic" } : {}),
    ...(isHidden(field) ? { enabled_by_default: false } : {}),
  };
}

/** Platform, ids and name of an entity; the ids come from configuration and key alone, so that they never change. */
export function identity(context: DeviceContext, platform: Platform, key: string, name: string) {
  const id = `${deviceId(context.topics, context.device)}_${key}`;
  return { platform, unique_id: id, default_entity_id: `${platform}.${id.replaceAll("-", "_")}`, name };
}

export function nameOf(key: string, field: Field): string {
  return field.experimental ? `${fieldName(key, field)} (experimental)` : fieldName(key, field);
}

export function templateOf(key: string, group: Group): string {
  return group === "settings" ? `{{ value_json.settings.${key} }}` : `{{ value_json.${key} }}`;
}

function isDiagnostic(key: string, field: Field): boolean {
  if (field.role === "diagnostic" || field.role === "identity" || field.role === "setting") return true;
  if ("unit" in field && field.unit === "°C") return true;
  return field.kind === "bool" && key.endsWith("_relay_closed");
}

/** Settings that nothing here can change, and unproven rows, are there for those who look for them. */
function isHidden(field: Field): boolean {
  return field.experimental === true || field.role === "setting";
}

/**
 * A value in the form the entity of its row expects: ON/OFF, an option, a number, a text; null = unknown. An enum word that the
 * table does not know is null, because Home Assistant refuses what is not among the options.
 */
export function homeValue(field: Field, value: AnyValue): string | number | null {
  if (value === null) return null;
  if (field.kind === "bool") return value === true ? "ON" : "OFF";
  if (isProblem(field)) return (value as readonly Flag[]).length > 0 ? "ON" : "OFF";
  if (field.kind === "flags") return textState(flagTexts(value as readonly Flag[]).join(", ") || "none");
  if (field.kind === "enum") return Object.values(field.labels).includes(value as string) ? (value as string) : null;
  if (typeof value === "number") return Number.isFinite(value) ? Number(value.toFixed(decimals(field))) : null;
  return textState(String(value));
}

/** Texts of set bits; a reserved bit is named by its number. */
export function flagTexts(flags: readonly Flag[]): string[] {
  return flags.map((flag) => flag.label ?? `bit_${flag.bit}`);
}

function textState(text: string): string | null {
  const clean = text.replace(/[^\x20-\x7e\u00a0-\uffff]/g, "").trim();
  return clean === "" ? null : clean.slice(0, LONGEST_STATE);
}
