import type { AnyValue, Field, Flag } from "../../codec/table.ts";
import { decimals, fieldName, sentenceCase } from "../../codec/values.ts";
import {
  attributesTopic,
  type Component,
  type DeviceContext,
  deviceId,
  type Json,
  type Platform,
} from "./component.ts";
import { binaryClassOf, iconOf, isEveryday, meaningOf } from "./vocabulary.ts";

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
    const own = { device_class: "problem", ...withAttributes(context, key) };
    return entity(context, "binary_sensor", key, field, group, own);
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
  return {
    ...identity(context, platform, key, field),
    value_template: templateOf(key, group),
    expire_after: context.expire_after_s,
    ...own,
    ...(isDiagnostic(key, field) ? { entity_category: "diagnostic" } : {}),
    // A setting that nothing here can change is for those who look for it.
    ...(field.role === "setting" ? { enabled_by_default: false } : {}),
  };
}

/**
 * Platform, ids, name, icon of an entity, and whether it is there at once; the ids come from configuration and key alone, so that they
 * never change. `field`: its row, where it has one.
 */
export function identity(context: DeviceContext, platform: Platform, key: string, field?: Field) {
  const { speech, topics, device, kind } = context;
  const id = `${deviceId(topics, device)}_${key}`;
  const name = speech.entity(key, field ? fieldName(key, field) : sentenceCase(key));
  const icon = iconOf(key);
  return {
    platform,
    unique_id: id,
    default_entity_id: `${platform}.${id.replaceAll("-", "_")}`,
    name: field?.experimental ? speech.unproven(name) : name,
    ...(icon === undefined ? {} : { icon }),
    ...(isEveryday(kind, key) ? {} : { enabled_by_default: false }),
  };
}

/** Attributes of an entity: the object of its key on the device's attributes topic. */
export function withAttributes(context: DeviceContext, key: string) {
  return {
    json_attributes_topic: attributesTopic(context.topics, context.device),
    json_attributes_template: `{{ value_json.${key} | tojson }}`,
  };
}

export function templateOf(key: string, group: Group): string {
  return group === "settings" ? `{{ value_json.settings.${key} }}` : `{{ value_json.${key} }}`;
}

function isDiagnostic(key: string, field: Field): boolean {
  if (field.role === "diagnostic" || field.role === "identity" || field.role === "setting") return true;
  if ("unit" in field && field.unit === "°C") return true;
  return field.kind === "bool" && key.endsWith("_relay_closed");
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
  return clean === "" ? null : longState(clean);
}

/** A text as long as Home Assistant takes it. */
export function longState(text: string): string {
  return text.length <= LONGEST_STATE ? text : `${text.slice(0, LONGEST_STATE - 1)}…`;
}
