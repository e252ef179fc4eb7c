/** Battery class of a machine, V: decides limits, ranges of settings and the sign of the grid power. One derivation for everybody. */
export type BatteryClass = 12 | 24 | 48;

const CLASSES: readonly BatteryClass[] = [12, 24, 48];

/** A word as a battery class; null when it is none. */
export function asBatteryClass(value: unknown): BatteryClass | null {
  return CLASSES.find((one) => one === value) ?? null;
}

/** Everything that may tell the class, scaled integers as stored; absent and null = not known. */
export interface ClassSources {
  /** 25275, and 15215 which older editions tell alone. */
  readonly battery_voltage_grade?: unknown;
  readonly charger_grade?: unknown;
  /** Remembered of this machine (facts of the device). */
  readonly remembered?: unknown;
  /** Settings 10110 and 20143, as last read. */
  readonly settings?: Readonly<Record<string, unknown>> | null;
  /** Newest battery voltage, V: the last resort. */
  readonly battery_voltage?: number | null;
}

/**
 * The class of a machine: what it says itself (25275, then 15215), what is remembered, what its settings say, and at last the only
 * class whose range holds the battery voltage. Null when nothing tells it. Pure.
 */
export function batteryClass(sources: ClassSources): BatteryClass | null {
  const { battery_voltage_grade, charger_grade, remembered, settings } = sources;
  for (const told of [
    battery_voltage_grade,
    charger_grade,
    remembered,
    settings?.charger_battery_voltage_grade,
    settings?.voltage_grade_mirror,
  ]) {
    const found = asBatteryClass(told);
    if (found !== null) return found;
  }
  return classOfVoltage(sources.battery_voltage ?? null);
}

/** The class whose working range holds this voltage, V; the ranges (9-16.8, 18-33.6, 36-67.2) do not overlap. */
export function classOfVoltage(voltage: number | null): BatteryClass | null {
  if (voltage === null) return null;
  return CLASSES.find((one) => voltage >= 0.75 * one && voltage <= 1.4 * one) ?? null;
}

/**
 * The class that a sample's two words tell together. Where they differ, what is remembered decides, then the battery voltage. `wrong` names
 * the word that is not believed.
 */
export function agreeOnClass(words: {
  readonly battery_voltage_grade: unknown;
  readonly charger_grade: unknown;
  readonly remembered: BatteryClass | null;
  readonly battery_voltage: number | null;
}): { readonly battery_class: BatteryClass | null; readonly wrong: "battery_voltage_grade" | "charger_grade" | null } {
  const own = asBatteryClass(words.battery_voltage_grade);
  const charger = asBatteryClass(words.charger_grade);
  if (own === null || charger === null || own === charger) return { battery_class: own ?? charger, wrong: null };
  const judge = words.remembered ?? classOfVoltage(words.battery_voltage);
  return judge === charger
    ? { battery_class: charger, wrong: "battery_voltage_grade" }
    : { battery_class: own, wrong: "charger_grade" };
}
