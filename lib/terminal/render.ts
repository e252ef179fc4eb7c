import { flagText } from "../codec/bits.ts";
import type { AnyValue, Field, Flag, Raw, Table } from "../codec/table.ts";
import { decimals, fieldName, valueFromRaw } from "../codec/values.ts";
import type { Doubt } from "../view/doubt.ts";

/** One line of a table for people. */
export interface Line {
  readonly name: string;
  readonly value: string;
  readonly unit?: string | undefined;
}

/** "Battery voltage   52.10 V": names left, numbers right-aligned, units beside them. */
export function renderLines(lines: readonly Line[]): string {
  const nameWidth = Math.max(...lines.map(({ name }) => name.length), 0);
  const numeric = lines.filter(({ unit }) => unit !== undefined);
  const valueWidth = Math.max(...numeric.map(({ value }) => value.length), 0);
  return lines
    .map(({ name, value, unit }) => {
      const shown = unit === undefined ? value : `${value.padStart(valueWidth)} ${unit}`;
      return `  ${name.padEnd(nameWidth)}  ${shown}`.trimEnd();
    })
    .join("\n");
}

/** The lines of a table's fields; a value that is not known reads "–", never 0. */
export function fieldLines(table: Table, raw: Readonly<Record<string, unknown>>): Line[] {
  return Object.entries(table).map(([key, field]) => fieldLine(key, field, (raw[key] as Raw | undefined) ?? null));
}

/** One field with its full resolution: "52.10", "off_grid", "battery low, overload". */
export function fieldLine(key: string, field: Field, raw: Raw): Line {
  const name = fieldName(key, field);
  if (field.role === "secret") return { name, value: "(hidden)" };
  const value = valueFromRaw(field, raw);
  const unit = "unit" in field ? field.unit : undefined;
  if (typeof value === "number") return { name, value: value.toFixed(decimals(field)), unit: unit ?? "" };
  return { name, value: plain(value) };
}

/** A value as a word: yes/no, the label, or the texts of the set bits. */
function plain(value: AnyValue): string {
  if (value === null) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return flagText(value as readonly Flag[]);
  return String(value);
}

/** Engineering values of a table as one JSON object; secrets are left out. */
export function fieldsJson(table: Table, raw: Readonly<Record<string, unknown>>): Record<string, AnyValue> {
  const open = Object.entries(table).filter(([, field]) => field.role !== "secret");
  return Object.fromEntries(
    open.map(([key, field]) => [key, valueFromRaw(field, (raw[key] as Raw | undefined) ?? null)]),
  );
}

/** A doubted value for the person at the terminal, exact: key, code, what was read and the limits. */
export function doubtText({ key, code, raw, low, high, twin, twin_value }: Doubt): string {
  const limits = low == null && high == null ? "" : `, limits ${low ?? "–"} to ${high ?? "–"}`;
  const other = twin === undefined ? "" : `, ${twin} says ${twin_value ?? "–"}`;
  return `doubted: ${key} (${code}: raw ${raw}${limits}${other})`;
}
