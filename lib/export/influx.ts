import { valueFromRaw } from "../codec/values.ts";
import { cellKey, type ExportRow, exportedFields } from "./rows.ts";

/**
 * One row in Influx line protocol, time in whole seconds (write with `precision=s`). Numbers are always floats, so that a value
 * that happens to be whole never fixes another type; words of bits go as their number; null leaves the field out. Empty when nothing is known.
 */
export function influxLine(row: ExportRow, station: string): string {
  const fields: string[] = [];
  for (const [key, field] of exportedFields(row.kind)) {
    const raw = row.raw[key] ?? null;
    if (raw === null) continue;
    const value = field.kind === "flags" ? raw : valueFromRaw(field, raw);
    if (typeof value === "number") fields.push(`${tagText(key)}=${value}`);
    else if (typeof value === "boolean") fields.push(`${tagText(key)}=${value ? "t" : "f"}`);
    else if (typeof value === "string") fields.push(`${tagText(key)}="${stringText(value)}"`);
  }
  for (const [index, mv] of row.cells.entries()) {
    if (mv !== null) fields.push(`${cellKey(index + 1)}=${mv / 1000}`);
  }
  if (fields.length === 0) return "";
  return `${row.kind},device=${tagText(row.device)},station=${tagText(station)} ${fields.join(",")} ${row.at}`;
}

/** Rows as lines, each ended by a newline. */
export function influxText(rows: Iterable<ExportRow>, station: string): string {
  let text = "";
  for (const row of rows) {
    const line = influxLine(row, station);
    if (line !== "") text += `${line}\n`;
  }
  return text;
}

/** Tag keys, tag values and field keys: no newline may stay, and a backslash at the end would swallow what follows. */
function tagText(text: string): string {
  return text
    .replace(/[\r\n]/g, " ")
    .replace(/\\+$/, "")
    .replace(/[,= ]/g, "\\$&");
}

function stringText(text: string): string {
  return text.replace(/[\\"]/g, "\\$&").replace(/[\r\n]/g, " ");
}
