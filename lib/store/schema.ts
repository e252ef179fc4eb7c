import type { Database } from "better-sqlite3";
import type { Field, Table } from "../codec/table.ts";
import { BMS_FIELDS } from "../devices/bms/sample.ts";
import { INVERTER_SAMPLE_FIELDS } from "../devices/inverter/sample.ts";
import { CELL_SLOTS, cellSql } from "./cells.ts";
import { SWITCHES, SWITCHES_COLUMN, switchSql } from "./switches.ts";

/** The one column that holds no integer: all cells of a sample, packed (cells.ts). */
export const PACKED_CELLS = "cells";

/** Columns of single cells, mV: generated from the packed ones, not stored. */
const CELL_COLUMNS = Array.from({ length: CELL_SLOTS }, (_, index) => cellColumn(index + 1));

/** Columns of one sample table: the field keys, then (BMS) the cells. Numbers, except PACKED_CELLS. */
export const SAMPLE_COLUMNS = {
  inverter_samples: Object.keys(INVERTER_SAMPLE_FIELDS),
  bms_samples: [...Object.keys(BMS_FIELDS), "cell_min", "cell_spread", PACKED_CELLS, ...CELL_COLUMNS],
} as const;

export type SampleTable = keyof typeof SAMPLE_COLUMNS;

/** Columns that a sample is read back from: without those of single cells, which cost time and say nothing more. */
export function readColumns(table: SampleTable): readonly string[] {
  const answers = table === "bms_samples" ? ["good_answers", "bad_answers"] : [];
  return [...answers, ...SAMPLE_COLUMNS[table].filter((column) => !CELL_COLUMNS.includes(column))];
}

/** Column of cell `number` (1-based): `cell_01`. */
export function cellColumn(number: number): string {
  return `cell_${String(number).padStart(2, "0")}`;
}

/** Adds the columns of field-table rows that the file does not have yet and renews the views in engineering units. */
export function syncSampleColumns(db: Database): void {
  const fingerprint = JSON.stringify(SAMPLE_COLUMNS);
  const known = db.prepare("SELECT value FROM meta WHERE key = 'sample_columns'").pluck().get();
  if (known === fingerprint) return;
  db.transaction(() => {
    for (const [table, columns] of Object.entries(SAMPLE_COLUMNS)) {
      const present = new Set(db.prepare("SELECT name FROM pragma_table_xinfo(?)").pluck().all(table) as string[]);
      for (const column of [SWITCHES_COLUMN, ...columns]) {
        if (!present.has(column)) db.exec(`ALTER TABLE ${table} ADD COLUMN "${column}" ${columnType(table, column)}`);
      }
    }
    renewView(db, "inverter_view", "inverter_samples", INVERTER_SAMPLE_FIELDS, []);
    renewView(db, "bms_view", "bms_samples", BMS_FIELDS, CELL_COLUMNS);
    db.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('sample_columns', ?)").run(fingerprint);
  }).immediate();
}

function columnType(table: string, column: string): string {
  const index = (SWITCHES[table as SampleTable] as readonly string[]).indexOf(column);
  if (index >= 0) return `INTEGER GENERATED ALWAYS AS (${switchSql(index)}) VIRTUAL`;
  const cell = CELL_COLUMNS.indexOf(column);
  if (cell >= 0) return `INTEGER GENERATED ALWAYS AS (${cellSql(cell + 1)}) VIRTUAL`;
  return column === PACKED_CELLS ? "BLOB" : "INTEGER";
}

function renewView(db: Database, view: string, table: SampleTable, fields: Table, cells: readonly string[]): void {
  const columns = Object.entries(fields).map(([key, field]) => `${engineering(key, field)} AS "${key}"`);
  const inVolt = cells.map((column) => `s."${column}" / 1000.0 AS "${column}"`);
  db.exec(`DROP VIEW IF EXISTS ${view}`);
  db.exec(
    `CREATE VIEW ${view} AS SELECT datetime(s.at, 'unixepoch') AS time, d.name AS name, ` +
      `${[...columns, ...inVolt].join(", ")} FROM ${table} s JOIN devices d ON d.id = s.device`,
  );
}

function engineering(key: string, field: Field): string {
  if (field.kind === "enum") {
    const cases = Object.entries(field.labels).map(
      ([raw, label]) => `WHEN ${raw} THEN '${label.replaceAll("'", "''")}'`,
    );
    return `CASE s."${key}" ${cases.join(" ")} ELSE 'unknown_' || s."${key}" END`;
  }
  return "div" in field && field.div ? `s."${key}" / ${field.div}.0` : `s."${key}"`;
}
