import type { Field, Range } from "../../codec/table.ts";
import { type Component, commandTopic, type DeviceContext, type Json, type Platform } from "./component.ts";
import { type Group, identity, templateOf } from "./entities.ts";
import { meaningOf } from "./vocabulary.ts";

/** Battery class of an inverter, V; some ranges follow it. */
export type Grade = 12 | 24 | 48;

/** True for rows that any order may write: only these are offered as controls. */
export function isControl(field: Field, grade: Grade): boolean {
  if (field.write?.class !== "normal") return false;
  if (field.kind === "bool" || field.kind === "enum") return rangeFor(field, grade) !== null;
  return isNumber(field) && Boolean(rangeFor(field, grade));
}

/** A writable row as switch, select or number; its state is the value read back, never the wish. Null when it is no control. */
export function controlOf(context: DeviceContext, key: string, field: Field, grade: Grade): Component | null {
  if (!isControl(field, grade)) return null;
  if (field.kind === "bool") return settingControl(context, "switch", key, field, { device_class: "switch" });
  if (field.kind === "enum") {
    return settingControl(context, "select", key, field, { options: Object.values(field.labels) });
  }
  const range = rangeFor(field, grade) as Range;
  const { device_class, unit_of_measurement } = meaningOf(key, field);
  return settingControl(context, "number", key, field, {
    min: range.min,
    max: range.max,
    step: "div" in field && field.div ? 1 / field.div : 1,
    mode: "box",
    ...(device_class ? { device_class } : {}),
    ...(unit_of_measurement ? { unit_of_measurement } : {}),
  });
}

function settingControl(
  context: DeviceContext,
  platform: Platform,
  key: string,
  field: Field,
  own: Readonly<Record<string, Json>>,
): Component {
  return control(context, platform, key, "settings", { ...own, entity_category: "config" }, field);
}

/** Any control with a state. */
export function control(
  context: DeviceContext,
  platform: Platform,
  key: string,
  group: Group,
  own: Readonly<Record<string, Json>>,
  field?: Field,
): Component {
  return {
    ...identity(context, platform, key, field),
    value_template: templateOf(key, group),
    optimistic: false,
    ...commandOptions(context, key),
    ...own,
  };
}

/** A button; it has no state. */
export function button(context: DeviceContext, key: string): Component {
  return { ...identity(context, "button", key), ...commandOptions(context, key), entity_category: "config" };
}

/**
 * QoS 1, or the broker does not keep a command for an absent client. The time in the payload, with milliseconds, tells a command
 * that a restarted broker delivers once more from one given again; the message expiry drops old ones inside the broker (Home
 * Assistant 2026.6 and later).
 */
function commandOptions(context: DeviceContext, key: string) {
  return {
    command_topic: commandTopic(context.topics, context.device, key),
    command_template: `{"value": "{{ value }}", "ts": {{ now().timestamp() | round(3) }}}`,
    qos: 1,
    retain: false,
    message_expiry_interval: context.command_expiry_s,
  };
}

function isNumber(field: Field): boolean {
  return !["flags", "ascii", "version", "bool", "enum"].includes(field.kind);
}

/** Range for this battery class; null when the row does not exist there, undefined when it needs none. */
function rangeFor(field: Field, grade: Grade): Range | null | undefined {
  const own = grade === 48 ? undefined : field.write?.by_grade?.[grade];
  return own === undefined ? field.write?.range : own;
}
