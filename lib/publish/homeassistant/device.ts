import type { Flag } from "../../codec/table.ts";
import type { Doubt } from "../../view/doubt.ts";
import { attributesTopic, type Component, type Components, type DeviceContext, type Json } from "./component.ts";
import { controlOf, type Grade, isControl } from "./controls.ts";
import { flagTexts, homeValue, identity, isProblem, readingOf, templateOf } from "./entities.ts";
import type { Row } from "./rows.ts";

/** Key of the sensor that tells when the sample was taken. */
export const SAMPLE_TIME = "sample_time";

/** Key of the problem sensor for values that are not believed: one a device, the values stand in its attributes. */
export const DOUBTED_VALUES = "doubted_values";

export interface ComponentOptions {
  /** Component keys that were published before: they stay although their value is unknown now. */
  readonly known: ReadonlySet<string>;
  readonly grade: Grade;
  /** False: nothing can be switched from outside. */
  readonly controls: boolean;
}

/**
 * The entities of a device. A row appears with its first value and then stays: a probe that is not fitted or a record that the
 * BMS does not send makes no entity, and one silent hour removes none.
 */
export function componentsOf(context: DeviceContext, rows: readonly Row[], options: ComponentOptions): Components {
  const components: Record<string, Component> = {};
  for (const row of rows) {
    if (row.value === null && !options.known.has(row.key)) continue;
    // A setting that is read with every sample is published once, as the setting that an order has just read back.
    if (row.group === "live" && row.field.role === "setting") continue;
    const component = componentOf(context, row, options);
    if (component) components[row.key] = component;
  }
  if (Object.keys(components).length > 0) {
    components[SAMPLE_TIME] = sampleTime(context);
    components[DOUBTED_VALUES] = doubtedValues(context);
  }
  return components;
}

function componentOf(context: DeviceContext, row: Row, { grade, controls }: ComponentOptions): Component | null {
  if (controls && row.group === "settings" && isControl(row.field, grade)) {
    return controlOf(context, row.key, row.field, grade);
  }
  return readingOf(context, row.key, row.field, row.group);
}

function sampleTime(context: DeviceContext): Component {
  return {
    ...identity(context, "sensor", SAMPLE_TIME, "Sample time"),
    value_template: templateOf(SAMPLE_TIME, "live"),
    device_class: "timestamp",
    expire_after: context.expire_after_s,
    entity_category: "diagnostic",
    enabled_by_default: false,
  };
}

function doubtedValues(context: DeviceContext): Component {
  return {
    ...identity(context, "binary_sensor", DOUBTED_VALUES, "Doubted values"),
    value_template: templateOf(DOUBTED_VALUES, "live"),
    device_class: "problem",
    expire_after: context.expire_after_s,
    entity_category: "diagnostic",
    json_attributes_topic: attributesTopic(context.topics, context.device),
    json_attributes_template: `{{ value_json.${DOUBTED_VALUES} | tojson }}`,
  };
}

/** The state JSON of a device: every row's key, null for unknown, settings in an object of their own. `at` in UTC seconds. */
export function stateOf(
  rows: readonly Row[],
  at: number,
  doubts: readonly Doubt[] = [],
): Readonly<Record<string, Json>> {
  const of = (group: Row["group"]) =>
    Object.fromEntries(
      rows.filter((row) => row.group === group).map((row) => [row.key, homeValue(row.field, row.value)]),
    );
  const doubted = doubts.length > 0 ? "ON" : "OFF";
  return { [SAMPLE_TIME]: isoTime(at), ...of("live"), [DOUBTED_VALUES]: doubted, settings: of("settings") };
}

/** What stands behind the problem sensors: texts of the set bits of each fault word, and the values that are not believed. */
export function attributesOf(rows: readonly Row[], doubts: readonly Doubt[] = []): Readonly<Record<string, Json>> {
  const words = rows.filter((row) => row.group === "live" && isProblem(row.field));
  const active = doubts.map(({ key, code, raw }) => ({ key, code, raw }));
  return {
    ...Object.fromEntries(words.map((row) => [row.key, { active: flagTexts((row.value ?? []) as readonly Flag[]) }])),
    [DOUBTED_VALUES]: { active },
  };
}

/** ISO 8601 with zone, as a timestamp sensor needs it. */
export function isoTime(at: number): string {
  return new Date(at * 1000).toISOString().replace(".000Z", "Z");
}
