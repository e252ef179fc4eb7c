import type { Field, Range, Table } from "../../lib/codec/table.ts";
import { fieldName } from "../../lib/codec/values.ts";

/** A Markdown table of all rows, in the order of their place on the wire. */
export function fieldTable<At>(table: Table<At>, place: string, placeOf: (row: Field & At) => string): string {
  const rows = Object.entries(table).map(([key, row]) => {
    const cells = [placeOf(row), `\`${key}\``, shape(row), row.doc, writing(row), row.source];
    return `| ${cells.map(cellText).join(" | ")} |`;
  });
  rows.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return `| ${place} | Key | Value | Meaning | Write | Source |\n|---|---|---|---|---|---|\n${rows.join("\n")}\n`;
}

/** Key, name for people, unit and meaning. */
export function nameTable(table: Table): string {
  const rows = Object.entries(table).map(
    ([key, row]) => `| ${[`\`${key}\``, fieldName(key, row), shape(row), row.doc].map(cellText).join(" | ")} |`,
  );
  return `| Key | Name | Value | Meaning |\n|---|---|---|---|\n${rows.join("\n")}\n`;
}

function shape(row: Field): string {
  switch (row.kind) {
    case "enum":
      return Object.entries(row.labels)
        .map(([raw, label]) => `${raw} ${label}`)
        .join(", ");
    case "flags":
      return `bits: ${Object.entries(row.bits)
        .map(([bit, text]) => `${bit} ${text}`)
        .join(", ")}`;
    case "bool":
      return "0 off, 1 on";
    case "ascii":
      return `text of ${row.length}`;
    case "version":
      return "version a.bb.cc";
    default: {
      const step = "div" in row && row.div ? `${1 / row.div}` : "1";
      return row.unit ? `${step} ${row.unit}` : step === "1" ? "number" : step;
    }
  }
}

function writing(row: Field): string {
  if (!row.write) return "";
  const { range, by_grade } = row.write;
  const unit = "unit" in row && row.unit ? ` ${row.unit}` : "";
  const ranges = [
    range ? `${span(range)}${unit}` : "",
    by_grade?.[24] ? `24 V: ${span(by_grade[24])}` : by_grade?.[24] === null ? "not on 24 V" : "",
    by_grade?.[12] ? `12 V: ${span(by_grade[12])}` : by_grade?.[12] === null ? "not on 12 V" : "",
  ].filter(Boolean);
  return [row.write.class.replace("_", " "), ...ranges].join("; ");
}

function span({ min, max }: Range): string {
  return `${min} to ${max}`;
}

function cellText(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
