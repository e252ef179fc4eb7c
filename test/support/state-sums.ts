/** What a state file holds, as sums that tell whether a migration has kept it. */
import { createHash } from "node:crypto";
import type { Database } from "better-sqlite3";

/** How many rows, and the sum of all values in these columns, whatever their order. */
export interface TableSum {
  readonly columns: readonly string[];
  readonly rows: number;
  readonly sha256: string;
}

export function sumOf(db: Database, table: string, columns: readonly string[]): TableSum {
  const sql = `SELECT ${columns.map((name) => `"${name}"`).join(", ")} FROM "${table}"`;
  const rows = (db.prepare(sql).raw().all() as unknown[][]).map((row) =>
    JSON.stringify(row.map((value) => (Buffer.isBuffer(value) ? value.toString("hex") : value))),
  );
  const sum = createHash("sha256");
  for (const row of rows.sort()) sum.update(`${row}\n`);
  return { columns, rows: rows.length, sha256: sum.digest("hex") };
}

/** Every table with its stored columns; `meta` holds a note about the columns, which is made anew. */
export function sumsOf(db: Database): Readonly<Record<string, TableSum>> {
  const tables = db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .pluck()
    .all() as string[];
  return Object.fromEntries(
    tables
      .filter((name) => name !== "meta" && !name.startsWith("sqlite_"))
      .map((name) => {
        const columns = (db.pragma(`table_info("${name}")`) as { name: string }[]).map((column) => column.name);
        return [name, sumOf(db, name, columns)];
      }),
  );
}
