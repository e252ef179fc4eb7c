import { BadCommand } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import { valueFromRaw } from "../../codec/values.ts";
import type { UnlockOptions } from "../bms/client.ts";
import { type Dialect, WRITABLE_SETTINGS, type WritableField } from "./settings.ts";

/**
 * Last gate before a write goes on the wire: the row must be writable, the value inside its range, and a row of class `never`
 * unlocked by its own name.
 * @throws BadCommand with value, reason and range; the value of a secret row is not repeated
 */
export function checkWrite(dialect: Dialect, key: string, raw: number | string, options: UnlockOptions): WritableField {
  const table = WRITABLE_SETTINGS[dialect];
  const field = Object.hasOwn(table, key) ? table[key] : undefined;
  if (field === undefined) throw new BadCommand(failure("setting_read_only", { key }));
  if (field.write.class === "never" && options.unlock !== key) throw new BadCommand(failure("setting_locked", { key }));
  if (field.kind === "ascii") return field;
  if (typeof raw !== "number" || !Number.isInteger(raw)) throw new BadCommand(failure("setting_not_whole", { key }));
  if (field.kind === "bool" && raw !== 0 && raw !== 1) {
    throw new BadCommand(failure("setting_no_switch", { key, value: raw }));
  }
  if (field.kind === "enum" && !Object.hasOwn(field.labels, raw)) {
    const choices = Object.keys(field.labels).join(", ");
    throw new BadCommand(failure("setting_no_choice", { key, value: raw, choices }));
  }
  const { range } = field.write;
  const value = valueFromRaw(field, raw);
  if (range && typeof value === "number" && (value < range.min || value > range.max)) {
    const max = `${range.max}${unitOf(field)}`;
    throw new BadCommand(failure("setting_outside", { key, value, min: range.min, max }));
  }
  return field;
}

function unitOf(field: WritableField): string {
  return "unit" in field && field.unit ? ` ${field.unit}` : "";
}
