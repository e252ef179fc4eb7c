import { isoTime } from "../base/local-time.ts";
import type { AnyValue, Flag } from "../codec/table.ts";
import { cellVolts } from "../devices/bms/derived.ts";
import { cellKey, DERIVED_FIELDS, type DeviceKind, type ExportRow, exportedFields, rowValue } from "./rows.ts";

/** Column names of CSV for a kind of device; derived values last, so that an old reader finds its columns where they were. */
export function columnNames(kind: DeviceKind, cells: number): string[] {
  const keys = exportedFields(kind).map(([key]) => key);
  const isDerived = (key: string) => Object.hasOwn(DERIVED_FIELDS[kind], key);
  return [
    ...keys.filter((key) => !isDerived(key)),
    ...Array.from({ length: cells }, (_, index) => cellKey(index + 1)),
    ...keys.filter(isDerived),
  ];
}

/** Engineering value of a column: a field, or a cell in V. */
export function columnValue(row: ExportRow, column: string): AnyValue {
  const cell = /^cell_(\d\d)$/.exec(column);
  if (!cell) return rowValue(row, column);
  const mv = row.cells[Number(cell[1]) - 1] ?? null;
  return mv === null ? null : mv / 1000;
}

/** Header and rows as CSV (RFC 4180 quoting, newline "\n"): time as ISO 8601 UTC, device, then the columns. Null is an empty field. */
export function csvText(rows: readonly ExportRow[], columns: readonly string[]): string {
  const lines = [["time", "device", ...columns].map(csvField).join(",")];
  for (const row of rows) {
    const values = columns.map((column) => csvField(plainValue(columnValue(row, column))));
    lines.push([isoTime(row.at), csvField(row.device), ...values].join(","));
  }
  return `${lines.join("\n")}\n`;
}

/** One JSON object a line: time, kind, device, every field by its key, cells in V. */
export function jsonLines(rows: Iterable<ExportRow>): string {
  let text = "";
  for (const row of rows) {
    const values = exportedFields(row.kind).map(([key]) => [key, rowValue(row, key)] as const);
    const cells = row.kind === "bms" ? { cells: cellVolts(row.cells) } : {};
    const { at, kind, device } = row;
    text += `${JSON.stringify({ time: isoTime(at), at, kind, device, ...Object.fromEntries(values), ...cells })}\n`;
  }
  return text;
}

function plainValue(value: AnyValue): string {
  if (value === null) return "";
  if (Array.isArray(value)) {
    return (value as readonly Flag[]).map(({ bit, label }) => label ?? `reserved_bit_${bit}`).join(";");
  }
  return String(value);
}

/** Quotes where needed, and keeps a spreadsheet from taking a text for a formula. */
function csvField(text: string): string {
  const isFormula = /^[=+@\t\r-]/.test(text) && !/^[+-]?\d*\.?\d+(e[+-]?\d+)?$/i.test(text);
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
