import type { Database } from "better-sqlite3";
import { faultPoint } from "../../base/fault-point.ts";

/** Which columns a sample table has was never the business of a step (schema.ts adds them), so they are read from the file. */
interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  /** 0 = stored, 2 = computed. */
  readonly hidden: number;
}

const KEY = ["at", "device"];

/**
 * Samples are keyed by (device, at): inverters had been keyed by time alone, so that a second one would have overwritten the first. Key and reasons:
 * sample-key.ts. Computed columns and views are made again by schema.ts.
 */
export function keySamplesByDevice(db: Database): void {
  for (const view of ["inverter_view", "bms_view"]) db.exec(`DROP VIEW IF EXISTS ${view}`);
  for (const table of ["inverter_samples", "bms_samples"]) rekey(db, table);
  db.exec("DELETE FROM meta WHERE key = 'sample_columns'");
}

function rekey(db: Database, table: string): void {
  const columns = (
    db.prepare('SELECT name, type, "notnull", hidden FROM pragma_table_xinfo(?)').all(table) as Column[]
  ).filter(({ name, hidden }) => hidden === 0 && !KEY.includes(name));
  const definitions = columns.map(({ name, type, notnull }) => `, "${name}" ${type}${notnull ? " NOT NULL" : ""}`);
  const names = columns.map(({ name }) => `, "${name}"`).join("");
  db.exec(`
    DROP TRIGGER ${table}_late;
    ALTER TABLE ${table} RENAME TO ${table}_before;
    CREATE TABLE ${table} (
      id INTEGER PRIMARY KEY NOT NULL,
      at INTEGER GENERATED ALWAYS AS (id >> 10) VIRTUAL,
      device INTEGER GENERATED ALWAYS AS (id & 1023) VIRTUAL REFERENCES devices (id)
      ${definitions.join("")}
    ) STRICT;
    INSERT INTO ${table} (id${names}) SELECT (at << 10) | device${names} FROM ${table}_before ORDER BY at, device;
  `);
  faultPoint("samples_half_rekeyed");
  db.exec(`
    DROP TABLE ${table}_before;
    CREATE TRIGGER ${table}_late AFTER INSERT ON ${table}
    WHEN EXISTS (SELECT 1 FROM history_states WHERE device = NEW.device AND NEW.at < through)
    BEGIN
      UPDATE history_states SET dirty_from = min(coalesce(dirty_from, NEW.at), NEW.at)
      WHERE device = NEW.device AND NEW.at >= coalesce(pruned_before, 1577836800);
    END;
  `);
}
