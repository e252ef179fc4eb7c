import type { Flag } from "../../codec/table.ts";
import type { Component, Components, DeviceContext, Json } from "./component.ts";
import { controlOf, type Grade, isControl } from "./controls.ts";
import { flagTexts, homeValue, identity, isProblem, readingOf, templateOf } from "./entities.ts";
import type { Row } from "./rows.ts";

/** Key of the sensor that tells when the sample was taken. */
export const SAMPLE_TIME = "sample_time";

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
  if (Object.keys(components).length > 0) components[SAMPLE_TIME] = sampleTime(context);
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

/** The state JSON of a device: every row's key, null for unknown, settings in an object of their own. `at` in UTC seconds. */
export function stateOf(rows: readonly Row[], at: number): Readonly<Record<string, Json>> {
  const of = (group: Row["group"]) =>
    Object.fromEntries(
      rows.filter((row) => row.group === group).map((row) => [row.key, homeValue(row.field, row.value)]),
    );
  return { [SAMPLE_TIME]: isoTime(at), ...of("live"), settings: of("settings") };
}

/** What stands behind the problem sensors: texts of the set bits of each fault word. */
export function attributesOf(rows: readonly Row[]): Readonly<Record<string, Json>> {
  const words = rows.filter((row) => row.group === "live" && isProblem(row.field));
  return Object.fromEntries(words.map((row) => [row.key, { active: flagTexts((row.value ?? []) as readonly Flag[]) }]));
}

/** ISO 8601 with zone, as a timestamp sensor needs it. */
export function isoTime(at: number): string {
  return new Date(at * 1000).toISOString().replace(".000Z", "Z");
}
