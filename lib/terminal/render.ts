import type { AnyValue, Field, Flag, Raw, Table } from "../codec/table.ts";
import { decimals, fieldName, valueFromRaw } from "../codec/values.ts";
import { MISSING } from "../words/format.ts";
import type { Speech } from "../words/index.ts";

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
export function fieldLines(table: Table, raw: Readonly<Record<string, unknown>>, speech: Speech): Line[] {
  return Object.entries(table).map(([key, field]) =>
    fieldLine(key, field, (raw[key] as Raw | undefined) ?? null, speech),
  );
}

/** One field with its full resolution: "52.10", "Off grid", "Battery low, Overload". */
export function fieldLine(key: string, field: Field, raw: Raw, speech: Speech): Line {
  const name = speech.entity(key, fieldName(key, field));
  if (field.role === "secret") return { name, value: speech.dumps.hidden };
  const value = valueFromRaw(field, raw);
  const unit = "unit" in field ? field.unit : undefined;
  if (typeof value !== "number") return { name, value: inWords(value, field, speech) };
  return { name, value: speech.format.number(value, decimals(field)), unit: unit ? speech.format.unit(unit) : "" };
}

/** A value as a word: yes/no, the state, or the names of the set bits. */
function inWords(value: Exclude<AnyValue, number>, field: Field, speech: Speech): string {
  if (value === null) return MISSING;
  if (typeof value === "boolean") return value ? speech.dumps.yes : speech.dumps.no;
  if (Array.isArray(value)) return flagsText(value as readonly Flag[], speech);
  return field.kind === "enum" ? speech.state(String(value)) : String(value);
}

/** The names of set bits, with commas. */
export function flagsText(flags: readonly Flag[], { dumps, fault }: Speech): string {
  if (flags.length === 0) return dumps.none;
  const flows: Readonly<Record<string, string>> = dumps.flows;
  return flags.map(({ bit, label }) => (label === null ? undefined : flows[label]) ?? fault(label, bit)).join(", ");
}

/** Engineering values of a table as one JSON object; secrets are left out. */
export function fieldsJson(table: Table, raw: Readonly<Record<string, unknown>>): Record<string, AnyValue> {
  const open = Object.entries(table).filter(([, field]) => field.role !== "secret");
  return Object.fromEntries(
    open.map(([key, field]) => [key, valueFromRaw(field, (raw[key] as Raw | undefined) ?? null)]),
  );
}
