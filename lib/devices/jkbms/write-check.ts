import { BadCommand } from "../../base/errors.ts";
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
  if (field === undefined) throw new BadCommand(`${key}: no writable setting of this BMS`);
  if (field.write.class === "never" && options.unlock !== key)
    throw new BadCommand(`${key}: never written unless unlocked`);
  if (field.kind === "ascii") return field;
  if (typeof raw !== "number" || !Number.isInteger(raw)) throw new BadCommand(`${key}: not a whole raw value`);
  if (field.kind === "bool" && raw !== 0 && raw !== 1) throw new BadCommand(`${key}: ${raw} is neither 0 nor 1`);
  if (field.kind === "enum" && !Object.hasOwn(field.labels, raw)) {
    throw new BadCommand(`${key}: ${raw} is none of ${Object.keys(field.labels).join(", ")}`);
  }
  const { range } = field.write;
  const value = valueFromRaw(field, raw);
  if (range && typeof value === "number" && (value < range.min || value > range.max)) {
    throw new BadCommand(`${key}: ${value} is outside ${range.min} to ${range.max}${unitOf(field)}`);
  }
  return field;
}

function unitOf(field: WritableField): string {
  return "unit" in field && field.unit ? ` ${field.unit}` : "";
}
