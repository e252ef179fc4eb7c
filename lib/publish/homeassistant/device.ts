import { isoTime } from "../../base/local-time.ts";
import type { Flag } from "../../codec/table.ts";
import type { Doubt } from "../../view/doubt.ts";
import type { Component, Components, DeviceContext, HomeSpeech, Json } from "./component.ts";
import { controlOf, type Grade, isControl } from "./controls.ts";
import {
  flagTexts,
  homeValue,
  identity,
  isProblem,
  longState,
  readingOf,
  templateOf,
  withAttributes,
} from "./entities.ts";
import type { Row } from "./rows.ts";

/** Key of the sensor that tells when the sample was taken. */
export const SAMPLE_TIME = "sample_time";

/** Key of the problem sensor for values that are not believed: one a device, the values stand in its attributes. */
export const DOUBTED_VALUES = "doubted_values";

/** Key of the sensor that says in words what the device reports, "none" included. */
export const FAULTS = "faults";

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
    components[SAMPLE_TIME] = {
      ...ownReading(context, "sensor", SAMPLE_TIME),
      device_class: "timestamp",
      entity_category: "diagnostic",
    };
    components[DOUBTED_VALUES] = {
      ...ownReading(context, "binary_sensor", DOUBTED_VALUES),
      ...withAttributes(context, DOUBTED_VALUES),
      device_class: "problem",
      entity_category: "diagnostic",
    };
    if (rows.some(({ field }) => isProblem(field))) {
      components[FAULTS] = { ...ownReading(context, "sensor", FAULTS), ...withAttributes(context, FAULTS) };
    }
  }
  return components;
}

function componentOf(context: DeviceContext, row: Row, { grade, controls }: ComponentOptions): Component | null {
  if (controls && row.group === "settings" && isControl(row.field, grade)) {
    return controlOf(context, row.key, row.field, grade);
  }
  return readingOf(context, row.key, row.field, row.group);
}

/** An entity of the device that is no row of a table. */
function ownReading(context: DeviceContext, platform: "sensor" | "binary_sensor", key: string): Component {
  return {
    ...identity(context, platform, key),
    value_template: templateOf(key, "live"),
    expire_after: context.expire_after_s,
  };
}

/** The state JSON of a device: every row's key, null for unknown, settings in an object of their own. `at` in UTC seconds. */
export function stateOf(
  rows: readonly Row[],
  at: number,
  speech: HomeSpeech,
  doubts: readonly Doubt[] = [],
): Readonly<Record<string, Json>> {
  const of = (group: Row["group"]) =>
    Object.fromEntries(
      rows.filter((row) => row.group === group).map((row) => [row.key, homeValue(row.field, row.value)]),
    );
  const doubted = doubts.length > 0 ? "ON" : "OFF";
  const faults = faultsOf(rows, speech);
  return {
    [SAMPLE_TIME]: isoTime(at),
    ...of("live"),
    [FAULTS]: faults && longState(faults.map(({ text }) => text).join(", ") || speech.page.none),
    [DOUBTED_VALUES]: doubted,
    settings: of("settings"),
  };
}

/** Every set bit of the fault words with its text; null when no word is known. */
function faultsOf(rows: readonly Row[], speech: HomeSpeech) {
  const known = faultWords(rows).filter(({ value }) => value !== null);
  if (known.length === 0) return null;
  return known.flatMap(({ key, value }) =>
    (value as readonly Flag[]).map(({ bit, label }) => ({
      word: key,
      code: label,
      bit,
      text: speech.fault(label, bit),
    })),
  );
}

function faultWords(rows: readonly Row[]): readonly Row[] {
  return rows.filter(({ group, field }) => group === "live" && isProblem(field));
}

/** What stands behind the problem sensors: texts of the set bits of each fault word, all of them as a list, and the values that are not believed. */
export function attributesOf(
  rows: readonly Row[],
  speech: HomeSpeech,
  doubts: readonly Doubt[] = [],
): Readonly<Record<string, Json>> {
  const active = doubts.map(({ key, code, raw }) => ({ key, code, raw }));
  return {
    ...Object.fromEntries(
      faultWords(rows).map(({ key, value }) => [key, { active: flagTexts((value ?? []) as readonly Flag[]) }]),
    ),
    [FAULTS]: { active: faultsOf(rows, speech) ?? [] },
    [DOUBTED_VALUES]: { active },
  };
}
